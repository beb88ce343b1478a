import { noGrad } from "../autograd.js";
import { ValueError } from "../errors.js";
import { type CallKind, type Interceptor, interceptor, withInterceptor } from "../intercept.js";
import * as nn from "../nn/index.js";
import { Module } from "../nn/module.js";
import { zeros } from "../ops/create.js";
import type { Shape } from "../shape.js";
import { Tensor } from "../tensor.js";
import { mapLeaves } from "../tree.js";

/** A layer or an operation of a forward pass. */
export interface TraceNode {
  /** Its place in the order of calls. */
  readonly id: number;
  readonly kind: "input" | "layer" | "operation";
  /** The layer's path: `blocks.1.conv`; for an operation, the path of the layer that calls it. */
  readonly path: string;
  /** `Linear`, `relu`. */
  readonly type: string;
  /** What the layer was made with, in a few words. */
  readonly options: string;
  /** The nodes whose results it reads; weights are no nodes. */
  readonly inputs: readonly number[];
  /** Shape of its first result; absent where it failed. */
  readonly shape?: Shape;
  /** Where it failed: the shapes that met, those of the arguments first, then that of the layer's weight. */
  readonly failed?: readonly Shape[];
}

/** A forward pass, up to its end or to the node that failed. */
export class ForwardGraph {
  readonly name: string;
  readonly nodes: readonly TraceNode[];
  /** The nodes whose results the model returned. */
  readonly outputs: readonly number[];
  /** What the failing node said. */
  readonly error: string | undefined;

  constructor(name: string, nodes: readonly TraceNode[], outputs: readonly number[], error: string | undefined) {
    this.name = name;
    this.nodes = nodes;
    this.outputs = outputs;
    this.error = error;
  }
}

/**
 * Runs a model once and writes down which layers and operations read whose results. The model runs without gradients and as
 * after `eval()`; it is left as it was. An error of the pass is part of the graph: the node that threw is the last.
 *
 * @param inputs what the model is called with: tensors, or shapes (float32 zeros then)
 * @throws ValueError when `model` is no module or there is no input
 * @example
 * const net = new nn.Sequential(new nn.Linear(4, 8), new nn.ReLU());
 * train.trace(net, [2, 4]).nodes.map(node => node.type); // ["input", "Linear", "ReLU"]
 */
export function trace(model: Module, ...inputs: (Tensor | Shape)[]): ForwardGraph {
  if (!(model instanceof Module)) {
    throw new ValueError(`expected a model, got ${typeof model}`, { op: "trace", hint: "Give an nn.Module." });
  }
  if (inputs.length === 0) {
    throw new ValueError("there is no input", { op: "trace", hint: "Give a tensor or a shape for each argument." });
  }
  const given = inputs.map(x => (x instanceof Tensor ? x : (zeros([...x]) as Tensor)));
  return new Tracer(model).run(given);
}

/** Layers of this package are nodes; those that only hold others, and those of the user, are looked into. */
const known = new Set<unknown>(Object.values(nn));
const holders = new Set<unknown>([nn.Sequential, nn.GraphModel, nn.ModuleList, nn.ModuleDict, nn.Residual]);

class Tracer implements Interceptor {
  readonly #model: Module;
  readonly #nodes: TraceNode[] = [];
  readonly #makers = new Map<Tensor, number>();
  readonly #path: string[] = [];
  readonly #outer = interceptor;
  /** Above 0 inside of a node, whose own calls are no nodes. */
  #depth = 0;
  #failed: unknown;

  constructor(model: Module) {
    this.#model = model;
  }

  run(given: Tensor[]): ForwardGraph {
    const restore = this.#watch(this.#model, "", new Set());
    const name = this.#model.constructor.name || "Module";
    try {
      for (const x of given) this.#note({ kind: "input", type: "input", path: "", options: "" }, [], () => x);
      const result = noGrad(() =>
        withInterceptor(this, () => (this.#model as unknown as (...a: Tensor[]) => unknown)(...given)),
      );
      return new ForwardGraph(name, this.#nodes, this.#inputsOf([result]), undefined);
    } catch (error) {
      return new ForwardGraph(name, this.#nodes, [], error instanceof Error ? error.message : String(error));
    } finally {
      for (const undo of restore) undo();
    }
  }

  call(op: string, run: (...args: never[]) => unknown, args: readonly unknown[], kind: CallKind): unknown {
    const compute = () => (this.#outer ? this.#outer.call(op, run, args, kind) : run(...(args as never[])));
    if (this.#depth > 0) return compute();
    return this.#note({ kind: "operation", type: op, path: this.#path.at(-1) ?? "", options: "" }, args, compute);
  }

  /** Runs a node and writes it down. */
  #note(
    what: Pick<TraceNode, "kind" | "path" | "type" | "options">,
    args: readonly unknown[],
    compute: () => unknown,
    parameters: readonly Tensor[] = [],
  ): unknown {
    const node = { ...what, id: this.#nodes.length, inputs: this.#inputsOf(args) };
    this.#depth++;
    try {
      const result = compute();
      const made = tensorsOf([result]);
      this.#nodes.push({ ...node, ...(made[0] ? { shape: made[0].shape } : {}) });
      for (const x of made) this.#makers.set(x, node.id);
      return result;
    } catch (error) {
      if (this.#failed !== error) {
        this.#failed = error;
        const shapes = [...tensorsOf(args), ...parameters.slice(0, 1)].map(x => x.shape);
        this.#nodes.push({ ...node, failed: shapes });
      }
      throw error;
    } finally {
      this.#depth--;
    }
  }

  #inputsOf(args: readonly unknown[]): number[] {
    const found = tensorsOf(args).flatMap(x => this.#makers.get(x) ?? []);
    return [...new Set(found)];
  }

  /** Puts a watcher before the `forward` of each module; returns how to take them away. */
  #watch(module: Module, path: string, seen: Set<Module>): (() => void)[] {
    if (seen.has(module)) return [];
    seen.add(module);
    const { training } = module;
    const own = Object.getOwnPropertyDescriptor(module, "forward");
    const forward = module.forward as (...args: unknown[]) => unknown;
    const isNode = known.has(module.constructor) && !holders.has(module.constructor);
    const type = module.constructor.name || "Module";
    const watched = (...args: unknown[]) => {
      const compute = () => forward.apply(module, args);
      if (this.#depth > 0) return compute();
      if (isNode) {
        const what = { kind: "layer" as const, path, type, options: module.describe() };
        return this.#note(what, args, compute, module.parameters());
      }
      this.#path.push(path);
      try {
        return compute();
      } finally {
        this.#path.pop();
      }
    };
    Object.defineProperty(module, "forward", { value: watched, configurable: true, enumerable: false, writable: true });
    module.training = false;
    const undo = () => {
      Reflect.deleteProperty(module, "forward");
      if (own) Object.defineProperty(module, "forward", own);
      module.training = training;
    };
    const inside = isNode
      ? []
      : module.namedChildren().flatMap(([name, child]) => this.#watch(child, path ? `${path}.${name}` : name, seen));
    return [undo, ...inside];
  }
}

function tensorsOf(values: readonly unknown[]): Tensor[] {
  const found: Tensor[] = [];
  mapLeaves(values, x => {
    if (x instanceof Tensor) found.push(x);
  });
  return found;
}
