import { requireAtLeast } from "../groups.js";
import type { Optimizer } from "../optimizer.js";
import { requireSteps, Schedule } from "./schedule.js";

/**
 * Half a cosine from the rate down to `minLr` in `steps` steps, and up again after, as
 * `torch.optim.lr_scheduler.CosineAnnealingLR` (Loshchilov and Hutter 2017).
 * @throws ValueError for options out of range
 * @example const schedule = new optim.CosineAnnealingLR(optimizer, { steps: 1000 });
 */
export class CosineAnnealingLR extends Schedule {
  readonly #half: number;
  readonly #minLr: number;

  constructor(optimizer: Optimizer, { steps, minLr = 0 }: { steps: number; minLr?: number }) {
    super("CosineAnnealingLR", optimizer);
    requireSteps(this.name, "steps", steps);
    requireAtLeast(this.name, "minLr", minLr, 0);
    this.#half = steps;
    this.#minLr = minLr;
    this.apply();
  }

  rate(base: number, step: number): number {
    return onCosine(base, this.#minLr, step / this.#half);
  }
}

/**
 * The same, starting over at the end of each period; periods grow by a whole factor, as
 * `torch.optim.lr_scheduler.CosineAnnealingWarmRestarts`.
 * @throws ValueError for options out of range
 * @example const schedule = new optim.CosineAnnealingWarmRestarts(optimizer, { period: 10, growth: 2 });
 */
export class CosineAnnealingWarmRestarts extends Schedule {
  readonly #period: number;
  readonly #growth: number;
  readonly #minLr: number;

  constructor(
    optimizer: Optimizer,
    { period, growth = 1, minLr = 0 }: { period: number; growth?: number; minLr?: number },
  ) {
    super("CosineAnnealingWarmRestarts", optimizer);
    requireSteps(this.name, "period", period);
    requireSteps(this.name, "growth", growth);
    requireAtLeast(this.name, "minLr", minLr, 0);
    this.#period = period;
    this.#growth = growth;
    this.#minLr = minLr;
    this.apply();
  }

  rate(base: number, step: number): number {
    let period = this.#period;
    let inside = step;
    if (this.#growth === 1) inside %= period;
    for (; inside >= period; period *= this.#growth) inside -= period;
    return onCosine(base, this.#minLr, inside / period);
  }
}

/** From `high` at 0 to `low` at 1. */
function onCosine(high: number, low: number, part: number): number {
  return low + ((high - low) * (1 + Math.cos(Math.PI * part))) / 2;
}
