import { onTrainingRun, type TrainingRun } from "../engine/train/events.js";
import { type DisplayHandle, display, displaySink, displaySymbol } from "./display.js";
import { noteRun } from "./recent-runs.js";
import { trainingBundle } from "./views/training.js";
import { TrainingState } from "./views/training-state.js";
import { trainingText } from "./views/training-text.js";

/** Between two updates, in milliseconds: 4 a second. */
const updateEvery = 250;
/** Drawing takes at most this share of the time. */
const drawingShare = 0.015;

/**
 * Shows every training run that begins from now on: in a notebook as a panel that follows the run, elsewhere as a line on
 * the standard error stream. Returns the way to stop. Whoever calls it again shares what is shown: a run has one panel.
 */
export function showTrainingRuns(): () => void {
  stopFollowing ??= onTrainingRun(run => {
    if (displaySink()) followWith(run, panel());
    else followWith(run, progressLine(process.stderr));
  });
  const caller = {};
  callers.add(caller);
  return () => {
    callers.delete(caller);
    if (callers.size > 0) return;
    stopFollowing?.();
    stopFollowing = undefined;
  };
}

/** Who wants runs to be shown, and the way to stop. */
const callers = new Set<object>();
let stopFollowing: (() => void) | undefined;

/** Shows the state of a run. `last` is true once, for the state that stays. */
type Draw = (state: TrainingState, last: boolean) => void;

/**
 * Calls `draw` at the beginning, at most every 250 ms while events come, and at the end. A loop that never lets go of the
 * thread is followed too, because events arrive inside it; the timer is for the pauses of a loop that awaits.
 */
export function followWith(run: TrainingRun, draw: Draw): void {
  const state = new TrainingState();
  noteRun(state);
  let due = 0;
  let timer: ReturnType<typeof setTimeout> | undefined;
  const now = (): void => {
    if (timer !== undefined) clearTimeout(timer);
    timer = undefined;
    const started = performance.now();
    draw(state, state.end !== undefined);
    const ended = performance.now();
    due = ended + Math.max(updateEvery, (ended - started) / drawingShare);
  };
  run.subscribe(event => {
    state.add(event);
    const wait = due - performance.now();
    if (state.end || wait <= 0) now();
    else if (timer === undefined) {
      timer = setTimeout(now, wait);
      // A program that has nothing else to do ends.
      timer.unref?.();
    }
  });
}

/** One display that is replaced in place, and stays as it was when the run ended. */
function panel(): Draw {
  let handle: DisplayHandle | undefined;
  return state => {
    const shown = { [displaySymbol]: () => trainingBundle(state) };
    if (handle) handle.update(shown);
    else handle = display(shown);
  };
}

/** As much of a terminal as the line needs. */
export interface TerminalLike {
  readonly isTTY?: boolean;
  readonly columns?: number;
  write(text: string): unknown;
}

/** A line that is written over in a terminal; where there is none, only the last state is written. */
export function progressLine(to: TerminalLike): Draw {
  return (state, last) => {
    const text = trainingText(state);
    if (!to.isTTY) {
      if (last) to.write(`${text}\n`);
      return;
    }
    const room = Math.max(20, (to.columns ?? 80) - 1);
    const shown = text.length > room ? `${text.slice(0, room - 1)}…` : text;
    to.write(`\r\x1b[2K${last ? text : shown}${last ? "\n" : ""}`);
  };
}
