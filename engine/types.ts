import type { DType } from "./dtype.js";
import type { FloatDType, Floating, Promote } from "./promotion.js";
import type { Shape } from "./shape.js";
import type { Tensor } from "./tensor.js";

/** A message in place of a type: what the editor shows when shapes do not fit. */
export interface ShapeMismatch<Message extends string> {
  readonly "shapes do not fit": Message;
}

/** What elementwise functions take: a tensor, or a number, which adapts to the other's dtype. */
export type Operand = Tensor | number;

export type ShapeOf<T> = T extends Tensor<infer S, DType> ? S : [];

/** Shapes without `readonly`, so that editors show `[2, 3]`. */
export type Plain<S extends Shape> = { -readonly [K in keyof S]: S[K] };

/** `[2, 3]` as text. */
export type Format<S extends Shape> = number extends S["length"] ? "[...]" : `[${Join<S>}]`;
type Join<S extends Shape> = S extends readonly [infer H extends number, ...infer T extends Shape]
  ? T["length"] extends 0
    ? `${H}`
    : `${H}, ${Join<T>}`
  : "";

/**
 * The dtype of an arithmetic result with the operand `T`. A number turns integers into float32 when it is a fraction. Where a
 * dtype is not known the result's is not either: a list of those that it could be helps nobody.
 */
export type PromoteOperand<D extends DType, T> =
  T extends Tensor<Shape, infer E>
    ? Common<D, E>
    : DType extends D
      ? DType
      : D extends FloatDType
        ? D
        : WithNumber<D, T>;

type WithNumber<D extends DType, T> = T extends number
  ? number extends T
    ? D | "float32"
    : `${T}` extends `${string}.${string}` | `${string}e-${string}`
      ? "float32"
      : D
  : D;

type Common<D extends DType, E extends DType> = DType extends D | E ? DType : Promote<D, E>;

/** The same where the result is always a float. */
export type FloatOperand<D extends DType, T> = Floating<T extends Tensor<Shape, infer E> ? Promote<D, E> : D>;

/** The shape of an elementwise result, `never` in a place where lengths disagree. Unknown ranks give `number[]`. */
export type Broadcast<A extends Shape, B extends Shape> = number extends A["length"] | B["length"]
  ? Unknown<A, B>
  : Aligned<A, B>;

/** With a scalar the other shape survives, even one of unknown rank. */
type Unknown<A extends Shape, B extends Shape> = B["length"] extends 0
  ? Plain<A>
  : A["length"] extends 0
    ? Plain<B>
    : number[];

type Aligned<A extends Shape, B extends Shape, R extends Shape = []> = A extends readonly [
  ...infer AI extends Shape,
  infer AL extends number,
]
  ? B extends readonly [...infer BI extends Shape, infer BL extends number]
    ? Aligned<AI, BI, [CommonLength<AL, BL>, ...R]>
    : [...A, ...R]
  : [...B, ...R];

/** The same of three. */
export type Broadcast3<A extends Shape, B extends Shape, C extends Shape> =
  Broadcast<A, B> extends infer R extends Shape ? Broadcast<R, C> : number[];

type CommonLength<X extends number, Y extends number> = number extends X
  ? Y extends 1
    ? number
    : Y
  : number extends Y
    ? X extends 1
      ? number
      : X
    : X extends 1
      ? Y
      : Y extends 1 | X
        ? X
        : never;

/** True when a place of the tuple is `never`. */
type HasNever<S extends Shape> = S extends readonly [infer H, ...infer T extends Shape]
  ? [H] extends [never]
    ? true
    : HasNever<T>
  : false;

/** `unknown` when the operand broadcasts with shape `A`, else the message. */
export type Fits<A extends Shape, T> =
  HasNever<Broadcast<A, ShapeOf<T>>> extends true
    ? ShapeMismatch<`cannot broadcast ${Format<A>} with ${Format<ShapeOf<T>>}`>
    : unknown;

/** `unknown` when the operand broadcasts with both shapes, which fit each other, else the message. */
export type FitsBoth<A extends Shape, B extends Shape, T> =
  Broadcast<A, B> extends infer R extends Shape ? Fits<R, T> : unknown;

/** The shape of a matrix product; unknown where the batch axes are. */
export type Product<A extends Shape, B extends Shape> = number extends A["length"] | B["length"]
  ? number[]
  : A extends readonly [number]
    ? B extends readonly [number]
      ? []
      : B extends readonly [...infer Batch extends Shape, number, infer N extends number]
        ? [...Batch, N]
        : number[]
    : A extends readonly [...infer Batch extends Shape, infer M extends number, number]
      ? B extends readonly [number]
        ? [...Batch, M]
        : B extends readonly [number, infer N extends number]
          ? [...Batch, M, N]
          : B extends readonly [...infer Other extends Shape, number, infer N extends number]
            ? [...Broadcast<Batch, Other>, M, N]
            : number[]
      : number[];

