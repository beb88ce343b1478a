import type { DType } from "../dtype.js";
import { ShapeError, ValueError } from "../errors.js";
import { permute, reshape } from "../ops/view.js";
import { formatShape, type Shape } from "../shape.js";
import type { Tensor } from "../tensor.js";
import type { Plain } from "../types.js";
import { type BatchOf, requireCounts } from "./channels.js";
import { Layer } from "./module.js";

/** `-1`, whose length is computed, is any length to the compiler. */
type Lengths<T extends Shape> = Plain<{ readonly [K in keyof T]: T[K] extends -1 ? number : T[K] }>;

/**
 * Every sample in another shape, as `keras.layers.Reshape`: [N, ...] -> [N, ...shape]. One length may be -1 and is computed.
 * @throws ValueError for lengths that are no whole numbers; ShapeError when the elements do not fit
 * @example new nn.Reshape([7, 7, -1])(zeros([2, 98])).shape; // [2, 7, 7, 2]
 */
export class Reshape<const T extends Shape = Shape> extends Layer {
  readonly shape: T;

  constructor(shape: T) {
    super();
    if (!Array.isArray(shape)) throw new ValueError("shape is no list", { op: "Reshape", hint: "Give [7, 7, 2]." });
    const open = shape.filter(length => length === -1).length;
    if (open > 1) throw new ValueError(`${open} lengths are -1`, { op: "Reshape", hint: "Leave at most one open." });
    const given = shape.map((length, i) => [`length ${i}`, length === -1 ? 1 : length] as const);
    requireCounts("Reshape", Object.fromEntries(given));
    this.shape = shape;
  }

  forward<S extends Shape, D extends DType>(x: Tensor<S, D>): Tensor<[BatchOf<S>, ...Lengths<T>], D> {
    requireSamples("Reshape", x as Tensor);
    return reshape(x as Tensor, [x.shape[0]!, ...this.shape]) as never;
  }

  override config(): readonly unknown[] {
    return [this.shape];
  }
}
export interface Reshape<T extends Shape> {
  <S extends Shape, D extends DType>(x: Tensor<S, D>): Tensor<[BatchOf<S>, ...Lengths<T>], D>;
}

/**
 * The axes behind the samples in another order, as `keras.layers.Permute`: they are counted from 1.
 * @throws ValueError unless the order names each axis once
 * @example new nn.Permute([2, 1])(zeros([4, 10, 3])).shape; // [4, 3, 10]
 */
export class Permute extends Layer {
  readonly order: readonly number[];

  constructor(order: readonly number[]) {
    super();
    if (!Array.isArray(order) || [...order].sort((a, b) => a - b).some((axis, i) => axis !== i + 1)) {
      throw new ValueError(`order is ${Array.isArray(order) ? formatShape(order) : typeof order}`, {
        op: "Permute",
        hint: "Name each axis behind the samples once, from 1: [2, 1].",
      });
    }
    this.order = order;
  }

  forward<D extends DType>(x: Tensor<Shape, D>): Tensor<number[], D> {
    return permute(x, [0, ...this.order]) as never;
  }

  override config(): readonly unknown[] {
    return [this.order];
  }
}
export interface Permute {
  <D extends DType>(x: Tensor<Shape, D>): Tensor<number[], D>;
}

/**
 * Every sample `count` times, as steps of a sequence: [N, C] -> [N, count, C], as `keras.layers.RepeatVector`.
 * @throws ValueError when the count is no whole number of at least 1; ShapeError for an input of other axes
 * @example new nn.RepeatVector(5)(zeros([2, 3])).shape; // [2, 5, 3]
 */
export class RepeatVector<Count extends number = number> extends Layer {
  readonly count: Count;

  constructor(count: Count) {
    super();
    requireCounts("RepeatVector", { count });
    this.count = count;
  }

  forward<N extends number, C extends number, D extends DType>(
    x: Tensor<readonly [N, C], D>,
  ): Tensor<[N, Count, C], D> {
    const { shape } = x as Tensor;
    if (shape.length !== 2) {
      throw new ShapeError(`the input ${formatShape(shape)} does not fit`, {
        op: "RepeatVector",
        expected: "[N, C]",
        got: formatShape(shape),
      });
    }
    return (x as Tensor).unsqueeze(1).broadcastTo([shape[0]!, this.count, shape[1]!]) as never;
  }

  override config(): readonly unknown[] {
    return [this.count];
  }
}
export interface RepeatVector<Count extends number> {
  <N extends number, C extends number, D extends DType>(x: Tensor<readonly [N, C], D>): Tensor<[N, Count, C], D>;
}

function requireSamples(op: string, x: Tensor): void {
  if (x.shape.length > 0) return;
  throw new ShapeError("a scalar has no samples", { op, hint: "Give [N, ...]." });
}
