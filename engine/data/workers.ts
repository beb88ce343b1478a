import { EngineError, ValueError } from "../errors.js";
import { RandomStream } from "./stream.js";

/** What a loading function learns beside its sample. */
export interface LoadContext {
  /** The sample's index in the dataset. */
  readonly index: number;
  /** A number in [0, 1), another at each call; the loader's seed, the pass and the index decide which. */
  readonly random: () => number;
}

/**
 * Makes a sample of plain data (numbers, texts, typed arrays, lists and objects of them) from another. For worker threads it
 * must stand alone: it sees its arguments and what it imports itself, not the variables around it.
 */
export type LoadFunction<T, U> = (sample: T, context: LoadContext) => U | Promise<U>;

/** A sample that is to be loaded. */
export interface LoadTask<T> {
  readonly sample: T;
  readonly index: number;
  readonly seed: number;
}

/** Loads samples here. */
export async function loadHere<T, U>(load: LoadFunction<T, U>, tasks: readonly LoadTask<T>[]): Promise<U[]> {
  const loaded: U[] = [];
  for (const { sample, index, seed } of tasks) {
    const stream = new RandomStream(seed, index);
    loaded.push(await load(sample, { index, random: () => stream.uniform() }));
  }
  return loaded;
}

/** Sent as text, so that workers need no file of their own and draw exactly the same numbers. */
const program = (load: string) => `
const { parentPort } = require("node:worker_threads");
const RandomStream = ${RandomStream.toString()};
const load = ${load};
const buffersOf = (value, found) => {
  if (ArrayBuffer.isView(value)) {
    if (value.buffer instanceof ArrayBuffer) found.add(value.buffer);
  } else if (typeof value === "object" && value !== null) {
    for (const part of Object.values(value)) buffersOf(part, found);
  }
  return found;
};
parentPort.on("message", async ({ id, tasks }) => {
  try {
    const loaded = [];
    for (const { sample, index, seed } of tasks) {
      const stream = new RandomStream(seed, index);
      loaded.push(await load(sample, { index, random: () => stream.uniform() }));
    }
    parentPort.postMessage({ id, loaded }, [...buffersOf(loaded, new Set())]);
  } catch (error) {
    parentPort.postMessage({ id, failure: String(error?.message ?? error), missing: error?.name === "ReferenceError" });
  }
});`;

interface Answer {
  id: number;
  loaded?: unknown[];
  failure?: string;
  missing?: boolean;
}

/** Threads that load samples. Arrays over shared memory are shared with them, results are handed over without a copy. */
export class LoadWorkers<T, U> {
  readonly #workers: import("node:worker_threads").Worker[];
  readonly #waiting = new Map<number, { resolve: (loaded: U[]) => void; reject: (error: Error) => void }>();
  #asked = 0;
  #ended: string | undefined;

  private constructor(workers: import("node:worker_threads").Worker[]) {
    this.#workers = workers;
    for (const worker of workers) {
      worker.on("message", (answer: Answer) => this.#settle(answer));
      worker.on("error", error => this.#fail((error as Error).message));
      worker.on("exit", code => this.#fail(`exit code ${code}`));
    }
  }

  /** Starts `count` threads for a function that stands alone. */
  static async start<T, U>(count: number, load: LoadFunction<T, U>): Promise<LoadWorkers<T, U>> {
    const { Worker } = await import("node:worker_threads");
    const text = program(`(${load.toString()})`);
    return new LoadWorkers(Array.from({ length: count }, () => new Worker(text, { eval: true })));
  }

  /** Loads samples in one of the threads; they take turns. */
  load(tasks: readonly LoadTask<T>[]): Promise<U[]> {
    const id = this.#asked++;
    return new Promise((resolve, reject) => {
      this.#waiting.set(id, { resolve, reject });
      if (this.#ended !== undefined) return this.#fail(this.#ended);
      try {
        this.#workers[id % this.#workers.length]!.postMessage({ id, tasks });
      } catch (error) {
        this.#waiting.delete(id);
        reject(
          new ValueError(`a sample cannot go to a thread: ${(error as Error).message}`, {
            op: "DataLoader",
            hint: "Samples for workers are plain data: numbers, texts, typed arrays, lists and objects of them.",
          }),
        );
      }
    });
  }

  /** Ends the threads. */
  async end(): Promise<void> {
    await Promise.all(this.#workers.map(worker => worker.terminate()));
  }

  #settle({ id, loaded, failure, missing }: Answer): void {
    const { resolve, reject } = this.#waiting.get(id)!;
    this.#waiting.delete(id);
    if (loaded) {
      resolve(loaded as U[]);
      return;
    }
    const hint = missing ? { hint: "A function for workers sees its arguments and its own imports only." } : {};
    reject(new EngineError(`the loading function failed: ${failure}`, { op: "DataLoader", ...hint }));
  }

  #fail(why: string): void {
    this.#ended = why;
    for (const { reject } of this.#waiting.values()) {
      reject(new EngineError(`a worker ended: ${why}`, { op: "DataLoader" }));
    }
    this.#waiting.clear();
  }
}
