import { requireAtLeast, requireBetas, type Trainable, withDefaults } from "./groups.js";
import { Optimizer } from "./optimizer.js";
import type { ParameterState } from "./state.js";

/** The rates of NAdam. */
export interface NAdamOptions {
  /** Learning rate (default 0.002). */
  lr?: number;
  /** Decay of the means of gradient and squared gradient (default [0.9, 0.999]). */
  betas?: readonly [number, number];
  /** Keeps the division away from 0 (default 1e-8). */
  epsilon?: number;
  /** L2 penalty added to the gradient, or with `decoupled` share of the parameter taken off per lr (default 0). */
  weightDecay?: number;
  /** How fast the momentum grows to its full value (default 0.004). */
  momentumDecay?: number;
  /** Weight decay as in AdamW (default false). */
  decoupled?: boolean;
  /** Goes up the gradient instead of down (default false). */
  maximize?: boolean;
}

type Options = Required<NAdamOptions>;

const defaults: Options = {
  lr: 0.002,
  betas: [0.9, 0.999],
  epsilon: 1e-8,
  weightDecay: 0,
  momentumDecay: 0.004,
  decoupled: false,
  maximize: false,
};

/**
 * Adam that looks ahead as Nesterov's momentum does (Dozat 2016), as `torch.optim.NAdam`.
 * @throws ValueError for options out of range; as `Optimizer` for the parameters
 * @example const optimizer = new optim.NAdam(model.parameters());
 */
export class NAdam extends Optimizer<Options> {
  constructor(parameters: Trainable<Options>, options: NAdamOptions = {}) {
    super("NAdam", parameters, withDefaults(defaults, options));
  }

  protected override check({ betas, epsilon, weightDecay, momentumDecay }: Options): void {
    requireBetas(this.name, betas);
    requireAtLeast(this.name, "epsilon", epsilon, 0);
    requireAtLeast(this.name, "weightDecay", weightDecay, 0);
    requireAtLeast(this.name, "momentumDecay", momentumDecay, 0);
  }

  protected override initialState(): Record<string, number> {
    return { first: 0, second: 0 };
  }

  protected override formula({ weightDecay, decoupled }: Options): string {
    const decay = weightDecay === 0 ? "" : decoupled ? "p = keep * p\n" : "g = g + weightDecay * p\n";
    return `${decay}first = first + fresh1 * (g - first)
second = beta2 * second + fresh2 * square(g)
root = sqrt(second * correction) + epsilon
p = p - rate * g / root - rateAhead * first / root`;
  }

  protected override numbers(
    { lr, betas: [beta1, beta2], epsilon, weightDecay, momentumDecay }: Options,
    { step, numbers }: ParameterState,
  ) {
    const momentum = (t: number) => beta1 * (1 - 0.5 * 0.96 ** (t * momentumDecay));
    const [now, ahead] = [momentum(step), momentum(step + 1)];
    const product = (numbers.momentumProduct ?? 1) * now;
    numbers.momentumProduct = product;
    return {
      fresh1: 1 - beta1,
      beta2,
      fresh2: 1 - beta2,
      correction: 1 / (1 - beta2 ** step),
      epsilon,
      weightDecay,
      keep: 1 - lr * weightDecay,
      rate: (lr * (1 - now)) / (1 - product),
      rateAhead: (lr * ahead) / (1 - product * ahead),
    };
  }
}
