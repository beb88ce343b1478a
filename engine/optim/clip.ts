import { withGrad } from "../autograd/graph.js";
import { capture } from "../capturing.js";
import { ValueError } from "../errors.js";
import { clip } from "../ops/activation.js";
import { div, mul } from "../ops/arithmetic.js";
import { zeros } from "../ops/create.js";
import { stack } from "../ops/join.js";
import { norm } from "../ops/vector-norm.js";
import type { Tensor } from "../tensor.js";
import { requireAtLeast } from "./groups.js";

/** Which norm. */
export interface ClipNormOptions {
  /** p of the p-norm (default 2); `Infinity` takes the largest size. */
  order?: number;
}

/**
 * Scales all gradients down together, so that their norm, taken as one vector, is at most `maxNorm`; as
 * `torch.nn.utils.clip_grad_norm_`. Works in compiled steps: nothing is read.
 * @returns the norm before, a scalar; NaN or infinity where a gradient is
 * @throws ValueError for a limit below 0
 * @example
 * loss.backward();
 * optim.clipGradNorm(model.parameters(), 1);
 * optimizer.step();
 */
export function clipGradNorm(
  parameters: Iterable<Tensor>,
  maxNorm: number,
  { order = 2 }: ClipNormOptions = {},
): Tensor<[]> {
  requireAtLeast("clipGradNorm", "maxNorm", maxNorm, 0);
  const given = withGradients("clipGradNorm", parameters);
  if (given.length === 0) return zeros([]) as unknown as Tensor<[]>;
  return withGrad(false, () => {
    const norms = given.map(({ grad }) => norm(grad as Tensor, undefined, { order }) as Tensor);
    const total = norms.length === 1 ? norms[0]! : (norm(stack(norms), undefined, { order }) as Tensor);
    const factor = clip(div(maxNorm, total.add(1e-6) as Tensor) as Tensor, { max: 1 }) as Tensor;
    for (const parameter of given)
      replace(parameter, mul(parameter.grad as Tensor, factor.cast(parameter.dtype)) as Tensor);
    return total as Tensor<[]>;
  });
}

/**
 * Limits every element of every gradient to [-limit, limit], as `torch.nn.utils.clip_grad_value_`.
 * @throws ValueError for a limit below 0
 * @example optim.clipGradValue(model.parameters(), 0.5);
 */
export function clipGradValue(parameters: Iterable<Tensor>, limit: number): void {
  requireAtLeast("clipGradValue", "limit", limit, 0);
  withGrad(false, () => {
    for (const parameter of withGradients("clipGradValue", parameters)) {
      replace(parameter, clip(parameter.grad as Tensor, { min: -limit, max: limit }) as Tensor);
    }
  });
}

function replace(parameter: Tensor, gradient: Tensor): void {
  if (capture !== undefined) capture.gradient(parameter, parameter.grad);
  parameter.grad = gradient;
}

function withGradients(op: string, parameters: Iterable<Tensor>): Tensor[] {
  if (typeof (parameters as Iterable<Tensor> | undefined)?.[Symbol.iterator] !== "function") {
    throw new ValueError("no parameters", { op, hint: "Give model.parameters(), or an array of tensors." });
  }
  return [...parameters].filter(({ grad }) => grad !== undefined);
}
