import { ShapeError } from "../errors.js";
import { defineOp, type Op } from "../op.js";
import { formatShape, type Shape } from "../shape.js";
import type { Tensor } from "../tensor.js";
import { searchSorted } from "./order.js";
import { requireTensor } from "./require.js";

interface Bucketize extends Op {
  <S extends Shape>(x: Tensor<S>, boundaries: Tensor, options?: { right?: boolean }): Tensor<S, "int32">;
  readonly method: <S extends Shape>(
    this: Tensor<S>,
    boundaries: Tensor,
    options?: { right?: boolean },
  ) => Tensor<S, "int32">;
}

/**
 * The number of the bucket that each value belongs to, as `torch.bucketize`: `searchSorted` with the values first. A bucket holds
 * its upper boundary (with `right` its lower one). x: [...], boundaries: [N], sorted -> as x, int32.
 * @throws ShapeError when the boundaries are no vector; DTypeError when the dtypes differ
 * @example bucketize(tensor([1, 3, 8]), tensor([1, 5])).toArray(); // [0, 1, 2]
 */
export const bucketize: Bucketize = defineOp(
  {
    name: "bucketize",
    doc: "The number of the bucket that each value belongs to.",
    samples: [
      { args: [{ shape: [2, 3] }, { shape: [1] }] },
      { args: [{ shape: [5] }, { shape: [1] }, { right: true }] },
    ],
    rejects: [
      { args: [{ shape: [3] }, { shape: [2, 3] }], message: "boundaries [2, 3]" },
      { args: [{ shape: [3] }, { shape: [3], dtype: "int32" }], message: "int32 values" },
    ],
    gradient: { none: "an index does not change smoothly" },
  },
  (x: Tensor, boundaries: Tensor, options: { right?: boolean } = {}) => {
    requireTensor("bucketize", x);
    requireTensor("bucketize", boundaries);
    if (boundaries.shape.length !== 1) {
      throw new ShapeError(`boundaries ${formatShape(boundaries.shape)}`, { op: "bucketize", expected: "[N]" });
    }
    return searchSorted(boundaries, x, options);
  },
);
