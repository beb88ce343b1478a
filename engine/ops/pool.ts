import type { DType } from "../dtype.js";
import { DTypeError, ShapeError, ValueError } from "../errors.js";
import { castTo } from "../layout.js";
import { defineOp, type Op, type OpEntry } from "../op.js";
import { isFloat } from "../promotion.js";
import { formatShape, type Shape } from "../shape.js";
import type { Tensor } from "../tensor.js";
import { insertAxis, removeAxis } from "./conv-layout.js";
import { computing } from "./conv-require.js";
import { maxOfWindows, meanOfWindows, type PoolWindows } from "./pool-kernel.js";
import { requireTensor } from "./require.js";
import { type PerAxis, perAxis, windowsOf } from "./window.js";

export interface PoolOptions {
  /** From one window to the next (default: the kernel, so that windows do not overlap). */
  stride?: PerAxis;
  /** Places around the input that never win (default 0; at most half the kernel). */
  padding?: PerAxis;
}

export interface AvgPoolOptions extends PoolOptions {
  /** Whether the padding counts in the mean, as zeros (default true, as in PyTorch). */
  countIncludePad?: boolean;
}

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

interface AdaptivePool extends Op {
  <S extends Shape, D extends DType>(x: Tensor<S, D>, size: PerAxis): Tensor<Pooled<S, [number, number]>, D>;
  readonly method: <S extends Shape, D extends DType>(
    this: Tensor<S, D>,
    size: PerAxis,
  ) => Tensor<Pooled<S, [number, number]>, D>;
}

/** @throws ShapeError, DTypeError for what cannot be pooled */
function requirePoolable(op: string, x: unknown, spatial: number): asserts x is Tensor {
  requireTensor(op, x);
  const wanted = spatial === 1 ? "[N, C, L]" : "[N, C, H, W]";
  if (x.shape.length !== spatial + 2) {
    throw new ShapeError(`the input ${formatShape(x.shape)} has ${x.shape.length} axes`, {
      op,
      expected: wanted,
      got: formatShape(x.shape),
      hint: `Give ${wanted}.`,
    });
  }
  if (!isFloat(x.dtype)) {
    throw new DTypeError(`cannot pool ${x.dtype}`, {
      op,
      expected: "a float dtype",
      got: x.dtype,
      hint: "Cast it first.",
    });
  }
}

const extremes = { max: maxOfWindows, avg: meanOfWindows } as const;

/** Start and end of every window, clipped to the input. */
function rangesOf(op: string, size: Shape, kernel: readonly number[], options: PoolOptions) {
  const padding = perAxis(op, "padding", options.padding ?? 0, size.length, 0);
  padding.forEach((pad, i) => {
    if (2 * pad <= kernel[i]!) return;
    throw new ValueError(`padding ${pad} for a kernel of ${kernel[i]}`, { op, hint: "Give at most half the kernel." });
  });
  const axes = windowsOf(op, size, kernel, { stride: options.stride ?? kernel, padding });
  return axes.map(axis =>
    Array.from({ length: axis.output }, (_, i) => {
      const start = i * axis.stride - axis.before;
      return [Math.max(0, start), Math.min(axis.input, start + axis.kernel)];
    }).flat(),
  );
}

/** Defines a pooling over one or two spatial axes. */
function pool<Spatial extends Shape, Options extends PoolOptions>(
  name: string,
  kind: keyof typeof extremes,
  spatial: 1 | 2,
  doc: string,
  samples: OpEntry["samples"],
  rejects: OpEntry["rejects"],
): Pool<Spatial, Options> {
  return defineOp<Pool<Spatial, Options>>(
    { name, doc, samples, rejects, gradient: true },
    (x: Tensor, size: PerAxis, options: AvgPoolOptions = {}) => {
      requirePoolable(name, x, spatial);
      const kernel = perAxis(name, "kernel", size, spatial, 1);
      const ranges = rangesOf(name, x.shape.slice(2), kernel, options);
      const whole = kind === "avg" && (options.countIncludePad ?? true);
      const divisor = whole ? kernel.reduce((a, b) => a * b, 1) : 0;
      const images = castTo(spatial === 1 ? insertAxis(x, 2) : x, computing(x.dtype));
      const windows: PoolWindows = { rows: spatial === 1 ? [0, 1] : ranges[0]!, columns: ranges.at(-1)!, divisor };
      const y = extremes[kind](images, windows);
      return castTo(spatial === 1 ? removeAxis(y, 2) : y, x.dtype);
    },
  );
}

