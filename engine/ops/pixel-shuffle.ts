import type { DType } from "../dtype.js";
import { ShapeError, ValueError } from "../errors.js";
import { defineOp, type Op, type Reject } from "../op.js";
import { formatShape, type Shape } from "../shape.js";
import type { Tensor } from "../tensor.js";
import { requireTensor } from "./require.js";
import { permute, reshape } from "./view.js";

type Images<D extends DType> = Tensor<[number, number, number, number], D>;

interface Shuffle extends Op {
  <D extends DType>(x: Tensor<Shape, D>, factor: number): Images<D>;
  readonly method: <D extends DType>(this: Tensor<Shape, D>, factor: number) => Images<D>;
}

/** @throws ValueError for a broken count; ShapeError unless x is a batch of images whose `axes` divide by `divisor` */
function requireImages(
  op: string,
  x: unknown,
  axes: readonly number[],
  what: { name: string; count: number; divisor: number },
): asserts x is Tensor {
  requireTensor(op, x);
  if (!Number.isSafeInteger(what.count) || what.count < 1) {
    throw new ValueError(`${what.name} is ${String(what.count)}`, { op, hint: "Give a whole number of at least 1." });
  }
  const got = formatShape(x.shape);
  if (x.shape.length !== 4) {
    throw new ShapeError(`the input ${got} is no batch of images`, { op, expected: "[N, C, H, W]", got });
  }
  for (const axis of axes) {
    if (x.shape[axis]! % what.divisor === 0) continue;
    throw new ShapeError(`axis ${axis} of ${got} does not divide by ${what.divisor}`, { op, got });
  }
}

const rejects = (name: string): readonly Reject[] => [
  { args: [{ shape: [4, 2, 2] }, 2], message: "the input [4, 2, 2] is no batch of images" },
  { args: [{ shape: [1, 7, 3, 3] }, 2], message: "of [1, 7, 3, 3] does not divide by" },
  { args: [{ shape: [1, 4, 2, 2] }, 0.5], message: `${name} is 0.5` },
];

/**
 * Channels become pixels (Shi et al. 2016), as `torch.nn.functional.pixel_shuffle`. x: [N, C * factor², H, W] ->
 * [N, C, H * factor, W * factor].
 * @throws ShapeError when the channels do not divide; ValueError for a broken factor
 * @example arange(4).reshape([1, 4, 1, 1]).pixelShuffle(2).toArray(); // [[[[0, 1], [2, 3]]]]
 */
export const pixelShuffle: Shuffle = defineOp(
  {
    name: "pixelShuffle",
    doc: "Channels become pixels.",
    samples: [{ args: [{ shape: [2, 8, 2, 3] }, 2] }, { args: [{ shape: [1, 9, 1, 2] }, 3] }],
    rejects: rejects("factor"),
    gradient: true,
  },
  (x: Tensor, factor: number) => {
    requireImages("pixelShuffle", x, [1], { name: "factor", count: factor, divisor: factor ** 2 });
    const [n, channels, height, width] = x.shape as readonly [number, number, number, number];
    const rest = channels / factor ** 2;
    const parts = permute(reshape(x, [n, rest, factor, factor, height, width]), [0, 1, 4, 2, 5, 3]);
    return reshape(parts, [n, rest, height * factor, width * factor]);
  },
);

/**
 * Pixels become channels, which undoes `pixelShuffle`, as `torch.nn.functional.pixel_unshuffle`. x: [N, C, H * factor, W * factor]
 * -> [N, C * factor², H, W].
 * @throws ShapeError when height or width do not divide; ValueError for a broken factor
 * @example arange(4).reshape([1, 1, 2, 2]).pixelUnshuffle(2).shape; // [1, 4, 1, 1]
 */
export const pixelUnshuffle: Shuffle = defineOp(
  {
    name: "pixelUnshuffle",
    doc: "Pixels become channels.",
    samples: [{ args: [{ shape: [2, 2, 4, 6] }, 2] }, { args: [{ shape: [1, 1, 3, 6] }, 3] }],
    rejects: rejects("factor"),
    gradient: true,
  },
  (x: Tensor, factor: number) => {
    requireImages("pixelUnshuffle", x, [2, 3], { name: "factor", count: factor, divisor: factor });
    const [n, channels, height, width] = x.shape as readonly [number, number, number, number];
    const [rows, columns] = [height / factor, width / factor];
    const parts = permute(reshape(x, [n, channels, rows, factor, columns, factor]), [0, 1, 3, 5, 2, 4]);
    return reshape(parts, [n, channels * factor ** 2, rows, columns]);
  },
);

/**
 * Channels in another order, so that groups meet (Zhang et al. 2017), as `torch.nn.functional.channel_shuffle`.
 * x: [N, C, H, W] -> the same.
 * @throws ShapeError when the groups do not divide the channels; ValueError for a broken number of groups
 * @example channelShuffle(arange(4).reshape([1, 4, 1, 1]), 2).flatten().toArray(); // [0, 2, 1, 3]
 */
export const channelShuffle: Shuffle = defineOp(
  {
    name: "channelShuffle",
    doc: "Channels in another order, so that groups meet.",
    samples: [{ args: [{ shape: [2, 6, 2, 1] }, 2] }, { args: [{ shape: [1, 6, 1, 2] }, 3] }],
    rejects: rejects("groups"),
    gradient: true,
  },
  (x: Tensor, groups: number) => {
    requireImages("channelShuffle", x, [1], { name: "groups", count: groups, divisor: groups });
    const [n, channels, height, width] = x.shape as readonly [number, number, number, number];
    const parts = permute(reshape(x, [n, groups, channels / groups, height, width]), [0, 2, 1, 3, 4]);
    return reshape(parts, x.shape);
  },
);
