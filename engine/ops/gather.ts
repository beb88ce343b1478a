import { attach } from "../autograd/graph.js";
import { opcodes } from "../backend/commands.js";
import type { DType } from "../dtype.js";
import { ShapeError } from "../errors.js";
import { castTo, expandTo } from "../layout.js";
import { defineOp, type Op } from "../op.js";
import {
  allocate,
  dense,
  finishNow,
  open,
  prepared,
  pushAll,
  pushOperand,
  pushOptional,
  recordFill,
} from "../record.js";
import { formatShape, resolveAxis, type Shape, sizeOf } from "../shape.js";
import type { Tensor } from "../tensor.js";
import { full } from "./create.js";
import { requireIndices, requireTensor } from "./require.js";

/** How the axis lies among the others, and how many places the index has on it. */
function sizes(whole: Shape, axis: number, count: number): number[] {
  return [sizeOf(whole.slice(0, axis)), whole[axis]!, sizeOf(whole.slice(axis + 1)), count];
}

function gatherFrom(x: Tensor, index: Tensor, axis: number): Tensor {
  const { backend } = x.storage;
  const out = allocate(index.shape, x.dtype, backend);
  const source = dense(x);
  open(backend, opcodes.gather, 4 + 9);
  pushAll(backend, sizes(x.shape, axis, index.shape[axis]!));
  for (const operand of [source, index, out]) pushOperand(backend, operand);
  finishNow(backend);
  return attach(out, "gather", [x], g => [scattered(x.shape, index, g, axis)]);
}

/** Writes the base (or zeros) with the elements of `source` set or added at their places. Outside the graph of gradients. */
function recordScatter(
  shape: Shape,
  base: Tensor | undefined,
  index: Tensor,
  source: Tensor,
  axis: number,
  add: boolean,
): Tensor {
  const { backend } = source.storage;
  const out = allocate(shape, source.dtype, backend);
  const [from, start] = [dense(source), base && dense(base)];
  open(backend, opcodes.scatter, 5 + 12);
  pushAll(backend, [add ? 1 : 0, ...sizes(shape, axis, index.shape[axis]!)]);
  pushOptional(backend, start);
  for (const operand of [index, from, out]) pushOperand(backend, operand);
  finishNow(backend);
  return out;
}

/** Zeros with the elements of `source` added at their places. */
function scattered(shape: Shape, index: Tensor, source: Tensor, axis: number): Tensor {
  const out = recordScatter(shape, undefined, index, source, axis, true);
  return attach(out, "gather.gradient", [source], g => [gatherFrom(g, index, axis)]);
}

/** x with the elements of `source` set or added at their places. */
function scatterInto(x: Tensor, index: Tensor, source: Tensor, axis: number, add: boolean): Tensor {
  const out = recordScatter(x.shape, x, index, source, axis, add);
  return attach(out, add ? "scatterAdd" : "scatter", [x, source], (g, needs) => [
    add || !needs(0) ? g : scatterInto(g, index, zerosOf(index.shape, g), axis, false),
    needs(1) ? gatherFrom(g, index, axis) : undefined,
  ]);
}

function zerosOf(shape: Shape, like: Tensor): Tensor {
  const out = allocate(shape, like.dtype, like.storage.backend);
  recordFill(out, 0);
  return out;
}

/** The axis, once the index is known to fit: all other axes have the lengths of x. */
function requireFit(op: string, x: Tensor, index: unknown, axis: number): asserts index is Tensor {
  requireTensor(op, x);
  requireIndices(op, "the index", index);
  const at = resolveAxis(op, axis, x.shape.length);
  if (index.shape.length === x.shape.length && index.shape.every((n, i) => i === at || n === x.shape[i])) return;
  throw new ShapeError(`index ${formatShape(index.shape)} does not fit ${formatShape(x.shape)} on axis ${axis}`, {
    op,
    hint: `All axes but the ${op === "gather" ? "gathered" : "scattered"} one must have the same lengths.`,
  });
}

interface Gather extends Op {
  <S extends Shape, D extends DType, I extends Shape>(x: Tensor<S, D>, index: Tensor<I>, axis: number): Tensor<I, D>;
  readonly method: <S extends Shape, D extends DType, I extends Shape>(
    this: Tensor<S, D>,
    index: Tensor<I>,
    axis: number,
  ) => Tensor<I, D>;
}

/**
 * For every position one entry along an axis, as `torch.gather` and NumPy's `take_along_axis`: the other axes must have the
 * same lengths. Negative indices count from the end. x: [..., N, ...], index: [..., K, ...] -> [..., K, ...].
 * @throws ShapeError when the other axes differ; ValueError for an index out of range
 * @example scores.gather(scores.argSort(-1), -1); // the scores in order
 */
