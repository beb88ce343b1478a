import { ValueError } from "../errors.js";
import { type Batched, collate as collateDefault } from "./collate.js";
import { batchAt, Dataset, requireCount } from "./dataset.js";
import type { BatchOptions } from "./loader.js";
import { dataset } from "./make-dataset.js";
import { inTurn, isIndexed, readAhead } from "./source.js";
import { requireSeed } from "./split.js";
import { RandomStream } from "./stream.js";
import { type LoadFunction, type LoadTask, LoadWorkers, loadHere } from "./workers.js";

/** How a loader goes through a dataset. */
export interface DataLoaderOptions<T, B, U = T> extends Omit<BatchOptions, "size"> {
  /** Samples in a batch (default 32). */
  batchSize?: number;
  /** Makes a batch of samples (default `data.collate`). */
  collate?: (samples: U[]) => B | Promise<B>;
  /** Batches made before they are wanted (default 2; 0 makes each when it is asked for). */
  prefetch?: number;
  /** Makes each sample from the dataset's, before they are put together: decoding, or changes by chance. */
  load?: LoadFunction<T, U>;
  /**
   * Threads in which `load` runs (default 0: here). The batches are the same, bit for bit and in order, for any number. With
   * threads samples are plain data, and `load` must stand alone: see `LoadFunction`.
   */
  workers?: number;
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
export class DataLoader<T, U = T, B = Batched<U>> implements AsyncIterable<B> {
  readonly dataset: Dataset<T>;
  /** Batches in a pass; undefined when only a pass tells. */
  readonly length: number | undefined;
  readonly #batchSize: number;
  readonly #options: DataLoaderOptions<T, B, U>;
  #passes = 0;

  /**
   * @throws ValueError for a batch size, seed or number that makes no sense, and for `shuffle` of samples that come in one order
   * only (use `Dataset.shuffle`)
   */
  constructor(samples: Dataset<T> | readonly T[], options: DataLoaderOptions<T, B, U> = {}) {
    const op = "DataLoader";
    const { batchSize = 32, prefetch = 2, seed = 0, shuffle = false, dropLast = false, workers = 0, load } = options;
    requireCount(op, "batchSize", batchSize, 1);
    requireCount(op, "prefetch", prefetch, 0);
    requireSeed(op, seed);
    requireCount(op, "workers", workers, 0);
    if (workers > 0 && !load) {
      throw new ValueError("the workers have nothing to do", {
        op,
        hint: "Give load, which makes a sample from another.",
      });
    }
    this.dataset = samples instanceof Dataset ? samples : dataset(samples);
    if (load && !this.dataset.indexable) {
      throw new ValueError("these samples come in one order only", { op, hint: "Change them with dataset.map." });
    }
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
    const { prefetch = 2, seed = 0, shuffle = false, dropLast = false, collate, load } = this.#options;
    const size = this.#batchSize;
    // Without `load` the samples are the dataset's own.
    const own = collate as unknown as ((samples: T[]) => B | Promise<B>) | undefined;
    if (!isIndexed(source)) {
      const batches = this.dataset.batch<B>(size, own ? { dropLast, collate: own } : { dropLast });
      return readAhead(batches, prefetch);
    }
    const count = source.length;
    const pass = this.#passes++;
    const order = shuffle
      ? new RandomStream(seed, pass).permutation(count)
      : Int32Array.from({ length: count }, (_, i) => i);
    const samplesOf = (i: number) => order.subarray(i * size, Math.min(count, (i + 1) * size));
    if (!load) return inTurn(this.length!, prefetch, i => batchAt(source, samplesOf(i), own));
    // A lane of its own, so that what `load` draws has nothing to do with the order.
    const drawn = new RandomStream(seed, -1 - pass).next();
    const tasksOf = (i: number) =>
      Promise.all(
        Array.from(samplesOf(i), async (index): Promise<LoadTask<T>> => {
          return { sample: await source.at(index), index, seed: drawn };
        }),
      );
    return this.#loaded(load, prefetch, tasksOf);
  }

  async *#loaded(
    load: LoadFunction<T, U>,
    prefetch: number,
    tasksOf: (batch: number) => Promise<LoadTask<T>[]>,
  ): AsyncGenerator<B> {
    const { workers = 0, collate } = this.#options;
    const threads = workers > 0 && this.length! > 0 ? await LoadWorkers.start(workers, load) : undefined;
    const put = collate ?? (collateDefault as unknown as (samples: U[]) => B);
    try {
      yield* inTurn(this.length!, Math.max(prefetch, workers), async i => {
        const tasks = await tasksOf(i);
        return put(threads ? await threads.load(tasks) : await loadHere(load, tasks));
      });
    } finally {
      await threads?.end();
    }
  }
}
