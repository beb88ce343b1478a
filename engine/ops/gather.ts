import type { DType } from "../dtype.js";
import { ShapeError, ValueError } from "../errors.js";
import { defineOp, type Op } from "../op.js";
import { formatShape, resolveAxis, type Shape, sizeOf } from "../shape.js";
import type { Tensor } from "../tensor.js";
import { add, mul } from "./arithmetic.js";
import { lt, where } from "./compare.js";
import { arange } from "./create.js";
import { take } from "./indexing.js";
import { max, min } from "./reduce.js";
import { requireIndices, requireTensor } from "./require.js";
import { flatten, reshape } from "./view.js";

interface Gather extends Op {
  <S extends Shape, D extends DType, I extends Shape>(x: Tensor<S, D>, index: Tensor<I>, axis: number): Tensor<I, D>;
  readonly method: <S extends Shape, D extends DType, I extends Shape>(
    this: Tensor<S, D>,
    index: Tensor<I>,
    axis: number,
  ) => Tensor<I, D>;
}

/**
 * For every position one entry along an axis, as `torch.gather` and `takeAlongAxis`: the other axes must have the same
 * lengths. x: [..., N, ...], index: [..., K, ...] -> [..., K, ...].
 * @throws ShapeError when the other axes differ; ValueError for an index out of range
 */
export const gather: Gather = defineOp(
  {
    name: "gather",
    doc: "For every position one entry along an axis.",
    samples: [
      { args: [{ shape: [5, 4] }, { shape: [5, 2], dtype: "int32", range: [0, 4] }, 1] },
      { args: [{ shape: [5, 4] }, { shape: [3, 4], dtype: "int32", range: [0, 5] }, 0] },
    ],
    rejects: [
      {
        args: [{ shape: [5, 4] }, { shape: [4, 2], dtype: "int32", range: [0, 4] }, 1],
        message: "[4, 2] does not fit [5, 4]",
      },
    ],
    gradient: true,
  },
  (x: Tensor, index: Tensor, axis: number) => {
    requireTensor("gather", x);
    requireIndices("gather", "the index", index);
    const at = resolveAxis("gather", axis, x.shape.length);
    if (index.shape.length !== x.shape.length || index.shape.some((n, i) => i !== at && n !== x.shape[i])) {
      throw new ShapeError(`index ${formatShape(index.shape)} does not fit ${formatShape(x.shape)} on axis ${axis}`, {
        op: "gather",
        hint: "All axes but the gathered one must have the same lengths.",
      });
    }
    return gathered(x, index, at);
  },
);

/** Gathers through indices into the flat tensor, whose derivative is that of take. */
function gathered(x: Tensor, index: Tensor, axis: number): Tensor {
  const length = x.shape[axis]!;
  requireRange(index, axis, length);
  const inner = sizeOf(x.shape.slice(axis + 1));
  const ones = x.shape.map(() => 1);
  const wrapped = where(lt(index, 0), add(index, length) as Tensor, index) as Tensor;
  let flat = mul(wrapped, inner) as Tensor;
  let step = 1;
  for (let i = x.shape.length - 1; i >= 0; i--) {
    if (i !== axis) {
      const places = mul(arange(index.shape[i]!), step) as Tensor;
      flat = add(flat, reshape(places, ones.with(i, index.shape[i]!))) as Tensor;
    }
    step *= x.shape[i]!;
  }
  return take(flatten(x), flat);
}

/** A flat index that is out of range would silently hit another row. */
function requireRange(index: Tensor, axis: number, length: number): void {
  if (index.size === 0) return;
  const lowest = Number(min(index).item());
  const highest = Number(max(index).item());
  if (lowest >= -length && highest < length) return;
  throw new ValueError(
    `index ${lowest < -length ? lowest : highest} is out of range on axis ${axis} of length ${length}`,
    { op: "gather", hint: `Give indices from ${-length} to ${length - 1}.` },
  );
}
