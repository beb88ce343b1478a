import { castTo } from "../layout.js";
import { defineOp, type Op, type OpEntry } from "../op.js";
import { floating } from "../promotion.js";
import type { Shape } from "../shape.js";
import type { Tensor } from "../tensor.js";
import type { Reduced } from "../types.js";
import { div } from "./arithmetic.js";
import { isNaN as isNoNumber, logicalNot, ne, where } from "./compare.js";
import { sum } from "./reduce.js";
import { requireTensor } from "./require.js";
import type { Axes, ReduceOptions, Reduction } from "./signatures.js";

const samples: OpEntry["samples"] = [
  { args: [{ shape: [3, 4, 5] }] },
  { args: [{ shape: [3, 4] }, 1] },
  { args: [{ shape: [3, 4, 5] }, [0, -1], { keepDims: true }] },
  { args: [{ shape: [] }] },
];
const rejects: OpEntry["rejects"] = [
  { args: [{ shape: [2, 3] }, 2], message: "axis 2 does not exist in a tensor with 2 axes" },
  { args: [3], message: "expected a tensor, got number" },
];

const withoutNaN = (x: Tensor): Tensor => where(isNoNumber(x), 0, x) as Tensor;

/**
 * The sum over axes of what is not NaN, as `torch.nansum`; where all is NaN it is 0. NaN has the gradient 0.
 * @example nanSum(tensor([1, NaN, 2])).item(); // 3
 */
export const nanSum: Reduction<"sum"> = defineOp(
  { name: "nanSum", doc: "The sum over axes of what is not NaN.", samples, rejects, gradient: true },
  (x: Tensor, axis?: Axes, options: ReduceOptions = {}) => {
    requireTensor("nanSum", x);
    return sum(withoutNaN(x), axis, options);
  },
);

/**
 * The mean over axes of what is not NaN, as `torch.nanmean`; where all is NaN it is NaN. NaN has the gradient 0.
 * @example nanMean(tensor([1, NaN, 2])).item(); // 1.5
 */
export const nanMean: Reduction<"float"> = defineOp(
  { name: "nanMean", doc: "The mean over axes of what is not NaN.", samples, rejects, gradient: true },
  (x: Tensor, axis?: Axes, options: ReduceOptions = {}) => {
    requireTensor("nanMean", x);
    // In a float that counts to 2^24 exactly: float16 does not, and not every device has int64.
    const given = castTo(x, x.dtype === "float64" ? "float64" : "float32") as Tensor;
    const counted = castTo(logicalNot(isNoNumber(given)) as Tensor, given.dtype);
    const mean = div(sum(withoutNaN(given), axis, options) as Tensor, sum(counted, axis, options) as never) as Tensor;
    return castTo(mean, floating(x.dtype));
  },
);

interface CountNonzero extends Op {
  <S extends Shape, const A extends Axes = undefined, Keep extends boolean = false>(
    x: Tensor<S>,
    axis?: A,
    options?: ReduceOptions<Keep>,
  ): Tensor<Reduced<S, A, Keep>, "int64">;
  readonly method: <S extends Shape, const A extends Axes = undefined, Keep extends boolean = false>(
    this: Tensor<S>,
    axis?: A,
    options?: ReduceOptions<Keep>,
  ) => Tensor<Reduced<S, A, Keep>, "int64">;
}

/**
 * How many elements over axes are not 0, as `torch.count_nonzero`; NaN is not 0.
 * @example countNonzero(tensor([[0, 1], [2, 3]]), 1).toArray(); // [1, 2]
 */
export const countNonzero: CountNonzero = defineOp(
  {
    name: "countNonzero",
    doc: "How many elements over axes are not 0.",
    samples: [{ args: [{ shape: [3, 4], dtype: "int32" }, 1] }, { args: [{ shape: [5], dtype: "bool" }] }],
    rejects,
    gradient: { none: "counts do not change smoothly" },
  },
  (x: Tensor, axis?: Axes, options: ReduceOptions = {}) => {
    requireTensor("countNonzero", x);
    return sum(ne(x, 0), axis, options);
  },
);
