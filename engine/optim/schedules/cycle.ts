import { ValueError } from "../../errors.js";
import { type CommonOptions, requireAtLeast } from "../groups.js";
import type { Optimizer } from "../optimizer.js";
import { requireSteps, Schedule } from "./schedule.js";

/** The heights and lengths of a cycle. */
export interface OneCycleOptions {
  /** The highest rate; the lowest follow from the factors. */
  maxLr: number;
  /** Steps of the whole cycle. */
  steps: number;
  /** Share of the steps on the way up (default 0.3). */
  rising?: number;
  /** Shape of the ways (default `"cosine"`). */
  anneal?: "cosine" | "linear";
  /** Whether the momentum goes down as the rate goes up (default true); Adam's first beta counts as momentum. */
  cycleMomentum?: boolean;
  /** Lowest momentum (default 0.85). */
  baseMomentum?: number;
  /** Highest momentum (default 0.95). */
  maxMomentum?: number;
  /** The first rate is maxLr by this (default 25). */
  divFactor?: number;
  /** The last rate is the first by this (default 1e4). */
  finalDivFactor?: number;
}

/**
 * Up to a high rate and down to nearly 0, the momentum the other way, as `torch.optim.lr_scheduler.OneCycleLR` (Smith and Topin
 * 2018). Called once per batch.
 * @throws ValueError for options out of range, for an optimizer without momentum, and when stepped beyond the end
 * @example const schedule = new optim.OneCycleLR(optimizer, { maxLr: 0.1, steps: 1000 });
 */
export class OneCycleLR extends Schedule {
  readonly #options: Required<OneCycleOptions>;

  constructor(optimizer: Optimizer, options: OneCycleOptions) {
    super("OneCycleLR", optimizer);
    this.#options = {
      rising: 0.3,
      anneal: "cosine",
      cycleMomentum: true,
      baseMomentum: 0.85,
      maxMomentum: 0.95,
      divFactor: 25,
      finalDivFactor: 1e4,
      ...options,
    };
    const { maxLr, steps, rising, divFactor, finalDivFactor, cycleMomentum } = this.#options;
    requireAtLeast(this.name, "maxLr", maxLr, 0);
    requireSteps(this.name, "steps", steps);
    requireAtLeast(this.name, "rising", rising, 0, 1);
    requireAtLeast(this.name, "divFactor", divFactor, Number.MIN_VALUE);
    requireAtLeast(this.name, "finalDivFactor", finalDivFactor, Number.MIN_VALUE);
    if (cycleMomentum) for (const group of optimizer.groups) requireMomentum(this.name, group);
    this.apply();
  }

  rate(_base: number, step: number): number {
    const { maxLr, divFactor, finalDivFactor, steps } = this.#options;
    if (step >= steps) {
      throw new ValueError(`step ${step} of a cycle of ${steps}`, {
        op: this.name,
        hint: "Give as many steps as there are calls: epochs times batches.",
      });
    }
    const first = maxLr / divFactor;
    return this.#between(first, maxLr, first / finalDivFactor, step);
  }

  override adjust(group: CommonOptions, step: number): void {
    const { cycleMomentum, baseMomentum, maxMomentum } = this.#options;
    if (cycleMomentum) setMomentum(group, this.#between(maxMomentum, baseMomentum, maxMomentum, step));
  }

  #between(first: number, middle: number, last: number, step: number): number {
    const { rising, steps, anneal } = this.#options;
    const peak = rising * steps - 1;
    const isRising = step <= peak;
    const part = isRising ? step / peak : (step - peak) / (steps - 1 - peak);
    const [from, to] = isRising ? [first, middle] : [middle, last];
    return anneal === "linear" ? from + (to - from) * part : to + ((from - to) / 2) * (1 + Math.cos(Math.PI * part));
  }
}

/** The heights and lengths of the cycles. */
export interface CyclicOptions {
  /** Lowest rate. */
  baseLr: number;
  /** Highest rate of the first cycle. */
  maxLr: number;
  /** Steps on the way up (default 2000). */
  stepsUp?: number;
  /** Steps on the way down (default: as many as up). */
  stepsDown?: number;
  /** What becomes of the height: it stays, is halved in every cycle, or is gamma^step (default `"triangular"`). */
  mode?: "triangular" | "triangular2" | "exponential";
  /** Default 1. */
  gamma?: number;
  /** Whether the momentum goes down as the rate goes up (default true); Adam's first beta counts as momentum. */
  cycleMomentum?: boolean;
  /** Lowest momentum (default 0.8). */
  baseMomentum?: number;
  /** Highest momentum (default 0.9). */
  maxMomentum?: number;
}

/**
 * Up and down between two rates, again and again, as `torch.optim.lr_scheduler.CyclicLR` (Smith 2017). Called once per batch.
 * @throws ValueError for options out of range, and for an optimizer without momentum
 * @example const schedule = new optim.CyclicLR(optimizer, { baseLr: 0.01, maxLr: 0.1, stepsUp: 500 });
 */
export class CyclicLR extends Schedule {
  readonly #options: Required<CyclicOptions>;

  constructor(optimizer: Optimizer, options: CyclicOptions) {
    super("CyclicLR", optimizer);
    this.#options = {
      stepsUp: 2000,
      stepsDown: options.stepsUp ?? 2000,
      mode: "triangular",
      gamma: 1,
      cycleMomentum: true,
      baseMomentum: 0.8,
      maxMomentum: 0.9,
      ...options,
    };
    const { baseLr, maxLr, stepsUp, stepsDown, cycleMomentum } = this.#options;
    requireAtLeast(this.name, "baseLr", baseLr, 0);
    requireAtLeast(this.name, "maxLr", maxLr, baseLr);
    requireSteps(this.name, "stepsUp", stepsUp);
    requireSteps(this.name, "stepsDown", stepsDown);
    if (cycleMomentum) for (const group of optimizer.groups) requireMomentum(this.name, group);
    this.apply();
  }

  rate(_base: number, step: number): number {
    const { baseLr, maxLr } = this.#options;
    return baseLr + (maxLr - baseLr) * this.#height(step);
  }

  override adjust(group: CommonOptions, step: number): void {
    const { cycleMomentum, baseMomentum, maxMomentum } = this.#options;
    if (cycleMomentum) setMomentum(group, maxMomentum - (maxMomentum - baseMomentum) * this.#height(step));
  }

  #height(step: number): number {
    const { stepsUp, stepsDown, mode, gamma } = this.#options;
    const cycle = Math.floor(step / (stepsUp + stepsDown));
    const inside = step - cycle * (stepsUp + stepsDown);
    const height = inside <= stepsUp ? inside / stepsUp : 1 - (inside - stepsUp) / stepsDown;
    if (mode === "triangular2") return height / 2 ** cycle;
    return mode === "exponential" ? height * gamma ** step : height;
  }
}

type WithMomentum = CommonOptions & { momentum?: number; betas?: readonly [number, number] };

function requireMomentum(op: string, group: WithMomentum): void {
  if (group.betas !== undefined || (group.momentum ?? 0) > 0) return;
  throw new ValueError("the optimizer has no momentum to cycle", {
    op,
    hint: "Make it with a momentum, or say cycleMomentum: false.",
  });
}

function setMomentum(group: WithMomentum, momentum: number): void {
  if (group.betas !== undefined) group.betas = [momentum, group.betas[1]];
  else group.momentum = momentum;
}
