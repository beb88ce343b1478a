import { opcodes } from "../backend/commands.js";
import { requireAtLeast, type Trainable, withDefaults } from "./groups.js";
import { Optimizer } from "./optimizer.js";
import type { UpdateForm } from "./record-update.js";
import type { ParameterState } from "./state.js";

/** The rates of SGD. */
export interface SGDOptions {
  /** Learning rate. */
  lr: number;
  /** Share of the last step's velocity that is kept, 0 to 1 (default 0). */
  momentum?: number;
  /** Share of the gradient that the velocity does not take (default 0). */
  dampening?: number;
  /** L2 penalty that is added to the gradient (default 0). */
  weightDecay?: number;
  /** Looks ahead along the velocity (default false). */
  nesterov?: boolean;
  /** Goes up the gradient instead of down (default false). */
  maximize?: boolean;
}

type Options = Required<SGDOptions>;

const form = (nesterov: number, velocity: string | undefined): UpdateForm => ({
  opcode: opcodes.sgd,
  before: [],
  numbers: ["lr", "momentum", "dampening", "weightDecay", nesterov, "first"],
  after: [],
  operands: ["p", "g", velocity],
});
const [plain, heavy, ahead] = [form(0, undefined), form(0, "velocity"), form(1, "velocity")];

/**
 * Stochastic gradient descent with momentum, as `torch.optim.SGD`: v = momentum * v + (1 - dampening) * g, p -= lr * v.
 * @throws ValueError for options out of range
 * @example const optimizer = new optim.SGD(model.parameters(), { lr: 0.1, momentum: 0.9 });
 */
export class SGD extends Optimizer<Options> {
  constructor(parameters: Trainable<Options>, options: SGDOptions) {
    const defaults = { lr: Number.NaN, momentum: 0, dampening: 0, weightDecay: 0, nesterov: false, maximize: false };
    super("SGD", parameters, withDefaults(defaults, options));
  }

  protected override check({ momentum, dampening, weightDecay }: Options): void {
    requireAtLeast("SGD", "momentum", momentum, 0);
    requireAtLeast("SGD", "dampening", dampening, 0);
    requireAtLeast("SGD", "weightDecay", weightDecay, 0);
  }

  protected override initialState({ momentum }: Options): Record<string, number> {
    return momentum > 0 ? { velocity: 0 } : {};
  }

  protected override formula({ momentum, weightDecay, nesterov }: Options): string {
    const decay = weightDecay > 0 ? "g = g + weightDecay * p\n" : "";
    if (momentum === 0) return `${decay}p = p - lr * g`;
    return `${decay}velocity = momentum * velocity + fresh * g
p = p - lr * ${nesterov ? "(g + momentum * velocity)" : "velocity"}`;
  }

  protected override numbers({ lr, momentum, dampening, weightDecay }: Options, { step }: ParameterState) {
    // The first velocity is the whole gradient.
    const first = step === 1;
    return { lr, momentum, dampening, weightDecay, fresh: first ? 1 : 1 - dampening, first: first ? 1 : 0 };
  }

  protected override kernel({ momentum, nesterov, maximize }: Options): UpdateForm | undefined {
    if (maximize) return undefined;
    return momentum === 0 ? plain : nesterov ? ahead : heavy;
  }
}
