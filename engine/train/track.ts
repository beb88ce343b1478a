import { cancelRequested } from "../cancel.js";
import { InterruptedError, ValueError } from "../errors.js";
import { EpochMeans } from "./epoch-means.js";
import { type Baselines, TrainingRun } from "./events.js";
import { type Metric, StepLog } from "./step-log.js";

/** How a tracked loop is named and counted. */
export interface TrackOptions {
  /** Heading of the panel (default `"training"`). */
  title?: string;
  /** How often to go through the items (default 1). With more than one, each pass is an epoch with its own means. */
  epochs?: number;
  /** Lines across the charts to compare with: `{ accuracy: { chance: 0.1 } }`. */
  baselines?: Baselines;
}

/** One turn of a tracked loop. */
export interface TrackedStep<Item> {
  /** Counts from 0 over the whole run. */
  readonly index: number;
  /** Counts from 1. */
  readonly epoch: number;
  /** What the loop goes through: the batch, or `index` when a count was given. */
  readonly value: Item;
  /**
   * Reports metrics of this step: numbers, or tensors with one element. Numbers go out at once. Tensors are read together
   * every 100 ms and at the end, not one by one, so that the loop does not wait for the device at every step; when nobody
   * listens they are not read at all.
   * @throws ValueError when a value is neither a number nor a tensor with one element
   */
  log(values: Readonly<Record<string, Metric>>, extra?: StepExtra): void;
}

/** What a step tells beside its metrics. */
export interface StepExtra {
  learningRate?: number;
  /** Samples seen in this step, for the rate. */
  samples?: number;
}

/**
 * Shows the progress of a plain loop: goes through 0 ... steps - 1, or through the items given (once per epoch), and emits
 * what `log` reports. The run ends by itself when the loop ends, breaks or throws.
 * @throws ValueError when the count or the epochs are no sensible integer
 * @example
 * for (const step of train.track(1000, { title: "softmax regression" })) {
 *   const loss = 1 / (1 + step.value);
 *   step.log({ loss });
 * }
 */
export function track(steps: number, options?: TrackOptions): Iterable<TrackedStep<number>>;
export function track<Item>(items: Iterable<Item>, options?: TrackOptions): Iterable<TrackedStep<Item>>;
export function track<Item>(
  source: number | Iterable<Item>,
  options: TrackOptions = {},
): Iterable<TrackedStep<unknown>> {
  const { title = "training", epochs = 1, baselines } = options;
  requireCount("epochs", epochs);
  if (typeof source === "number") requireCount("steps", source);
  const length = typeof source === "number" ? source : lengthOf(source);
  const items = typeof source === "number" ? undefined : source;
  return {
    *[Symbol.iterator]() {
      const run = new TrainingRun({
        title,
        ...(length === undefined ? {} : { totalSteps: length * epochs, stepsPerEpoch: length }),
        ...(epochs > 1 ? { totalEpochs: epochs } : {}),
        ...(baselines === undefined ? {} : { baselines }),
      });
      const log = new StepLog(run);
      const means = epochs > 1 ? new EpochMeans(run) : undefined;
      let index = 0;
      let finished = false;
      try {
        for (let epoch = 1; epoch <= epochs; epoch++) {
          for (const value of items ?? countTo(length!, index)) {
            const step = index++;
            const report: TrackedStep<unknown>["log"] = (values, extra = {}) =>
              log.add({ step: step + 1, ...(epochs > 1 ? { epoch } : {}), values, ...extra });
            yield { index: step, epoch, value, log: report };
          }
          log.flush();
          means?.close(epoch, index);
        }
        finished = true;
      } catch (error) {
        // Only the items' own iterator and the reading of values can throw here; the loop's body cannot.
        if (error instanceof InterruptedError) run.end("interrupted");
        else run.end("failed", error instanceof Error ? error.message : String(error));
        throw error;
      } finally {
        if (finished) run.end("finished");
        else if (!run.ended) leave(run, log);
      }
    },
  };
}

/** The loop was left by `break`, an exception or Stop, which cannot be told apart from here except for Stop. */
function leave(run: TrainingRun, log: StepLog): void {
  const interrupted = cancelRequested();
  try {
    if (!interrupted) log.flush();
  } catch {
    // A value that cannot be read must not hide the error that is on its way.
  }
  if (interrupted) run.end("interrupted");
  else run.leave();
}

function* countTo(length: number, first: number): Iterable<number> {
  for (let i = 0; i < length; i++) yield first + i;
}

/** The number of items, where the source knows it. */
function lengthOf(source: Iterable<unknown>): number | undefined {
  const { length, size } = source as { length?: unknown; size?: unknown };
  if (typeof length === "number") return length;
  return typeof size === "number" ? size : undefined;
}

function requireCount(name: string, value: number): void {
  if (Number.isSafeInteger(value) && value >= 0) return;
  throw new ValueError(`${name} is ${value}`, { op: "track", hint: `Give a whole number of ${name}, 0 or more.` });
}
