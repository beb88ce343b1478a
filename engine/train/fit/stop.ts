import { cancelRequested, executingRun, wasStopped } from "../../cancel.js";

/** What `Stop.wait` gives in place of a value once the work was stopped. */
export const stopped = Symbol("stopped");

/** Between two looks at the Stop while a promise is awaited, in milliseconds: less than a stopped cell is given to end. */
const lookEvery = 10;

/** The Stop of the cell that began some work. The work hears of it also when the cell has ended meanwhile. */
export class Stop {
  readonly #run = executingRun();

  get requested(): boolean {
    return cancelRequested() || wasStopped(this.#run);
  }

  /** What a promise gives, or `stopped` as soon as Stop is pressed: a dataset or a callback may keep the work waiting for long. */
  wait<T>(promise: PromiseLike<T>): Promise<T | typeof stopped> {
    return new Promise((done, failed) => {
      const timer = setInterval(() => {
        if (this.requested) done(stopped);
      }, lookEvery);
      // A program that has nothing else to do ends.
      (timer as { unref?(): void }).unref?.();
      promise.then(done, failed).then(() => clearInterval(timer));
    });
  }
}
