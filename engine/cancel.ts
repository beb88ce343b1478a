/**
 * The shared word through which a Stop reaches running code. It carries the *run number* of the cell to cancel, so that a
 * late Stop can never hit the next cell.
 *
 * Two int32 slots in shared memory:
 * - `words[0]`: the run whose cancellation is asked for (0: none). The kernel's watchdog thread writes it.
 * - `words[1]`: the run that is executing (0: none). The evaluator writes it at the start and end of a cell.
 *
 * Readers: loops and function entries in a cell (instrumented by the kernel's transform), the native kernels (between
 * records and inside long ones), and every blocking wait, which wakes at least every 50 ms to look.
 * A cancel never splits an optimizer step: backends do not look between the records of one step.
 */
export const cancelWords = new Int32Array(new SharedArrayBuffer(8));

/** True when a Stop is waiting for the cell that is executing: for loops of your own that want to end cleanly. */
export function cancelRequested(): boolean {
  return cancelWords[0] !== 0 && Atomics.load(cancelWords, 0) === Atomics.load(cancelWords, 1);
}

/** The number of the run that is executing (0: none): with it, work that may outlast its cell asks for its own Stop. */
export function executingRun(): number {
  return Atomics.load(cancelWords, 1);
}

/** Runs that were stopped: a number for each Stop that somebody has pressed. */
const stoppedRuns = new Set<number>();

/** True once a Stop for `run` was forgotten, because its cell has ended. */
export function wasStopped(run: number): boolean {
  return stoppedRuns.has(run);
}

const forgetting: ((run: number) => void)[] = [];

/** Calls `listener` with the stopped run when its Stop is about to be forgotten: for work of that run that goes on elsewhere. */
export function beforeStopIsForgotten(listener: (run: number) => void): void {
  forgetting.push(listener);
}

function forget(): void {
  const run = Atomics.load(cancelWords, 0);
  if (run === 0) return;
  stoppedRuns.add(run);
  for (const listener of forgetting) listener(run);
  Atomics.store(cancelWords, 0, 0);
}

/** Asks the given run to stop. Callable from any thread that holds the same memory. */
export function requestCancel(words: Int32Array, run: number): void {
  Atomics.store(words, 0, run);
  Atomics.notify(words, 0);
}

/** Marks `run` as executing (0: none) and forgets a Stop that was meant for an earlier one. */
export function beginRun(run: number): void {
  Atomics.store(cancelWords, 1, run);
  if (Atomics.load(cancelWords, 0) !== run) forget();
}

const answers = new WeakMap<object, number>();

/**
 * Marks what the Stop of the executing run left of some work, as `fit` its history: the stopped cell still takes it from its
 * `await`, and ends after that.
 */
export function answerStop(value: object): void {
  answers.set(value, Atomics.load(cancelWords, 0));
}

/** True for what `answerStop` marked in this run, and for a list with it, as `Promise.all` gives. */
export function answersStop(value: unknown, run: number): boolean {
  if (Atomics.load(cancelWords, 0) !== run) return false;
  if (Array.isArray(value)) return value.some(each => answersStop(each, run));
  return typeof value === "object" && value !== null && answers.get(value) === run;
}

/** Takes the request back once it was answered (the error was thrown). */
export function acknowledgeCancel(): void {
  forget();
}
