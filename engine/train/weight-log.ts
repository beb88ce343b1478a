import { ValueError } from "../errors.js";
import { Module } from "../nn/module.js";
import type { Tensor } from "../tensor.js";

/** How the values of a tensor were distributed at one step. */
export interface Distribution {
  /** Ends of the counted range: the smallest and the largest finite value. */
  from: number;
  to: number;
  /** How many values lie in each of equal intervals. */
  counts: readonly number[];
  /** Euclidean norm. */
  norm: number;
  /** Share of values that are exactly 0. */
  zeros: number;
  /** Values that are NaN or infinite. */
  bad: number;
}

/** One parameter at one step. */
export interface WeightRecord {
  step: number;
  weights: Distribution;
  /** Absent where there is no gradient. */
  gradients: Distribution | undefined;
  /** Norm of the change per step since the record before, relative to the norm of the weights. */
  updateRatio: number | undefined;
}

/** The most records of a parameter that are kept: then every second is dropped, and half as many are made. */
const mostRecords = 32;
const bins = 24;

/**
 * Writes down how a model's weights and gradients are distributed while it is trained, in memory that does not grow: call
 * `record()` after each `optimizer.step()`, before the gradients are cleared. It shows itself.
 * @throws ValueError when `model` is no module, or `every` no count
 * @example
 * const log = new train.WeightLog(model, { every: 10 });
 * log.record();
 * log.steps; // 1
 */
export class WeightLog {
  /** How often `record` was called. */
  steps = 0;
  readonly #parameters: readonly [name: string, parameter: Tensor][];
  readonly #records: WeightRecord[][];
  readonly #before: (Float64Array | undefined)[];
  #every: number;
  #lastStep = 0;

  constructor(model: Module, { every = 1 }: { every?: number } = {}) {
    if (!(model instanceof Module)) {
      throw new ValueError(`expected a model, got ${typeof model}`, { op: "WeightLog", hint: "Give an nn.Module." });
    }
    if (!Number.isInteger(every) || every < 1) {
      throw new ValueError(`every is ${every}`, { op: "WeightLog", hint: "Give 1 or more steps." });
    }
    this.#parameters = model.namedParameters();
    this.#records = this.#parameters.map(() => []);
    this.#before = this.#parameters.map(() => undefined);
    this.#every = every;
  }

  /** Notes this step, if it is one of those that are noted. */
  record(): void {
    this.steps++;
    if (this.steps > 1 && this.steps % this.#every !== 0) return;
    const passed = this.steps - this.#lastStep;
    this.#lastStep = this.steps;
    this.#parameters.forEach(([, parameter], i) => {
      const values = Float64Array.from(parameter.data() as ArrayLike<number>);
      const before = this.#before[i];
      const weights = distributionOf(values);
      this.#records[i]!.push({
        step: this.steps,
        weights,
        gradients: parameter.grad
          ? distributionOf(Float64Array.from(parameter.grad.data() as ArrayLike<number>))
          : undefined,
        updateRatio: before && weights.norm > 0 ? distance(values, before) / passed / weights.norm : undefined,
      });
      this.#before[i] = values;
    });
    if ((this.#records[0]?.length ?? 0) <= mostRecords) return;
    this.#every *= 2;
    for (const [i, records] of this.#records.entries()) {
      // The newest stays, so that the end is the end.
      this.#records[i] = records.filter((_, j) => (records.length - 1 - j) % 2 === 0);
    }
  }

  /** What was noted, by parameter. */
  entries(): [name: string, records: readonly WeightRecord[]][] {
    return this.#parameters.map(([name], i) => [name, this.#records[i]!]);
  }
}

/** Counts the values in equal intervals. */
function distributionOf(values: Float64Array): Distribution {
  let from = Number.POSITIVE_INFINITY;
  let to = Number.NEGATIVE_INFINITY;
  let [squares, zeros, bad] = [0, 0, 0];
  for (const x of values) {
    if (x - x !== 0) {
      bad++;
      continue;
    }
    if (x < from) from = x;
    if (x > to) to = x;
    if (x === 0) zeros++;
    squares += x * x;
  }
  if (from > to) [from, to] = [0, 0];
  const counts = new Array<number>(bins).fill(0);
  const scale = to > from ? bins / (to - from) : 0;
  for (const x of values) if (x - x === 0) counts[Math.min(bins - 1, Math.floor((x - from) * scale))]!++;
  return { from, to, counts, norm: Math.sqrt(squares), zeros: values.length > 0 ? zeros / values.length : 0, bad };
}

function distance(a: Float64Array, b: Float64Array): number {
  let squares = 0;
  for (let i = 0; i < a.length; i++) squares += (a[i]! - b[i]!) ** 2;
  return Math.sqrt(squares);
}