const samples2d: OpEntry["samples"] = [
  { args: [{ shape: [2, 3, 4, 6] }, 2] },
  { args: [{ shape: [1, 2, 5, 5] }, [3, 2], { stride: [2, 1], padding: 1 }] },
  { args: [{ shape: [1, 1, 4, 3] }, 3, { stride: 1 }] },
  { args: [{ shape: [0, 2, 4, 4] }, 2] },
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

/**
 * The largest element of each window, as `torch.nn.functional.max_pool2d`. Of equal ones the first gets the gradient.
 * x: [N, C, H, W] -> [N, C, H', W'] with H' = floor((H + 2 * padding - kernel) / stride) + 1.
 * @throws ShapeError when no window fits; ValueError for broken options
 * @example maxPool2d(zeros([8, 16, 28, 28]), 2).shape; // [8, 16, 14, 14]
 */
export const maxPool2d: Pool<[number, number], PoolOptions> = pool(
  "maxPool2d",
  "max",
  2,
  "The largest element of each window of images [N, C, H, W].",
  samples2d,
  rejects2d,
);

/** The mean of each window, as `torch.nn.functional.avg_pool2d`. x: [N, C, H, W] -> [N, C, H', W']. */
export const avgPool2d: Pool<[number, number], AvgPoolOptions> = pool(
  "avgPool2d",
  "avg",
  2,
  "The mean of each window of images [N, C, H, W].",
  [...samples2d, { args: [{ shape: [1, 2, 4, 4] }, 3, { padding: 1, countIncludePad: false }] }],
  rejects2d,
);

/** The largest element of each window of sequences. x: [N, C, L] -> [N, C, L']. */
export const maxPool1d: Pool<[number], PoolOptions> = pool(
  "maxPool1d",
  "max",
  1,
  "The largest element of each window of sequences [N, C, L].",
  samples1d,
  rejects1d,
);

/** The mean of each window of sequences. x: [N, C, L] -> [N, C, L']. */
export const avgPool1d: Pool<[number], AvgPoolOptions> = pool(
  "avgPool1d",
  "avg",
  1,
  "The mean of each window of sequences [N, C, L].",
  samples1d,
  rejects1d,
);

/** Defines a pooling to a fixed size, whatever that of the input. */
function adaptive(name: string, kind: keyof typeof extremes, doc: string): AdaptivePool {
  return defineOp<AdaptivePool>(
    {
      name,
      doc,
      samples: [
        { args: [{ shape: [2, 3, 5, 4] }, 1] },
        { args: [{ shape: [1, 2, 5, 7] }, [3, 2]] },
        { args: [{ shape: [1, 2, 2, 3] }, [4, 3]] },
      ],
      rejects: [
        { args: [{ shape: [3, 4] }, 1], message: "the input [3, 4] has 2 axes" },
        { args: [{ shape: [1, 3, 4, 4] }, 0], message: "size is 0" },
        { args: [{ shape: [1, 3, 0, 4] }, 2], message: "the input [1, 3, 0, 4] is empty" },
      ],
      gradient: true,
    },
    (x: Tensor, size: PerAxis) => {
      requirePoolable(name, x, 2);
      const sizes = perAxis(name, "size", size, 2, 1);
      if (x.shape[2] === 0 || x.shape[3] === 0) {
        throw new ShapeError(`the input ${formatShape(x.shape)} is empty`, {
          op: name,
          hint: "Give at least one pixel.",
        });
      }
      const ranges = sizes.map((count, axis) => {
        const length = x.shape[axis + 2]!;
        return Array.from({ length: count }, (_, i) => [
          Math.floor((i * length) / count),
          Math.ceil(((i + 1) * length) / count),
        ]).flat();
      });
      const windows: PoolWindows = { rows: ranges[0]!, columns: ranges[1]!, divisor: 0 };
      return castTo(extremes[kind](castTo(x, computing(x.dtype)), windows), x.dtype);
    },
  );
}

/**
 * Means over as many windows as `size` says, whatever the size of the images, as `torch.nn.functional.adaptive_avg_pool2d`.
 * x: [N, C, H, W] -> [N, C, size, size]; size 1 is the mean of each channel.
 */
export const adaptiveAvgPool2d: AdaptivePool = adaptive(
  "adaptiveAvgPool2d",
  "avg",
  "The means of so many windows of images [N, C, H, W].",
);

/** The largest elements of so many windows. x: [N, C, H, W] -> [N, C, size, size]. */
export const adaptiveMaxPool2d: AdaptivePool = adaptive(
  "adaptiveMaxPool2d",
  "max",
  "The largest elements of so many windows of images [N, C, H, W].",
);
