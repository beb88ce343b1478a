import { ValueError } from "../errors.js";
import { type Columns, type Resized, rowsAt, sampleCount } from "./rows.js";
import { requireSeed, type SplitOptions } from "./split.js";
import { shuffle, strataOf } from "./strata.js";
import { RandomStream } from "./stream.js";

/** One round of a cross-validation. */
export interface Fold<C extends Columns> {
  readonly train: Resized<C>;
  readonly validation: Resized<C>;
}

/**
 * Cross-validation: deals the samples out to `k` parts, and gives k rounds, in each of which another part is for validation and
 * the others are for training. The parts' sizes, and with `stratify` their classes, are those of scikit-learn's `KFold` and
 * `StratifiedKFold`.
 * @throws ValueError for k below 2 or above the number of samples, or of the samples of a class
 * @example for (const { train, validation } of data.kFold({ x: zeros([10, 3]) }, 5)) console.log(validation.x.shape); // [2, 3]
 */
export function* kFold<C extends Columns>(columns: C, k: number, options: SplitOptions = {}): Generator<Fold<C>> {
  const { shuffle: byChance = true, seed = 0, stratify } = options;
  const count = sampleCount("kFold", columns);
  requireSeed("kFold", seed);
  const strata = stratify === undefined ? undefined : strataOf("kFold", columns, stratify);
  const most = strata ? Math.max(...strata.map(samples => samples.length)) : count;
  if (!Number.isSafeInteger(k) || k < 2 || k > most) {
    throw new ValueError(`${k} folds`, { op: "kFold", hint: `Give a whole number from 2 to ${most}.` });
  }
  const random = new RandomStream(seed);
  const foldOf = strata
    ? stratifiedFolds(strata, k, byChance ? random : undefined)
    : plainFolds(count, k, byChance ? random : undefined);
  for (let fold = 0; fold < k; fold++) {
    const all = Int32Array.from({ length: count }, (_, i) => i);
    yield {
      train: rowsAt(
        columns,
        all.filter(i => foldOf[i] !== fold),
      ),
      validation: rowsAt(
        columns,
        all.filter(i => foldOf[i] === fold),
      ),
    };
  }
}

/** The fold of every sample: the first `count % k` folds have one sample more. */
function plainFolds(count: number, k: number, random: RandomStream | undefined): Int32Array {
  const order = random?.permutation(count) ?? Int32Array.from({ length: count }, (_, i) => i);
  const folds = new Int32Array(count);
  let at = 0;
  for (let fold = 0; fold < k; fold++) {
    const size = Math.floor(count / k) + (fold < count % k ? 1 : 0);
    for (const sample of order.subarray(at, at + size)) folds[sample] = fold;
    at += size;
  }
  return folds;
}

/** Deals the classes out one after the other, without beginning anew for each, so that all folds get equally many samples. */
function stratifiedFolds(strata: readonly Int32Array[], k: number, random: RandomStream | undefined): Int32Array {
  const folds = new Int32Array(strata.reduce((sum, samples) => sum + samples.length, 0));
  let dealt = 0;
  // In the order in which they first occur, as scikit-learn deals them.
  for (const samples of [...strata].sort((a, b) => a[0]! - b[0]!)) {
    const shares = Array.from({ length: k }, () => 0);
    for (let i = 0; i < samples.length; i++) shares[(dealt + i) % k]!++;
    dealt += samples.length;
    const order = random ? shuffle(samples, random) : samples;
    let at = 0;
    shares.forEach((share, fold) => {
      for (const sample of order.subarray(at, at + share)) folds[sample] = fold;
      at += share;
    });
  }
  return folds;
}
