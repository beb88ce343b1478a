import { requireAtLeast, requireBetas, type Trainable, withDefaults } from "./groups.js";
import { Optimizer } from "./optimizer.js";
import type { ParameterState } from "./state.js";

/** The rates of RAdam. */
export interface RAdamOptions {
  /** Learning rate (default 0.001). */
  lr?: number;
  /** Decay of the means of gradient and squared gradient (default [0.9, 0.999]). */
  betas?: readonly [number, number];
  /** Keeps the division away from 0 (default 1e-8). */
  epsilon?: number;
  /** L2 penalty added to the gradient, or with `decoupled` share of the parameter taken off per lr (default 0). */
  weightDecay?: number;
  /** Weight decay as in AdamW (default false). */
  decoupled?: boolean;
  /** Goes up the gradient instead of down (default false). */
  maximize?: boolean;
}

type Options = Required<RAdamOptions>;

const defaults: Options = {
  lr: 0.001,
  betas: [0.9, 0.999],
  epsilon: 1e-8,
  weightDecay: 0,
  decoupled: false,
  maximize: false,
};

/**
 * Adam that begins as plain momentum, until the variance of its step is known (Liu et al. 2020), as `torch.optim.RAdam`.
 * @throws ValueError for options out of range; as `Optimizer` for the parameters
 * @example const optimizer = new optim.RAdam(model.parameters());
 */
export class RAdam extends Optimizer<Options> {
  constructor(parameters: Trainable<Options>, options: RAdamOptions = {}) {
    super("RAdam", parameters, withDefaults(defaults, options));
  }

  protected override check({ betas, epsilon, weightDecay }: Options): void {
    requireBetas(this.name, betas);
    requireAtLeast(this.name, "epsilon", epsilon, 0);
    requireAtLeast(this.name, "weightDecay", weightDecay, 0);
  }

  protected override initialState(): Record<string, number> {
    return { first: 0, second: 0 };
  }

  protected override formula({ weightDecay, decoupled }: Options): string {
    const decay = weightDecay === 0 ? "" : decoupled ? "p = keep * p\n" : "g = g + weightDecay * p\n";
    return `${decay}first = first + fresh1 * (g - first)
second = beta2 * second + fresh2 * square(g)
p = p - first * (plainRate + rate / (sqrt(second) + epsilon))`;
  }

  protected override numbers({ lr, betas: [beta1, beta2], epsilon, weightDecay }: Options, { step }: ParameterState) {
    const correction1 = 1 - beta1 ** step;
    const correction2 = 1 - beta2 ** step;
    const limit = 2 / (1 - beta2) - 1;
    const length = limit - (2 * step * beta2 ** step) / correction2;
    const isKnown = length > 5;
    const rectified = () => Math.sqrt(((length - 4) * (length - 2) * limit) / ((limit - 4) * (limit - 2) * length));
    return {
      fresh1: 1 - beta1,
      beta2,
      fresh2: 1 - beta2,
      epsilon,
      weightDecay,
      keep: 1 - lr * weightDecay,
      plainRate: isKnown ? 0 : lr / correction1,
      rate: isKnown ? (lr * rectified() * Math.sqrt(correction2)) / correction1 : 0,
    };
  }
}
