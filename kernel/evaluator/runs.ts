import { AsyncLocalStorage } from "node:async_hooks";
import { inspect } from "node:util";

/** One execution of a cell; what its timers and promises do later still belongs to it. */
export class Run {
  readonly number: number;
  readonly executionCount: number;
  /** How the cell is named in tracebacks. */
  readonly title: string;
  /** The name under which the engine knows the cell's script. */
  readonly file: string;
  readonly allowStdin: boolean;
  /** True once the cell was stopped: its code ends at the next wake-up. */
  stopped = false;
  /** True once the stopped cell took what the Stop left of its work: that is its last act. */
  answered = false;
  #abort: AbortController | undefined;

  constructor(number: number, executionCount: number, allowStdin: boolean) {
    this.number = number;
    this.executionCount = executionCount;
    this.title = `In[${executionCount}]`;
    this.file = `${cellPrefix}${number}`;
    this.allowStdin = allowStdin;
  }

  /** Where Node keeps the run on a value of the user (a timer), it should not fill the screen. */
  [inspect.custom](): string {
    return this.title;
  }

  /** Aborted by Stop. */
  get signal(): AbortSignal {
    this.#abort ??= new AbortController();
    if (this.stopped) this.#abort.abort();
    return this.#abort.signal;
  }

  /** Marks the run as stopped and aborts its signal. */
  stop(reason: Error): void {
    this.stopped = true;
    this.#abort?.abort(reason);
  }
}

/** Scripts of cells are named by run, because an execution count may come twice. */
export const cellPrefix = "gradbook-cell:";

/**
 * Keeps what Node before 24 writes on every promise for the sake of async context out of the way the promise is shown.
 */
export function hideContextOfPromises(): void {
  const hidden = /^Symbol\((async_id_symbol|trigger_async_id_symbol|kResourceStore)\)$/;
  Object.defineProperty(Promise.prototype, inspect.custom, {
    configurable: true,
    writable: true,
    value(this: Promise<unknown>) {
      for (const key of Object.getOwnPropertySymbols(this)) {
        if (hidden.test(String(key))) Object.defineProperty(this, key, { enumerable: false });
      }
      // The promise itself as the answer means: go on as usual.
      return this;
    },
  });
}

/** Knows which run the code that is executing belongs to, also in timers and after awaits. */
export class Runs {
  readonly #storage = new AsyncLocalStorage<Run>();
  #latest = new Run(0, 0, false);

  /** The run of the code that is executing; before the first cell, a run of number 0. */
  get current(): Run {
    return this.#storage.getStore() ?? this.#latest;
  }

  /** The run that began last. */
  get latest(): Run {
    return this.#latest;
  }

  /** Runs `body` as part of `run`. */
  within<T>(run: Run, body: () => T): T {
    return this.#storage.run(run, body);
  }

  /** Marks `run` as the one that began last. */
  begin(run: Run): void {
    this.#latest = run;
  }

  /**
   * The run that made a promise, in Node versions that keep the store on the promise itself: there, the handler of an
   * unhandled rejection is not called in the promise's own context.
   */
  ofPromise(promise: object): Run | undefined {
    const key = (this.#storage as unknown as { kResourceStore?: symbol }).kResourceStore;
    const store = key && (promise as Record<symbol, unknown>)[key];
    return store instanceof Run ? store : undefined;
  }

  /** The run of the executing code, if it can be told. */
  get known(): Run | undefined {
    return this.#storage.getStore();
  }
}