export const gather: Gather = defineOp(
  {
    name: "gather",
    doc: "For every position one entry along an axis.",
    samples: [
      { args: [{ shape: [5, 4] }, { shape: [5, 2], dtype: "int32", range: [0, 4] }, 1] },
      { args: [{ shape: [5, 4] }, { shape: [3, 4], dtype: "int32", range: [-5, 5] }, 0] },
      { args: [{ shape: [2, 3, 4] }, { shape: [2, 5, 4], dtype: "int32", range: [0, 3] }, 1] },
    ],
    rejects: [
      {
        args: [{ shape: [5, 4] }, { shape: [4, 2], dtype: "int32", range: [0, 4] }, 1],
        message: "[4, 2] does not fit [5, 4]",
      },
      { args: [{ shape: [5] }, { shape: [2], dtype: "int32", range: [5, 6] }, 0], message: "index 5" },
      { args: [{ shape: [5] }, { shape: [2] }, 0], message: "the index must be integers" },
    ],
    gradient: true,
  },
  (x: Tensor, index: Tensor, axis: number) => {
    requireFit("gather", x, index, axis);
    return gatherFrom(x, prepared(index, "int32"), resolveAxis("gather", axis, x.shape.length));
  },
);

interface ScatterOp extends Op {
  <S extends Shape, D extends DType>(
    x: Tensor<S, D>,
    index: Tensor,
    source: Tensor | number,
    axis: number,
  ): Tensor<S, D>;
  readonly method: <S extends Shape, D extends DType>(
    this: Tensor<S, D>,
    index: Tensor,
    source: Tensor | number,
    axis: number,
  ) => Tensor<S, D>;
}

function scatterOp(name: "scatter" | "scatterAdd", doc: string, add: boolean): ScatterOp {
  return defineOp(
    {
      name,
      doc,
      samples: [
        add
          ? { args: [{ shape: [3, 4] }, { shape: [3, 6], dtype: "int32", range: [-4, 4] }, { shape: [3, 6] }, 1] }
          : { args: [{ shape: [3, 4] }, { shape: [3, 1], dtype: "int32", range: [-4, 4] }, { shape: [3, 1] }, 1] },
        { args: [{ shape: [2, 3, 2] }, { shape: [2, 1, 2], dtype: "int32", range: [0, 3] }, { shape: [2, 1, 2] }, 1] },
        { args: [{ shape: [3, 4] }, { shape: [1, 4], dtype: "int32", range: [0, 3] }, 1.5, 0] },
      ],
      rejects: [
        {
          args: [{ shape: [3, 4] }, { shape: [3, 2], dtype: "int32", range: [0, 4] }, { shape: [3, 3] }, 1],
          message: "source [3, 3] for an index [3, 2]",
        },
        { args: [{ shape: [3] }, { shape: [2], dtype: "int32", range: [3, 4] }, 0, 0], message: "index 3" },
        {
          args: [{ shape: [3, 4] }, { shape: [2, 2], dtype: "int32", range: [0, 3] }, 0, 1],
          message: "index [2, 2] does not fit [3, 4]",
        },
      ],
      gradient: true,
    },
    (x: Tensor, index: Tensor, source: Tensor | number, axis: number) => {
      requireFit(name, x, index, axis);
      if (typeof source !== "number") requireTensor(name, source);
      const given =
        typeof source === "number"
          ? expandTo(full([], source, { dtype: x.dtype, device: x.device }), index.shape)
          : source;
      if (!given.shape.every((n, i) => n === index.shape[i]) || given.shape.length !== index.shape.length) {
        throw new ShapeError(`source ${formatShape(given.shape)} for an index ${formatShape(index.shape)}`, {
          op: name,
          expected: formatShape(index.shape),
          got: formatShape(given.shape),
          hint: "The source must have the shape of the index.",
        });
      }
      const at = resolveAxis(name, axis, x.shape.length);
      return scatterInto(x, prepared(index, "int32"), castTo(given, x.dtype), at, add);
    },
  );
}

/**
 * x with elements replaced: element i of the source goes to the place that index i names along the axis; the counterpart of
 * `gather`. Where an index repeats, the last stays, and the gradient of the source is exact only where none repeats.
 * x: [..., N, ...], index and source: [..., K, ...].
 * @throws ShapeError when shapes differ beside the axis; ValueError for an index out of range
 * @example zeros([2, 3]).scatter(tensor([[2], [0]], { dtype: "int32" }), 1, -1).toArray(); // [[0, 0, 1], [1, 0, 0]]
 */
export const scatter: ScatterOp = scatterOp("scatter", "A tensor with elements replaced by index.", false);

/**
 * x with the elements of the source added at the places that the index names along the axis, in index order; the derivative of
 * `gather`. x: [..., N, ...], index and source: [..., K, ...].
 * @throws ShapeError when shapes differ beside the axis; ValueError for an index out of range
 */
export const scatterAdd: ScatterOp = scatterOp("scatterAdd", "A tensor with elements added by index.", true);
