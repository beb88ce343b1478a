import type { RandomStream } from "./stream.js";

/** Where the samples of a dataset come from. */
export interface Source<T> {
  /** Samples in a pass: Infinity for endless ones, undefined when only a pass tells. */
  readonly length: number | undefined;
  /** The sample at 0 <= index < length; only where samples can be had in any order. */
  readonly at?: ((index: number) => T | Promise<T>) | undefined;
  /** One pass over all samples. */
  pass(): AsyncIterable<T> | Iterable<T>;
  /** Several samples put together, where that is quicker than one by one. */
  readonly gather?: ((indices: Int32Array) => unknown) | undefined;
}

/** A source that can give its samples in any order. */
export type Indexed<T> = Source<T> & { readonly length: number; readonly at: (index: number) => T | Promise<T> };

/** True: samples can be had in any order, and their number is finite. */
export function isIndexed<T>(source: Source<T>): source is Indexed<T> {
  return source.at !== undefined && source.length !== undefined && Number.isFinite(source.length);
}

/** Samples by index. */
export function indexed<T>(
  length: number,
  at: (index: number) => T | Promise<T>,
  gather?: (indices: Int32Array) => unknown,
): Source<T> {
  return {
    length,
    at,
    gather,
    async *pass() {
      for (let i = 0; i < length; i++) yield await at(i);
    },
  };
}

/** Some samples of another source: sample i is the other's sample `from(i)`. */
export function picked<T>(source: Indexed<T>, length: number, from: (index: number) => number): Source<T> {
  const { gather } = source;
  return indexed(length, i => source.at(from(i)), gather && (indices => gather(indices.map(from))));
}

/** Samples in an order by chance, with no more than `buffer` of them in memory: each takes the place of one that leaves. */
export async function* throughBuffer<T>(
  samples: AsyncIterable<T> | Iterable<T>,
  buffer: number,
  random: RandomStream,
): AsyncGenerator<T> {
  const held: T[] = [];
  for await (const sample of samples) {
    if (held.length < buffer) {
      held.push(sample);
      continue;
    }
    const i = random.below(buffer);
    yield held[i]!;
    held[i] = sample;
  }
  for (const i of random.permutation(held.length)) yield held[i]!;
}

/** The samples at these indices in turn; up to `ahead` of them are under way at once. */
export function inTurn<T>(count: number, ahead: number, at: (index: number) => T | Promise<T>): AsyncGenerator<T> {
  let next = 0;
  return runAhead(ahead, async (): Promise<IteratorResult<T, unknown>> => {
    const i = next++;
    return i < count ? { value: (await at(i)) as T, done: false } : { value: undefined, done: true };
  });
}

/** The samples of a pass; up to `ahead` of them are asked for before they are wanted. */
export async function* readAhead<T>(samples: AsyncIterable<T> | Iterable<T>, ahead: number): AsyncGenerator<T> {
  const iterator =
    Symbol.asyncIterator in samples ? samples[Symbol.asyncIterator]() : (samples as Iterable<T>)[Symbol.iterator]();
  try {
    yield* runAhead(ahead, async () => iterator.next());
  } finally {
    await iterator.return?.();
  }
}

async function* runAhead<T>(ahead: number, ask: () => Promise<IteratorResult<T, unknown>>): AsyncGenerator<T> {
  const underWay: Promise<IteratorResult<T, unknown>>[] = [];
  for (;;) {
    while (underWay.length <= ahead) {
      const asked = ask();
      // One that fails after the reader left has nobody to tell.
      asked.catch(() => undefined);
      underWay.push(asked);
    }
    const result = await underWay.shift()!;
    if (result.done) return;
    yield result.value;
  }
}
