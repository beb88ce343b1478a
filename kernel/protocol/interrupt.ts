import type { Evaluators } from "./evaluators.js";
import type { Execution } from "./execution.js";
import type { RunOutputs } from "./run-outputs.js";

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

/** Stops the cell that runs: gently first, and in the end by ending its process. */
export class Interrupt {
  readonly #evaluators: Evaluators;
  readonly #execution: Execution;
  readonly #outputs: RunOutputs;
  #run: number | undefined;
  #timer: NodeJS.Timeout | undefined;
  #noticed = false;
  /** When termination was last tried. */
  #terminated = 0;

  constructor(evaluators: Evaluators, execution: Execution, outputs: RunOutputs) {
    this.#evaluators = evaluators;
    this.#execution = execution;
    this.#outputs = outputs;
  }

  /** Begins to stop the running cell. Asked again after the notice, it ends the evaluator at once. */
  begin(): void {
    const run = this.#execution.runningRun;
    if (run === undefined) return;
    if (this.#run === run) {
      if (this.#noticed) this.#evaluators.kill(killed);
      return;
    }
    this.cancel();
    this.#run = run;
    this.#noticed = false;
    this.#terminated = 0;
    this.#evaluators.send({ type: "interrupt", run });
    this.#evaluators.tellWatchdog({ type: "interrupt", run, stage: 1 });
    this.#step(run, performance.now());
  }

  /** Gives up on stopping. */
  cancel(): void {
    clearTimeout(this.#timer);
    this.#run = undefined;
  }

  #step(run: number, began: number): void {
    this.#timer = setTimeout(() => {
      const past = performance.now() - began;
      const over = this.#execution.runningRun !== run;
      if (!over && past >= stages.kill) this.#evaluators.kill(killed);
      if (over || past >= stages.kill) {
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
      this.#step(run, began);
    }, stages.signal);
  }
}
