import { ValueError } from "../errors.js";
import type { Batched } from "./collate.js";
import { batchAt, Dataset, requireCount } from "./dataset.js";
import type { BatchOptions } from "./loader.js";
import { dataset } from "./make-dataset.js";
import { inTurn, isIndexed, readAhead } from "./source.js";
import { requireSeed } from "./split.js";
import { RandomStream } from "./stream.js";

/** How a loader goes through a dataset. */
export interface DataLoaderOptions<T, B> extends Omit<BatchOptions, "size"> {
  /** Samples in a batch (default 32). */
  batchSize?: number;
  /** Makes a batch of samples (default `data.collate`). */
  collate?: (samples: T[]) => B | Promise<B>;
  /** Batches made before they are wanted (default 2; 0 makes each when it is asked for). */
  prefetch?: number;
}

/**
 * Goes through a dataset in batches; every `for await` over it is a pass over all samples. `shuffle`, `seed` and `dropLast` mean
 * what they mean for `data.batches`, and the same seed gives the same batches there and here: `batches` is for tensors in memory
 * and a plain `for`, a loader for samples that must be read or changed on the way. As PyTorch's `DataLoader`.
 * @example
 * const samples = data.dataset(data.digits({ count: 100 }).train);
 * const loader = new data.DataLoader(samples, { batchSize: 16, shuffle: true, seed: 1 });
 * loader.length; // 5
 * for await (const { images, labels } of loader) console.log(images.shape, labels.dtype); // [16, 28, 28] "int32"
 */
export class DataLoader<T, B = Batched<T>> implements AsyncIterable<B> {
  readonly dataset: Dataset<T>;
  /** Batches in a pass; undefined when only a pass tells. */
  readonly length: number | undefined;
  readonly #batchSize: number;
  readonly #options: DataLoaderOptions<T, B>;
  #passes = 0;

  /**
   * @throws ValueError for a batch size, seed or number that makes no sense, and for `shuffle` of samples that come in one order
   * only (use `Dataset.shuffle`)
   */
  constructor(samples: Dataset<T> | readonly T[], options: DataLoaderOptions<T, B> = {}) {
    const op = "DataLoader";
    const { batchSize = 32, prefetch = 2, seed = 0, shuffle = false, dropLast = false } = options;
    requireCount(op, "batchSize", batchSize, 1);
    requireCount(op, "prefetch", prefetch, 0);
    requireSeed(op, seed);
    this.dataset = samples instanceof Dataset ? samples : dataset(samples);
    if (shuffle && !this.dataset.indexable) {
      throw new ValueError("these samples come in one order only", {
        op,
        hint: "Shuffle the dataset itself, through a buffer: dataset.shuffle({ seed, buffer: 1000 }).",
      });
    }
    const count = this.dataset.length;
    this.length = count && (dropLast ? Math.floor(count / batchSize) : Math.ceil(count / batchSize));
    this.#batchSize = batchSize;
    this.#options = options;
  }

  /** One pass over all samples. */
  [Symbol.asyncIterator](): AsyncGenerator<B> {
    const { source } = this.dataset;
    const { prefetch = 2, seed = 0, shuffle = false, dropLast = false, collate } = this.#options;
    const size = this.#batchSize;
    if (!isIndexed(source)) {
      const batches = this.dataset.batch<B>(size, collate ? { dropLast, collate } : { dropLast });
      return readAhead(batches, prefetch);
    }
    const count = source.length;
    const order = shuffle
      ? new RandomStream(seed, this.#passes++).permutation(count)
      : Int32Array.from({ length: count }, (_, i) => i);
    return inTurn(this.length!, prefetch, i =>
      batchAt(source, order.subarray(i * size, Math.min(count, (i + 1) * size)), collate),
    );
  }
}
