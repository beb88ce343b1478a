import { ValueError } from "../../errors.js";
import type { Logs } from "./callback.js";

/** What a callback watches. */
export interface MonitorOptions {
  /** The number that is watched (default `"val_loss"`). */
  monitor?: string;
  /** Whether it is to become small or large; `"auto"` (default): large for accuracies, AUC and the like, else small. */
  mode?: "auto" | "min" | "max";
}

/** Names of numbers that are better when they are larger, wherever they stand in the name, as in Keras. */
const largeIsGood = /acc|auc|precision|recall|f1|fbeta|fmeasure|r2|iou|specificity/i;

/** Compares a number of the epochs with the best so far. */
export class Monitor {
  readonly name: string;
  readonly #op: string;
  readonly #sign: 1 | -1;
  readonly #minDelta: number;
  best: number;

  /** @throws ValueError for an unknown mode or a negative difference */
  constructor(op: string, { monitor = "val_loss", mode = "auto" }: MonitorOptions, minDelta = 0) {
    if (mode !== "auto" && mode !== "min" && mode !== "max") {
      throw new ValueError(`no mode ${String(mode)}`, { op, hint: 'There are "auto", "min" and "max".' });
    }
    if (!(minDelta >= 0)) throw new ValueError(`minDelta is ${minDelta}`, { op, hint: "Give a number of at least 0." });
    this.name = monitor;
    this.#op = op;
    this.#sign = mode === "max" || (mode === "auto" && largeIsGood.test(monitor)) ? 1 : -1;
    this.#minDelta = minDelta;
    this.best = this.worst;
  }

  get worst(): number {
    return this.#sign === 1 ? Number.NEGATIVE_INFINITY : Number.POSITIVE_INFINITY;
  }

  /** Whether a value is better, by more than the smallest difference, than the best so far or another. NaN never is. */
  improves(value: number, than = this.best): boolean {
    return this.#sign === 1 ? value - this.#minDelta > than : value + this.#minDelta < than;
  }

  /** The number of this epoch. @throws ValueError that names what there is */
  read(logs: Logs): number {
    const value = logs[this.name];
    if (value !== undefined) return value;
    throw new ValueError(`there is no ${this.name}`, {
      op: this.#op,
      hint: `${this.name.startsWith("val_") ? "Give fit validationData or validationSplit, or monitor" : "Monitor"} one of ${Object.keys(logs).join(", ")}.`,
    });
  }
}

/** @throws ValueError unless it is a whole number of at least `least` */
export function requireWhole(op: string, name: string, value: number, least = 0): void {
  if (Number.isSafeInteger(value) && value >= least) return;
  throw new ValueError(`${name} is ${String(value)}`, { op, hint: `Give a whole number of at least ${least}.` });
}
