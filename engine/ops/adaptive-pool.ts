import type { DType } from "../dtype.js";
import { defineOp, type Op, type OpEntry } from "../op.js";
import type { Shape } from "../shape.js";
import type { Tensor } from "../tensor.js";
import type { Pooled } from "./pool.js";
import { type PoolKind, poolOver } from "./pool-over.js";
import { evenWindows, requirePoolable } from "./pool-windows.js";
import { type PerAxis, perAxis } from "./window.js";

interface AdaptivePool<Spatial extends Shape> extends Op {
  <S extends Shape, D extends DType>(x: Tensor<S, D>, size: PerAxis): Tensor<Pooled<S, Spatial>, D>;
  readonly method: <S extends Shape, D extends DType>(
    this: Tensor<S, D>,
    size: PerAxis,
  ) => Tensor<Pooled<S, Spatial>, D>;
}

const samples: readonly OpEntry["samples"][] = [
  [],
  [{ args: [{ shape: [2, 3, 5] }, 1] }, { args: [{ shape: [1, 2, 7] }, 3] }],
  [
    { args: [{ shape: [2, 3, 5, 4] }, 1] },
    { args: [{ shape: [1, 2, 5, 7] }, [3, 2]] },
    { args: [{ shape: [1, 2, 2, 3] }, [4, 3]] },
  ],
  [{ args: [{ shape: [1, 2, 2, 3, 2] }, 1] }, { args: [{ shape: [1, 2, 3, 2, 4] }, [2, 3, 3]] }],
];

/** Defines a pooling to a fixed size, whatever that of the input. */
function adaptive<Spatial extends Shape>(name: string, kind: PoolKind, doc: string): AdaptivePool<Spatial> {
  const spatial = Number(name.at(-2));
  const image = [1, 3, ...new Array<number>(spatial).fill(4)];
  const empty = [...image.slice(0, -1), 0];
  return defineOp<AdaptivePool<Spatial>>(
    {
      name,
      doc,
      samples: samples[spatial]!,
      rejects: [
        { args: [{ shape: [3, 4] }, 1], message: "the input [3, 4] has 2 axes" },
        { args: [{ shape: image }, 0], message: "size is 0" },
        { args: [{ shape: empty }, 2], message: `the input [${empty.join(", ")}] is empty` },
      ],
      gradient: true,
    },
    (x: Tensor, size: PerAxis) => {
      requirePoolable(name, x, spatial);
      return poolOver(kind, x, evenWindows(name, x, perAxis(name, "size", size, spatial, 1)), 0);
    },
  );
}

/**
 * Means over as many windows as `size` says, whatever the length of the sequences, as
 * `torch.nn.functional.adaptive_avg_pool1d`. x: [N, C, L] -> [N, C, size].
 * @throws ShapeError when the input is empty; ValueError for a size that is no whole number
 * @example adaptiveAvgPool1d(tensor([[[1, 3, 2, 6]]]), 2).toArray(); // [[[2, 4]]]
 */
export const adaptiveAvgPool1d: AdaptivePool<[number]> = adaptive(
  "adaptiveAvgPool1d",
  "avg",
  "The means of so many windows of sequences [N, C, L].",
);

/**
 * Means over as many windows as `size` says, whatever the size of the images, as `torch.nn.functional.adaptive_avg_pool2d`.
 * x: [N, C, H, W] -> [N, C, size, size]; size 1 is the mean of each channel.
 * @throws ShapeError when the input is empty; ValueError for a size that is no whole number
 * @example adaptiveAvgPool2d(zeros([8, 16, 7, 7]), 1).shape; // [8, 16, 1, 1]
 */
export const adaptiveAvgPool2d: AdaptivePool<[number, number]> = adaptive(
  "adaptiveAvgPool2d",
  "avg",
  "The means of so many windows of images [N, C, H, W].",
);

/**
 * Means over as many windows as `size` says, whatever the size of the volumes. x: [N, C, D, H, W] -> [N, C, size, size, size].
 * @throws ShapeError when the input is empty; ValueError for a size that is no whole number
 * @example adaptiveAvgPool3d(zeros([2, 4, 5, 6, 7]), [1, 2, 2]).shape; // [2, 4, 1, 2, 2]
 */
export const adaptiveAvgPool3d: AdaptivePool<[number, number, number]> = adaptive(
  "adaptiveAvgPool3d",
  "avg",
  "The means of so many windows of volumes [N, C, D, H, W].",
);

/**
 * The largest elements of so many windows. x: [N, C, L] -> [N, C, size].
 * @throws ShapeError when the input is empty; ValueError for a size that is no whole number
 * @example adaptiveMaxPool1d(tensor([[[1, 3, 2, 6]]]), 2).toArray(); // [[[3, 6]]]
 */
export const adaptiveMaxPool1d: AdaptivePool<[number]> = adaptive(
  "adaptiveMaxPool1d",
  "max",
  "The largest elements of so many windows of sequences [N, C, L].",
);

/**
 * The largest elements of so many windows. x: [N, C, H, W] -> [N, C, size, size].
 * @throws ShapeError when the input is empty; ValueError for a size that is no whole number
 * @example adaptiveMaxPool2d(zeros([8, 16, 7, 7]), [3, 1]).shape; // [8, 16, 3, 1]
 */
export const adaptiveMaxPool2d: AdaptivePool<[number, number]> = adaptive(
  "adaptiveMaxPool2d",
  "max",
  "The largest elements of so many windows of images [N, C, H, W].",
);

/**
 * The largest elements of so many windows. x: [N, C, D, H, W] -> [N, C, size, size, size].
 * @throws ShapeError when the input is empty; ValueError for a size that is no whole number
 * @example adaptiveMaxPool3d(zeros([2, 4, 5, 6, 7]), 2).shape; // [2, 4, 2, 2, 2]
 */
export const adaptiveMaxPool3d: AdaptivePool<[number, number, number]> = adaptive(
  "adaptiveMaxPool3d",
  "max",
  "The largest elements of so many windows of volumes [N, C, D, H, W].",
);
