import { cancelWords } from "../../../cancel.js";
import type { FlushOutcome } from "../binding.js";

/** Milliseconds after which the event loop gets its turn. */
const sliceTime = 5;

/** A job of records that is executed piece by piece between other turns of the event loop: there is no second thread. */
export class Slices {
  onDone: () => void = () => {};
  readonly #run: (words: Float64Array) => FlushOutcome;
  #words = new Float64Array(0);
  #at = 0;
  #outcome: FlushOutcome | undefined;
  /** The run that the job belongs to. */
  #owner = 0;
  #abandoned = false;
  #awaited = false;
  /** Words of the job are being executed now. */
  isRunning = false;

  constructor(run: (words: Float64Array) => FlushOutcome) {
    this.#run = run;
  }

  /** Whether the job is to end: its run is stopped, or the one that waits for it. */
  get isStopped(): boolean {
    const asked = Atomics.load(cancelWords, 0);
    if (this.#abandoned) return true;
    return asked !== 0 && (asked === this.#owner || (this.#awaited && asked === Atomics.load(cancelWords, 1)));
  }

  start(words: Float64Array, owner: number): void {
    this.#words = words.slice();
    this.#at = 0;
    this.#owner = owner;
    this.#abandoned = this.#awaited = false;
    this.#outcome = undefined;
    this.#later(this.#words);
  }

  abandon(): void {
    this.#abandoned = true;
  }

  /** Executes all that is left. */
  finish(): FlushOutcome {
    this.#awaited = true;
    this.#advance(Number.POSITIVE_INFINITY);
    return this.#outcome!;
  }

  #later(job: Float64Array): void {
    setTimeout(() => {
      if (job === this.#words) this.#advance(performance.now() + sliceTime);
      if (job === this.#words && this.#outcome === undefined) this.#later(job);
      else this.onDone();
    }, 0);
  }

  #advance(end: number): void {
    const words = this.#words;
    while (this.#outcome === undefined && performance.now() < end) {
      // Whoever is stopped gives up the rest at once, so that all of it counts as never computed.
      const from = this.#at;
      this.#at = this.isStopped || from === words.length ? words.length : from + words[from + 1]!;
      const outcome = this.#execute(words.subarray(from, this.#at));
      if (outcome.status !== 0) {
        this.#abandoned = true;
        this.#execute(words.subarray(this.#at));
      }
      if (outcome.status !== 0 || this.#at === words.length) this.#outcome = outcome;
    }
  }

  #execute(words: Float64Array): FlushOutcome {
    this.isRunning = true;
    try {
      return this.#run(words);
    } catch (error) {
      // A trap: whoever waits for the job must hear of it.
      return { status: 2, at: 0, message: String(error) };
    } finally {
      this.isRunning = false;
    }
  }
}
