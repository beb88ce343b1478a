import { gradEnabled } from "../autograd/graph.js";
import type { DType } from "../dtype.js";
import { castTo, reshapeTo } from "../layout.js";
import { type Floating, floating } from "../promotion.js";
import type { Generator } from "../random.js";
import { resolveAxis, type Shape } from "../shape.js";
import type { Tensor } from "../tensor.js";
import { add, div, sub } from "./arithmetic.js";
import { eq } from "./compare.js";
import { arange } from "./create.js";
import { argMax } from "./reduce.js";
import { requireTensor } from "./require.js";
import { gumbel, requirePositive } from "./sampling.js";
import { softmax } from "./softmax.js";

/** How samples of `gumbelSoftmax` are drawn. */
export interface GumbelSoftmaxOptions {
  /** The temperature: the smaller, the nearer to one-hot (default 1). */
  tau?: number;
  /** True: one-hot, with the gradients of the soft sample (default false). */
  hard?: boolean;
  /** Along which axis the choice is made (default the last). */
  axis?: number;
  generator?: Generator;
}

/**
 * Random choices by logits through which gradients flow (Jang et al. 2016; Maddison et al. 2016), as
 * `torch.nn.functional.gumbel_softmax`: softmax((logits + Gumbel noise) / tau). logits: [..., K] -> the same.
 * @throws ValueError for a temperature that is not above 0; ShapeError for an axis there is not
 * @example gumbelSoftmax(zeros([2, 5]), { hard: true }).sum(-1).toArray(); // [1, 1]
 */
export function gumbelSoftmax<S extends Shape, D extends DType>(
  logits: Tensor<S, D>,
  options: GumbelSoftmaxOptions = {},
): Tensor<S, Floating<D>> {
  const op = "gumbelSoftmax";
  requireTensor(op, logits);
  const { tau = 1, hard = false, axis = -1, generator } = options;
  requirePositive(op, "a tau of", tau);
  const given = logits as Tensor;
  const on = resolveAxis(op, axis, given.shape.length);
  const dtype = floating(given.dtype);
  const noise = gumbel(given.shape, { dtype, ...(generator ? { generator } : {}) }).to(given.device) as Tensor;
  const soft = softmax(div(add(given, noise as never) as Tensor, tau) as Tensor, on) as Tensor;
  if (!hard) return soft as never;
  const places = reshapeTo(
    arange(0, soft.shape[on]!, 1, { device: soft.device }) as Tensor,
    soft.shape.map((length, i) => (i === on ? length : 1)),
  );
  const chosen = castTo(eq(argMax(soft, on, { keepDims: true }) as Tensor, places as never) as Tensor, soft.dtype);
  if (!gradEnabled()) return chosen as never;
  return add(sub(chosen, soft.detach() as never) as Tensor, soft as never) as never;
}
