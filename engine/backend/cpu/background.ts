import { beforeStopIsForgotten, cancelWords } from "../../cancel.js";
import type { CpuBinding, FlushOutcome } from "./binding.js";

interface Job {
  words: Float64Array;
  /** The run of `cancel.ts` that asked for it: its Stop ends the job, also when its code is over. */
  run: number;
  abandoned: boolean;
  done(): void;
  failed(error: Error): void;
}

/**
 * Records that are executed while JavaScript goes on, one job after the other. Whoever needs what they compute settles them
 * first; then they end here and now.
 */
export class Background {
  readonly #binding: CpuBinding;
  readonly #failure: (outcome: FlushOutcome) => Error;
  readonly #idle: () => void;
  #running: Job | undefined;
  readonly #waiting: Job[] = [];
  /** Jobs that were settled before the event loop heard of their end. */
  #settled = 0;
  #listens = false;

  /**
   * @param failure - the error for a job that did not run to its end; called once for each
   * @param idle - called when the last job is over
   */
  constructor(binding: CpuBinding, failure: (outcome: FlushOutcome) => Error, idle: () => void) {
    this.#binding = binding;
    this.#failure = failure;
    this.#idle = idle;
  }

  get isBusy(): boolean {
    return this.#running !== undefined;
  }

  /** Executes a copy of the words after the jobs before. */
  run(words: Float64Array): Promise<void> {
    this.#listen();
    return new Promise((done, failed) => {
      const run = Atomics.load(cancelWords, 1);
      this.#waiting.push({ words: words.slice(), run, abandoned: false, done, failed });
      if (this.#running === undefined) this.#next();
    });
  }

  /** Waits for all jobs. Their errors go to those who asked for them. */
  settle(): void {
    while (this.#running !== undefined) {
      this.#settled++;
      this.#end();
    }
  }

  #listen(): void {
    if (this.#listens) return;
    this.#listens = true;
    this.#binding.onDone(() => {
      if (this.#settled > 0) this.#settled--;
      else this.#end();
    });
    beforeStopIsForgotten(run => {
      for (const job of this.#waiting) job.abandoned ||= job.run === run;
      if (this.#running?.run === run) this.#binding.abandon();
    });
  }

  #next(): void {
    const job = this.#waiting.shift();
    this.#running = job;
    if (job === undefined) return;
    this.#binding.start(job.words, job.run);
    if (job.abandoned) this.#binding.abandon();
  }

  #end(): void {
    const { done, failed } = this.#running!;
    const outcome = this.#binding.wait();
    const error = outcome.status === 0 ? undefined : this.#failure(outcome);
    this.#next();
    if (this.#running === undefined) this.#idle();
    if (error === undefined) done();
    else failed(error);
  }
}
