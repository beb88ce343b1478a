import type { DType } from "../../../dtype.js";
import { ValueError } from "../../../errors.js";
import { tensor } from "../../../ops/create.js";
import type { Tensor } from "../../../tensor.js";

/** What an ONNX attribute holds; a number with `float` is written as one even where it is whole. */
export type Attribute = number | string | readonly number[] | { readonly float: number };

/** One node of the graph that is being made. */
export interface GraphNode {
  readonly type: string;
  readonly inputs: readonly string[];
  readonly outputs: readonly string[];
  readonly attributes: Readonly<Record<string, Attribute>>;
}

/** A graph while it is made: tensors of the traced function have names, and nodes compute them. */
export class GraphBuilder {
  readonly nodes: GraphNode[] = [];
  /** Weights and constants by name, in the order of their use. */
  readonly initializers = new Map<string, Tensor>();
  readonly #names = new Map<Tensor, string>();
  readonly #parameters: ReadonlyMap<Tensor, string>;
  readonly #taken: Set<string>;
  readonly #constants = new Map<string, string>();
  /** How many names a stem has. */
  readonly #counts = new Map<string, number>();

  /** @param parameters tensors that become initializers under names of their own */
  constructor(parameters: ReadonlyMap<Tensor, string>, reserved: Iterable<string>) {
    this.#parameters = parameters;
    this.#taken = new Set([...parameters.values(), ...reserved]);
  }

  /** Whether a tensor is computed from inputs and parameters: all others are constants. */
  has(x: Tensor): boolean {
    return this.#names.has(x) || this.#parameters.has(x);
  }

  /** Whether a weight, a constant or a node's output has this name. */
  computes(name: string): boolean {
    return this.initializers.has(name) || this.nodes.some(({ outputs }) => outputs.includes(name));
  }

  /** Says that a tensor is the value of this name. */
  bind(x: Tensor, name: string): void {
    this.#names.set(x, name);
  }

  /** The name of a tensor; one that nothing computes becomes a constant. */
  nameOf(x: Tensor): string {
    const known = this.#names.get(x);
    if (known !== undefined) return known;
    const name = this.#parameters.get(x) ?? this.unusedName("constant");
    this.initializers.set(name, x);
    this.#names.set(x, name);
    return name;
  }

  /** A scalar, or a list such as a shape. */
  constant(value: number | readonly number[], dtype: DType): string {
    const key = `${dtype} ${typeof value === "number" ? (Object.is(value, -0) ? "-0" : value) : `[${value.join()}]`}`;
    let name = this.#constants.get(key);
    if (name === undefined) {
      name = this.unusedName("constant");
      const [values, shape] = typeof value === "number" ? [[value], []] : [value, [value.length]];
      this.initializers.set(
        name,
        tensor(dtype === "int64" ? (values.map(BigInt) as never) : [...values], { dtype, shape }),
      );
      this.#constants.set(key, name);
    }
    return name;
  }

  /** Whole numbers of a shape, axes and such. */
  integers(values: readonly number[]): string {
    return this.constant(values, "int64");
  }

  /** Adds a node of one output. @returns the output's name */
  add(type: string, inputs: readonly string[], attributes: Readonly<Record<string, Attribute>> = {}): string {
    const output = this.unusedName(type.toLowerCase());
    this.nodes.push({ type, inputs, outputs: [output], attributes });
    return output;
  }

  /** Adds a node that gives a value another name. */
  alias(from: string, to: string): void {
    this.nodes.push({ type: "Identity", inputs: [from], outputs: [to], attributes: {} });
  }

  /** A name that nothing has yet: the stem with a number. */
  unusedName(stem: string): string {
    let count = this.#counts.get(stem) ?? 0;
    while (this.#taken.has(`${stem}_${count}`)) count++;
    this.#counts.set(stem, count + 1);
    this.#taken.add(`${stem}_${count}`);
    return `${stem}_${count}`;
  }
}

/** @throws ValueError always: the function cannot be said in ONNX */
export function refuse(problem: string, hint: string): never {
  throw new ValueError(problem, { op: "onnx.write", hint });
}
