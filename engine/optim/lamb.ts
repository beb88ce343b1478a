import { withGrad } from "../autograd/graph.js";
import { add, div, mul } from "../ops/arithmetic.js";
import { gt, where } from "../ops/compare.js";
import { sqrt, square } from "../ops/math.js";
import { norm } from "../ops/vector-norm.js";
import { allocate } from "../record.js";
import type { Tensor } from "../tensor.js";
import { updateForm } from "./formula.js";
import { requireAtLeast, requireBetas, type Trainable, withDefaults } from "./groups.js";
import { Optimizer, type Update } from "./optimizer.js";
import { recordUpdates } from "./record-update.js";

/** The rates of LAMB. */
export interface LAMBOptions {
  /** Learning rate (default 0.001). */
  lr?: number;
  /** Decay of the means of gradient and squared gradient (default [0.9, 0.999]). */
  betas?: readonly [number, number];
  /** Keeps the division away from 0 (default 1e-6). */
  epsilon?: number;
  /** Share of the parameter that joins the step before it is scaled (default 0). */
  weightDecay?: number;
  /** Goes up the gradient instead of down (default false). */
  maximize?: boolean;
}

type Options = Required<LAMBOptions>;

const defaults: Options = { lr: 0.001, betas: [0.9, 0.999], epsilon: 1e-6, weightDecay: 0, maximize: false };

/**
 * Adam's step, scaled for every parameter by the ratio of the parameter's norm to the step's, for very large batches (You et al.
 * 2020), as `keras.optimizers.Lamb`; weight decay as in the paper.
 * @throws ValueError for options out of range; as `Optimizer` for the parameters
 * @example const optimizer = new optim.LAMB(model.parameters(), { lr: 0.01, weightDecay: 0.01 });
 */
export class LAMB extends Optimizer<Options> {
  constructor(parameters: Trainable<Options>, options: LAMBOptions = {}) {
    super("LAMB", parameters, withDefaults(defaults, options));
  }

  protected override check({ betas, epsilon, weightDecay }: Options): void {
    requireBetas(this.name, betas);
    requireAtLeast(this.name, "epsilon", epsilon, 0);
    requireAtLeast(this.name, "weightDecay", weightDecay, 0);
  }

  protected override initialState(): Record<string, number> {
    return { first: 0, second: 0 };
  }

  protected override formula(): string {
    return `first = first + fresh1 * (g - first)
second = second + fresh2 * (square(g) - second)
p = p - lr * direction`;
  }

  protected override numbers({ lr, betas: [beta1, beta2] }: Options) {
    return { lr, fresh1: 1 - beta1, fresh2: 1 - beta2 };
  }

  protected override dependsOn({ betas, epsilon, weightDecay }: Options): readonly unknown[] {
    return [...betas, epsilon, weightDecay];
  }

  protected override tensors(options: Options, { parameter: p, gradient, state }: Update): Record<string, Tensor> {
    const { betas, epsilon, weightDecay, maximize } = options;
    const [beta1, beta2] = betas;
    const { first, second } = state.tensors as { first: Tensor; second: Tensor };
    return withGrad(false, () => {
      const g = maximize ? mix(gradient, -1, gradient, 0) : gradient;
      const [scale1, scale2] = betas.map(beta => counted(p, () => 1 / (1 - beta ** (state.step + 1))));
      const mean = mul(mix(first, beta1, g, 1 - beta1), scale1!) as Tensor;
      const spread = mul(mix(second, beta2, square(g) as Tensor, 1 - beta2), scale2!) as Tensor;
      const step = mix(div(mean, add(sqrt(spread), epsilon)) as Tensor, 1, p.detach(), weightDecay);
      const [size, length] = [norm(p.detach()) as Tensor, norm(step) as Tensor];
      const known = mul(gt(size, 0).cast(p.dtype), gt(length, 0).cast(p.dtype)) as Tensor;
      return { direction: mul(step, where(gt(known, 0), div(size, length), 1)) as Tensor };
    });
  }
}

function mix(a: Tensor, shareOfA: number, b: Tensor, shareOfB: number): Tensor {
  return add(mul(a, shareOfA) as Tensor, mul(b, shareOfB) as Tensor) as Tensor;
}

/** A scalar that a compiled step computes anew each time, too. */
function counted(like: Tensor, value: () => number): Tensor {
  const made = allocate([], like.dtype, like.storage.backend);
  const form = updateForm("value = now", ["value"], ["now"]);
  recordUpdates([{ form, operands: [[made]], numbers: { now: value() }, next: () => ({ now: value() }) }]);
  return made;
}
