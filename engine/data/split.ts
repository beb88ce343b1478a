import { ValueError } from "../errors.js";
import { type Columns, type Resized, rowsAt, rowsFrom, sampleCount } from "./rows.js";
import { RandomStream } from "./stream.js";

/** How the samples of the second part are chosen. */
export interface SplitOptions {
  /** False: the second part is the end of the first's order, as it is (default true: drawn by chance). */
  shuffle?: boolean;
  /** An integer that decides what is drawn (default 0). */
  seed?: number;
}

/**
 * Splits samples into two parts, for training and for testing.
 * @param share of the second part: between 0 and 1, rounded to whole samples
 * @throws ShapeError when the tensors have different numbers of samples; ValueError for a share that makes no sense
 * @example const [training, validation] = data.split({ x: zeros([10, 3]), y: zeros([10]) }, 0.2, { seed: 1 });
 * validation.x.shape; // [2, 3]
 */
export function split<C extends Columns>(
  columns: C,
  share: number,
  { shuffle = true, seed = 0 }: SplitOptions = {},
): [first: Resized<C>, second: Resized<C>] {
  const count = sampleCount("split", columns);
  if (!(share >= 0 && share <= 1)) {
    throw new ValueError(`the share is ${share}`, { op: "split", hint: "Give a number from 0 to 1, as 0.2." });
  }
  if (!Number.isSafeInteger(seed)) throw new ValueError(`seed is ${seed}`, { op: "split", hint: "Give an integer." });
  const boundary = count - Math.round(count * share);
  if (!shuffle) return [rowsFrom(columns, 0, boundary), rowsFrom(columns, boundary, count)];
  const order = new RandomStream(seed).permutation(count);
  return [rowsAt(columns, order.subarray(0, boundary)), rowsAt(columns, order.subarray(boundary))];
}
