import type { DType } from "../dtype.js";
import { DTypeError, ShapeError } from "../errors.js";
import { tensor } from "../ops/create.js";
import { isFloat } from "../promotion.js";
import { formatShape, type Shape } from "../shape.js";
import { Tensor } from "../tensor.js";
import { GraphNode } from "./node.js";

/** Lengths of the axes; `null` where any length will do. */
export type OpenShape = readonly (number | null)[];

/** The same in a tensor's type. */
export type Opened<S extends OpenShape> = {
  -readonly [K in keyof S]: S[K] extends number ? S[K] : number;
} extends infer R extends Shape
  ? R
  : never;

/** What a run must be fed. */
export class PlaceholderNode extends GraphNode {
  readonly shape: OpenShape;
  readonly dtype: DType;

  constructor(shape: OpenShape, dtype: DType, name: string) {
    super("placeholder", [], () => undefined, `placeholder ${name}`);
    this.shape = shape;
    this.dtype = dtype;
  }

  /** The tensor for a fed value. @throws ShapeError, DTypeError when it does not fit */
  accept(value: unknown): Tensor {
    const given = value instanceof Tensor ? value : (tensor(value as never, { dtype: this.dtype }) as Tensor);
    const fits =
      given.shape.length === this.shape.length && this.shape.every((n, i) => n === null || n === given.shape[i]);
    if (!fits) {
      const wanted = `[${this.shape.map(n => n ?? "null").join(", ")}]`;
      throw new ShapeError(`takes ${wanted}, got ${formatShape(given.shape)}`, {
        op: this.label,
        expected: wanted,
        got: formatShape(given.shape),
        hint: "null stands for any length.",
      });
    }
    if (given.dtype === this.dtype) return given;
    // Integers become floats, and floats each other; a float where whole numbers are awaited is a mistake.
    if (isFloat(this.dtype)) return given.cast(this.dtype) as Tensor;
    throw new DTypeError(`takes ${this.dtype}, got ${given.dtype}`, {
      op: this.label,
      expected: this.dtype,
      got: given.dtype,
      hint: `Convert it: x.cast("${this.dtype}").`,
    });
  }
}

let made = 0;

/**
 * A tensor that every run is fed. `null` stands for an axis of any length.
 * @example const x = graph.placeholder([null, 784], { name: "x" });
 */
export function placeholder<const S extends OpenShape, D extends DType = "float32">(
  shape: S,
  options: { dtype?: D; name?: string } = {},
): Tensor<Opened<S>, D> {
  const { dtype = "float32", name = String(++made) } = options;
  return new PlaceholderNode(shape, dtype, name) as unknown as Tensor<Opened<S>, D>;
}
