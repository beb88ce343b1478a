import { DTypeError, ShapeError, ValueError } from "../errors.js";
import { add, div, maximum, minimum, mul, sub } from "../ops/arithmetic.js";
import { concat } from "../ops/join.js";
import { matmul } from "../ops/matmul.js";
import { norm } from "../ops/vector-norm.js";
import { permute, reshape } from "../ops/view.js";
import { formatShape, resolveAxis, type Shape, sizeOf } from "../shape.js";
import { Tensor } from "../tensor.js";
import type { CommonDType, Concatenated } from "../types/joined.js";
import type { Broadcast, ShapeOf } from "../types.js";
import { Layer } from "./module.js";

/** The shape that broadcasting tensors has. */
export type Merged<T extends readonly unknown[]> = T extends readonly [infer A, infer B, ...infer Rest]
  ? Rest extends readonly []
    ? Broadcast<ShapeOf<A>, ShapeOf<B>>
    : Broadcast<Broadcast<ShapeOf<A>, ShapeOf<B>>, Merged<[A, ...Rest]>>
  : number[];

/** Calling a layer that brings tensors together element by element. */
type Merge = <const T extends readonly Tensor[]>(inputs: T) => Tensor<Merged<T>, CommonDType<T>>;

/** @throws DTypeError for what is no list of tensors; ValueError for another number of them */
function requireInputs(op: string, inputs: unknown, least: number, most = Number.POSITIVE_INFINITY): void {
  if (!Array.isArray(inputs) || inputs.some(x => !(x instanceof Tensor))) {
    throw new DTypeError("the input is no list of tensors", { op, hint: `Call it with a list: layer([a, b]).` });
  }
  if (inputs.length >= least && inputs.length <= most) return;
  throw new ValueError(`${inputs.length} inputs`, {
    op,
    expected: most === least ? `${least}` : `at least ${least}`,
    hint: "Give as many tensors as the layer brings together.",
  });
}

type Pair = (a: Tensor, b: Tensor) => Tensor;

function folded(op: string, inputs: readonly Tensor[], pair: unknown): Tensor {
  requireInputs(op, inputs, 1);
  return inputs.reduce((all, x) => (pair as Pair)(all, x));
}

/**
 * The sum of tensors, as `keras.layers.Add`. Inputs: a list of shapes that broadcast -> their common shape.
 * @throws DTypeError for what is no list of tensors; ShapeError for shapes that do not fit each other
 * @example new nn.Add()([ones([2, 3]), ones([2, 3])]).shape; // [2, 3]
 */
export class Add extends Layer {
  forward<const T extends readonly Tensor[]>(inputs: T): Tensor<Merged<T>, CommonDType<T>> {
    return folded("Add", inputs, add) as never;
  }
  override config(): readonly unknown[] {
    return [];
  }
}
export interface Add extends Merge {}

/**
 * The first of two tensors minus the second, as `keras.layers.Subtract`.
 * @throws as `Add`, and ValueError unless there are two
 * @example new nn.Subtract()([ones([2, 3]), ones([2, 3])]).shape; // [2, 3]
 */
export class Subtract extends Layer {
  forward<const T extends readonly Tensor[]>(inputs: T): Tensor<Merged<T>, CommonDType<T>> {
    requireInputs("Subtract", inputs, 2, 2);
    return sub(inputs[0]!, inputs[1] as never) as never;
  }
  override config(): readonly unknown[] {
    return [];
  }
}
export interface Subtract extends Merge {}

/**
 * The product of tensors, element by element, as `keras.layers.Multiply`.
 * @throws as `Add`
 * @example new nn.Multiply()([ones([2, 3]), ones([2, 1])]).shape; // [2, 3]
 */
export class Multiply extends Layer {
  forward<const T extends readonly Tensor[]>(inputs: T): Tensor<Merged<T>, CommonDType<T>> {
    return folded("Multiply", inputs, mul) as never;
  }
  override config(): readonly unknown[] {
    return [];
  }
}
export interface Multiply extends Merge {}

/**
 * The mean of tensors, element by element, as `keras.layers.Average`.
 * @throws as `Add`
 * @example new nn.Average()([ones([2, 3]), zeros([2, 3])]).shape; // [2, 3]
 */
export class Average extends Layer {
  forward<const T extends readonly Tensor[]>(inputs: T): Tensor<Merged<T>, CommonDType<T>> {
    return div(folded("Average", inputs, add), inputs.length) as never;
  }
  override config(): readonly unknown[] {
    return [];
  }
}
export interface Average extends Merge {}

/**
 * The larger of tensors, element by element, as `keras.layers.Maximum`.
 * @throws as `Add`
 * @example new nn.Maximum()([ones([2, 3]), zeros([2, 3])]).shape; // [2, 3]
 */
