import { attach } from "../autograd/graph.js";
import { opcodes } from "../backend/commands.js";
import type { DType } from "../dtype.js";
import { ValueError } from "../errors.js";
import { defineOp, type Op } from "../op.js";
import { allocate, dense, denseCopy, finishNow, open, prepared, pushAll, pushOperand, recordFill } from "../record.js";
import { resolveAxis, type Shape, sizeOf } from "../shape.js";
import type { Tensor } from "../tensor.js";
import type { WithAxes } from "../types/joined.js";
import { requireIndices, requireTensor } from "./require.js";

/** The fields that take and its derivative share: how the axis lies among the others. */
function sizes(shape: Shape, axis: number, count: number): number[] {
  return [sizeOf(shape.slice(0, axis)), shape[axis]!, sizeOf(shape.slice(axis + 1)), count];
}

/** Records a command of the take family; `whole` is the indexed operand, `part` the slices. */
function recordRows(code: "take" | "takeAdd" | "put", whole: Tensor, index: Tensor, part: Tensor, axis: number): void {
  const { backend } = whole.storage;
  open(backend, opcodes[code], 4 + 9);
  pushAll(backend, sizes(whole.shape, axis, index.size));
  for (const operand of [whole, index, part]) pushOperand(backend, operand);
  finishNow(backend);
}

/** Entries along an axis, by index (int32, dense). */
export function takeRows(x: Tensor, index: Tensor, axis: number): Tensor {
  const shape = [...x.shape.slice(0, axis), ...index.shape, ...x.shape.slice(axis + 1)];
  const out = allocate(shape, x.dtype, x.storage.backend);
  recordRows("take", dense(x), index, out, axis);
  return attach(out, "take", [x], g => [addRows(zerosOf(x.shape, g), index, g, axis)]);
}

function zerosOf(shape: Shape, like: Tensor): Tensor {
  const out = allocate(shape, like.dtype, like.storage.backend);
  recordFill(out, 0);
  return out;
}

/** Slices added up at their places along an axis of that length: the derivative of `takeRows`. */
export function addedRows(source: Tensor, index: Tensor, length: number, axis: number): Tensor {
  const shape = [...source.shape.slice(0, axis), length, ...source.shape.slice(axis + 1)];
  return addRows(zerosOf(shape, source), index, source, axis);
}

/** x with the slices of `source` added at their places along the axis. */
export function addRows(x: Tensor, index: Tensor, source: Tensor, axis: number): Tensor {
  const out = denseCopy(x);
  recordRows("takeAdd", out, index, dense(source), axis);
  return attach(out, "indexAdd", [x, source], (g, needs) => [g, needs(1) ? takeRows(g, index, axis) : undefined]);
}

/** x with the slices of `source` in their places along the axis; of an index met twice the last stays. */
export function putRows(x: Tensor, index: Tensor, source: Tensor, axis: number): Tensor {
  const out = denseCopy(x);
  recordRows("put", out, index, dense(source), axis);
  return attach(out, "set", [x, source], (g, needs) => [
    needs(0) ? putRows(g, index, zerosOf(source.shape, g), axis) : undefined,
    needs(1) ? takeRows(g, index, axis) : undefined,
  ]);
}

interface Take extends Op {
  <S extends Shape, D extends DType, I extends Shape, A extends number = 0>(
    x: Tensor<S, D>,
    index: Tensor<I>,
    axis?: A,
  ): Tensor<WithAxes<S, A, I>, D>;
  readonly method: <S extends Shape, D extends DType, I extends Shape, A extends number = 0>(
    this: Tensor<S, D>,
    index: Tensor<I>,
    axis?: A,
  ) => Tensor<WithAxes<S, A, I>, D>;
}

/**
 * Entries along an axis (default the first) by index: rows of a table, samples of a batch. Negative indices count from the
 * end. x: [..., N, ...], index: [I...] of an integer dtype -> [..., I..., ...].
 * @throws ValueError for an index out of range; DTypeError when the index holds no integers
 * @example images.take(tensor([3, 0], { dtype: "int32" })).shape; // [2, 28, 28]
 */
export const take: Take = defineOp(
  {
    name: "take",
    doc: "Entries along an axis by index.",
    samples: [
      { args: [{ shape: [5, 3] }, { shape: [4], dtype: "int32", range: [0, 5] }] },
      { args: [{ shape: [2, 5, 3] }, { shape: [2, 2], dtype: "int32", range: [-5, 5] }, 1] },
    ],
    rejects: [
      { args: [{ shape: [5] }, { shape: [2], dtype: "int32", range: [5, 6] }], message: "5" },
      { args: [{ shape: [5] }, { shape: [2] }], message: "the index must be integers" },
      { args: [{ shape: [] }, { shape: [2], dtype: "int32", range: [0, 1] }], message: "axis 0 does not exist" },
    ],
    gradient: true,
  },
  (x: Tensor, index: Tensor, axis = 0) => {
    requireTensor("take", x);
    requireIndices("take", "the index", index);
    return takeRows(x, prepared(index, "int32"), resolveAxis("take", axis, x.shape.length));
  },
);

interface OneHot extends Op {
  <S extends Shape, C extends number, E extends DType = "float32">(
    x: Tensor<S>,
    classes: C,
    options?: { dtype?: E },
  ): Tensor<[...S, C], E>;
  readonly method: <S extends Shape, C extends number, E extends DType = "float32">(
    this: Tensor<S>,
    classes: C,
    options?: { dtype?: E },
  ) => Tensor<[...S, C], E>;
}

/**
 * 1 at the index, 0 elsewhere. x: [...] of an integer dtype, 0 to classes - 1 -> [..., classes], float32 unless told.
 * @throws ValueError for an index out of range
 */
export const oneHot: OneHot = defineOp(
  {
    name: "oneHot",
    doc: "1 at the index, 0 elsewhere.",
    samples: [
      { args: [{ shape: [5], dtype: "int32", range: [0, 4] }, 4] },
      { args: [{ shape: [2, 3], dtype: "int32", range: [0, 3] }, 3] },
    ],
    rejects: [
      { args: [{ shape: [2], dtype: "int32", range: [3, 4] }, 3], message: "3" },
      { args: [{ shape: [2], dtype: "int32", range: [0, 1] }, 0.5], message: "0.5 classes" },
    ],
    gradient: { none: "an index does not change smoothly" },
  },
  (x: Tensor, classes: number, options: { dtype?: DType } = {}) => {
    requireIndices("oneHot", "the index", x);
    if (!Number.isSafeInteger(classes) || classes < 0) {
      throw new ValueError(`${classes} classes`, { op: "oneHot", hint: "Give a whole number of classes." });
    }
    const { backend } = x.storage;
    const index = prepared(x, "int32");
    const out = allocate([...x.shape, classes], options.dtype ?? "float32", backend);
    open(backend, opcodes.oneHot, 2 + 6);
    pushAll(backend, [x.size, classes]);
    for (const operand of [index, out]) pushOperand(backend, operand);
    finishNow(backend);
    return out;
  },
);
