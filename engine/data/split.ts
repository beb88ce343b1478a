import { ValueError } from "../errors.js";
import { type Columns, type Resized, rowsAt, rowsFrom, sampleCount } from "./rows.js";
import { drawnOfEach, shuffle as shuffled, strataOf } from "./strata.js";
import { RandomStream } from "./stream.js";

/** How the samples of the second part are chosen. */
export interface SplitOptions {
  /** False: the second part is the end of the first's order, as it is (default true: drawn by chance). */
  shuffle?: boolean;
  /** An integer that decides what is drawn (default 0). */
  seed?: number;
  /** The column of the classes, each of which gives the same share to both parts. Needs chance. */
  stratify?: string;
}

/**
 * Splits samples into two parts, for training and for testing.
 * @param share of the second part: between 0 and 1, rounded to whole samples
 * @throws ShapeError when the tensors have different numbers of samples; ValueError for a share that makes no sense or leaves a
 * part empty, and for stratification without chance
 * @example
 * const [training, validation] = data.split({ x: zeros([10, 3]), y: zeros([10]) }, 0.2, { seed: 1 });
 * validation.x.shape; // [2, 3]
 */
export function split<C extends Columns>(
  columns: C,
  share: number,
  options: SplitOptions = {},
): [first: Resized<C>, second: Resized<C>] {
  const { shuffle = true, seed = 0, stratify } = options;
  const count = sampleCount("split", columns);
  requireShare("split", "the share", share);
  requireSeed("split", seed);
  const second = Math.round(count * share);
  if (!shuffle) {
    if (stratify !== undefined) {
      throw new ValueError("stratified parts are drawn by chance", { op: "split", hint: "Leave out shuffle: false." });
    }
    return [rowsFrom(columns, 0, count - second), rowsFrom(columns, count - second, count)];
  }
  const [first, last] = partsOf(columns, [count - second, second], seed, stratify);
  return [rowsAt(columns, first!), rowsAt(columns, last!)];
}

/** The shares of `splitThree`. */
export interface ThreeShares {
  /** Share for choosing between models, 0 to 1. */
  validation: number;
  /** Share that is looked at once, in the end, 0 to 1. */
  test: number;
}

/**
 * Splits samples into parts for training, validation and testing; training takes what the others leave.
 * @throws as `split`; ValueError when the shares leave nothing for training
 * @example
 * const { train, test } = data.splitThree({ x: zeros([10, 3]) }, { validation: 0.2, test: 0.1 });
 * [train.x.shape[0], test.x.shape[0]]; // [7, 1]
 */
export function splitThree<C extends Columns>(
  columns: C,
  { validation, test }: ThreeShares,
  { seed = 0, stratify }: Omit<SplitOptions, "shuffle"> = {},
): { train: Resized<C>; validation: Resized<C>; test: Resized<C> } {
  const op = "splitThree";
  const count = sampleCount(op, columns);
  requireShare(op, "the validation share", validation);
  requireShare(op, "the test share", test);
  requireSeed(op, seed);
  const [v, t] = [Math.round(count * validation), Math.round(count * test)];
  if (v + t >= count) {
    throw new ValueError(`${v} samples for validation and ${t} for testing leave nothing of ${count} for training`, {
      op,
      hint: "Give smaller shares.",
    });
  }
  const [train, second, third] = partsOf(columns, [count - v - t, v, t], seed, stratify);
  return { train: rowsAt(columns, train!), validation: rowsAt(columns, second!), test: rowsAt(columns, third!) };
}

/** Samples drawn for parts of these sizes. */
function partsOf(columns: Columns, sizes: readonly number[], seed: number, stratify: string | undefined): Int32Array[] {
  const random = new RandomStream(seed);
  const count = sizes.reduce((a, b) => a + b, 0);
  if (stratify === undefined) {
    const order = random.permutation(count);
    const ends = sizes.map((_, i) => sizes.slice(0, i + 1).reduce((a, b) => a + b, 0));
    return ends.map((end, i) => order.subarray(end - sizes[i]!, end));
  }
  let strata = strataOf("split", columns, stratify).map(samples => shuffled(samples, random));
  // The last parts are drawn first; what is left is the first part.
  const parts: Int32Array[] = sizes.map(() => new Int32Array(0));
  for (let i = sizes.length - 1; i > 0; i--) {
    const drawn = drawnOfEach(
      strata.map(samples => samples.length),
      sizes[i]!,
      random,
    );
    const part = strata.flatMap((samples, k) => [...samples.subarray(0, drawn[k])]);
    parts[i] = shuffled(Int32Array.from(part), random);
    strata = strata.map((samples, k) => samples.subarray(drawn[k]));
  }
  parts[0] = shuffled(Int32Array.from(strata.flatMap(samples => [...samples])), random);
  return parts;
}

function requireShare(op: string, what: string, share: number): void {
  if (share >= 0 && share <= 1) return;
  throw new ValueError(`${what} is ${share}`, { op, hint: "Give a number from 0 to 1, as 0.2." });
}

/** @throws ValueError for a seed that is no integer */
export function requireSeed(op: string, seed: number): void {
  if (!Number.isSafeInteger(seed)) throw new ValueError(`seed is ${seed}`, { op, hint: "Give an integer." });
}
