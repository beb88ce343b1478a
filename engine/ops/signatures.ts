import type { DType } from "../dtype.js";
import type { Op } from "../op.js";
import type { Floating } from "../promotion.js";
import type { Shape } from "../shape.js";
import type { Tensor } from "../tensor.js";
import type {
  Broadcast,
  Broadcast3,
  Fits,
  FitsBoth,
  FloatOperand,
  Operand,
  PromoteOperand,
  Reduced,
  ShapeOf,
} from "../types.js";

/** One tensor in, the same shape and dtype out. */
export interface Unary extends Op {
  <S extends Shape, D extends DType>(x: Tensor<S, D>): Tensor<S, D>;
  readonly method: <S extends Shape, D extends DType>(this: Tensor<S, D>) => Tensor<S, D>;
}

/** One tensor in, the same shape out, always a float. */
export interface FloatUnary extends Op {
  <S extends Shape, D extends DType>(x: Tensor<S, D>): Tensor<S, Floating<D>>;
  readonly method: <S extends Shape, D extends DType>(this: Tensor<S, D>) => Tensor<S, Floating<D>>;
}

/** As `FloatUnary`, with options. */
export interface FloatUnaryWith<Options> extends Op {
  <S extends Shape, D extends DType>(x: Tensor<S, D>, options?: Options): Tensor<S, Floating<D>>;
  readonly method: <S extends Shape, D extends DType>(this: Tensor<S, D>, options?: Options) => Tensor<S, Floating<D>>;
}

/** As `Unary`, with options. */
export interface UnaryWith<Options> extends Op {
  <S extends Shape, D extends DType>(x: Tensor<S, D>, options?: Options): Tensor<S, D>;
  readonly method: <S extends Shape, D extends DType>(this: Tensor<S, D>, options?: Options) => Tensor<S, D>;
}

/** One tensor in, truth values out. */
export interface Predicate extends Op {
  <S extends Shape>(x: Tensor<S>): Tensor<S, "bool">;
  readonly method: <S extends Shape>(this: Tensor<S>) => Tensor<S, "bool">;
}

/** Two operands, broadcast, in their common dtype. */
export interface Binary extends Op {
  <S extends Shape, D extends DType, T extends Operand>(
    a: Tensor<S, D>,
    b: T & Fits<S, T>,
  ): Tensor<Broadcast<S, ShapeOf<T>>, PromoteOperand<D, T>>;
  <S extends Shape, D extends DType>(a: number, b: Tensor<S, D>): Tensor<S, PromoteOperand<D, number>>;
  readonly method: <S extends Shape, D extends DType, T extends Operand>(
    this: Tensor<S, D>,
    b: T & Fits<S, T>,
  ) => Tensor<Broadcast<S, ShapeOf<T>>, PromoteOperand<D, T>>;
}

/** Two operands, broadcast; the result is always a float. */
export interface FloatBinary extends Op {
  <S extends Shape, D extends DType, T extends Operand>(
    a: Tensor<S, D>,
    b: T & Fits<S, T>,
  ): Tensor<Broadcast<S, ShapeOf<T>>, FloatOperand<D, T>>;
  <S extends Shape, D extends DType>(a: number, b: Tensor<S, D>): Tensor<S, Floating<D>>;
  readonly method: <S extends Shape, D extends DType, T extends Operand>(
    this: Tensor<S, D>,
    b: T & Fits<S, T>,
  ) => Tensor<Broadcast<S, ShapeOf<T>>, FloatOperand<D, T>>;
}

/** A tensor and two operands, broadcast; the result is always a float. */
export interface Ternary extends Op {
  <S extends Shape, D extends DType, T extends Operand, U extends Operand>(
    a: Tensor<S, D>,
    b: T & Fits<S, T>,
    c: U & FitsBoth<S, ShapeOf<T>, U>,
  ): Tensor<Broadcast3<S, ShapeOf<T>, ShapeOf<U>>, FloatOperand<FloatOperand<D, T>, U>>;
  readonly method: <S extends Shape, D extends DType, T extends Operand, U extends Operand>(
    this: Tensor<S, D>,
    b: T & Fits<S, T>,
    c: U & FitsBoth<S, ShapeOf<T>, U>,
  ) => Tensor<Broadcast3<S, ShapeOf<T>, ShapeOf<U>>, FloatOperand<FloatOperand<D, T>, U>>;
}

