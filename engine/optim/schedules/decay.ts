import { ValueError } from "../../errors.js";
import { requireAtLeast } from "../groups.js";
import type { Optimizer } from "../optimizer.js";
import { requireSteps, Schedule } from "./schedule.js";

/**
 * Multiplies the rate by gamma every `every` steps, as `torch.optim.lr_scheduler.StepLR`.
 * @throws ValueError for options out of range
 * @example const schedule = new optim.StepLR(optimizer, { every: 30, gamma: 0.1 });
 */
export class StepLR extends Schedule {
  readonly #every: number;
  readonly #gamma: number;

  constructor(optimizer: Optimizer, { every, gamma = 0.1 }: { every: number; gamma?: number }) {
    super("StepLR", optimizer);
    requireSteps(this.name, "every", every);
    requireAtLeast(this.name, "gamma", gamma, 0);
    this.#every = every;
    this.#gamma = gamma;
    this.apply();
  }

  rate(base: number, step: number): number {
    return base * this.#gamma ** Math.floor(step / this.#every);
  }
}

/**
 * Multiplies the rate by gamma at each of the given steps, as `torch.optim.lr_scheduler.MultiStepLR`.
 * @throws ValueError for options out of range
 * @example const schedule = new optim.MultiStepLR(optimizer, { milestones: [30, 80], gamma: 0.1 });
 */
export class MultiStepLR extends Schedule {
  readonly #milestones: readonly number[];
  readonly #gamma: number;

  constructor(optimizer: Optimizer, { milestones, gamma = 0.1 }: { milestones: readonly number[]; gamma?: number }) {
    super("MultiStepLR", optimizer);
    for (const milestone of milestones) requireSteps(this.name, "a milestone", milestone);
    requireAtLeast(this.name, "gamma", gamma, 0);
    this.#milestones = [...milestones];
    this.#gamma = gamma;
    this.apply();
  }

  rate(base: number, step: number): number {
    return base * this.#gamma ** this.#milestones.filter(milestone => milestone <= step).length;
  }
}

/**
 * Multiplies the rate by gamma in every step, as `torch.optim.lr_scheduler.ExponentialLR`.
 * @throws ValueError for a gamma out of range
 * @example const schedule = new optim.ExponentialLR(optimizer, { gamma: 0.95 });
 */
export class ExponentialLR extends Schedule {
  readonly #gamma: number;

  constructor(optimizer: Optimizer, { gamma }: { gamma: number }) {
    super("ExponentialLR", optimizer);
    requireAtLeast(this.name, "gamma", gamma, 0);
    this.#gamma = gamma;
    this.apply();
  }

  rate(base: number, step: number): number {
    return base * this.#gamma ** step;
  }
}

/**
 * The rate times a factor that goes from one value to another in a straight line and stays there, as
 * `torch.optim.lr_scheduler.LinearLR`: a warm-up.
 * @throws ValueError for options out of range
 * @example const warmUp = new optim.LinearLR(optimizer, { from: 0.01, steps: 500 });
 */
export class LinearLR extends Schedule {
  readonly #from: number;
  readonly #to: number;
  readonly #total: number;

  constructor(
    optimizer: Optimizer,
    { from = 1 / 3, to = 1, steps = 5 }: { from?: number; to?: number; steps?: number } = {},
  ) {
    super("LinearLR", optimizer);
    requireAtLeast(this.name, "from", from, 0);
    requireAtLeast(this.name, "to", to, 0);
    requireSteps(this.name, "steps", steps);
    this.#from = from;
    this.#to = to;
    this.#total = steps;
    this.apply();
  }

  rate(base: number, step: number): number {
    return base * (this.#from + (this.#to - this.#from) * Math.min(1, step / this.#total));
  }
}

/**
 * The rate times a factor for some steps, then the rate itself, as `torch.optim.lr_scheduler.ConstantLR`.
 * @throws ValueError for options out of range
 * @example const schedule = new optim.ConstantLR(optimizer, { factor: 0.1, steps: 100 });
 */
export class ConstantLR extends Schedule {
  readonly #factor: number;
  readonly #total: number;

  constructor(optimizer: Optimizer, { factor = 1 / 3, steps = 5 }: { factor?: number; steps?: number } = {}) {
    super("ConstantLR", optimizer);
    requireAtLeast(this.name, "factor", factor, 0);
    requireSteps(this.name, "steps", steps);
    this.#factor = factor;
    this.#total = steps;
    this.apply();
  }

  rate(base: number, step: number): number {
    return step < this.#total ? base * this.#factor : base;
  }
}

/**
 * The rate times (1 - step / steps)^power, 0 at the end, as `torch.optim.lr_scheduler.PolynomialLR`.
 * @throws ValueError for options out of range
 * @example const schedule = new optim.PolynomialLR(optimizer, { steps: 1000, power: 2 });
 */
export class PolynomialLR extends Schedule {
  readonly #total: number;
  readonly #power: number;

  constructor(optimizer: Optimizer, { steps = 5, power = 1 }: { steps?: number; power?: number } = {}) {
    super("PolynomialLR", optimizer);
    requireSteps(this.name, "steps", steps);
    requireAtLeast(this.name, "power", power, 0);
    this.#total = steps;
    this.#power = power;
    this.apply();
  }

  rate(base: number, step: number): number {
    return base * (1 - Math.min(step, this.#total) / this.#total) ** this.#power;
  }
}

/**
 * The rate times what a function says of the step, as `torch.optim.lr_scheduler.LambdaLR`. The function is no part of the state.
 * @param factor one function, or one per group
 * @throws ValueError when there are not as many functions as groups
 * @example const schedule = new optim.LambdaLR(optimizer, step => Math.min(1, (step + 1) / 100));
 */
export class LambdaLR extends Schedule {
  readonly #factors: readonly ((step: number) => number)[];

  constructor(optimizer: Optimizer, factor: ((step: number) => number) | readonly ((step: number) => number)[]) {
    super("LambdaLR", optimizer);
    const { length } = optimizer.groups;
    this.#factors = typeof factor === "function" ? new Array(length).fill(factor) : [...factor];
    if (this.#factors.length !== length) {
      throw new ValueError(`${this.#factors.length} functions for ${length} groups`, {
        op: this.name,
        hint: "Give one function, or one per group.",
      });
    }
    this.apply();
  }

  rate(base: number, step: number, group: number): number {
    return base * (this.#factors[group] ?? this.#factors[0]!)(step);
  }
}
