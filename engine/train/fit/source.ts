import { RandomStream } from "../../data/stream.js";
import { ValueError } from "../../errors.js";
import { at } from "../../ops/at.js";
import { tensor } from "../../ops/create.js";
import { take } from "../../ops/indexing.js";
import { slice } from "../../ops/slice.js";
import type { Tensor } from "../../tensor.js";
import { type Batch, mapBatch, readBatch, requireBatch } from "./batch.js";

/** Where batches come from: each pass goes through all samples once. */
export interface Source {
  /** Batches in a pass, where that is known. */
  readonly length: number | undefined;
  pass(index: number): Iterable<Batch> | AsyncIterable<Batch>;
}

/** An iterable that gives batches. */
export type Dataset = Iterable<unknown> | AsyncIterable<unknown>;

export function isDataset(x: unknown): x is Dataset {
  if (typeof x !== "object" || x === null || Array.isArray(x)) return false;
  return (Symbol.iterator in x && !("dtype" in x)) || Symbol.asyncIterator in x;
}

/** How samples are grouped. */
export interface Grouping {
  batchSize: number;
  /** Another order in every pass. */
  shuffle: boolean;
  /** What decides the orders; it may change before the first pass. */
  order: { readonly seed: number };
}

/** Batches of tensors; pass i of a seed always has the same order. */
export function tensorSource(op: string, all: Batch, { batchSize, shuffle, order }: Grouping): Source {
  const count = requireBatch(op, all);
  requireCount(op, "batchSize", batchSize, 1);
  const length = Math.ceil(count / batchSize);
  return {
    length,
    *pass(index) {
      const chosen = shuffle ? new RandomStream(order.seed, index).permutation(count) : undefined;
      for (let first = 0; first < count; first += batchSize) {
        const end = Math.min(count, first + batchSize);
        if (chosen === undefined) yield rowsOf(all, first, end);
        else {
          const rows = tensor(chosen.subarray(first, end), { shape: [end - first] });
          yield mapBatch(all, x => take(x, rows as never, 0) as Tensor);
        }
      }
    },
  };
}

/** Samples `first` up to, not including, `end`: views. */
export function rowsOf(batch: Batch, first: number, end: number): Batch {
  return mapBatch(batch, x => at(x, slice(first, end)) as Tensor);
}

/** Batches of a dataset; a pass begins it anew. */
export function datasetSource(op: string, dataset: Dataset): Source {
  const { length, size } = dataset as { length?: unknown; size?: unknown };
  const known = typeof length === "number" ? length : typeof size === "number" ? size : undefined;
  if (Symbol.asyncIterator in dataset) {
    return {
      length: known,
      async *pass() {
        for await (const given of dataset) yield readBatch(op, given);
      },
    };
  }
  return {
    length: known,
    *pass() {
      for (const given of dataset as Iterable<unknown>) yield readBatch(op, given);
    },
  };
}

/** Batches of a source, step by step: over the whole of a pass, or `perEpoch` at a time, going on where the last ended. */
export class Steps {
  readonly #source: Source;
  readonly #perEpoch: number | undefined;
  #pass: Iterator<Batch> | AsyncIterator<Batch> | undefined;
  #passes: number;
  /** Batches in this pass so far. */
  #taken = 0;

  constructor(source: Source, perEpoch: number | undefined, firstPass = 0) {
    this.#source = source;
    this.#perEpoch = perEpoch;
    this.#passes = firstPass;
  }

  /** Steps of an epoch, where that is known. */
  get length(): number | undefined {
    return this.#perEpoch ?? this.#source.length;
  }

  /** A new pass where epochs are passes; else it goes on. */
  beginEpoch(): void {
    if (this.#perEpoch === undefined) this.#pass = undefined;
  }

  /** The batch of step `step` of an epoch, or nothing when the epoch is over. */
  next(step: number): Batch | undefined | Promise<Batch | undefined> {
    if (step === this.#perEpoch) return undefined;
    this.#pass ??= this.#begin();
    const turn = this.#pass.next();
    return turn instanceof Promise ? turn.then(result => this.#take(result, step)) : this.#take(turn, step);
  }

  #begin(): Iterator<Batch> | AsyncIterator<Batch> {
    const pass = this.#source.pass(this.#passes++);
    this.#taken = 0;
    return Symbol.asyncIterator in pass ? pass[Symbol.asyncIterator]() : pass[Symbol.iterator]();
  }

  #take({ done, value }: IteratorResult<Batch>, step: number): Batch | undefined | Promise<Batch | undefined> {
    if (!done) {
      this.#taken++;
      return value as Batch;
    }
    const empty = this.#taken === 0;
    this.#pass = undefined;
    if (this.#perEpoch === undefined || empty) return undefined;
    return this.next(step);
  }
}

/** @throws ValueError unless it is a whole number of at least `least` */
export function requireCount(op: string, name: string, value: number, least: number): void {
  if (Number.isSafeInteger(value) && value >= least) return;
  throw new ValueError(`${name} is ${String(value)}`, { op, hint: `Give a whole number of at least ${least}.` });
}
