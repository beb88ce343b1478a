import type { Shape } from "../shape.js";
import type { Tensor } from "../tensor.js";
import type { IsSingle } from "./union.js";

/**
 * The shape of `einsum(E, ...T)` for a literal equation with "->" and letters alone; with an ellipsis, or without the arrow, it
 * stays open. A letter that stands for several lengths, one of them 1, is `number`.
 */
export type EinsumShape<E extends string, T extends readonly unknown[]> = string extends E
  ? number[]
  : WithoutSpaces<E> extends `${infer Inputs}->${infer Output}`
    ? `${Inputs}${Output}` extends `${string}.${string}`
      ? number[]
      : Lengths<Output, AxesOf<Inputs, T>>
    : number[];

type WithoutSpaces<E extends string> = E extends `${infer A} ${infer B}` ? WithoutSpaces<`${A}${B}`> : E;

/** Pairs of a letter and a length, over all operands. */
type AxesOf<Inputs extends string, T extends readonly unknown[]> = T extends readonly [
  Tensor<infer S>,
  ...infer Rest extends readonly unknown[],
]
  ? Inputs extends `${infer Term},${infer More}`
    ? Named<Term, S> | AxesOf<More, Rest>
    : Named<Inputs, S>
  : never;

type Named<Term extends string, S extends Shape> = number extends S["length"]
  ? Letters<Term>
  : Term extends `${infer Letter}${infer Letters}`
    ? S extends readonly [infer N extends number, ...infer Rest extends Shape]
      ? [Letter, N] | Named<Letters, Rest>
      : never
    : never;

/** The letters of an operand of which no length is known. */
type Letters<Term extends string> = Term extends `${infer Letter}${infer Rest}`
  ? [Letter, number] | Letters<Rest>
  : never;

type Lengths<Output extends string, Axes, R extends number[] = []> = Output extends `${infer Letter}${infer Rest}`
  ? Lengths<Rest, Axes, [...R, Agreed<Extract<Axes, [Letter, number]>[1]>]>
  : R;

type Agreed<N extends number> = IsSingle<N> extends true ? N : number;
