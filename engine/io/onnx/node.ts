import { DTypeError, ValueError } from "../../errors.js";
import type { Tensor } from "../../tensor.js";
import type { AttributeValue, NodeMessage } from "./messages.js";

/** One node while it runs: its inputs, attributes, and the version of the operators. */
export class Node {
  constructor(
    readonly message: NodeMessage,
    readonly inputs: readonly (Tensor | undefined)[],
    readonly opset: number,
  ) {}

  /** @throws ValueError always: names the node and what is wrong with it */
  refuse(problem: string): never {
    const name = this.message.name ? ` (node ${JSON.stringify(this.message.name)})` : "";
    throw new ValueError(`${this.message.type}${name}: ${problem}`, { op: "onnx" });
  }

  /** An input that must be there. */
  input(i: number): Tensor {
    return this.inputs[i] ?? this.refuse(`input ${i} is missing`);
  }

  /** An input's values as numbers, for shapes, axes and such. @throws DTypeError for a whole number beyond 2^53 */
  values(i: number): number[] | undefined {
    const x = this.inputs[i];
    return (
      x &&
      Array.from(x.data() as ArrayLike<number | bigint>, value => {
        const n = Number(value);
        if (typeof value === "bigint" && BigInt(n) !== value)
          throw new DTypeError(`${this.message.type}: ${value} is beyond 2^53`, { op: "onnx" });
        return n;
      })
    );
  }

  has(name: string): boolean {
    return this.message.attributes.has(name);
  }

  attribute(name: string): AttributeValue | undefined {
    return this.message.attributes.get(name);
  }

  number(name: string, otherwise?: number): number {
    const value = this.attribute(name) ?? otherwise;
    return typeof value === "number" ? value : this.refuse(`attribute ${name} is no number`);
  }

  text(name: string, otherwise: string): string {
    const value = this.attribute(name) ?? otherwise;
    return typeof value === "string" ? value : this.refuse(`attribute ${name} is no text`);
  }

  numbers(name: string): number[] | undefined {
    const value = this.attribute(name);
    if (value === undefined) return undefined;
    if (!Array.isArray(value) || value.some(v => typeof v !== "number"))
      this.refuse(`attribute ${name} is no row of numbers`);
    return value as number[];
  }
}

/** What an ONNX operator does. */
export type Operator = (node: Node) => Tensor | readonly Tensor[];
export type Operators = Readonly<Record<string, Operator>>;

/** A result as a plain tensor: a file's shapes and dtypes are not known to the types. */
export const t = (x: unknown) => x as Tensor;

/** An axis counted from the front. */
export const positive = (axis: number, rank: number) => (axis < 0 ? axis + rank : axis);
