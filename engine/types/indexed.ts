import type { DType } from "../dtype.js";
import type { Shape } from "../shape.js";
import type { Tensor } from "../tensor.js";
import type { NestedShape } from "../types.js";
import type { Difference, Smaller } from "./count.js";

/** What a range says of itself to the compiler; `Slice` of ops/slice.ts has it. */
interface Range {
  readonly start: number | undefined;
  readonly stop: number | undefined;
  readonly step: number;
}

/**
 * The shape of `x.at(...I)`. Exact for numbers, ranges with literal ends, new axes, the ellipsis and one list of picks; a mask,
 * or several lists, leave the shape open.
 */
export type Indexed<S extends Shape, I extends readonly unknown[]> = number extends S["length"] | I["length"]
  ? number[]
  : Walk<S, I, []>;

/** `R` holds the axes of the result so far, `Picked` that a list of picks was met. */
type Walk<
  S extends Shape,
  I extends readonly unknown[],
  R extends number[],
  Picked extends boolean = false,
> = I extends readonly [infer H, ...infer T]
  ? [H] extends [null]
    ? Walk<S, T, [...R, 1], Picked>
    : [H] extends ["..."]
      ? Walk<Last<S, Axes<T>>, T, [...R, ...Leading<S, Axes<T>>], Picked>
      : S extends readonly [infer N extends number, ...infer Rest extends Shape]
        ? [H] extends [number]
          ? Walk<Rest, T, R, Picked>
          : [H] extends [Range]
            ? Walk<Rest, T, [...R, Cut<N, H>], Picked>
            : Picked extends true
              ? number[]
              : WalkPicks<PickShape<H>, Rest, T, R>
        : number[]
  : [...R, ...S];

type WalkPicks<
  P extends Shape,
  S extends Shape,
  I extends readonly unknown[],
  R extends number[],
> = number extends P["length"] ? number[] : Walk<S, I, [...R, ...P], true>;

/** The shape that integers stand for in the place of an axis; open for masks. */
type PickShape<H> = [H] extends [Tensor<infer P, infer D>]
  ? [D] extends [Exclude<DType, "bool">]
    ? P
    : number[]
  : [H] extends [Integers]
    ? NestedShape<H>
    : number[];

type Integers = readonly (number | Integers)[];

/** One entry for every axis that these indices take. */
type Axes<I extends readonly unknown[]> = I extends readonly [infer H, ...infer T]
  ? [H] extends [null]
    ? Axes<T>
    : [0, ...Axes<T>]
  : [];

type Leading<S extends Shape, Behind extends readonly unknown[]> = Behind extends readonly [unknown, ...infer T]
  ? S extends readonly [...infer Front extends Shape, number]
    ? Leading<Front, T>
    : []
  : S;

type Last<S extends Shape, Count extends readonly unknown[]> = S extends readonly [
  ...Leading<S, Count>,
  ...infer L extends Shape,
]
  ? L
  : [];

/** The length of a range of an axis of length `N`. */
type Cut<N extends number, R extends Range> = [R["step"]] extends [1]
  ? Difference<End<N, R["stop"], N>, End<N, R["start"], 0>>
  : number;

/** Where an end lies: negative ones count from the back, those outside are cut off. */
type End<N extends number, E extends number | undefined, Default extends number> = [E] extends [undefined]
  ? Default
  : [E] extends [number]
    ? `${E}` extends `-${infer Back extends number}`
      ? Difference<N, Back>
      : Smaller<E, N>
    : number;
