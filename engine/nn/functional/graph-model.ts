import type { DType } from "../../dtype.js";
import { DTypeError, ShapeError, ValueError } from "../../errors.js";
import * as operations from "../../ops/all.js";
import { formatShape, type Shape } from "../../shape.js";
import { Tensor } from "../../tensor.js";
import { isPlainObject, mapLeaves } from "../../tree.js";
import { type OpenShape, setLayerName } from "../building.js";
import { Module } from "../module.js";
import { openText, symbolicInput } from "./symbolic-tensor.js";
import { Wire, type Wiring, wire } from "./wiring.js";

/** What goes into a functional model, or comes out: a tensor, a list, or an object by name. */
export type Wires = Tensor | readonly Tensor[] | Readonly<Record<string, Tensor>>;

/** The arguments of a model's call. */
type Arguments<I> = I extends Tensor ? [x: I] : I extends readonly Tensor[] ? [...inputs: I] : [inputs: I];

type Run = (...args: readonly unknown[]) => unknown;

const operationsByName = new Map(Object.entries(operations));

/** A model made of layers that were called with symbolic tensors: made by `nn.model`. */
export class GraphModel<I extends Wires = Wires, O extends Wires = Wires> extends Module {
  /** The layers by name, each once, in the order of the first calls. */
  readonly layers: Readonly<Record<string, Module>>;
  readonly #wiring: Wiring;

  constructor(layers: Readonly<Record<string, Module>>, wiring: Wiring) {
    super();
    this.layers = layers;
    this.#wiring = wiring;
  }

  /** How tensors go through the layers. */
  get wiring(): Wiring {
    return this.#wiring;
  }

  forward(...args: Arguments<I>): O {
    const { calls, outputs } = this.#wiring;
    const values: unknown[] = this.#inputsOf(args);
    const valueAt = (leaf: unknown) => (leaf instanceof Wire ? values[leaf.index] : leaf);
    for (const { layer, operation, args: wired, outputs: count } of calls) {
      const run = (layer === undefined ? operationsByName.get(operation!) : this.layers[layer]) as unknown as Run;
      const result = run(...wired.map(arg => mapLeaves(arg, valueAt)));
      const before = values.length;
      mapLeaves(result, leaf => {
        if (leaf instanceof Tensor) values.push(leaf);
      });
      if (values.length - before === count) continue;
      throw new ValueError(`${layer ?? operation} gave ${values.length - before} tensors instead of ${count}`, {
        op: "model",
        hint: "A layer gives as many tensors in every call.",
      });
    }
    return mapLeaves(outputs, valueAt) as O;
  }

  /** The names of the layers, operations or inputs that each layer reads, in the order of its calls. */
  connections(): Map<string, string[]> {
    const makers = this.#wiring.inputs.map(({ name }) => `input ${name}`);
    const found = new Map<string, string[]>();
    for (const { layer, operation, args, outputs } of this.#wiring.calls) {
      const sources: string[] = [];
      mapLeaves(args, leaf => {
        if (leaf instanceof Wire) sources.push(makers[leaf.index]!);
      });
      if (layer !== undefined) found.set(layer, [...(found.get(layer) ?? []), ...sources]);
      // An operation has no row of its own: what reads it says what it reads in turn.
      const name = layer ?? `${operation}(${sources.join(", ")})`;
      for (let i = 0; i < outputs; i++) makers.push(name);
    }
    return found;
  }

  override describe(): string {
    const count = (n: number, what: string) => `${n} ${what}${n === 1 ? "" : "s"}`;
    return `${count(this.#wiring.inputs.length, "input")}, ${count(Object.keys(this.layers).length, "layer")}`;
  }

  #inputsOf(args: readonly unknown[]): Tensor[] {
    const { inputs, form } = this.#wiring;
    const [first] = args;
    const list = form === "list" && Array.isArray(first) ? first : args;
    const values =
      form === "named" && isPlainObject(first) ? inputs.map(({ name }, i) => first[name] ?? list[i]) : [...list];
    if (values.length > inputs.length) {
      throw new ValueError(`${values.length} inputs instead of ${inputs.length}`, {
        op: "model",
        hint: `The model takes ${inputs.map(({ name }) => name).join(", ")}.`,
      });
    }
    return inputs.map(({ name, shape }, i) => {
      const x = values[i];
      const expected = openText(shape);
      if (!(x instanceof Tensor)) {
        throw new DTypeError(`input ${name} is no tensor`, { op: "model", expected, got: typeof x, hint: "Give one." });
      }
      if (x.shape.length === shape.length && shape.every((length, k) => length === null || length === x.shape[k]))
        return x;
      throw new ShapeError(`input ${name} takes ${expected}, got ${formatShape(x.shape)}`, {
        op: "model",
        expected,
        got: formatShape(x.shape),
        hint: "null stands for any length.",
      });
    });
  }
}

/** The lengths of axes in a tensor's type. */
type Opened<S extends OpenShape> = {
  -readonly [K in keyof S]: S[K] extends number ? S[K] : number;
} extends infer R extends Shape
  ? R
  : never;

/**
 * An input of a functional model, as `keras.Input`: layers are called with it as with a tensor, and `model` makes a model of it.
 * @param shape of a sample, without the axis of the samples; `null` where any length will do
 * @throws ValueError for lengths that are no whole numbers of at least 1
 * @example
 * const x = nn.input([784]);
 * const classifier = nn.model({ inputs: x, outputs: nn.dense(10)(nn.dense(64, { activation: "relu" })(x)) });
 * classifier(zeros([32, 784])).shape; // [32, 10]
 */
export function input<const S extends OpenShape, D extends DType = "float32">(
  shape: S,
  { dtype, name }: { dtype?: D; name?: string } = {},
): Tensor<[number, ...Opened<S>], D> {
  const isShape = Array.isArray(shape) && shape.every(n => n === null || (Number.isSafeInteger(n) && n >= 1));
  if (!isShape) {
    throw new ValueError(`shape is ${JSON.stringify(shape)}`, {
      op: "input",
      hint: "Give the lengths of a sample, without the axis of the samples: [28, 28, 1].",
    });
  }
  return symbolicInput(shape, dtype ?? "float32", name) as unknown as Tensor<[number, ...Opened<S>], D>;
}

/**
 * A model of layers that were called with inputs, as `keras.Model`: with several inputs and outputs, branches, skips, and layers
 * that are used twice, which have one set of parameters. It is a module as any other: it can be a layer of another model.
 * @param graph inputs and outputs: one, a list, or an object by name; `fit` takes data, losses and metrics in the same form
 * @throws ValueError for an input that is missing or not used, or a name that two layers have
 * @example
 * const [text, price] = [nn.input([32]), nn.input([1])];
 * const joined = nn.concatenate([nn.dense(8, { activation: "relu" })(text), price]);
 * const model = nn.model({ inputs: { text, price }, outputs: { sold: nn.dense(1)(joined), kind: nn.dense(3)(joined) } });
 * model({ text: zeros([2, 32]), price: zeros([2, 1]) }).kind.shape; // [2, 3]
 */
export function model<const I extends Wires, const O extends Wires>({
  inputs,
  outputs,
  name,
}: {
  inputs: I;
  outputs: O;
  name?: string;
}): GraphModel<I, O> {
  const { layers, wiring } = wire(inputs, outputs);
  const made = new GraphModel<I, O>(layers, wiring);
  setLayerName(made, name);
  return made;
}
