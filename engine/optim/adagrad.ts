import { requireAtLeast, type Trainable, withDefaults } from "./groups.js";
import { Optimizer } from "./optimizer.js";
import type { ParameterState } from "./state.js";

/** The rates of Adagrad. */
export interface AdagradOptions {
  /** Learning rate (default 0.01). */
  lr?: number;
  /** The rate of step t is lr / (1 + (t - 1) * lrDecay) (default 0). */
  lrDecay?: number;
  /** L2 penalty added to the gradient (default 0). */
  weightDecay?: number;
  /** What the sums of squares begin with (default 0). */
  initialAccumulator?: number;
  /** Keeps the division away from 0 (default 1e-10). */
  epsilon?: number;
  /** Goes up the gradient instead of down (default false). */
  maximize?: boolean;
}

type Options = Required<AdagradOptions>;

const defaults: Options = {
  lr: 0.01,
  lrDecay: 0,
  weightDecay: 0,
  initialAccumulator: 0,
  epsilon: 1e-10,
  maximize: false,
};

/**
 * Divides by the root of the sum of all squared gradients (Duchi et al. 2011), as `torch.optim.Adagrad`.
 * @throws ValueError for options out of range; as `Optimizer` for the parameters
 * @example const optimizer = new optim.Adagrad(model.parameters(), { lr: 0.01 });
 */
export class Adagrad extends Optimizer<Options> {
  constructor(parameters: Trainable<Options>, options: AdagradOptions = {}) {
    super("Adagrad", parameters, withDefaults(defaults, options));
  }

  protected override check({ lrDecay, weightDecay, initialAccumulator, epsilon }: Options): void {
    requireAtLeast(this.name, "lrDecay", lrDecay, 0);
    requireAtLeast(this.name, "weightDecay", weightDecay, 0);
    requireAtLeast(this.name, "initialAccumulator", initialAccumulator, 0);
    requireAtLeast(this.name, "epsilon", epsilon, 0);
  }

  protected override initialState({ initialAccumulator }: Options): Record<string, number> {
    return { sum: initialAccumulator };
  }

  protected override formula({ weightDecay }: Options): string {
    const decay = weightDecay > 0 ? "g = g + weightDecay * p\n" : "";
    return `${decay}sum = sum + square(g)\np = p - rate * g / (sqrt(sum) + epsilon)`;
  }

  protected override numbers({ lr, lrDecay, weightDecay, epsilon }: Options, { step }: ParameterState) {
    return { rate: lr / (1 + (step - 1) * lrDecay), weightDecay, epsilon };
  }
}
