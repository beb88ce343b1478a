import { ValueError } from "../../errors.js";
import type { CommonOptions } from "../groups.js";
import type { Optimizer } from "../optimizer.js";
import { requireSteps, Schedule } from "./schedule.js";

/**
 * One schedule after the other, each counting from 0, as `torch.optim.lr_scheduler.SequentialLR`.
 * @param milestones the steps at which the second, third, ... begins
 * @throws ValueError unless milestones grow and there is one less than schedules
 * @example
 * const warmUp = new optim.LinearLR(optimizer, { from: 0.01, steps: 500 });
 * const decay = new optim.CosineAnnealingLR(optimizer, { steps: 9500 });
 * const schedule = new optim.SequentialLR(optimizer, [warmUp, decay], [500]);
 */
export class SequentialLR extends Schedule {
  readonly #parts: readonly Schedule[];
  readonly #milestones: readonly number[];

  constructor(optimizer: Optimizer, parts: readonly Schedule[], milestones: readonly number[]) {
    super("SequentialLR", optimizer);
    milestones.forEach((milestone, i) => {
      requireSteps(this.name, "a milestone", milestone);
      if (i === 0 || milestone > milestones[i - 1]!) return;
      throw new ValueError(`milestones ${milestones.join(", ")}`, { op: this.name, hint: "They must grow." });
    });
    if (parts.length !== milestones.length + 1) {
      throw new ValueError(`${parts.length} schedules and ${milestones.length} milestones`, {
        op: this.name,
        hint: "Give one milestone less than schedules.",
      });
    }
    for (const part of parts) {
      if (part.optimizer === optimizer) continue;
      throw new ValueError(`${part.name} belongs to another optimizer`, { op: this.name });
    }
    this.#parts = [...parts];
    this.#milestones = [...milestones];
    this.apply();
  }

  rate(base: number, step: number, group: number): number {
    const [part, inside] = this.#at(step);
    return part.rate(base, inside, group);
  }

  override adjust(group: CommonOptions, step: number): void {
    const [part, inside] = this.#at(step);
    part.adjust(group, inside);
  }

  #at(step: number): [part: Schedule, inside: number] {
    const i = this.#milestones.filter(milestone => milestone <= step).length;
    return [this.#parts[i]!, step - (this.#milestones[i - 1] ?? 0)];
  }
}

/**
 * The product of several schedules: the rate times each one's share of it, as `torch.optim.lr_scheduler.ChainedScheduler`.
 * @throws ValueError without schedules
 * @example const schedule = new optim.ChainedLR(optimizer, [new optim.ConstantLR(optimizer), new optim.ExponentialLR(optimizer, { gamma: 0.9 })]);
 */
export class ChainedLR extends Schedule {
  readonly #parts: readonly Schedule[];

  constructor(optimizer: Optimizer, parts: readonly Schedule[]) {
    super("ChainedLR", optimizer);
    if (parts.length === 0) throw new ValueError("no schedules", { op: this.name, hint: "Give at least one." });
    this.#parts = [...parts];
    this.apply();
  }

  rate(base: number, step: number, group: number): number {
    return this.#parts.reduce((rate, part) => rate * (part.rate(base, step, group) / base || 0), base);
  }

  override adjust(group: CommonOptions, step: number): void {
    for (const part of this.#parts) part.adjust(group, step);
  }
}
