import { requireAtLeast, requireBetas, type Trainable, withDefaults } from "./groups.js";
import { Optimizer } from "./optimizer.js";
import type { ParameterState } from "./state.js";

/** The rates of Adamax. */
export interface AdamaxOptions {
  /** Learning rate (default 0.002). */
  lr?: number;
  /** Decay of the mean of gradients and of the largest one (default [0.9, 0.999]). */
  betas?: readonly [number, number];
  /** Keeps the division away from 0 (default 1e-8). */
  epsilon?: number;
  /** L2 penalty added to the gradient (default 0). */
  weightDecay?: number;
  /** Goes up the gradient instead of down (default false). */
  maximize?: boolean;
}

type Options = Required<AdamaxOptions>;

const defaults: Options = {
  lr: 0.002,
  betas: [0.9, 0.999],
  epsilon: 1e-8,
  weightDecay: 0,
  maximize: false,
};

/**
 * Adam with the largest gradient in place of the second moment (Kingma and Ba 2015), as `torch.optim.Adamax`.
 * @throws ValueError for options out of range; as `Optimizer` for the parameters
 * @example const optimizer = new optim.Adamax(model.parameters());
 */
export class Adamax extends Optimizer<Options> {
  constructor(parameters: Trainable<Options>, options: AdamaxOptions = {}) {
    super("Adamax", parameters, withDefaults(defaults, options));
  }

  protected override check({ betas, epsilon, weightDecay }: Options): void {
    requireBetas(this.name, betas);
    requireAtLeast(this.name, "epsilon", epsilon, 0);
    requireAtLeast(this.name, "weightDecay", weightDecay, 0);
  }

  protected override initialState(): Record<string, number> {
    return { first: 0, largest: 0 };
  }

  protected override formula({ weightDecay }: Options): string {
    const decay = weightDecay > 0 ? "g = g + weightDecay * p\n" : "";
    return `${decay}first = first + fresh * (g - first)
largest = max(beta2 * largest, abs(g) + epsilon)
p = p - rate * first / largest`;
  }

  protected override numbers({ lr, betas: [beta1, beta2], epsilon, weightDecay }: Options, { step }: ParameterState) {
    return { beta2, fresh: 1 - beta1, epsilon, weightDecay, rate: lr / (1 - beta1 ** step) };
  }
}
