import { requireAtLeast, type Trainable, withDefaults } from "./groups.js";
import { Optimizer } from "./optimizer.js";

/** The rates of RMSprop. */
export interface RMSpropOptions {
  /** Learning rate (default 0.01). */
  lr?: number;
  /** Decay of the mean of squared gradients (default 0.99). */
  alpha?: number;
  /** Keeps the division away from 0 (default 1e-8). */
  epsilon?: number;
  /** L2 penalty added to the gradient (default 0). */
  weightDecay?: number;
  /** Share of the last step that is kept (default 0). */
  momentum?: number;
  /** Divides by an estimate of the deviation instead, without the mean (default false). */
  centered?: boolean;
  /** Goes up the gradient instead of down (default false). */
  maximize?: boolean;
}

type Options = Required<RMSpropOptions>;

const defaults: Options = {
  lr: 0.01,
  alpha: 0.99,
  epsilon: 1e-8,
  weightDecay: 0,
  momentum: 0,
  centered: false,
  maximize: false,
};

/**
 * Divides by the root of a running mean of squared gradients (Hinton 2012), as `torch.optim.RMSprop`.
 * @throws ValueError for options out of range; as `Optimizer` for the parameters
 * @example const optimizer = new optim.RMSprop(model.parameters(), { lr: 1e-3, momentum: 0.9 });
 */
export class RMSprop extends Optimizer<Options> {
  constructor(parameters: Trainable<Options>, options: RMSpropOptions = {}) {
    super("RMSprop", parameters, withDefaults(defaults, options));
  }

  protected override check({ alpha, epsilon, weightDecay, momentum }: Options): void {
    requireAtLeast(this.name, "alpha", alpha, 0, 1);
    requireAtLeast(this.name, "epsilon", epsilon, 0);
    requireAtLeast(this.name, "weightDecay", weightDecay, 0);
    requireAtLeast(this.name, "momentum", momentum, 0);
  }

  protected override initialState({ momentum, centered }: Options): Record<string, number> {
    return { square: 0, ...(centered ? { mean: 0 } : {}), ...(momentum > 0 ? { velocity: 0 } : {}) };
  }

  protected override formula({ weightDecay, momentum, centered }: Options): string {
    const decay = weightDecay > 0 ? "g = g + weightDecay * p\n" : "";
    const spread = centered
      ? "mean = mean + fresh * (g - mean)\nroot = sqrt(square - mean * mean) + epsilon"
      : "root = sqrt(square) + epsilon";
    const move =
      momentum > 0 ? "velocity = momentum * velocity + g / root\np = p - lr * velocity" : "p = p - lr * g / root";
    return `${decay}square = alpha * square + fresh * square(g)\n${spread}\n${move}`;
  }

  protected override numbers({ lr, alpha, epsilon, weightDecay, momentum }: Options) {
    return { lr, alpha, fresh: 1 - alpha, epsilon, weightDecay, momentum };
  }
}
