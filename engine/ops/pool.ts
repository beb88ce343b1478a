import type { DType } from "../dtype.js";
import { ValueError } from "../errors.js";
import { defineOp, type Op, type OpEntry } from "../op.js";
import type { Shape } from "../shape.js";
import type { Tensor } from "../tensor.js";
import { mul } from "./arithmetic.js";
import { tensor } from "./create.js";
import { type PoolKind, poolOver } from "./pool-over.js";
import {
  type AvgPoolOptions,
  type AxisWindows,
  type MaxPoolOptions,
  requirePoolable,
  slidingWindows,
} from "./pool-windows.js";
import { type PerAxis, perAxis } from "./window.js";

/** The shape of a pooled tensor, as far as types know it. */
export type Pooled<S extends Shape, Spatial extends Shape> = number extends S["length"]
  ? [number, number, ...Spatial]
  : [S[0], S[1] extends number ? S[1] : number, ...Spatial];

interface Pool<Spatial extends Shape, Options> extends Op {
  <S extends Shape, D extends DType>(
    x: Tensor<S, D>,
    kernel: PerAxis,
    options?: Options,
  ): Tensor<Pooled<S, Spatial>, D>;
  readonly method: <S extends Shape, D extends DType>(
    this: Tensor<S, D>,
    kernel: PerAxis,
    options?: Options,
  ) => Tensor<Pooled<S, Spatial>, D>;
}

/** Means whose windows differ in what they are divided by, as the last ones of `ceilMode` do: sums, then shares. */
function unevenMeans(x: Tensor, windows: readonly AxisWindows[]): Tensor {
  const shape = windows.map(axis => axis.sizes.length);
  const shares = windows.reduce((list, { sizes }) => list.flatMap(a => sizes.map(size => a / size)), [1]);
  const { dtype, device } = x;
  return mul(poolOver("avg", x, windows, 1), tensor(shares, { dtype, device }).reshape(shape) as never) as Tensor;
}

function means(op: string, x: Tensor, kernel: readonly number[], options: AvgPoolOptions): Tensor {
  const windows = slidingWindows(op, x.shape.slice(2), kernel, options);
  const { countIncludePad = true, divisorOverride } = options;
  if (divisorOverride !== undefined) {
    if (Number.isFinite(divisorOverride) && divisorOverride !== 0) return poolOver("avg", x, windows, divisorOverride);
    throw new ValueError(`divisorOverride is ${divisorOverride}`, { op, hint: "Give a number that is not 0." });
  }
  if (!countIncludePad) return poolOver("avg", x, windows, 0);
  if (windows.some(({ sizes }, i) => sizes.some(size => size !== kernel[i]))) return unevenMeans(x, windows);
  return poolOver(
    "avg",
    x,
    windows,
    kernel.reduce((a, b) => a * b, 1),
  );
}

/** Defines a pooling over one, two or three spatial axes. */
function pool<Spatial extends Shape, Options>(
  name: string,
  kind: PoolKind,
  doc: string,
  samples: OpEntry["samples"],
  rejects: OpEntry["rejects"],
): Pool<Spatial, Options> {
  const spatial = Number(name.at(-2));
  return defineOp<Pool<Spatial, Options>>(
    { name, doc, samples, rejects, gradient: true },
    (x: Tensor, size: PerAxis, options: AvgPoolOptions & MaxPoolOptions = {}) => {
      requirePoolable(name, x, spatial);
      const kernel = perAxis(name, "kernel", size, spatial, 1);
      if (kind === "avg") return means(name, x, kernel, options);
      return poolOver("max", x, slidingWindows(name, x.shape.slice(2), kernel, options), 0);
    },
  );
}

const samples2d: OpEntry["samples"] = [
  { args: [{ shape: [2, 3, 4, 6] }, 2] },
  { args: [{ shape: [1, 2, 5, 5] }, [3, 2], { stride: [2, 1], padding: 1 }] },
  { args: [{ shape: [1, 1, 4, 3] }, 3, { stride: 1 }] },
  { args: [{ shape: [0, 2, 4, 4] }, 2] },
  { args: [{ shape: [1, 2, 5, 6] }, [2, 3], { stride: 2, padding: [0, 1], ceilMode: true }] },
];
const rejects2d: OpEntry["rejects"] = [
  { args: [{ shape: [3, 4, 4] }, 2], message: "the input [3, 4, 4] has 3 axes" },
  { args: [{ shape: [1, 3, 4, 4] }, 5], message: "[5, 5] does not fit into [4, 4]" },
  { args: [{ shape: [1, 3, 4, 4] }, 0], message: "kernel is 0" },
  { args: [{ shape: [1, 3, 4, 4] }, 2, { padding: 2 }], message: "padding 2 for a kernel of 2" },
  { args: [{ shape: [1, 3, 4, 4], dtype: "int32" }, 2], message: "cannot pool int32" },
];
const samples1d: OpEntry["samples"] = [
  { args: [{ shape: [2, 3, 7] }, 2] },
  { args: [{ shape: [1, 2, 6] }, 3, { stride: 2, padding: 1 }] },
];
const rejects1d: OpEntry["rejects"] = [{ args: [{ shape: [3, 4] }, 2], message: "the input [3, 4] has 2 axes" }];
const samples3d: OpEntry["samples"] = [
  { args: [{ shape: [1, 2, 4, 4, 2] }, 2] },
  { args: [{ shape: [2, 1, 3, 4, 3] }, [2, 3, 2], { stride: [1, 2, 1], padding: [1, 1, 0], ceilMode: true }] },
];
const rejects3d: OpEntry["rejects"] = [
  { args: [{ shape: [1, 3, 4, 4] }, 2], message: "the input [1, 3, 4, 4] has 4 axes" },
  { args: [{ shape: [1, 3, 1, 4, 4] }, 2], message: "[2, 2, 2] does not fit into [1, 4, 4]" },
];
const divided: OpEntry["rejects"] = [
  { args: [{ shape: [1, 3, 4, 4] }, 2, { divisorOverride: 0 }], message: "divisorOverride is 0" },
];
const withHoles: OpEntry["rejects"] = [
  { args: [{ shape: [1, 1, 2, 2] }, 2, { dilation: 3, padding: 1 }], message: "sees only padding" },
];

