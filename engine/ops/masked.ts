import type { DType } from "../dtype.js";
import { ShapeError } from "../errors.js";
import { castTo, expandTo } from "../layout.js";
import { defineOp, type Op } from "../op.js";
import { prepared } from "../record.js";
import { broadcastShapes, formatShape, resolveAxis, type Shape } from "../shape.js";
import type { Tensor } from "../tensor.js";
import { where } from "./compare.js";
import { addRows, takeRows } from "./indexing.js";
import { coordinates, indexTensor, nonzeroPlaces } from "./picks.js";
import { requireIndices, requireTensor } from "./require.js";
import { flatten } from "./view.js";

interface MaskedFill extends Op {
  <S extends Shape, D extends DType>(x: Tensor<S, D>, mask: Tensor, value: Tensor | number): Tensor<S, D>;
  readonly method: <S extends Shape, D extends DType>(
    this: Tensor<S, D>,
    mask: Tensor,
    value: Tensor | number,
  ) => Tensor<S, D>;
}

/**
 * A value where the mask is true, x elsewhere; mask and value broadcast to x, and the dtype stays.
 * @throws ShapeError when they do not broadcast to the shape of x
 * @example scores.maskedFill(future, Number.NEGATIVE_INFINITY);
 */
export const maskedFill: MaskedFill = defineOp(
  {
    name: "maskedFill",
    doc: "A value where the mask is true, the tensor elsewhere.",
    samples: [
      { args: [{ shape: [3, 4] }, { shape: [4], dtype: "bool" }, -1.5] },
      { args: [{ shape: [3, 4] }, { shape: [3, 4], dtype: "bool" }, { shape: [] }] },
    ],
    rejects: [
      { args: [{ shape: [3] }, { shape: [2], dtype: "bool" }, 0], message: "cannot broadcast" },
      { args: [{ shape: [3] }, { shape: [2, 3], dtype: "bool" }, 0], message: "a mask [2, 3] for a tensor [3]" },
    ],
    gradient: true,
  },
  (x: Tensor, mask: Tensor, value: Tensor | number) => {
    requireTensor("maskedFill", x);
    requireTensor("maskedFill", mask);
    const common = broadcastShapes("maskedFill", x.shape, mask.shape);
    if (common.some((n, i) => n !== x.shape[i]) || common.length !== x.shape.length) {
      throw new ShapeError(`a mask ${formatShape(mask.shape)} for a tensor ${formatShape(x.shape)}`, {
        op: "maskedFill",
        hint: "The mask must broadcast to the shape of the tensor.",
      });
    }
    const filled = where(mask, value as number, x);
    return castTo(filled, x.dtype);
  },
);

interface MaskedSelect extends Op {
  <D extends DType>(x: Tensor<Shape, D>, mask: Tensor): Tensor<[number], D>;
  readonly method: <D extends DType>(this: Tensor<Shape, D>, mask: Tensor) => Tensor<[number], D>;
}

/**
 * The elements where the mask is true, in row-major order; x and mask broadcast. Waits for the device, because the length of
 * the result is in the data.
 * @throws ShapeError when they do not broadcast
 * @example x.maskedSelect(x.gt(0));
 */
export const maskedSelect: MaskedSelect = defineOp(
  {
    name: "maskedSelect",
    doc: "The elements where the mask is true.",
    samples: [
      { args: [{ shape: [3, 4] }, { shape: [3, 4], dtype: "bool" }] },
      { args: [{ shape: [4] }, { shape: [3, 1], dtype: "bool" }] },
    ],
    rejects: [{ args: [{ shape: [3] }, { shape: [2], dtype: "bool" }], message: "cannot broadcast [3] with [2]" }],
    gradient: true,
  },
  (x: Tensor, mask: Tensor) => {
    requireTensor("maskedSelect", x);
    requireTensor("maskedSelect", mask);
    const shape = broadcastShapes("maskedSelect", x.shape, mask.shape);
    const places = nonzeroPlaces(expandTo(mask, shape));
    return takeRows(flatten(expandTo(x, shape)), indexTensor(places, [places.length], x), 0);
  },
);

