import { ValueError } from "../../errors.js";
import type { CommonOptions } from "../groups.js";
import type { Optimizer } from "../optimizer.js";

/** What a schedule continues from: plain data. */
export interface ScheduleState {
  readonly schedule: string;
  /** How often `step` was called. */
  readonly steps: number;
  /** The rate that each group began with. */
  readonly base: readonly number[];
  /** What else it remembers. */
  readonly memory: Readonly<Record<string, number>>;
}

/** The rate that a group had before the first schedule changed it. */
const began = new WeakMap<CommonOptions, number>();

/**
 * Changes the learning rate of an optimizer's groups: at once when it is made, then with every `step()`, which is called after
 * `optimizer.step()`, once per batch or per epoch as the schedule counts. Compiled steps see the new rate without being
 * captured again. Several schedules over one optimizer start from the rates that it was made with.
 * @example
 * class Halving extends optim.Schedule {
 *   constructor(optimizer: optim.Optimizer) {
 *     super("Halving", optimizer);
 *     this.apply();
 *   }
 *   rate(base: number, step: number) {
 *     return base / 2 ** step;
 *   }
 * }
 */
export abstract class Schedule {
  readonly name: string;
  readonly optimizer: Optimizer;
  #steps = 0;
  #base: number[];

  constructor(name: string, optimizer: Optimizer) {
    this.name = name;
    this.optimizer = optimizer;
    if (!Array.isArray((optimizer as Optimizer | undefined)?.groups)) {
      throw new ValueError("no optimizer", { op: name, hint: "Give the optimizer whose rate is to change." });
    }
    this.#base = optimizer.groups.map(group => {
      if (!began.has(group)) began.set(group, group.lr);
      return began.get(group)!;
    });
  }

  /** How often `step` was called. */
  get steps(): number {
    return this.#steps;
  }

  /** The rate of each group now. */
  get rates(): readonly number[] {
    return this.optimizer.groups.map(({ lr }) => lr);
  }

  /**
   * The rate of a group.
   * @param base the rate that it began with
   * @param step counts from 0, also in parts of a `SequentialLR`
   */
  abstract rate(base: number, step: number, group: number): number;

  /** What else a schedule sets in a group. */
  adjust(_group: CommonOptions, _step: number): void {}

  /** Goes on to the next rate. @param _metric what `ReduceLROnPlateau` watches; the others do not look at it */
  step(_metric?: number): void {
    this.#steps++;
    this.apply();
  }

  /** Sets the rates of the step that has been reached. */
  protected apply(): void {
    this.optimizer.groups.forEach((group, i) => {
      group.lr = this.rate(this.#base[i] ?? group.lr, this.#steps, i);
      this.adjust(group, this.#steps);
    });
  }

  /** What else is to be remembered. */
  protected get memory(): Record<string, number> {
    return {};
  }

  protected set memory(_memory: Readonly<Record<string, number>>) {}

  /** What to continue from; the optimizer's own state holds the rates. */
  stateDict(): ScheduleState {
    return { schedule: this.name, steps: this.#steps, base: [...this.#base], memory: this.memory };
  }

  /** Continues. @throws ValueError for the state of another schedule, or of another number of groups */
  loadStateDict(state: ScheduleState): void {
    if (state.schedule !== this.name || state.base.length !== this.#base.length) {
      throw new ValueError(`the state of ${state.schedule} with ${state.base.length} groups`, {
        op: `${this.name}.loadStateDict`,
        expected: `${this.name} with ${this.#base.length} groups`,
      });
    }
    this.#steps = state.steps;
    this.#base = [...state.base];
    this.memory = { ...state.memory };
    this.apply();
  }
}

/** @throws ValueError unless it is a whole number of at least 1 */
export function requireSteps(op: string, name: string, value: number): void {
  if (Number.isSafeInteger(value) && value >= 1) return;
  throw new ValueError(`${name} is ${value}`, { op, hint: "Give a whole number of at least 1." });
}
