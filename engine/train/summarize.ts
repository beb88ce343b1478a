import { noGrad } from "../autograd.js";
import { bytesPerElement } from "../dtype.js";
import { ValueError } from "../errors.js";
import { isUnbuilt } from "../nn/building.js";
import { GraphModel } from "../nn/functional/graph-model.js";
import { Module, parametersSoFar } from "../nn/module.js";
import { zeros } from "../ops/create.js";
import { type Shape, sizeOf } from "../shape.js";
import { Tensor } from "../tensor.js";
import { isPlainObject } from "../tree.js";
import type { LayerSummary, ModelSummary } from "./summary.js";
import { summaryText } from "./summary-text.js";

/** What `summary` returns: plain data that shows itself. */
export class Summary implements ModelSummary {
  readonly name!: string;
  readonly layers!: LayerSummary[];
  readonly parameters!: ModelSummary["parameters"];
  readonly flops?: number;
  readonly activationBytes?: number;

  constructor(summary: ModelSummary) {
    Object.assign(this, summary);
  }

  toString(): string {
    return summaryText(this);
  }
}

/**
 * Describes a model: its layers, their parameters, and, when inputs are given, the shape of every layer's output, the work and
 * the memory of one forward pass. The model is called once for that, without gradients and as after `eval()`; it is left as it
 * was, but for layers that make their parameters on their first call: they have them then.
 *
 * @param inputs what the model is called with: tensors, or shapes (float32 zeros then)
 * @throws ValueError when `model` is no module; whatever the model's call throws
 * @example
 * const model = new nn.Sequential(new nn.Linear(784, 64), new nn.ReLU(), new nn.Linear(64, 10));
 * train.summary(model, [32, 784]).parameters.total; // 50890
 */
export function summary(model: Module, ...inputs: (Tensor | Shape)[]): Summary {
  if (!(model instanceof Module)) {
    throw new ValueError(`expected a model, got ${typeof model}`, { op: "summary", hint: "Give an nn.Module." });
  }
  const passes = inputs.length > 0 ? passThrough(model, inputs) : new Map<Module, Pass>();
  const all = parametersSoFar(model).map(([, parameter]) => parameter);
  const seen = new Set<Tensor>();
  const children = model.namedChildren();
  const layers = childrenOf(model, children, passes, seen);
  // Parameters that the model holds itself stand in a row of their own; so does a model that is a single layer.
  const own = layerOf("", model, passes, seen, []);
  if (own.parameters > 0 || children.length === 0) layers.unshift(own);
  const seenPasses = [...passes.values()];
  const count = (parameters: readonly Tensor[]) => parameters.reduce((n, p) => n + p.size, 0);
  return new Summary({
    name: nameOf(model),
    layers,
    parameters: {
      total: count(all),
      trainable: count(all.filter(p => p.requiresGrad)),
      bytes: all.reduce((n, p) => n + p.size * bytesPerElement[p.dtype], 0),
    },
    ...(passes.size > 0
      ? {
          flops: 2 * seenPasses.reduce((n, pass) => n + pass.multiplyAdds, 0),
          activationBytes: seenPasses.reduce((n, pass) => n + pass.bytes, 0),
        }
      : {}),
  });
}

/** What was seen of a module in the pass. */
interface Pass {
  input: Shape | undefined;
  output: Shape | undefined;
  /** Multiply-adds of all its calls. */
  multiplyAdds: number;
  /** Bytes of its results, when no module inside made them. */
  bytes: number;
}