interface Nonzero extends Op {
  <D extends DType>(x: Tensor<Shape, D>): Tensor<[number, number], "int32">;
  readonly method: <D extends DType>(this: Tensor<Shape, D>) => Tensor<[number, number], "int32">;
}

/**
 * The indices of all elements that are not 0, one row each, in row-major order. x: [...] of rank R -> [count, R], int32.
 * @example tensor([[0, 3], [5, 0]]).nonzero().toArray(); // [[0, 1], [1, 0]]
 */
export const nonzero: Nonzero = defineOp(
  {
    name: "nonzero",
    doc: "The indices of all elements that are not 0.",
    samples: [
      { args: [{ shape: [3, 4], dtype: "bool" }] },
      { args: [{ shape: [2, 3, 2], dtype: "int32", range: [0, 2] }] },
    ],
    rejects: [{ args: [3], message: "expected a tensor" }],
    gradient: { none: "an index does not change smoothly" },
  },
  (x: Tensor) => {
    requireTensor("nonzero", x);
    const lists = coordinates(x);
    const rank = lists.length;
    const count = rank === 0 ? (Number(x.item()) !== 0 ? 1 : 0) : lists[0]!.length;
    const rows = new Int32Array(count * rank);
    lists.forEach((list, axis) => {
      for (let i = 0; i < count; i++) rows[i * rank + axis] = list[i]!;
    });
    return indexTensor(rows, [count, rank], x);
  },
);

interface IndexAdd extends Op {
  <S extends Shape, D extends DType>(x: Tensor<S, D>, index: Tensor, source: Tensor, axis?: number): Tensor<S, D>;
  readonly method: <S extends Shape, D extends DType>(
    this: Tensor<S, D>,
    index: Tensor,
    source: Tensor,
    axis?: number,
  ) => Tensor<S, D>;
}

/**
 * x with slices added along an axis (default the first): slice i of the source to slice `index[i]`, in index order; the
 * derivative of `take`. x: [..., N, ...], index: [I...], source: [..., I..., ...].
 * @throws ShapeError when the source does not have that shape; ValueError for an index out of range
 */
export const indexAdd: IndexAdd = defineOp(
  {
    name: "indexAdd",
    doc: "A tensor with slices added by index along an axis.",
    samples: [
      { args: [{ shape: [4, 3] }, { shape: [6], dtype: "int32", range: [-4, 4] }, { shape: [6, 3] }] },
      { args: [{ shape: [2, 4] }, { shape: [3], dtype: "int32", range: [0, 4] }, { shape: [2, 3] }, 1] },
    ],
    rejects: [
      {
        args: [{ shape: [4, 3] }, { shape: [2], dtype: "int32", range: [0, 4] }, { shape: [3, 3] }],
        message: "source [3, 3], needed [2, 3]",
      },
      { args: [{ shape: [4] }, { shape: [1], dtype: "int32", range: [4, 5] }, { shape: [1] }], message: "index 4" },
    ],
    gradient: true,
  },
  (x: Tensor, index: Tensor, source: Tensor, axis = 0) => {
    requireTensor("indexAdd", x);
    requireIndices("indexAdd", "the index", index);
    requireTensor("indexAdd", source);
    const at = resolveAxis("indexAdd", axis, x.shape.length);
    const needed = [...x.shape.slice(0, at), ...index.shape, ...x.shape.slice(at + 1)];
    if (needed.length !== source.shape.length || needed.some((n, i) => n !== source.shape[i])) {
      throw new ShapeError(`source ${formatShape(source.shape)}, needed ${formatShape(needed)}`, {
        op: "indexAdd",
        expected: formatShape(needed),
        got: formatShape(source.shape),
      });
    }
    return addRows(x, prepared(index, "int32"), castTo(source, x.dtype), at);
  },
);
