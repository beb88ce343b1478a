import { opcodes } from "../backend/commands.js";
import { requireAtLeast, requireBetas, type Trainable, withDefaults } from "./groups.js";
import { Optimizer } from "./optimizer.js";
import type { UpdateForm } from "./record-update.js";
import type { ParameterState } from "./state.js";

/** The rates of Adam. */
export interface AdamOptions {
  /** Learning rate (default 0.001). */
  lr?: number;
  /** Decay of the means of gradient and squared gradient (default [0.9, 0.999]). */
  betas?: readonly [number, number];
  /** Keeps the division away from 0 (default 1e-8). */
  epsilon?: number;
  /**
   * Epsilon is added before the bias correction, as in Keras ("epsilon hat" of the paper); by default after it, as in PyTorch.
   */
  epsilonHat?: boolean;
  /** Adam: L2 penalty added to the gradient (default 0). AdamW: share of the parameter taken off per lr (default 0.01). */
  weightDecay?: number;
  /** Divides by the largest second moment so far (Reddi et al. 2018; default false). */
  amsgrad?: boolean;
  /** Goes up the gradient instead of down (default false). */
  maximize?: boolean;
}

type Options = Required<AdamOptions>;

const form = (isDecoupled: number): UpdateForm => ({
  opcode: opcodes.adam,
  before: [],
  numbers: ["lr", "beta1", "beta2", "epsilon", "weightDecay", isDecoupled, "step"],
  after: [],
  operands: ["p", "g", "first", "second"],
});
const [coupled, decoupled] = [form(0), form(1)];

const defaults: Options = {
  lr: 1e-3,
  betas: [0.9, 0.999],
  epsilon: 1e-8,
  epsilonHat: false,
  weightDecay: 0,
  amsgrad: false,
  maximize: false,
};

/**
 * Adam (Kingma and Ba 2015), as `torch.optim.Adam`.
 * @throws ValueError for options out of range
 * @example const optimizer = new optim.Adam(model.parameters(), { lr: 1e-3 });
 */
export class Adam extends Optimizer<Options> {
  readonly #decoupled: boolean;

  constructor(
    parameters: Trainable<Options>,
    options: AdamOptions = {},
    variant: { name: string; decoupled: boolean } = { name: "Adam", decoupled: false },
  ) {
    super(variant.name, parameters, withDefaults(defaults, options));
    this.#decoupled = variant.decoupled;
  }

  protected override check({ betas, epsilon, weightDecay }: Options): void {
    requireBetas(this.name, betas);
    requireAtLeast(this.name, "epsilon", epsilon, 0);
    requireAtLeast(this.name, "weightDecay", weightDecay, 0);
  }

  protected override initialState({ amsgrad }: Options): Record<string, number> {
    return { first: 0, second: 0, ...(amsgrad ? { largest: 0 } : {}) };
  }

  protected override formula({ weightDecay, amsgrad }: Options): string {
    const decay = weightDecay === 0 ? "" : this.#decoupled ? "p = keep * p\n" : "g = g + weightDecay * p\n";
    return `${decay}first = beta1 * first + fresh1 * g
second = beta2 * second + fresh2 * square(g)
${amsgrad ? "largest = max(largest, second)\n" : ""}p = p - rate * first / (sqrt(${amsgrad ? "largest" : "second"}) * scale + epsilon)`;
  }

  protected override numbers(options: Options, { step }: ParameterState) {
    const { lr, betas, weightDecay } = options;
    const [beta1, beta2] = betas;
    const rate = lr / (1 - beta1 ** step);
    const scale = 1 / Math.sqrt(1 - beta2 ** step);
    const epsilon = options.epsilonHat ? options.epsilon * scale : options.epsilon;
    const keep = 1 - lr * weightDecay;
    return { lr, step, beta1, beta2, fresh1: 1 - beta1, fresh2: 1 - beta2, rate, scale, epsilon, weightDecay, keep };
  }

  protected override kernel({ amsgrad, maximize }: Options): UpdateForm | undefined {
    if (amsgrad || maximize) return undefined;
    return this.#decoupled ? decoupled : coupled;
  }
}

/**
 * Adam with decoupled weight decay (Loshchilov and Hutter 2019), as `torch.optim.AdamW`.
 * @throws ValueError for options out of range
 * @example const optimizer = new optim.AdamW(model.parameters(), { lr: 1e-3, weightDecay: 0.05 });
 */
export class AdamW extends Adam {
  constructor(parameters: Trainable<Options>, options: AdamOptions = {}) {
    super(parameters, withDefaults<AdamOptions>({ weightDecay: 0.01 }, options), { name: "AdamW", decoupled: true });
  }
}
