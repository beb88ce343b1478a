import { ValueError } from "../errors.js";
import type { TrainingRun } from "./events.js";

/** A tensor as far as a log needs it. */
interface ScalarLike {
  readonly size: number;
  readonly shape: readonly number[];
  item(): number | bigint | boolean;
  readonly requiresGrad?: boolean;
  /** The same value without the graph behind it, so that waiting does not keep the graph. */
  detach?(): ScalarLike;
}

/** A number, or a tensor with one element. */
export type Metric = number | ScalarLike;

interface Entry<Value> {
  step: number;
  epoch?: number;
  values: Readonly<Record<string, Value>>;
  learningRate?: number;
  samples?: number;
}

interface Waiting extends Entry<Metric> {
  at: number;
}

/** Between two readings of tensors, in milliseconds: half of what a live panel needs. */
const readEvery = 100;

/** So many steps may wait; a scalar each is next to nothing, but a loop must not collect without bound. */
const mostWaiting = 1024;

/** Steps on their way to the run's listeners, in order; those that hold tensors wait and are read together. */
export class StepLog {
  #run: TrainingRun;
  #waiting: Waiting[] = [];
  #lastRead = 0;

  constructor(run: TrainingRun) {
    this.#run = run;
  }

  /** @throws ValueError when a value is neither a number nor a tensor with one element */
  add(entry: Entry<Metric>): void {
    const values: Record<string, Metric> = {};
    let tensors = false;
    for (const [name, value] of Object.entries(entry.values)) {
      if (typeof value === "number") values[name] = value;
      else {
        values[name] = scalar(name, value);
        tensors = true;
      }
    }
    if (!this.#run.observed) return;
    const now = Date.now();
    this.#waiting.push({ ...entry, values, at: now });
    if (!tensors && this.#waiting.length === 1) this.flush();
    else if (now - this.#lastRead >= readEvery || this.#waiting.length >= mostWaiting) this.flush();
  }

  /** Reads what waits and hands it on. */
  flush(): void {
    const waiting = this.#waiting;
    this.#waiting = [];
    for (const entry of waiting) {
      const values: Record<string, number> = {};
      for (const [name, value] of Object.entries(entry.values)) {
        values[name] = typeof value === "number" ? value : Number(value.item());
      }
      this.#run.emit({ kind: "step", ...entry, values });
    }
    this.#lastRead = Date.now();
  }
}

function scalar(name: string, value: ScalarLike): ScalarLike {
  if (typeof value === "object" && value !== null && typeof value.item === "function") {
    if (value.size === 1) return value.requiresGrad === false ? value : (value.detach?.() ?? value);
    throw new ValueError(`${name} is a tensor of shape [${value.shape.join(", ")}]`, {
      op: "track.log",
      hint: `Log one number, for example ${name}.mean().`,
    });
  }
  throw new ValueError(`${name} is ${value === null ? "null" : `a ${typeof value}`}`, {
    op: "track.log",
    hint: "Log numbers, or tensors with one element.",
  });
}
