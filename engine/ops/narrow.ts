import type { DType } from "../dtype.js";
import { ShapeError, ValueError } from "../errors.js";
import { defineOp, type Op } from "../op.js";
import { formatShape, resolveAxis, type Shape, sizeOf } from "../shape.js";
import type { Tensor } from "../tensor.js";
import { along } from "./along.js";
import { requireTensor } from "./require.js";
import { reshape } from "./view.js";

interface Narrow extends Op {
  <D extends DType>(x: Tensor<Shape, D>, axis: number, start: number, length: number): Tensor<number[], D>;
  readonly method: <D extends DType>(
    this: Tensor<Shape, D>,
    axis: number,
    start: number,
    length: number,
  ) => Tensor<number[], D>;
}

/**
 * So many elements along an axis from a place on (negative: from the end), as `torch.narrow`. A view.
 * @throws ValueError when they are not all there
 * @example arange(5).narrow(0, 1, 3).toArray(); // [1, 2, 3]
 */
export const narrow: Narrow = defineOp(
  {
    name: "narrow",
    doc: "So many elements along an axis from a place on.",
    samples: [
      { args: [{ shape: [5, 3] }, 0, 1, 3] },
      { args: [{ shape: [2, 5] }, -1, -2, 2] },
      { args: [{ shape: [4] }, 0, 4, 0] },
    ],
    rejects: [
      { args: [{ shape: [5] }, 0, 3, 3], message: "3 elements from 3 on along axis 0 of [5]" },
      { args: [{ shape: [5] }, 0, 1, -1], message: "-1 elements from 1 on" },
      { args: [{ shape: [5] }, 1, 0, 1], message: "axis 1 does not exist" },
    ],
    gradient: true,
  },
  (x: Tensor, axis: number, start: number, length: number) => {
    requireTensor("narrow", x);
    const on = resolveAxis("narrow", axis, x.shape.length);
    const first = start < 0 ? start + x.shape[on]! : start;
    const whole = Number.isSafeInteger(start) && Number.isSafeInteger(length);
    if (!whole || first < 0 || length < 0 || first + length > x.shape[on]!) {
      throw new ValueError(`${length} elements from ${start} on along axis ${on} of ${formatShape(x.shape)}`, {
        op: "narrow",
        hint: "Give whole numbers within the axis; slice(start, stop) in at() takes what there is.",
      });
    }
    return along(x, on, first, first + length);
  },
);

interface Unflatten extends Op {
  <D extends DType>(x: Tensor<Shape, D>, axis: number, sizes: readonly number[]): Tensor<number[], D>;
  readonly method: <D extends DType>(
    this: Tensor<Shape, D>,
    axis: number,
    sizes: readonly number[],
  ) => Tensor<number[], D>;
}

/**
 * One axis as several, as `torch.unflatten`; one of the sizes may be -1. A view where the layout allows it.
 * x: [..., N, ...] -> [..., sizes, ...].
 * @throws ShapeError when the sizes do not multiply to the length of the axis
 * @example zeros([2, 12]).unflatten(1, [3, -1]).shape; // [2, 3, 4]
 */
export const unflatten: Unflatten = defineOp(
  {
    name: "unflatten",
    doc: "One axis as several.",
    samples: [{ args: [{ shape: [2, 12] }, 1, [3, -1]] }, { args: [{ shape: [6, 2] }, -2, [2, 3]] }],
    rejects: [
      { args: [{ shape: [2, 12] }, 1, [5, -1]], message: "axis 1 of [2, 12] does not part into [5, -1]" },
      { args: [{ shape: [4] }, 0, [2, 3]], message: "axis 0 of [4] does not part into [2, 3]" },
      { args: [{ shape: [4] }, 0, [-1, -1]], message: "does not part into [-1, -1]" },
      { args: [{ shape: [4] }, 0, []], message: "does not part into []" },
    ],
    gradient: true,
  },
  (x: Tensor, axis: number, sizes: readonly number[]) => {
    requireTensor("unflatten", x);
    const along = resolveAxis("unflatten", axis, x.shape.length);
    const length = x.shape[along]!;
    const open = sizes.filter(size => size === -1).length;
    const known = sizeOf(sizes.filter(size => size !== -1));
    const whole = sizes.length > 0 && sizes.every(size => Number.isSafeInteger(size) && size >= -1);
    if (!whole || open > 1 || (open === 1 ? known === 0 || length % known !== 0 : known !== length)) {
      throw new ShapeError(`axis ${along} of ${formatShape(x.shape)} does not part into ${formatShape(sizes)}`, {
        op: "unflatten",
        hint: "The sizes must multiply to the length of the axis; one of them may be -1.",
      });
    }
    const parts = sizes.map(size => (size === -1 ? length / known : size));
    return reshape(x, [...x.shape.slice(0, along), ...parts, ...x.shape.slice(along + 1)]);
  },
);
