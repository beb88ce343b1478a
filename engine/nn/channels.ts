import { ValueError } from "../errors.js";
import { type Generator, uniform } from "../random.js";
import { type Shape, sizeOf } from "../shape.js";
import type { Tensor } from "../tensor.js";
import type { ShapeMismatch } from "../types.js";
import { settings } from "./module.js";

/** `unknown` when axis 1 of `S` can be `In` channels, else the message. */
export type TakesChannels<Name extends string, S extends Shape, In extends number> = number extends In
  ? unknown
  : number extends S["length"]
    ? unknown
    : number extends S[1]
      ? unknown
      : S[1] extends In
        ? unknown
        : ShapeMismatch<`${Name}: expects ${In} channels on axis 1, got ${S[1]}`>;

/** The batch axis as far as types know it. */
export type BatchOf<S extends Shape> = number extends S["length"] ? number : S[0] extends number ? S[0] : number;

/** @throws ValueError naming the first value that is no whole number of at least 1 */
export function requireCounts(op: string, counts: Readonly<Record<string, unknown>>): void {
  for (const [name, value] of Object.entries(counts)) {
    if (Number.isSafeInteger(value) && (value as number) >= 1) continue;
    throw new ValueError(`${name} is ${String(value)}`, { op, hint: "Give a whole number of at least 1." });
  }
}

/** A convolution in a few words: `3 -> 16, kernel 3 x 3, padding 1`. */
export function describeConvolution(
  inputs: number,
  outputs: number,
  weight: Shape,
  { groups = 1, ...others }: { groups?: number },
  bias: Tensor | undefined,
): string {
  const words = [`${inputs} -> ${outputs}`, `kernel ${weight.slice(2).join(" x ")}`, ...settings(others)];
  if (groups > 1) words.push(`${groups} groups`);
  if (!bias) words.push("no bias");
  return words.join(", ");
}

/** Weight and bias uniform over +-1 / sqrt(inputs of one output), as PyTorch starts linear and convolution layers. */
export function uniformParameters(
  shape: Shape,
  outputs: number,
  { bias = true, generator }: { bias?: boolean | undefined; generator?: Generator | undefined },
): { weight: Tensor; bias: Tensor | undefined } {
  const limit = 1 / Math.sqrt(sizeOf(shape.slice(1)));
  const options = { low: -limit, high: limit, requiresGrad: true, ...(generator ? { generator } : {}) };
  return { weight: uniform(shape, options), bias: bias ? uniform([outputs], options) : undefined };
}

/** @throws ValueError naming the first value that is no number above 0 */
export function requirePositive(op: string, values: Readonly<Record<string, unknown>>): void {
  for (const [name, value] of Object.entries(values)) {
    if (typeof value === "number" && Number.isFinite(value) && value > 0) continue;
    throw new ValueError(`${name} is ${String(value)}`, { op, hint: "Give a number above 0." });
  }
}