export class Maximum extends Layer {
  forward<const T extends readonly Tensor[]>(inputs: T): Tensor<Merged<T>, CommonDType<T>> {
    return folded("Maximum", inputs, maximum) as never;
  }
  override config(): readonly unknown[] {
    return [];
  }
}
export interface Maximum extends Merge {}

/**
 * The smaller of tensors, element by element, as `keras.layers.Minimum`.
 * @throws as `Add`
 * @example new nn.Minimum()([ones([2, 3]), zeros([2, 3])]).shape; // [2, 3]
 */
export class Minimum extends Layer {
  forward<const T extends readonly Tensor[]>(inputs: T): Tensor<Merged<T>, CommonDType<T>> {
    return folded("Minimum", inputs, minimum) as never;
  }
  override config(): readonly unknown[] {
    return [];
  }
}
export interface Minimum extends Merge {}

/**
 * Tensors one behind the other along an axis (default the last), as `keras.layers.Concatenate`.
 * @throws DTypeError for what is no list of tensors; ShapeError when another axis differs
 * @example new nn.Concatenate()([ones([2, 3]), ones([2, 4])]).shape; // [2, 7]
 */
export class Concatenate<const A extends number = -1> extends Layer {
  readonly axis: A;

  constructor(axis: A = -1 as A) {
    super();
    this.axis = axis;
  }

  forward<const T extends readonly Tensor[]>(inputs: T): Tensor<Concatenated<T, A>, CommonDType<T>> {
    requireInputs("Concatenate", inputs, 1);
    return concat(inputs as never, this.axis) as never;
  }

  override config(): readonly unknown[] {
    return [this.axis];
  }
}
export interface Concatenate<A extends number> {
  <const T extends readonly Tensor[]>(inputs: T): Tensor<Concatenated<T, A>, CommonDType<T>>;
}

/**
 * Scalar products of two tensors along an axis of each, sample by sample, as `keras.layers.Dot`. The other axes of both follow
 * each other; of two vectors per sample comes [N, 1].
 * @throws DTypeError for what is no list of tensors; ValueError unless there are two; ShapeError when the axes differ in length
 * @example new nn.Dot(-1)([ones([2, 3]), ones([2, 3])]).shape; // [2, 1]
 */
export class Dot extends Layer {
  readonly axes: readonly [number, number];
  readonly normalize: boolean;

  /**
   * @param axes the axis of both, or of each
   * @param options `normalize`: vectors of length 1 first: the product is the cosine of their angle
   */
  constructor(axes: number | readonly [number, number], { normalize = false }: { normalize?: boolean } = {}) {
    super();
    this.axes = typeof axes === "number" ? [axes, axes] : axes;
    this.normalize = normalize;
  }

  forward(inputs: readonly Tensor[]): Tensor {
    requireInputs("Dot", inputs, 2, 2);
    const [a, b] = inputs.map((x, i) => this.#rows(x, this.axes[i]!)) as [Rows, Rows];
    if (a.rows.shape[2] !== b.rows.shape[2] || a.rows.shape[0] !== b.rows.shape[0]) {
      throw new ShapeError(`${formatShape(inputs[0]!.shape)} and ${formatShape(inputs[1]!.shape)} do not fit`, {
        op: "Dot",
        expected: `as many samples, and axes ${this.axes[0]} and ${this.axes[1]} of one length`,
        hint: "Choose other axes.",
      });
    }
    const product = matmul(a.rows as never, permute(b.rows, [0, 2, 1]) as never) as Tensor;
    const rest = [...a.rest, ...b.rest];
    return reshape(product, [product.shape[0]!, ...(rest.length > 0 ? rest : [1])]) as Tensor;
  }

  override multiplyAdds(input: Shape, output: Shape): number {
    return sizeOf(output) * input.at(this.axes[0])!;
  }

  override config(): readonly unknown[] {
    return [this.axes, { normalize: this.normalize }];
  }

  /** [N, others, axis], and the lengths of the others. */
  #rows(x: Tensor, axis: number): Rows {
    const own = resolveAxis("Dot", axis, x.shape.length);
    if (own === 0) throw new ShapeError("axis 0 counts samples", { op: "Dot", hint: "Choose an axis behind it." });
    const others = x.shape.map((_, i) => i).filter(i => i !== 0 && i !== own);
    const rest = others.map(i => x.shape[i]!);
    const rows = reshape(permute(x, [0, ...others, own]), [x.shape[0]!, sizeOf(rest), x.shape[own]!]) as Tensor;
    // Keras divides by the root of at least 1e-12.
    const length = () => maximum(norm(rows, 2, { keepDims: true }) as Tensor, 1e-6) as Tensor;
    return { rows: this.normalize ? (div(rows, length() as never) as Tensor) : rows, rest };
  }
}
export interface Dot {
  (inputs: readonly Tensor[]): Tensor;
}

interface Rows {
  readonly rows: Tensor;
  readonly rest: readonly number[];
}