type Inner<S extends Shape, Side extends "left" | "right"> = number extends S["length"]
  ? number
  : Side extends "left"
    ? S extends readonly [...Shape, infer K extends number]
      ? K
      : never
    : S extends readonly [infer K extends number]
      ? K
      : S extends readonly [...Shape, infer K extends number, number]
        ? K
        : never;

/** `unknown` when `A x B` is defined, else the message. */
export type Multiplies<A extends Shape, B extends Shape> =
  SameLength<Inner<A, "left">, Inner<B, "right">> extends true
    ? unknown
    : ShapeMismatch<`matmul: inner sizes differ: ${Format<A>} x ${Format<B>} (${Inner<A, "left">} and ${Inner<B, "right">})`>;

/** True when two lengths are equal or one of them is not known. */
export type SameLength<X extends number, Y extends number> = [X] extends [never]
  ? false
  : [Y] extends [never]
    ? false
    : number extends X
      ? true
      : number extends Y
        ? true
        : X extends Y
          ? true
          : false;

/** The shape after a reduction over `Axis`: a literal number, several, or all when undefined. */
export type Reduced<S extends Shape, Axis, Keep> = number extends S["length"]
  ? [Axis] extends [undefined]
    ? Keep extends true
      ? number[]
      : []
    : number[]
  : [Axis] extends [undefined]
    ? Keep extends true
      ? { -readonly [K in keyof S]: 1 }
      : []
    : Axis extends number
      ? number extends Axis
        ? number[]
        : WithoutAxis<S, Axis, Keep>
      : number[];

type WithoutAxis<S extends Shape, Axis extends number, Keep> = `${Axis}` extends `-${infer N extends number}`
  ? RemoveFromEnd<S, N, Keep>
  : RemoveAt<S, Axis, Keep>;

type Kept<Keep> = Keep extends true ? [1] : [];

type RemoveAt<S extends Shape, I extends number, Keep, R extends Shape = []> = S extends readonly [
  infer H extends number,
  ...infer T extends Shape,
]
  ? R["length"] extends I
    ? [...R, ...Kept<Keep>, ...T]
    : RemoveAt<T, I, Keep, [...R, H]>
  : number[];

type RemoveFromEnd<S extends Shape, N extends number, Keep, R extends Shape = []> = S extends readonly [
  ...infer I extends Shape,
  infer L extends number,
]
  ? [L, ...R]["length"] extends N
    ? [...I, ...Kept<Keep>, ...R]
    : RemoveFromEnd<I, N, Keep, [L, ...R]>
  : number[];

/** A shape without axis `Axis`; without those of length 1 when undefined, open where a length is not known. */
export type Squeezed<S extends Shape, Axis extends number | undefined> = [Axis] extends [undefined]
  ? WithoutOnes<S>
  : Reduced<S, Axis, false>;

type WithoutOnes<S extends Shape, R extends Shape = []> = number extends S["length"] | S[number]
  ? number[]
  : S extends readonly [infer H extends number, ...infer T extends Shape]
    ? WithoutOnes<T, H extends 1 ? R : [...R, H]>
    : R;

/** A shape with an open length (-1) as `number`. */
export type Reshaped<S extends Shape> = { -readonly [K in keyof S]: S[K] extends -1 ? number : S[K] };

/** The last two axes exchanged. */
export type Transposed<S extends Shape> = S extends readonly [
  ...infer Batch extends Shape,
  infer M extends number,
  infer N extends number,
]
  ? [...Batch, N, M]
  : number[];

/** Axes in another order. */
export type Permuted<S extends Shape, Axes extends Shape> = number extends S["length"] | Axes["length"]
  ? number[]
  : {
      -readonly [K in keyof Axes]: Axes[K] extends keyof S ? (S[Axes[K]] extends number ? S[Axes[K]] : number) : number;
    };

/** Values as nested arrays, as `tensor` takes them. */
export type Nested = number | bigint | boolean | readonly Nested[];

/** The shape of nested arrays: literal where the compiler knows the lengths. `R` holds the outer axes. */
export type NestedShape<T, R extends number[] = []> = R["length"] extends 8
  ? number[]
  : T extends readonly [infer H, ...unknown[]]
    ? NestedShape<H, [...R, T["length"]]>
    : T extends readonly (infer E)[]
      ? NestedShape<E, [...R, number]>
      : R;

/** A tensor's values as nested arrays. */
export type NestedValues<S extends Shape, V> = number extends S["length"]
  ? unknown
  : S extends readonly [number, ...infer T extends Shape]
    ? NestedValues<T, V>[]
    : V;
