import type { Evaluators } from "./evaluators.js";
import type { RunOutputs } from "./run-outputs.js";
import type { Shells } from "./shells.js";

/** The stages of a Stop, in milliseconds after it was asked for. */
const stages = {
  /** A signal is tried when the cancel word went unanswered, and again after each step of this. */
  signal: 30,
  /** JavaScript is terminated, where Node can, and again after each period of this. */
  terminate: 300,
  /** The user is told that the cell is somewhere it cannot be stopped. */
  notice: 1500,
  /** The evaluator is ended. */
  kill: 6000,
} as const;

const killed = `the cell could not be stopped: it was inside a native call, or a regular expression or built-in that ran after an await${
  Number(process.versions.node.split(".")[0]) < 24 ? " (Node 24 and newer can stop the latter)" : ""
}. Its process was ended.`;

/** Stops the cells that run: gently first, and in the end by ending their process. */
export class Interrupt {
  readonly #evaluators: Evaluators;
  readonly #shells: Shells;
  readonly #outputs: RunOutputs;
  /** The runs that are being stopped; more than one only where subshells run cells. */
  #asked: number[] = [];
  #timer: NodeJS.Timeout | undefined;
  #noticed = false;
  /** When termination was last tried. */
  #terminated = 0;

  constructor(evaluators: Evaluators, shells: Shells, outputs: RunOutputs) {
    this.#evaluators = evaluators;
    this.#shells = shells;
    this.#outputs = outputs;
  }

  /** Begins to stop what runs. Asked again after the notice, it ends the evaluator at once. */
  begin(): void {
    const runs = this.#shells.runningRuns;
    if (runs.length === 0) return;
    if (runs.every(run => this.#asked.includes(run))) {
      if (this.#noticed) this.#evaluators.kill(killed);
      return;
    }
    this.cancel();
    this.#asked = runs;
    this.#noticed = false;
    this.#terminated = 0;
    // The newest last: the cancel word holds one run, and a cell that spins is of the newest or sees that its own is older.
    for (const run of runs) {
      this.#evaluators.send({ type: "interrupt", run });
      this.#evaluators.tellWatchdog({ type: "interrupt", run, stage: 1 });
    }
    this.#step(performance.now());
  }

  /** Gives up on stopping. */
  cancel(): void {
    clearTimeout(this.#timer);
    this.#asked = [];
  }

  #step(began: number): void {
    this.#timer = setTimeout(() => {
      const past = performance.now() - began;
      const run = this.#shells.runningRuns.findLast(running => this.#asked.includes(running));
      if (run !== undefined && past >= stages.kill) this.#evaluators.kill(killed);
      if (run === undefined || past >= stages.kill) {
        this.cancel();
        return;
      }
      this.#evaluators.tellWatchdog({ type: "interrupt", run, stage: 2 });
      if (past - this.#terminated >= stages.terminate) {
        // Rarer than the signal: terminations that wait behind a native call all strike when it returns.
        this.#terminated = past;
        this.#evaluators.tellWatchdog({ type: "interrupt", run, stage: 3 });
      }
      if (past >= stages.notice && !this.#noticed) {
        this.#noticed = true;
        const seconds = Math.round((stages.kill - stages.notice) / 1000);
        this.#outputs.note(
          run,
          `The cell does not react to Stop. It may end by itself; in ${seconds} s, or when Stop is pressed again, its process is ended and all variables are lost.\n`,
        );
      }
      this.#step(began);
    }, stages.signal);
  }
}
