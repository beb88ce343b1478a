import { bytesPerElement } from "../../engine/dtype.js";
import { formatBytes, formatColumn, formatCount, formatNumber } from "../format.js";
import { type Statistics, statistics, type Values } from "../statistics.js";
import { numbersOf, type TensorLike, unravel } from "./tensor-like.js";
import { sampleOf, type TensorSample } from "./tensor-sample.js";

/** How many values at each end of an axis the corner shows. */
const edge = 3;

/**
 * The text of a tensor: one line of facts (shape, dtype, size, range, mean, spread, bad values), then a corner of the
 * values: `Tensor[2, 3] float32 n=6 x∈[-1.2, 3.4] μ=0.1 σ=1.0`.
 */
export function tensorText(tensor: TensorLike): string {
  const sample = sampleOf(tensor);
  const values = numbersOf(sample?.part ?? tensor);
  return valuesText(tensor, values, statistics(values), sample);
}

/** The text of a tensor whose values are at hand: all of them, or those of a sample. */
export function valuesText(tensor: TensorLike, values: Values, stats: Statistics, sample?: TensorSample): string {
  if (sample) {
    const { shape, dtype, size } = tensor;
    const whole = `Tensor[${shape.join(", ")}] ${dtype} n=${formatCount(size)} (${formatBytes(size * bytesPerElement[dtype])})`;
    return `${whole}\n${sample.note}:\n${valuesText(sample.part, values, stats)}`;
  }
  const { shape, dtype } = tensor;
  if (shape.length === 0) {
    const notes = [dtype as string, ...(tensor.requiresGrad ? ["requires grad"] : [])];
    return `Tensor(${formatNumber(values[0]!)}, ${notes.join(", ")})`;
  }
  const facts = [`Tensor[${shape.join(", ")}]`, dtype];
  if (shape.length > 1 || stats.count > 2 * edge) facts.push(`n=${formatCount(stats.count)}`);
  if (stats.count * bytesPerElement[dtype] >= 1024)
    facts.push(`(${formatBytes(stats.count * bytesPerElement[dtype])})`);
  if (stats.finite > 0) {
    facts.push(`x∈[${formatNumber(stats.min)}, ${formatNumber(stats.max)}]`);
    facts.push(`μ=${formatNumber(stats.mean, 3)}`, `σ=${formatNumber(stats.std, 3)}`);
  }
  if (String(tensor.device) !== "cpu") facts.push(String(tensor.device));
  if (tensor.requiresGrad) facts.push("requires grad");
  const bad = badValues(stats, shape);
  if (bad) facts.push(bad);
  if (stats.count === 0) facts.push("empty");
  return stats.count === 0 ? facts.join(" ") : `${facts.join(" ")}\n${corner(values, shape)}`;
}

/** Names the NaN and Inf values: how many and where the first is. `undefined` when there are none. */
export function badValues(stats: Statistics, shape: readonly number[]): string | undefined {
  if (stats.firstBad === undefined) return undefined;
  const counts: string[] = [];
  if (stats.nan > 0) counts.push(`${formatCount(stats.nan)} NaN!`);
  if (stats.positiveInfinity > 0) counts.push(`${formatCount(stats.positiveInfinity)} Inf!`);
  if (stats.negativeInfinity > 0) counts.push(`${formatCount(stats.negativeInfinity)} -Inf!`);
  return `${counts.join(" ")} first at [${unravel(stats.firstBad, shape).join(", ")}]`;
}

/** The positions along an axis that a corner shows; `undefined` stands for those left out. */
export function cornerPositions(length: number, ends = edge): (number | undefined)[] {
  const all = Array.from({ length: Math.min(length, 2 * ends) }, (_, i) => i);
  if (length <= 2 * ends) return all;
  return [...all.slice(0, ends), undefined, ...all.slice(0, ends).map(i => length - ends + i)];
}

/** A corner of the values as nested brackets, numbers aligned. */
function corner(values: ArrayLike<number>, shape: readonly number[]): string {
  // Deep tensors show fewer slices of their outer axes, so that the corner stays within a screen.
  const ends = shape.map((_, axis) => (shape.length - axis > 2 ? 1 : edge));
  const shown: number[] = [];
  const collect = (axis: number, offset: number): void => {
    if (axis === shape.length) {
      shown.push(values[offset]!);
      return;
    }
    for (const i of cornerPositions(shape[axis]!, ends[axis])) {
      if (i !== undefined) collect(axis + 1, offset * shape[axis]! + i);
    }
  };
  collect(0, 0);
  const texts = formatColumn(shown);
  const width = texts.reduce((w, t) => Math.max(w, t.length), 0);
  let next = 0;
  const write = (axis: number, indent: string): string => {
    const last = axis === shape.length - 1;
    const parts = cornerPositions(shape[axis]!, ends[axis]).map(i => {
      if (i === undefined) return "…";
      return last ? texts[next++]!.padStart(width) : write(axis + 1, `${indent} `);
    });
    const blank = "\n".repeat(shape.length - axis - 1);
    return `[${parts.join(last ? ", " : `,${blank}${indent} `)}]`;
  };
  return write(0, "");
}
