import type { DType } from "../dtype.js";
import { ValueError } from "../errors.js";
import { castTo } from "../layout.js";
import { defineOp, type Op } from "../op.js";
import { floating } from "../promotion.js";
import { resolveAxes, resolveAxis, type Shape } from "../shape.js";
import type { Tensor } from "../tensor.js";
import { div, maximum, mul, pow } from "./arithmetic.js";
import { eq, ne, where } from "./compare.js";
import { abs, sqrt, square } from "./math.js";
import { max, min, sum } from "./reduce.js";
import { requireTensor } from "./require.js";
import type { Axes, FloatReductionWith, ReduceOptions } from "./signatures.js";

/** The order of a `norm`, and whether its axes stay. */
export interface NormOptions extends ReduceOptions {
  /** p of the p-norm (default 2); `Infinity` and `-Infinity` are the largest and smallest size, 0 counts what is not 0. */
  order?: number;
}

/**
 * The length of vectors over an axis, several, or all: (sum |x|^p)^(1/p), as `torch.linalg.vector_norm`. The gradient of the
 * 2-norm at 0 is 0.
 * @example tensor([3, 4]).norm().item(); // 5
 * weights.norm(0, { order: 1 });
 */
export const norm: FloatReductionWith<NormOptions> = defineOp(
  {
    name: "norm",
    doc: "The length of vectors over axes.",
    samples: [
      { args: [{ shape: [3, 4, 5] }] },
      { args: [{ shape: [3, 4] }, 1, { keepDims: true }] },
      { args: [{ shape: [3, 4] }, 0, { order: 1 }] },
      { args: [{ shape: [3, 4] }, [0, 1], { order: 3 }] },
      { args: [{ shape: [3, 4] }, 1, { order: Number.POSITIVE_INFINITY }] },
      { args: [{ shape: [3, 4] }, 1, { order: Number.NEGATIVE_INFINITY }] },
      { args: [{ shape: [3, 4] }, 1, { order: 0 }] },
      { args: [{ shape: [] }] },
    ],
    rejects: [
      { args: [{ shape: [2, 3] }, 2], message: "axis 2 does not exist" },
      { args: [{ shape: [2] }, 0, { order: Number.NaN }], message: "an order of NaN" },
    ],
    gradient: true,
  },
  (given: Tensor, axis?: Axes, { order = 2, keepDims = false }: NormOptions = {}) => {
    requireTensor("norm", given);
    if (typeof order !== "number" || Number.isNaN(order)) {
      throw new ValueError(`an order of ${String(order)}`, { op: "norm", hint: "Give a number, or Infinity." });
    }
    const x = castTo(given, floating(given.dtype));
    const axes = resolveAxes("norm", axis, x.shape.length);
    const over = (y: Tensor) => sum(y, axes, { keepDims }) as Tensor;
    if (order === 2) return smoothRoot(over(square(x) as Tensor));
    const size = abs(x) as Tensor;
    if (order === Number.POSITIVE_INFINITY) return max(size, axes, { keepDims });
    if (order === Number.NEGATIVE_INFINITY) return min(size, axes, { keepDims });
    if (order === 1) return over(size);
    // Times 0 keeps the result in the graph, with gradients of 0.
    if (order === 0) return over(castTo(ne(x, 0), x.dtype)).add(over(mul(x, 0) as Tensor) as never);
    return pow(over(pow(size, order) as Tensor), 1 / order);
  },
);

/** The square root with the derivative 0 at 0, where it has none. */
export function smoothRoot(x: Tensor): Tensor {
  const zero = eq(x, 0);
  return where(zero, 0, sqrt(where(zero, 1, x) as Tensor)) as Tensor;
}

interface CosineSimilarity extends Op {
  <A extends DType>(a: Tensor<Shape, A>, b: Tensor, options?: { axis?: number; epsilon?: number }): Tensor<number[]>;
  readonly method: (this: Tensor, b: Tensor, options?: { axis?: number; epsilon?: number }) => Tensor<number[]>;
}

/**
 * The cosine of the angle between vectors along an axis (default the last); a and b broadcast. Lengths below `epsilon` (default
 * 1e-8) count as `epsilon`.
 * @throws ShapeError when they do not broadcast
 */
export const cosineSimilarity: CosineSimilarity = defineOp(
  {
    name: "cosineSimilarity",
    doc: "The cosine of the angle between vectors.",
    samples: [
      { args: [{ shape: [3, 4] }, { shape: [3, 4] }] },
      { args: [{ shape: [3, 4] }, { shape: [3, 1] }, { axis: 0 }] },
    ],
    rejects: [
      { args: [{ shape: [3] }, { shape: [2] }], message: "cannot broadcast [3] with [2]" },
      { args: [{ shape: [3] }, { shape: [3] }, { axis: 1 }], message: "axis 1 does not exist" },
    ],
    gradient: true,
  },
  (a: Tensor, b: Tensor, { axis = -1, epsilon = 1e-8 }: { axis?: number; epsilon?: number } = {}) => {
    requireTensor("cosineSimilarity", a);
    requireTensor("cosineSimilarity", b);
    const product = mul(a, b as never) as Tensor;
    const along = resolveAxis("cosineSimilarity", axis, product.shape.length) - product.shape.length;
    const length = (x: Tensor) =>
      maximum(norm(x, Math.max(along, -x.shape.length), { keepDims: true }) as Tensor, epsilon);
    const cosines = div(div(mul(a, b as never) as Tensor, length(a) as never) as Tensor, length(b) as never) as Tensor;
    return sum(cosines, along);
  },
);