/** Calls the model and writes down what goes into and out of every module. */
function passThrough(model: Module, inputs: readonly (Tensor | Shape)[]): Map<Module, Pass> {
  const given = inputs.map(x => (x instanceof Tensor ? x : (zeros([...x]) as Tensor)));
  const batch = given[0]!.shape[0];
  const free = (shape: Shape | undefined) => (shape?.length && shape[0] === batch ? [-1, ...shape.slice(1)] : shape);
  const passes = new Map<Module, Pass>();
  const restore: (() => void)[] = [];
  for (const module of modulesOf(model)) {
    const { training } = module;
    const own = Object.getOwnPropertyDescriptor(module, "forward");
    const forward = module.forward as (...args: unknown[]) => unknown;
    const isLeaf = module.namedChildren().length === 0;
    const watched = (...args: unknown[]) => {
      const result = forward.apply(module, args);
      const [input, output] = [firstTensor(args)?.shape, firstTensor(result)];
      const before = passes.get(module);
      const work = input && output ? module.multiplyAdds(input, output.shape) : 0;
      passes.set(module, {
        input: free(input),
        output: free(output?.shape),
        multiplyAdds: (before?.multiplyAdds ?? 0) + work,
        bytes: (before?.bytes ?? 0) + (isLeaf && output ? sizeOf(output.shape) * bytesPerElement[output.dtype] : 0),
      });
      return result;
    };
    Object.defineProperty(module, "forward", { value: watched, configurable: true, enumerable: false, writable: true });
    restore.push(() => {
      Reflect.deleteProperty(module, "forward");
      if (own) Object.defineProperty(module, "forward", own);
      module.training = training;
    });
    module.training = false;
  }
  try {
    noGrad(() => (model as unknown as (...args: Tensor[]) => unknown)(...given));
  } finally {
    for (const undo of restore) undo();
  }
  return passes;
}

function layerOf(
  name: string,
  module: Module,
  passes: ReadonlyMap<Module, Pass>,
  seen: Set<Tensor>,
  children = module.namedChildren(),
): LayerSummary {
  const inside = new Set(module.namedChildren().flatMap(([, child]) => parametersOf(child)));
  const own = parametersOf(module).filter(p => !inside.has(p));
  const shared = own.length > 0 && own.every(p => seen.has(p));
  for (const parameter of own) seen.add(parameter);
  const pass = passes.get(module);
  return {
    name,
    type: nameOf(module),
    options: module.describe(),
    ...(pass?.input ? { inputShape: pass.input } : {}),
    ...(pass?.output ? { outputShape: pass.output } : {}),
    parameters: own.reduce((n, p) => n + p.size, 0),
    trainable: own.every(p => p.requiresGrad),
    ...(pass && !shared ? { flops: 2 * pass.multiplyAdds } : {}),
    ...(shared ? { shared: true } : {}),
    ...(isUnbuilt(module) ? { unbuilt: true } : {}),
    children: childrenOf(module, children, passes, seen),
  };
}

function childrenOf(
  parent: Module,
  children: readonly [name: string, child: Module][],
  passes: ReadonlyMap<Module, Pass>,
  seen: Set<Tensor>,
): LayerSummary[] {
  if (!(parent instanceof GraphModel)) {
    return children.map(([name, child]) => layerOf(name, child, passes, seen));
  }
  const connections = parent.connections();
  return children.map(([path, child]) => {
    const name = path.replace(/^layers\./, "");
    return { ...layerOf(name, child, passes, seen), from: connections.get(name) ?? [] };
  });
}

function parametersOf(module: Module): Tensor[] {
  return parametersSoFar(module).map(([, parameter]) => parameter);
}

function modulesOf(root: Module, found = new Set<Module>()): Set<Module> {
  if (!found.has(root)) {
    found.add(root);
    for (const [, child] of root.namedChildren()) modulesOf(child, found);
  }
  return found;
}

function nameOf(module: Module): string {
  return module.constructor.name || "Module";
}

/** The first tensor of arguments or of a result: itself, or among the entries of lists and objects. */
function firstTensor(value: unknown): Tensor | undefined {
  if (value instanceof Tensor) return value;
  if (!Array.isArray(value) && !isPlainObject(value)) return undefined;
  for (const entry of Object.values(value)) {
    const found = firstTensor(entry);
    if (found !== undefined) return found;
  }
  return undefined;
}
