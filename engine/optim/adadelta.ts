import { requireAtLeast, type Trainable, withDefaults } from "./groups.js";
import { Optimizer } from "./optimizer.js";

/** The rates of Adadelta. */
export interface AdadeltaOptions {
  /** Learning rate (default 1). */
  lr?: number;
  /** Decay of both means (default 0.9). */
  rho?: number;
  /** Keeps the division away from 0 (default 1e-6). */
  epsilon?: number;
  /** L2 penalty added to the gradient (default 0). */
  weightDecay?: number;
  /** Goes up the gradient instead of down (default false). */
  maximize?: boolean;
}

type Options = Required<AdadeltaOptions>;

const defaults: Options = {
  lr: 1,
  rho: 0.9,
  epsilon: 1e-6,
  weightDecay: 0,
  maximize: false,
};

/**
 * Steps in the units of the parameter: the ratio of the roots of two running means (Zeiler 2012), as `torch.optim.Adadelta`.
 * @throws ValueError for options out of range; as `Optimizer` for the parameters
 * @example const optimizer = new optim.Adadelta(model.parameters());
 */
export class Adadelta extends Optimizer<Options> {
  constructor(parameters: Trainable<Options>, options: AdadeltaOptions = {}) {
    super("Adadelta", parameters, withDefaults(defaults, options));
  }

  protected override check({ rho, epsilon, weightDecay }: Options): void {
    requireAtLeast(this.name, "rho", rho, 0, 1);
    requireAtLeast(this.name, "epsilon", epsilon, 0);
    requireAtLeast(this.name, "weightDecay", weightDecay, 0);
  }

  protected override initialState(): Record<string, number> {
    return { square: 0, change: 0 };
  }

  protected override formula({ weightDecay }: Options): string {
    const decay = weightDecay > 0 ? "g = g + weightDecay * p\n" : "";
    return `${decay}square = rho * square + fresh * square(g)
d = sqrt(change + epsilon) / sqrt(square + epsilon) * g
change = rho * change + fresh * square(d)
p = p - lr * d`;
  }

  protected override numbers({ lr, rho, epsilon, weightDecay }: Options) {
    return { lr, rho, fresh: 1 - rho, epsilon, weightDecay };
  }
}
