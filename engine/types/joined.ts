import type { DType } from "../dtype.js";
import type { Promote } from "../promotion.js";
import type { Shape } from "../shape.js";
import type { Tensor } from "../tensor.js";
import type { Format, SameLength, ShapeMismatch } from "../types.js";
import type { Difference, Sum } from "./count.js";
import type { IsSingle } from "./union.js";

// Lists are `readonly unknown[]` until they are checked: with tensors as the constraint, the compiler would infer the dtypes of
// calls inside the list from it, and lose them.
type List = readonly unknown[];

/** The shape of tensors one behind the other on axis `A`: exact for a tuple, open on that axis for an array. */
export type Concatenated<T extends List, A extends number> = T extends readonly [
  Tensor<infer S>,
  ...infer Rest extends List,
]
  ? ConcatenatedTo<S, Rest, A>
  : T extends readonly Tensor<infer S>[]
    ? IsSingle<S> extends true
      ? WithLength<S, A, number>
      : number[]
    : number[];

type ConcatenatedTo<S extends Shape, T extends List, A extends number> = T extends readonly [
  Tensor<infer N>,
  ...infer Rest extends List,
]
  ? number extends S["length"] | N["length"]
    ? number[]
    : ConcatenatedTo<Behind<S, N, AxisKey<S, A>>, Rest, A>
  : { -readonly [K in keyof S]: S[K] };

type Behind<S extends Shape, N extends Shape, Key> = {
  -readonly [K in keyof S]: K extends keyof N
    ? Key extends undefined
      ? number
      : K extends Key
        ? Sum<S[K], N[K] & number>
        : Known<S[K], N[K] & number>
    : number;
};

type Known<X extends number, Y extends number> = number extends X ? Y : X;

/** The key of an axis in the tuple of a shape, undefined when it is not known. */
type AxisKey<S extends Shape, A extends number> = number extends A
  ? undefined
  : `${A}` extends `-${infer Back extends number}`
    ? `${Difference<S["length"], Back>}`
    : `${A}`;

/** A shape with another length on axis `A`. */
export type WithLength<S extends Shape, A extends number, Length extends number> = number extends S["length"]
  ? number[]
  : { -readonly [K in keyof S]: AxisKey<S, A> extends undefined ? number : K extends AxisKey<S, A> ? Length : S[K] };

/** A shape with the axes `I` in the place of axis `A`. */
export type WithAxes<S extends Shape, A extends number, I extends Shape> =
  AxisKey<S, A> extends infer Key extends string
    ? number extends S["length"] | I["length"]
      ? number[]
      : Replaced<S, Key, I>
    : number[];

type Replaced<S extends Shape, Key extends string, I extends Shape, R extends number[] = []> = S extends readonly [
  infer H extends number,
  ...infer T extends Shape,
]
  ? `${R["length"]}` extends Key
    ? [...R, ...I, ...T]
    : Replaced<T, Key, I, [...R, H]>
  : number[];

/** `unknown` for a list of tensors. */
export type AreTensors<T extends List> = T extends readonly Tensor[] ? unknown : readonly Tensor[];

/** `unknown` when the tensors join on axis `A`, else the message. */
export type Joins<T extends List, A extends number> = T extends readonly [Tensor<infer S>, ...infer Rest extends List]
  ? number extends S["length"] | A
    ? unknown
    : JoinsAll<S, Rest, A>
  : AreTensors<T>;

type JoinsAll<S extends Shape, T extends List, A extends number> = T extends readonly [
  Tensor<infer N>,
  ...infer Rest extends List,
]
  ? number extends N["length"]
    ? JoinsAll<S, Rest, A>
    : Differs<S, N, AxisKey<S, A>> extends true
      ? ShapeMismatch<`${Format<S>} and ${Format<N>} do not join on axis ${A}`>
      : JoinsAll<S, Rest, A>
  : AreTensors<T>;

/** True when a length beside the axis differs, or the number of axes. */
type Differs<S extends Shape, N extends Shape, Key> = [S["length"], N["length"]] extends [N["length"], S["length"]]
  ? true extends {
      [K in keyof S]: K extends Key ? false : SameLength<S[K], N[K & keyof N] & number> extends true ? false : true;
    }[number]
    ? true
    : false
  : true;

/** The shape of tensors side by side on a new axis `A`. */
export type Stacked<T extends List, A extends number> = T extends readonly Tensor<infer S>[]
  ? IsSingle<S> extends true
    ? WithNewAxis<S, A, T["length"]>
    : number[]
  : number[];

/** A shape with a new axis `A` of a length. */
export type WithNewAxis<S extends Shape, A extends number, Length extends number> = number extends S["length"] | A
  ? number[]
  : `${A}` extends `-${infer Back extends number}`
    ? Inserted<S, `${Difference<Sum<S["length"], 1>, Back>}`, Length>
    : Inserted<S, `${A}`, Length>;

type Inserted<
  S extends Shape,
  Key extends string,
  N extends number,
  R extends number[] = [],
> = `${R["length"]}` extends Key
  ? [...R, N, ...S]
  : S extends readonly [infer H extends number, ...infer T extends Shape]
    ? Inserted<T, Key, N, [...R, H]>
    : number[];

/** The dtype that several tensors have in common. */
export type CommonDType<T extends List> = T extends readonly [Tensor<Shape, infer D>, ...infer Rest extends List]
  ? CommonWith<D, Rest>
  : T extends readonly Tensor<Shape, infer D>[]
    ? D
    : DType;

type CommonWith<D extends DType, T extends List> = T extends readonly [
  Tensor<Shape, infer E>,
  ...infer Rest extends List,
]
  ? DType extends D | E
    ? DType
    : CommonWith<Promote<D, E>, Rest>
  : D;
