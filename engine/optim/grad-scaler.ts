import { withGrad } from "../autograd/graph.js";
import { capture } from "../capturing.js";
import { ValueError } from "../errors.js";
import type { Tensor } from "../tensor.js";
import { requireAtLeast, withDefaults } from "./groups.js";

/** How a GradScaler finds its scale. */
export interface GradScalerOptions {
  /** The scale to begin with (default 65536). */
  initialScale?: number;
  /** Factor of the scale after `growthInterval` good steps in a row (default 2). */
  growthFactor?: number;
  /** Factor of the scale after a step with infinite or NaN gradients (default 0.5). */
  backoffFactor?: number;
  /** Good steps until the scale grows (default 2000). */
  growthInterval?: number;
}

/** What a GradScaler continues from. */
export interface GradScalerState {
  readonly scale: number;
  /** Good steps since the scale changed. */
  readonly goodSteps: number;
}

type Scaled = { readonly parameters: readonly Tensor[]; step(): void };

const defaults: Required<GradScalerOptions> = {
  initialScale: 65536,
  growthFactor: 2,
  backoffFactor: 0.5,
  growthInterval: 2000,
};

/**
 * Scales the loss, so that small gradients of a float16 part of a model do not vanish, and leaves steps out whose gradients are
 * infinite or NaN; the schedule of the scale is that of `torch.amp.GradScaler` (Micikevicius et al. 2018). Where all is float32 or
 * bfloat16 it is not needed. It reads whether the gradients are finite, so its steps are not for `compile`.
 *
 * Mixed precision here: parameters and optimizer states are float32 or float64, and `fit` trains in their dtype. float16 and
 * bfloat16 are for storage and inference: the CPU's kernels widen them to float32, compute, and round, which saves memory but
 * no time in training, so there is no `autocast`. Whoever casts a part of a model to float16 by hand, `x.cast("float16")`,
 * takes this class with it.
 * @throws ValueError for options out of range
 * @example
 * const scaler = new optim.GradScaler();
 * scaler.scale(loss).backward();
 * scaler.step(optimizer);
 * scaler.update();
 */
export class GradScaler {
  readonly #options: Required<GradScalerOptions>;
  #state: GradScalerState;
  /** Whether the gradients are finite, of those that were unscaled since the last update. */
  readonly #unscaled = new Map<Scaled, boolean>();

  constructor(options: GradScalerOptions = {}) {
    this.#options = withDefaults(defaults, options);
    const { initialScale, growthFactor, backoffFactor, growthInterval } = this.#options;
    requireAtLeast("GradScaler", "initialScale", initialScale, Number.MIN_VALUE);
    requireAtLeast("GradScaler", "growthFactor", growthFactor, 1);
    requireAtLeast("GradScaler", "backoffFactor", backoffFactor, Number.MIN_VALUE, 1);
    requireAtLeast("GradScaler", "growthInterval", growthInterval, 1);
    this.#state = { scale: initialScale, goodSteps: 0 };
  }

  /** The scale of the next loss. */
  get factor(): number {
    return this.#state.scale;
  }

  /** The loss times the scale: call `backward()` on it. */
  scale(loss: Tensor): Tensor {
    return loss.mul(this.#state.scale) as Tensor;
  }

  /**
   * Divides the gradients by the scale, once per step; for clipping between `backward()` and `step`.
   * @returns whether all of them are finite
   * @throws ValueError for an optimizer whose gradients were unscaled since the last `update`, and in a compiled step
   */
  unscale(optimizer: Scaled): boolean {
    if (capture !== undefined) {
      throw new ValueError("a compiled step cannot decide whether its gradients are finite", {
        op: "GradScaler",
        hint: "Compile the forward and backward pass, and call step and update outside.",
      });
    }
    if (this.#unscaled.has(optimizer)) {
      throw new ValueError("the gradients are unscaled already", {
        op: "GradScaler",
        hint: "Call update() after step().",
      });
    }
    const factor = 1 / this.#state.scale;
    const areFinite = withGrad(false, () => {
      let finite: Tensor | undefined;
      for (const parameter of optimizer.parameters) {
        if (parameter.grad === undefined) continue;
        const gradient = (parameter.grad as Tensor).mul(factor) as Tensor;
        parameter.grad = gradient;
        const own = gradient.isFinite().all() as Tensor;
        finite = finite === undefined ? own : (finite.logicalAnd(own) as Tensor);
      }
      return finite === undefined || Boolean(finite.item());
    });
    this.#unscaled.set(optimizer, areFinite);
    return areFinite;
  }

  /** Unscales the gradients unless that was done, and steps if they are finite. @returns whether it stepped */
  step(optimizer: Scaled): boolean {
    const areFinite = this.#unscaled.get(optimizer) ?? this.unscale(optimizer);
    if (areFinite) optimizer.step();
    return areFinite;
  }

  /** Takes the scale down after infinite gradients, up after many good steps. Once after the steps of all optimizers. */
  update(): void {
    const { growthFactor, backoffFactor, growthInterval } = this.#options;
    const { scale, goodSteps } = this.#state;
    if (this.#unscaled.size === 0) {
      throw new ValueError("update without a step", { op: "GradScaler", hint: "Call step(optimizer) before." });
    }
    const isGood = [...this.#unscaled.values()].every(Boolean);
    if (!isGood) this.#state = { scale: scale * backoffFactor, goodSteps: 0 };
    else if (goodSteps + 1 === growthInterval) this.#state = { scale: scale * growthFactor, goodSteps: 0 };
    else this.#state = { scale, goodSteps: goodSteps + 1 };
    this.#unscaled.clear();
  }

  /** A snapshot to continue from. */
  stateDict(): GradScalerState {
    return this.#state;
  }

  /** Continues. @throws ValueError for a scale that is none */
  loadStateDict({ scale, goodSteps }: GradScalerState): void {
    requireAtLeast("GradScaler.loadStateDict", "scale", scale, Number.MIN_VALUE);
    requireAtLeast("GradScaler.loadStateDict", "goodSteps", goodSteps, 0);
    this.#state = { scale, goodSteps };
  }
}
