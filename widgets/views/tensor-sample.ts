import { slice } from "../../engine/index.js";
import { formatCount } from "../format.js";
import { type Html, html } from "../html.js";
import type { TensorLike } from "./tensor-like.js";

/** Up to so many values are all looked at; of more, about so many. */
const mostValues = 2 ** 24;
const enough = 2 ** 22;

/** A part of a tensor that is too large to be read whole. */
export interface TensorSample {
  /** Every n-th value along each axis. */
  part: TensorLike;
  /** Which values those are, in words. */
  note: string;
}

/** Evenly spread values of a tensor of very many; `undefined` where all of them can be looked at, or none can be picked. */
export function sampleOf(tensor: TensorLike): TensorSample | undefined {
  if (tensor.size <= mostValues || tensor.at === undefined) return undefined;
  const steps = tensor.shape.map(() => 1);
  const lengths = () => tensor.shape.map((n, axis) => Math.ceil(n / steps[axis]!));
  for (let now = lengths(); now.reduce((n, d) => n * d, 1) > enough; now = lengths()) {
    const longest = now.indexOf(Math.max(...now));
    // An odd step does not fall in with rows and channels, which are mostly even in number.
    steps[longest] = 2 * steps[longest]! + 1;
  }
  const part = tensor.at(...steps.map(step => slice(undefined, undefined, step)));
  const along = steps.flatMap((step, axis) => (step > 1 ? [`1 of ${formatCount(step)} along axis ${axis}`] : []));
  return {
    part,
    note: `${along.join(", ")}: ${formatCount(part.size)} of ${formatCount(tensor.size)} values are looked at; figures, counts and indices are of these`,
  };
}

/** The line of a card that says so. */
export function sampleNote(sample: TensorSample | undefined): Html | undefined {
  return sample && html`<div><small>${sample.note}</small></div>`;
}
