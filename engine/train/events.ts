/**
 * What happens during training, as plain data. `fit` and `track()` emit; the training panel, loggers and remote views
 * subscribe. Numbers are plain JavaScript numbers (a loss may be NaN); times are milliseconds since the epoch.
 */
export type TrainingEvent =
  | {
      kind: "begin";
      at: number;
      title: string;
      totalSteps?: number;
      totalEpochs?: number;
      stepsPerEpoch?: number;
      baselines?: Baselines;
    }
  | {
      kind: "step";
      at: number;
      /** Counts from 1 over the whole run. */
      step: number;
      /** Counts from 1; absent in a loop that has no epochs. */
      epoch?: number;
      /** One number per metric: `{ loss: 0.3, accuracy: 0.9 }`. */
      values: Readonly<Record<string, number>>;
      learningRate?: number;
      /** Samples seen in this step, for the rate. */
      samples?: number;
    }
  | {
      kind: "epoch";
      at: number;
      epoch: number;
      step: number;
      /** Means over the epoch; validation metrics carry the prefix `val_`. */
      values: Readonly<Record<string, number>>;
      learningRate?: number;
    }
  | { kind: "end"; at: number; reason: EndReason; message?: string };

/** What to compare with: by metric a number, or several by name, as `{ accuracy: { chance: 0.1, "linear model": 0.92 } }`. */
export type Baselines = Readonly<Record<string, number | Readonly<Record<string, number>>>>;

/** Why a run ended. `stopped`: the loop was left early on purpose (early stopping, `break`); `interrupted`: Stop. */
export type EndReason = "finished" | "stopped" | "interrupted" | "failed";

/** Hears of everything that happens in a training run. */
export type TrainingListener = (event: TrainingEvent) => void;

type Without<E, K extends string> = E extends unknown ? Omit<E, K> : never;

/** One training run: a stream of events with exactly one `begin` and one `end`. */
export class TrainingRun {
  readonly title: string;
  #listeners = new Set<TrainingListener>();
  #begin: TrainingEvent;
  #ended = false;

  constructor(begin: Without<Extract<TrainingEvent, { kind: "begin" }>, "kind" | "at">) {
    this.title = begin.title;
    this.#begin = { kind: "begin", at: Date.now(), ...begin };
    openRuns.add(this);
    for (const listener of runListeners) listener(this);
  }

  get ended(): boolean {
    return this.#ended;
  }

  /** True when somebody listens; without listeners no value needs to be computed. */
  get observed(): boolean {
    return this.#listeners.size > 0;
  }

  /** Calls `listener` with `begin` at once, then with every event. Returns the way to stop listening. */
  subscribe(listener: TrainingListener): () => void {
    this.#listeners.add(listener);
    listener(this.#begin);
    return () => this.#listeners.delete(listener);
  }

  /** Emits a step or an epoch, which happened now unless `at` says when. After the end it does nothing. */
  emit(event: Without<Extract<TrainingEvent, { kind: "step" | "epoch" }>, "at"> & { at?: number }): void {
    if (this.#ended) return;
    this.#send({ at: Date.now(), ...event } as TrainingEvent);
  }

  /** Emits the end, once. */
  end(reason: EndReason, message?: string): void {
    if (this.#ended) return;
    this.#ended = true;
    openRuns.delete(this);
    leftRuns.delete(this);
    this.#send({ kind: "end", at: Date.now(), reason, ...(message === undefined ? {} : { message }) });
  }

  /**
   * For a loop that was left early: `break` and `throw` look the same from inside. The run ends as `stopped` at the end of
   * the turn, unless `endOpenRuns` is called first because the program failed.
   */
  leave(): void {
    if (this.#ended) return;
    leftRuns.add(this);
    setTimeout(() => this.end("stopped"), 0);
  }

  #send(event: TrainingEvent): void {
    for (const listener of this.#listeners) listener(event);
  }
}

const openRuns = new Set<TrainingRun>();
const leftRuns = new Set<TrainingRun>();
const runListeners = new Set<(run: TrainingRun) => void>();

/** Calls `listener` for every run that begins from now on: this is how a view shows runs without being asked. */
export function onTrainingRun(listener: (run: TrainingRun) => void): () => void {
  runListeners.add(listener);
  return () => runListeners.delete(listener);
}

/** Ends every run that is still open. The notebook kernel calls it when a cell failed or was stopped. */
export function endOpenRuns(reason: EndReason, message?: string): void {
  for (const run of [...openRuns]) run.end(reason, message);
}

/** Ends the runs whose loops were left early as `stopped`. The notebook kernel calls it when a cell succeeded. */
export function settleRuns(): void {
  for (const run of [...leftRuns]) run.end("stopped");
}
