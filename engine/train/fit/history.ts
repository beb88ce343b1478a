import type { EndReason } from "../events.js";

/** What training has come to: the numbers of every epoch. */
export class History {
  /** The epochs that were completed, counted from 0. */
  readonly epochs: number[] = [];
  /** By name, one number per epoch; those of the validation carry the prefix `val_`. */
  readonly history: Record<string, number[]> = {};
  /** Steps taken. */
  steps = 0;
  /** Seconds it took. */
  seconds = 0;
  /** How it ended; `stopped`: a callback ended it; `interrupted`: Stop, at the edge of a batch. */
  reason: EndReason = "finished";
  /** Why steps were run as they are written and not replayed; undefined when they were replayed. */
  eager: string | undefined;

  /** Adds an epoch. A name that is new has NaN for the epochs before. */
  add(epoch: number, logs: Readonly<Record<string, number>>): void {
    for (const [name, value] of Object.entries(logs)) {
      this.history[name] ??= this.epochs.map(() => Number.NaN);
      this.history[name].push(value);
    }
    this.epochs.push(epoch);
    for (const values of Object.values(this.history)) if (values.length < this.epochs.length) values.push(Number.NaN);
  }

  /** The numbers of the last epoch. */
  get last(): Record<string, number> {
    return Object.fromEntries(Object.entries(this.history).map(([name, values]) => [name, values.at(-1)!]));
  }

  /** How it ended, in one line. */
  toString(): string {
    const last = Object.entries(this.last).map(([name, value]) => `${name} ${Number(value.toPrecision(4))}`);
    return `${this.reason} after ${this.epochs.length} epochs, ${this.steps} steps: ${last.join(", ")}`;
  }
}
