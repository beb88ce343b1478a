import type { DType } from "../dtype.js";
import { ShapeError, ValueError } from "../errors.js";
import { defineOp, type Op } from "../op.js";
import { resolveAxis, type Shape } from "../shape.js";
import type { Tensor } from "../tensor.js";
import type { WithAxes, WithLength } from "../types/joined.js";
import { at } from "./at.js";
import { requireTensor } from "./require.js";
import { slice } from "./slice.js";

const several = "a list of tensors; each part is that of `at`, whose gradients are checked there";

interface Split extends Op {
  <S extends Shape, D extends DType, A extends number = 0>(
    x: Tensor<S, D>,
    sizes: number | readonly number[],
    axis?: A,
  ): Tensor<WithLength<S, A, number>, D>[];
  readonly method: <S extends Shape, D extends DType, A extends number = 0>(
    this: Tensor<S, D>,
    sizes: number | readonly number[],
    axis?: A,
  ) => Tensor<WithLength<S, A, number>, D>[];
}

/** Views of these lengths, one behind the other along an axis. */
function cut(x: Tensor, lengths: readonly number[], axis: number): Tensor[] {
  const before = Array.from({ length: axis }, () => slice());
  let start = 0;
  return lengths.map(length => {
    const part = at(x, ...before, slice(start, start + length));
    start += length;
    return part;
  });
}

/** Lengths of at most `size` that fill an axis. */
function pieces(length: number, size: number): number[] {
  const count = Math.max(1, Math.ceil(length / size));
  return Array.from({ length: count }, (_, i) => Math.min(size, length - i * size));
}

function requireCount(op: string, what: string, count: unknown, least: number): asserts count is number {
  if (Number.isSafeInteger(count) && (count as number) >= least) return;
  throw new ValueError(`${what} ${String(count)}`, { op, hint: `Give a whole number of at least ${least}.` });
}

/**
 * Parts along an axis (default the first), as views: of one length, the last perhaps shorter, or of the lengths given, as
 * `torch.split`.
 * @throws ShapeError when the lengths do not add up to the axis
 * @example const [train, test] = arange(10).split([8, 2]);
 */
export const split: Split = defineOp(
  {
    name: "split",
    doc: "Parts along an axis, of one length or of the lengths given.",
    samples: [],
    rejects: [
      { args: [{ shape: [5] }, [2, 2]], message: "lengths 2 + 2 do not add up to the 5 of axis 0" },
      { args: [{ shape: [5] }, 0], message: "a length of 0" },
    ],
    gradient: { none: several },
  },
  (x: Tensor, sizes: number | readonly number[], axis = 0) => {
    requireTensor("split", x);
    const where = resolveAxis("split", axis, x.shape.length);
    const length = x.shape[where]!;
    if (typeof sizes === "number") {
      requireCount("split", "a length of", sizes, 1);
      return cut(x, pieces(length, sizes), where);
    }
    for (const size of sizes) requireCount("split", "a length of", size, 0);
    if (sizes.reduce((sum, size) => sum + size, 0) !== length) {
      throw new ShapeError(`lengths ${sizes.join(" + ")} do not add up to the ${length} of axis ${where}`, {
        op: "split",
      });
    }
    return cut(x, sizes, where);
  },
);

interface Chunk extends Op {
  <S extends Shape, D extends DType, A extends number = 0>(
    x: Tensor<S, D>,
    count: number,
    axis?: A,
  ): Tensor<WithLength<S, A, number>, D>[];
  readonly method: <S extends Shape, D extends DType, A extends number = 0>(
    this: Tensor<S, D>,
    count: number,
    axis?: A,
  ) => Tensor<WithLength<S, A, number>, D>[];
}

/**
 * At most `count` equal parts along an axis (default the first), the last perhaps shorter, as `torch.chunk`. Views.
 * @example const [q, k, v] = randn([8, 96]).chunk(3, -1); // each [8, 32]
 */
export const chunk: Chunk = defineOp(
  {
    name: "chunk",
    doc: "At most so many equal parts along an axis.",
    samples: [],
    rejects: [{ args: [{ shape: [5] }, 0], message: "a count of 0" }],
    gradient: { none: several },
  },
  (x: Tensor, count: number, axis = 0) => {
    requireTensor("chunk", x);
    requireCount("chunk", "a count of", count, 1);
    const where = resolveAxis("chunk", axis, x.shape.length);
    return cut(x, pieces(x.shape[where]!, Math.max(1, Math.ceil(x.shape[where]! / count))), where);
  },
);

interface Unbind extends Op {
  <S extends Shape, D extends DType, A extends number = 0>(x: Tensor<S, D>, axis?: A): Tensor<WithAxes<S, A, []>, D>[];
  readonly method: <S extends Shape, D extends DType, A extends number = 0>(
    this: Tensor<S, D>,
    axis?: A,
  ) => Tensor<WithAxes<S, A, []>, D>[];
}

/** The slices along an axis (default the first), without it: the counterpart of `stack`. Views. */
export const unbind: Unbind = defineOp(
  {
    name: "unbind",
    doc: "The slices along an axis, without it.",
    samples: [],
    rejects: [{ args: [{ shape: [] }], message: "axis 0 does not exist" }],
    gradient: { none: several },
  },
  (x: Tensor, axis = 0) => {
    requireTensor("unbind", x);
    const where = resolveAxis("unbind", axis, x.shape.length);
    const before = Array.from({ length: where }, () => slice());
    return Array.from({ length: x.shape[where]! }, (_, i) => at(x, ...before, i));
  },
);
