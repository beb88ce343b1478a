import { opcodes } from "../backend/commands.js";
import { capture, outside } from "../capturing.js";
import { allocate, finish, open, pushAll, pushOperand, pushOptional } from "../record.js";
import type { Tensor } from "../tensor.js";
import { grouped, Optimizer, requireAtLeast, type Update } from "./optimizer.js";

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
}

/**
 * Stochastic gradient descent with momentum, as `torch.optim.SGD`: v = momentum * v + (1 - dampening) * g, p -= lr * v.
 * @throws ValueError for options out of range
 * @example const optimizer = new optim.SGD(model.parameters(), { lr: 0.1, momentum: 0.9 });
 */
export class SGD extends Optimizer {
  readonly options: Required<Omit<SGDOptions, "lr">>;
  #velocity = new Map<Tensor, Tensor>();

  constructor(parameters: Iterable<Tensor>, options: SGDOptions) {
    super("SGD", parameters, options.lr);
    const { momentum = 0, dampening = 0, weightDecay = 0, nesterov = false } = options;
    requireAtLeast("SGD", "momentum", momentum, 0);
    requireAtLeast("SGD", "dampening", dampening, 0);
    requireAtLeast("SGD", "weightDecay", weightDecay, 0);
    this.options = { momentum, dampening, weightDecay, nesterov };
  }

  protected override update(updates: readonly Update[]): void {
    const { momentum, dampening, weightDecay, nesterov } = this.options;
    for (const [first, group] of grouped(updates, ({ parameter }) => momentum > 0 && !this.#velocity.has(parameter))) {
      const { backend } = group[0]!.parameter.storage;
      const velocities = group.map(({ parameter }) => (momentum > 0 ? this.#velocityOf(parameter) : undefined));
      open(backend, opcodes.sgd, 7 + 10 * group.length);
      if (capture !== undefined) {
        capture.refresh(3, (words, at) => {
          words[at] = this.requireLr();
          // From the second step on there is a velocity.
          words[at + 5] = 0;
        });
      }
      pushAll(backend, [group.length, this.lr, momentum, dampening, weightDecay, nesterov ? 1 : 0, first ? 1 : 0]);
      group.forEach(({ parameter, gradient }, i) => {
        backend.commands.push(parameter.size);
        pushOperand(backend, parameter);
        pushOperand(backend, gradient);
        pushOptional(backend, velocities[i]);
      });
      finish(backend);
    }
  }

  #velocityOf(parameter: Tensor): Tensor {
    let velocity = this.#velocity.get(parameter);
    if (!velocity) {
      velocity = outside(() => allocate(parameter.shape, parameter.dtype, parameter.storage.backend));
      this.#velocity.set(parameter, velocity);
    }
    return velocity;
  }
}