/** As `Ternary`, with options. */
export interface TernaryWith<Options> extends Op {
  <S extends Shape, D extends DType, T extends Operand, U extends Operand>(
    a: Tensor<S, D>,
    b: T & Fits<S, T>,
    c: U & FitsBoth<S, ShapeOf<T>, U>,
    options?: Options,
  ): Tensor<Broadcast3<S, ShapeOf<T>, ShapeOf<U>>, FloatOperand<FloatOperand<D, T>, U>>;
  readonly method: <S extends Shape, D extends DType, T extends Operand, U extends Operand>(
    this: Tensor<S, D>,
    b: T & Fits<S, T>,
    c: U & FitsBoth<S, ShapeOf<T>, U>,
    options?: Options,
  ) => Tensor<Broadcast3<S, ShapeOf<T>, ShapeOf<U>>, FloatOperand<FloatOperand<D, T>, U>>;
}

/** Two operands, broadcast; the result is true or false. */
export interface Comparison extends Op {
  <S extends Shape, T extends Operand>(a: Tensor<S>, b: T & Fits<S, T>): Tensor<Broadcast<S, ShapeOf<T>>, "bool">;
  <S extends Shape>(a: number, b: Tensor<S>): Tensor<S, "bool">;
  readonly method: <S extends Shape, T extends Operand>(
    this: Tensor<S>,
    b: T & Fits<S, T>,
  ) => Tensor<Broadcast<S, ShapeOf<T>>, "bool">;
}

export type Axes = number | readonly number[] | undefined;

export interface ReduceOptions<Keep extends boolean = boolean> {
  /** True: reduced axes stay with length 1 (default false). */
  keepDims?: Keep;
}

/** Reduces one axis, several, or all; the result's dtype by `Rule`. */
export interface Reduction<Rule extends DTypeOfReduction> extends Op {
  <S extends Shape, D extends DType, const A extends Axes = undefined, Keep extends boolean = false>(
    x: Tensor<S, D>,
    axis?: A,
    options?: ReduceOptions<Keep>,
  ): Tensor<Reduced<S, A, Keep>, ReducedDType<Rule, D>>;
  readonly method: <S extends Shape, D extends DType, const A extends Axes = undefined, Keep extends boolean = false>(
    this: Tensor<S, D>,
    axis?: A,
    options?: ReduceOptions<Keep>,
  ) => Tensor<Reduced<S, A, Keep>, ReducedDType<Rule, D>>;
}

/** As a reduction whose result is always a float, with options. */
export interface FloatReductionWith<Options> extends Op {
  <S extends Shape, D extends DType, const A extends Axes = undefined, Keep extends boolean = false>(
    x: Tensor<S, D>,
    axis?: A,
    options?: Options & ReduceOptions<Keep>,
  ): Tensor<Reduced<S, A, Keep>, Floating<D>>;
  readonly method: <S extends Shape, D extends DType, const A extends Axes = undefined, Keep extends boolean = false>(
    this: Tensor<S, D>,
    axis?: A,
    options?: Options & ReduceOptions<Keep>,
  ) => Tensor<Reduced<S, A, Keep>, Floating<D>>;
}

/** `sum`: integers add up in int64. `same`: the input's. `float`: integers become float32. `index`: int32. `bool`. */
export type DTypeOfReduction = "sum" | "same" | "float" | "index" | "bool";

type ReducedDType<Rule extends DTypeOfReduction, D extends DType> = Rule extends "sum"
  ? DType extends D
    ? DType
    : D extends "float32" | "float64" | "float16" | "bfloat16"
      ? D
      : "int64"
  : Rule extends "same"
    ? D
    : Rule extends "float"
      ? Floating<D>
      : Rule extends "index"
        ? "int32"
        : "bool";
