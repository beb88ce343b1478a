import { ValueError } from "../errors.js";
import { type Batched, collate as collateDefault } from "./collate.js";
import { indexed, inTurn, isIndexed, picked, readAhead, type Source, throughBuffer } from "./source.js";
import { requireSeed } from "./split.js";
import { RandomStream } from "./stream.js";

/** How a dataset is put in another order. */
export interface ShuffleOptions {
  /** An integer that decides the order (default 0). */
  seed?: number;
  /** True: another order in every pass, and then there is no `at` (default false: one order, given by the seed). */
  reshuffle?: boolean;
  /** Samples in memory at once, for datasets without `at` (default 1,000). */
  buffer?: number;
}

/** How samples are put together. */
export interface DatasetBatchOptions<T, B> {
  /** True: a last batch with fewer samples is left out. */
  dropLast?: boolean;
  /** Makes a batch of samples (default `data.collate`). */
  collate?: (samples: T[]) => B | Promise<B>;
}

/**
 * Samples, one after the other and, where they can be had in any order, by index. Nothing is loaded or changed before a sample is
 * asked for; every method gives a new dataset. `data.dataset` makes one. The words are those of `tf.data` and PyTorch.
 * @example
 * const squares = data.dataset([1, 2, 3, 4]).map(n => n * n).filter(n => n > 1);
 * await squares.toArray(); // [4, 9, 16]
 */
export class Dataset<T> implements AsyncIterable<T> {
  readonly source: Source<T>;

  /** A dataset over an own source; `data.dataset` makes one of values. */
  constructor(source: Source<T>) {
    this.source = source;
  }

  /** Samples in a pass; Infinity for endless ones, undefined when only a pass tells, as after `filter`. */
  get length(): number | undefined {
    return this.source.length;
  }

  /** True: `at` works. */
  get indexable(): boolean {
    return isIndexed(this.source);
  }

  /** The sample at an index from 0. @throws ValueError out of range, or when samples come in one order only */
  async at(index: number): Promise<T> {
    const { at, length } = this.source;
    if (at === undefined) {
      throw new ValueError("samples come in one order only", {
        op: "Dataset.at",
        hint: "Go through it with for await.",
      });
    }
    if (!Number.isSafeInteger(index) || index < 0 || index >= length!) {
      throw new ValueError(`index ${index} of ${length} samples`, { op: "Dataset.at", hint: "Count from 0." });
    }
    return at(index);
  }

  /** One pass over all samples. */
  async *[Symbol.asyncIterator](): AsyncGenerator<T> {
    yield* this.source.pass();
  }

  /** Every sample changed by `change(sample, index)`, which may be asynchronous. */
  map<U>(change: (sample: T, index: number) => U | Promise<U>): Dataset<U> {
    const { source } = this;
    const { at } = source;
    return new Dataset<U>({
      length: source.length,
      at: at && (async i => change(await at(i), i)),
      async *pass() {
        let i = 0;
        for await (const sample of source.pass()) yield await change(sample, i++);
      },
    });
  }

  /** Those samples for which `keep(sample, index)` is true. There is no `at` any more. */
  filter(keep: (sample: T, index: number) => boolean | Promise<boolean>): Dataset<T> {
    const { source } = this;
    return new Dataset<T>({
      length: undefined,
      async *pass() {
        let i = 0;
        for await (const sample of source.pass()) if (await keep(sample, i++)) yield sample;
      },
    });
  }

  /** The first `count` samples. @throws ValueError for a count that is no whole number */
  take(count: number): Dataset<T> {
    requireCount("Dataset.take", "count", count, 0);
    const { source } = this;
    if (isIndexed(source)) return new Dataset(picked(source, Math.min(count, source.length), i => i));
    const { at } = source;
    return new Dataset<T>({
      length: source.length === undefined ? undefined : Math.min(count, source.length),
      at,
      async *pass() {
        if (count === 0) return;
        let taken = 0;
        for await (const sample of source.pass()) {
          yield sample;
          if (++taken === count) return;
        }
      },
    });
  }

  /** All but the first `count` samples. @throws as `take` */
  skip(count: number): Dataset<T> {
    requireCount("Dataset.skip", "count", count, 0);
    const { source } = this;
    if (isIndexed(source)) return new Dataset(picked(source, Math.max(0, source.length - count), i => i + count));
    const { at } = source;
    return new Dataset<T>({
      length: source.length === undefined ? undefined : Math.max(0, source.length - count),
      at: at && (i => at(i + count)),
      async *pass() {
        let seen = 0;
        for await (const sample of source.pass()) if (seen++ >= count) yield sample;
      },
    });
  }

  /** The samples `times` times over; without a number, without end. @throws as `take` */
  repeat(times = Number.POSITIVE_INFINITY): Dataset<T> {
    if (times !== Number.POSITIVE_INFINITY) requireCount("Dataset.repeat", "times", times, 0);
    const { source } = this;
    const { at, length, gather } = source;
    const whole = isIndexed(source);
    return new Dataset<T>({
      length: length === undefined ? undefined : length === 0 || times === 0 ? 0 : length * times,
      at: whole && at ? i => at(i % length!) : undefined,
      gather: whole && gather ? indices => gather(indices.map(i => i % length!)) : undefined,
      async *pass() {
        for (let turn = 0; turn < times; turn++) {
          let any = false;
          for await (const sample of source.pass()) {
            any = true;
            yield sample;
          }
          if (!any) return;
        }
      },
    });
  }

