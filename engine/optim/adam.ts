import { opcodes } from "../backend/commands.js";
import { capture, outside } from "../capturing.js";
import { allocate, finish, open, pushAll, pushOperand, recordFill } from "../record.js";
import type { Tensor } from "../tensor.js";
import { grouped, Optimizer, requireAtLeast, type Update } from "./optimizer.js";

/** The rates of Adam. */
export interface AdamOptions {
  /** Learning rate (default 0.001). */
  lr?: number;
  /** Decay of the means of gradient and squared gradient (default [0.9, 0.999]). */
  betas?: readonly [number, number];
  /** Keeps the division away from 0 (default 1e-8). */
  epsilon?: number;
  /** Adam: L2 penalty added to the gradient (default 0). AdamW: share of the parameter taken off per lr (default 0.01). */
  weightDecay?: number;
}

interface State {
  first: Tensor;
  second: Tensor;
  steps: number;
}

/**
 * Adam (Kingma and Ba 2015), as `torch.optim.Adam`.
 * @throws ValueError for options out of range
 * @example const optimizer = new optim.Adam(model.parameters(), { lr: 1e-3 });
 */
export class Adam extends Optimizer {
  readonly options: Required<Omit<AdamOptions, "lr">>;
  #decoupled: boolean;
  #state = new Map<Tensor, State>();

  constructor(
    parameters: Iterable<Tensor>,
    options: AdamOptions = {},
    variant: { name: string; decoupled: boolean } = { name: "Adam", decoupled: false },
  ) {
    const { lr = 1e-3, betas = [0.9, 0.999], epsilon = 1e-8, weightDecay = 0 } = options;
    super(variant.name, parameters, lr);
    requireAtLeast(variant.name, "betas[0]", betas[0], 0, 1);
    requireAtLeast(variant.name, "betas[1]", betas[1], 0, 1);
    requireAtLeast(variant.name, "epsilon", epsilon, 0);
    requireAtLeast(variant.name, "weightDecay", weightDecay, 0);
    this.#decoupled = variant.decoupled;
    this.options = { betas, epsilon, weightDecay };
  }

  protected override update(updates: readonly Update[]): void {
    const { betas, epsilon, weightDecay } = this.options;
    for (const [step, group] of grouped(updates, ({ parameter }) => ++this.#stateOf(parameter).steps)) {
      const { backend } = group[0]!.parameter.storage;
      open(backend, opcodes.adam, 8 + 13 * group.length);
      if (capture !== undefined) {
        const states = group.map(({ parameter }) => this.#stateOf(parameter));
        capture.refresh(3, (words, at) => {
          words[at] = this.requireLr();
          for (const state of states) words[at + 6] = ++state.steps;
        });
      }
      pushAll(backend, [group.length, this.lr, ...betas, epsilon, weightDecay, this.#decoupled ? 1 : 0, step]);
      for (const { parameter, gradient } of group) {
        const { first, second } = this.#stateOf(parameter);
        backend.commands.push(parameter.size);
        for (const x of [parameter, gradient, first, second]) pushOperand(backend, x);
      }
      finish(backend);
    }
  }

  #stateOf(parameter: Tensor): State {
    let state = this.#state.get(parameter);
    if (!state) {
      const zeros = () => {
        const out = allocate(parameter.shape, parameter.dtype, parameter.storage.backend);
        recordFill(out, 0);
        return out;
      };
      state = outside(() => ({ first: zeros(), second: zeros(), steps: 0 }));
      this.#state.set(parameter, state);
    }
    return state;
  }
}

/**
 * Adam with decoupled weight decay (Loshchilov and Hutter 2019), as `torch.optim.AdamW`.
 * @throws ValueError for options out of range
 */
export class AdamW extends Adam {
  constructor(parameters: Iterable<Tensor>, options: AdamOptions = {}) {
    super(parameters, { weightDecay: 0.01, ...options }, { name: "AdamW", decoupled: true });
  }
}
