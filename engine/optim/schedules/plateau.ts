import { ValueError } from "../../errors.js";
import { requireAtLeast } from "../groups.js";
import type { Optimizer } from "../optimizer.js";
import { Schedule } from "./schedule.js";

/** What counts as a plateau, and what happens then. */
export interface PlateauOptions {
  /** Whether the metric is to become small or large (default `"min"`). */
  mode?: "min" | "max";
  /** What the rate is multiplied by (default 0.1). */
  factor?: number;
  /** Steps without improvement that are let pass (default 10). */
  patience?: number;
  /** What counts as an improvement (default 1e-4). */
  threshold?: number;
  /** Whether the threshold is a share of the best value, or absolute (default `"relative"`). */
  thresholdMode?: "relative" | "absolute";
  /** Steps after a reduction in which nothing is counted (default 0). */
  cooldown?: number;
  /** The rate does not go below (default 0). */
  minLr?: number;
  /** Smaller changes of the rate are not made (default 1e-8). */
  epsilon?: number;
}

/**
 * Lowers the rate when a metric has stopped improving, as `torch.optim.lr_scheduler.ReduceLROnPlateau`. Called once per epoch
 * with the metric.
 * @throws ValueError for options out of range, or a metric that is no number
 * @example
 * const schedule = new optim.ReduceLROnPlateau(optimizer, { patience: 3 });
 * schedule.step(0.25);
 */
export class ReduceLROnPlateau extends Schedule {
  readonly #options: Required<PlateauOptions>;
  #best: number;
  #bad = 0;
  #cooling = 0;

  constructor(optimizer: Optimizer, options: PlateauOptions = {}) {
    super("ReduceLROnPlateau", optimizer);
    this.#options = {
      mode: "min",
      factor: 0.1,
      patience: 10,
      threshold: 1e-4,
      thresholdMode: "relative",
      cooldown: 0,
      minLr: 0,
      epsilon: 1e-8,
      ...options,
    };
    const { mode, factor, patience, threshold, cooldown, minLr } = this.#options;
    requireAtLeast(this.name, "factor", factor, 0, 1);
    for (const [name, value] of Object.entries({ patience, threshold, cooldown, minLr })) {
      requireAtLeast(this.name, name, value, 0);
    }
    if (mode !== "min" && mode !== "max") {
      throw new ValueError(`no mode ${String(mode)}`, { op: this.name, hint: 'There are "min" and "max".' });
    }
    this.#best = this.#worst;
  }

  /** The best metric so far. */
  get best(): number {
    return this.#best;
  }

  override step(metric?: number): void {
    if (typeof metric !== "number") {
      throw new ValueError("no metric", {
        op: this.name,
        hint: "Call step(loss) with a number, for example loss.item().",
      });
    }
    super.step();
    if (this.#improves(metric)) {
      this.#best = metric;
      this.#bad = 0;
    } else this.#bad++;
    if (this.#cooling > 0) {
      this.#cooling--;
      this.#bad = 0;
    }
    if (this.#bad <= this.#options.patience) return;
    this.#cooling = this.#options.cooldown;
    this.#bad = 0;
    this.#reduce();
  }

  /** The rate is the optimizer's own: only a plateau changes it. */
  rate(_base: number, _step: number, group: number): number {
    return this.optimizer.groups[group]!.lr;
  }

  protected override get memory(): Record<string, number> {
    // JSON has no infinity.
    const best = Number.isFinite(this.#best) ? { best: this.#best } : {};
    return { ...best, bad: this.#bad, cooling: this.#cooling };
  }

  protected override set memory({ best, bad, cooling }: Readonly<Record<string, number>>) {
    this.#best = best ?? this.#worst;
    this.#bad = bad!;
    this.#cooling = cooling!;
  }

  get #worst(): number {
    return this.#options.mode === "min" ? Number.POSITIVE_INFINITY : Number.NEGATIVE_INFINITY;
  }

  #improves(metric: number): boolean {
    const { mode, threshold, thresholdMode } = this.#options;
    const sign = mode === "min" ? -1 : 1;
    const best = this.#best;
    const wanted = thresholdMode === "relative" ? best * (1 + sign * threshold) : best + sign * threshold;
    return mode === "min" ? metric < wanted : metric > wanted;
  }

  #reduce(): void {
    const { factor, minLr, epsilon } = this.#options;
    for (const group of this.optimizer.groups) {
      const lr = Math.max(group.lr * factor, minLr);
      if (group.lr - lr > epsilon) group.lr = lr;
    }
  }
}