  /** Pairs of a sample of this and one of `other`; ends with the shorter. */
  zip<U>(other: Dataset<U>): Dataset<[T, U]> {
    const [a, b] = [this.source, other.source];
    const length = a.length === undefined || b.length === undefined ? undefined : Math.min(a.length, b.length);
    return new Dataset<[T, U]>({
      length,
      at: a.at && b.at ? async i => Promise.all([a.at!(i), b.at!(i)]) : undefined,
      async *pass() {
        const partners = readAhead(b.pass(), 0);
        try {
          for await (const sample of a.pass()) {
            const partner = await partners.next();
            if (partner.done) return;
            yield [sample, partner.value];
          }
        } finally {
          await partners.return(undefined);
        }
      },
    });
  }

  /** Pairs of the index and the sample. */
  enumerate(): Dataset<[index: number, sample: T]> {
    return this.map((sample, i) => [i, sample] as [number, T]);
  }

  /**
   * The samples in an order by chance. By index this is one order of all of them. A dataset without `at` keeps `buffer` samples
   * and lets one of them out at a time, as `tf.data` does.
   * @throws ValueError for a seed that is no integer, or a buffer below 1
   */
  shuffle({ seed = 0, reshuffle = false, buffer = 1000 }: ShuffleOptions = {}): Dataset<T> {
    requireSeed("Dataset.shuffle", seed);
    requireCount("Dataset.shuffle", "buffer", buffer, 1);
    const { source } = this;
    if (isIndexed(source) && !reshuffle) {
      const order = new RandomStream(seed).permutation(source.length);
      return new Dataset(picked(source, source.length, i => order[i]!));
    }
    let passes = 0;
    return new Dataset<T>({
      length: source.length,
      async *pass() {
        const random = new RandomStream(seed, reshuffle ? passes++ : 0);
        if (!isIndexed(source)) yield* throughBuffer(source.pass(), buffer, random);
        else for (const i of random.permutation(source.length)) yield await source.at(i);
      },
    });
  }

  /**
   * Groups of `size` samples, each put together by `collate`.
   * @throws ValueError for a size that makes no sense; when a batch is made, as `data.collate`
   */
  batch<B = Batched<T>>(size: number, options: DatasetBatchOptions<T, B> = {}): Dataset<B> {
    requireCount("Dataset.batch", "size", size, 1);
    const { dropLast = false, collate } = options;
    const { source } = this;
    const { length } = source;
    const put = (collate ?? collateDefault) as (samples: T[]) => B | Promise<B>;
    const batches = length === undefined ? undefined : dropLast ? Math.floor(length / size) : Math.ceil(length / size);
    if (isIndexed(source)) {
      return new Dataset<B>(
        indexed(batches!, i => {
          const first = i * size;
          const count = Math.min(size, source.length - first);
          return batchAt(
            source,
            Int32Array.from({ length: count }, (_, k) => first + k),
            collate,
          );
        }),
      );
    }
    return new Dataset<B>({
      length: batches,
      async *pass() {
        let held: T[] = [];
        for await (const sample of source.pass()) {
          held.push(sample);
          if (held.length < size) continue;
          yield await put(held);
          held = [];
        }
        if (held.length > 0 && !dropLast) yield await put(held);
      },
    });
  }

  /** The same samples, made before they are wanted: up to `count` ahead, at once where there is `at`. @throws as `take` */
  prefetch(count: number): Dataset<T> {
    requireCount("Dataset.prefetch", "count", count, 1);
    const { source } = this;
    return new Dataset<T>({
      ...source,
      pass: () => (isIndexed(source) ? inTurn(source.length, count, source.at) : readAhead(source.pass(), count)),
    });
  }

  /** The same samples, each made once and kept in memory. Without `at` they are kept when a pass came to its end. */
  cache(): Dataset<T> {
    const { source } = this;
    if (isIndexed(source)) {
      const kept: Promise<T>[] = [];
      const at = (i: number) => {
        kept[i] ??= Promise.resolve(source.at(i)).catch(error => {
          delete kept[i];
          throw error;
        });
        return kept[i];
      };
      return new Dataset(indexed(source.length, at));
    }
    let kept: T[] | undefined;
    return new Dataset<T>({
      length: source.length,
      async *pass() {
        if (kept) return yield* kept;
        const seen: T[] = [];
        for await (const sample of source.pass()) {
          seen.push(sample);
          yield sample;
        }
        kept = seen;
      },
    });
  }

  /** All samples of a pass. @throws ValueError for an endless dataset */
  async toArray(): Promise<T[]> {
    if (this.length === Number.POSITIVE_INFINITY) {
      throw new ValueError("the dataset has no end", { op: "Dataset.toArray", hint: "Say how many: take(100)." });
    }
    const samples: T[] = [];
    for await (const sample of this) samples.push(sample);
    return samples;
  }
}

/** The samples at these indices put together: by the source itself where it can and nothing else is asked for. */
export async function batchAt<T, B>(
  source: Source<T>,
  indices: Int32Array,
  collate: ((samples: T[]) => B | Promise<B>) | undefined,
): Promise<B> {
  if (source.gather && !collate) return source.gather(indices) as B;
  const samples = await Promise.all(Array.from(indices, i => source.at!(i)));
  return collate ? collate(samples) : (collateDefault(samples) as B);
}

/** @throws ValueError for a count that is no whole number of at least `least` */
export function requireCount(op: string, name: string, count: number, least: number): void {
  if (Number.isSafeInteger(count) && count >= least) return;
  throw new ValueError(`${name} is ${count}`, { op, hint: `Give a whole number, ${least} or more.` });
}
