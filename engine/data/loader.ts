import { ValueError } from "../errors.js";
import { type Columns, type Resized, rowsAt, rowsFrom, sampleCount } from "./rows.js";
import { RandomStream } from "./stream.js";

/** How samples are grouped. */
export interface BatchOptions {
  /** Samples in a batch (default 32). */
  size?: number;
  /** True: another order in every pass. */
  shuffle?: boolean;
  /** An integer that decides the orders (default 0): the same seed gives the same passes. */
  seed?: number;
  /** True: a last batch with fewer samples is left out. */
  dropLast?: boolean;
}

/** Goes through samples in batches; every `for` over it is a pass over all of them. */
export interface Batches<C extends Columns> extends Iterable<Resized<C>> {
  /** Batches in a pass. */
  readonly length: number;
}

/**
 * Samples in batches, for a training loop.
 * @throws ShapeError when the tensors have different numbers of samples; ValueError for a size that makes no sense
 * @example
 * const digits = data.digits({ count: 500 });
 * const batches = data.batches(digits.train, { size: 64, shuffle: true });
 * for (const step of train.track(batches, { epochs: 2 })) {
 *   const { images, labels } = step.value; // float32 [64, 28, 28] and int32 [64]
 * }
 */
export function batches<C extends Columns>(columns: C, options: BatchOptions = {}): Batches<C> {
  const { size = 32, shuffle = false, seed = 0, dropLast = false } = options;
  const count = sampleCount("batches", columns);
  if (!Number.isSafeInteger(size) || size < 1) {
    throw new ValueError(`size is ${size}`, { op: "batches", hint: "Give a whole number of samples, 1 or more." });
  }
  if (!Number.isSafeInteger(seed)) throw new ValueError(`seed is ${seed}`, { op: "batches", hint: "Give an integer." });
  const length = dropLast ? Math.floor(count / size) : Math.ceil(count / size);
  let pass = 0;
  return {
    length,
    *[Symbol.iterator]() {
      const order = shuffle ? new RandomStream(seed, pass++).permutation(count) : undefined;
      for (let i = 0; i < length; i++) {
        const [first, end] = [i * size, Math.min(count, (i + 1) * size)];
        yield order === undefined ? rowsFrom(columns, first, end) : rowsAt(columns, order.subarray(first, end));
      }
    },
  };
}
