import { requireAtLeast, requireBetas, type Trainable, withDefaults } from "./groups.js";
import { Optimizer } from "./optimizer.js";

/** The rates of Lion. */
export interface LionOptions {
  /** Learning rate (default 1e-4). */
  lr?: number;
  /** Share of the mean in the step, and decay of the mean (default [0.9, 0.99]). */
  betas?: readonly [number, number];
  /** Share of the parameter taken off per lr (default 0). */
  weightDecay?: number;
  /** Goes up the gradient instead of down (default false). */
  maximize?: boolean;
}

type Options = Required<LionOptions>;

const defaults: Options = {
  lr: 1e-4,
  betas: [0.9, 0.99],
  weightDecay: 0,
  maximize: false,
};

/**
 * Steps by the sign of a mean of gradients; weight decay as in AdamW (Chen et al. 2023, "Symbolic discovery of optimization algorithms").
 * @throws ValueError for options out of range; as `Optimizer` for the parameters
 * @example const optimizer = new optim.Lion(model.parameters(), { lr: 1e-4, weightDecay: 0.1 });
 */
export class Lion extends Optimizer<Options> {
  constructor(parameters: Trainable<Options>, options: LionOptions = {}) {
    super("Lion", parameters, withDefaults(defaults, options));
  }

  protected override check({ betas, weightDecay }: Options): void {
    requireBetas(this.name, betas);
    requireAtLeast(this.name, "weightDecay", weightDecay, 0);
  }

  protected override initialState(): Record<string, number> {
    return { first: 0 };
  }

  protected override formula({ weightDecay }: Options): string {
    return `${weightDecay > 0 ? "p = keep * p\n" : ""}p = p - lr * sign(beta1 * first + fresh1 * g)
first = beta2 * first + fresh2 * g`;
  }

  protected override numbers({ lr, betas: [beta1, beta2], weightDecay }: Options) {
    return { lr, beta1, fresh1: 1 - beta1, beta2, fresh2: 1 - beta2, keep: 1 - lr * weightDecay };
  }
}