/**
 * The largest element of each window, as `torch.nn.functional.max_pool2d`. Of equal ones the first gets the gradient.
 * x: [N, C, H, W] -> [N, C, H', W'] with H' = floor((H + 2 * padding - dilation * (kernel - 1) - 1) / stride) + 1, or the
 * ceiling under `ceilMode`.
 * @throws ShapeError when no window fits; ValueError for broken options
 * @example maxPool2d(zeros([8, 16, 28, 28]), 2).shape; // [8, 16, 14, 14]
 */
export const maxPool2d: Pool<[number, number], MaxPoolOptions> = pool(
  "maxPool2d",
  "max",
  "The largest element of each window of images [N, C, H, W].",
  [...samples2d, { args: [{ shape: [1, 2, 5, 6] }, 2, { dilation: [1, 2], padding: 1 }] }],
  [...rejects2d, ...withHoles],
);

/**
 * The mean of each window, as `torch.nn.functional.avg_pool2d`. x: [N, C, H, W] -> [N, C, H', W'].
 * @throws ShapeError when no window fits; ValueError for broken options
 * @example avgPool2d(ones([1, 1, 4, 4]), 2).toArray(); // [[[[1, 1], [1, 1]]]]
 */
export const avgPool2d: Pool<[number, number], AvgPoolOptions> = pool(
  "avgPool2d",
  "avg",
  "The mean of each window of images [N, C, H, W].",
  [
    ...samples2d,
    { args: [{ shape: [1, 2, 4, 4] }, 3, { padding: 1, countIncludePad: false }] },
    { args: [{ shape: [1, 2, 4, 4] }, 2, { divisorOverride: 3 }] },
  ],
  [...rejects2d, ...divided],
);

/**
 * The largest element of each window of sequences. x: [N, C, L] -> [N, C, L'].
 * @throws ShapeError when no window fits; ValueError for broken options
 * @example maxPool1d(tensor([[[1, 3, 2, 5]]]), 2).toArray(); // [[[3, 5]]]
 */
export const maxPool1d: Pool<[number], MaxPoolOptions> = pool(
  "maxPool1d",
  "max",
  "The largest element of each window of sequences [N, C, L].",
  [...samples1d, { args: [{ shape: [1, 2, 7] }, 2, { dilation: 3, stride: 1 }] }],
  rejects1d,
);

/**
 * The mean of each window of sequences. x: [N, C, L] -> [N, C, L'].
 * @throws ShapeError when no window fits; ValueError for broken options
 * @example avgPool1d(tensor([[[1, 3, 2, 6]]]), 2).toArray(); // [[[2, 4]]]
 */
export const avgPool1d: Pool<[number], AvgPoolOptions> = pool(
  "avgPool1d",
  "avg",
  "The mean of each window of sequences [N, C, L].",
  samples1d,
  rejects1d,
);

/**
 * The largest element of each window of volumes, as `torch.nn.functional.max_pool3d`. x: [N, C, D, H, W] -> [N, C, D', H', W'].
 * @throws ShapeError when no window fits; ValueError for broken options
 * @example maxPool3d(zeros([2, 4, 8, 8, 8]), 2).shape; // [2, 4, 4, 4, 4]
 */
export const maxPool3d: Pool<[number, number, number], MaxPoolOptions> = pool(
  "maxPool3d",
  "max",
  "The largest element of each window of volumes [N, C, D, H, W].",
  [...samples3d, { args: [{ shape: [1, 1, 5, 3, 4] }, 2, { stride: 1, dilation: [3, 1, 2] }] }],
  rejects3d,
);

/**
 * The mean of each window of volumes, as `torch.nn.functional.avg_pool3d`. x: [N, C, D, H, W] -> [N, C, D', H', W'].
 * @throws ShapeError when no window fits; ValueError for broken options
 * @example avgPool3d(zeros([2, 4, 8, 8, 8]), [2, 4, 4]).shape; // [2, 4, 4, 2, 2]
 */
export const avgPool3d: Pool<[number, number, number], AvgPoolOptions> = pool(
  "avgPool3d",
  "avg",
  "The mean of each window of volumes [N, C, D, H, W].",
  [...samples3d, { args: [{ shape: [1, 2, 3, 2, 4] }, 2, { padding: 1, countIncludePad: false }] }],
  rejects3d,
);
