import { attach } from "../autograd/graph.js";
import { opcodes } from "../backend/commands.js";
import type { DType } from "../dtype.js";
import { DTypeError, ShapeError, ValueError } from "../errors.js";
import { defineOp, type Op } from "../op.js";
import { allocate, dense, finish, open, pushAll, pushOperand, pushOptional } from "../record.js";
import { formatShape, resolveAxis, type Shape, sizeOf } from "../shape.js";
import type { Tensor } from "../tensor.js";
import { at } from "./at.js";
import { scatterAdd } from "./gather.js";
import { zerosLike } from "./like.js";
import { requireTensor } from "./require.js";
import { transpose } from "./view.js";

/**
 * The first `kept` elements of every row (the last axis) in order, and their places. Stable; NaN is larger than everything.
 * @param values false: only the places are computed, and `values` is undefined
 */
function sortRows(
  x: Tensor,
  descending: boolean,
  kept: number,
  wanted: boolean,
): { values: Tensor | undefined; indices: Tensor } {
  const { backend } = x.storage;
  const columns = x.shape.at(-1)!;
  if (columns > 2 ** 31 - 1) {
    throw new ShapeError(`rows of ${columns} elements have more places than int32 counts`, { op: "sort" });
  }
  const source = dense(x);
  const shape = [...x.shape.slice(0, -1), kept];
  const values = wanted ? allocate(shape, x.dtype, backend) : undefined;
  const indices = allocate(shape, "int32", backend);
  open(backend, opcodes.sort, 4 + 9);
  pushAll(backend, [descending ? 1 : 0, sizeOf(x.shape.slice(0, -1)), columns, kept]);
  pushOperand(backend, source);
  pushOptional(backend, values);
  pushOperand(backend, indices);
  finish(backend);
  if (values === undefined) return { values, indices };
  const along = x.shape.length - 1;
  return {
    values: attach(values, "sort", [x], g => [scatterAdd(zerosLike(x) as Tensor, indices, g, along) as Tensor]),
    indices,
  };
}

/** As `sortRows`, along any axis. @internal */
export function sortAlong(x: Tensor, axis: number, descending: boolean, kept = x.shape[axis]!) {
  const { values, indices } = sortRows(turned(x, axis), descending, kept, true);
  return { values: turned(values!, axis), indices: turned(indices, axis) };
}

/** The axis exchanged with the last. */
function turned(x: Tensor, axis: number): Tensor {
  return axis === x.shape.length - 1 ? x : (transpose(x, axis, -1) as Tensor);
}

/** The axis and order of `sort` and `argSort`. */
export interface SortOptions {
  /** True: the largest first (default false). Equal elements keep their order either way. */
  descending?: boolean;
}

interface Sort extends Op {
  <S extends Shape, D extends DType>(x: Tensor<S, D>, axis?: number, options?: SortOptions): Tensor<S, D>;
  readonly method: <S extends Shape, D extends DType>(
    this: Tensor<S, D>,
    axis?: number,
    options?: SortOptions,
  ) => Tensor<S, D>;
}

/**
 * The elements along an axis (default the last) in order. Stable; NaN counts as larger than everything, as in PyTorch. Their
 * places are `argSort`; both at once `topK` gives.
 * @example tensor([3, 1, 2]).sort().toArray(); // [1, 2, 3]
 */
export const sort: Sort = defineOp(
  {
    name: "sort",
    doc: "The elements along an axis in order.",
    samples: [
      { args: [{ shape: [7] }] },
      { args: [{ shape: [5, 3] }, 0, { descending: true }] },
      { args: [{ shape: [2, 60] }] },
      { args: [{ shape: [3, 0] }] },
      { args: [{ shape: [] }] },
    ],
    rejects: [{ args: [{ shape: [3] }, 1], message: "axis 1 does not exist" }],
    gradient: true,
  },
  (x: Tensor, axis = -1, { descending = false }: SortOptions = {}) => {
    requireTensor("sort", x);
    if (x.shape.length === 0) return x;
    return sortAlong(x, resolveAxis("sort", axis, x.shape.length), descending).values;
  },
);

interface ArgSort extends Op {
  <S extends Shape>(x: Tensor<S>, axis?: number, options?: SortOptions): Tensor<S, "int32">;
  readonly method: <S extends Shape>(this: Tensor<S>, axis?: number, options?: SortOptions) => Tensor<S, "int32">;
}

/** The places of the elements along an axis (default the last), in order of their size. Stable; NaN counts as largest. */
export const argSort: ArgSort = defineOp(
  {
    name: "argSort",
    doc: "The places of the elements along an axis, in order.",
    samples: [
      { args: [{ shape: [7] }] },
      { args: [{ shape: [5, 3] }, 0, { descending: true }] },
      { args: [{ shape: [20], dtype: "int32", range: [0, 4] }] },
    ],
    rejects: [{ args: [{ shape: [] }], message: "axis -1 does not exist" }],
    gradient: { none: "an index does not change smoothly" },
  },
  (x: Tensor, axis = -1, { descending = false }: SortOptions = {}) => {
    requireTensor("argSort", x);
    const along = resolveAxis("argSort", axis, x.shape.length);
    const { indices } = sortRows(turned(x, along).detach(), descending, x.shape[along]!, false);
    return turned(indices, along);
  },
);

/** The axis and end of `topK`. */
export interface TopKOptions {
  /** False: the smallest ones (default true). */
  largest?: boolean;
}

/** What `topK` gives: the elements in order, the first one the most extreme, and where they were. */
export interface TopK<D extends DType> {
  values: Tensor<number[], D>;
  indices: Tensor<number[], "int32">;
}

interface TopKOp extends Op {
  <D extends DType>(x: Tensor<Shape, D>, count: number, axis?: number, options?: TopKOptions): TopK<D>;
  readonly method: <D extends DType>(
    this: Tensor<Shape, D>,
    count: number,
    axis?: number,
    options?: TopKOptions,
  ) => TopK<D>;
}

function requireKept(op: string, count: unknown, least: number, length: number, axis: number): void {
  if (Number.isInteger(count) && (count as number) >= least && (count as number) <= length) return;
  throw new ValueError(`${String(count)} of the ${length} elements on axis ${axis}`, {
    op,
    hint: `Give a whole number from ${least} to ${length}.`,
  });
}

/**
 * The `count` largest elements along an axis (default the last) in order, and their places. NaN counts as largest; of equal
 * elements the first come first.
 * @throws ValueError when there are not that many
 * @example const { values, indices } = logits.topK(5);
 */
export const topK: TopKOp = defineOp(
  {
    name: "topK",
    doc: "The largest elements along an axis, and their places.",
    samples: [],
    rejects: [
      { args: [{ shape: [2, 3] }, 4], message: "4 of the 3 elements on axis 1" },
      { args: [{ shape: [3] }, 1.5], message: "1.5 of the 3 elements" },
    ],
    gradient: { none: "it gives two tensors; the gradient of its values is that of sort" },
  },
  (x: Tensor, count: number, axis = -1, { largest = true }: TopKOptions = {}) => {
    requireTensor("topK", x);
    const along = resolveAxis("topK", axis, x.shape.length);
    requireKept("topK", count, 0, x.shape[along]!, along);
    return sortAlong(x, along, largest, count);
  },
);

interface KthValue extends Op {
  <D extends DType>(x: Tensor<Shape, D>, k: number, axis?: number): Tensor<number[], D>;
  readonly method: <D extends DType>(this: Tensor<Shape, D>, k: number, axis?: number) => Tensor<number[], D>;
}

/**
 * The k-th smallest element along an axis (default the last), counted from 1 as in `torch.kthvalue`.
 * @throws ValueError when there are not that many
 */
export const kthValue: KthValue = defineOp(
  {
    name: "kthValue",
    doc: "The k-th smallest element along an axis.",
    samples: [{ args: [{ shape: [7] }, 3] }, { args: [{ shape: [5, 3] }, 1, 0] }],
    rejects: [{ args: [{ shape: [3] }, 0], message: "0 of the 3 elements on axis 0" }],
    gradient: true,
  },
  (x: Tensor, k: number, axis = -1) => {
    requireTensor("kthValue", x);
    const along = resolveAxis("kthValue", axis, x.shape.length);
    requireKept("kthValue", k, 1, x.shape[along]!, along);
    return at(sortRows(turned(x, along), false, k, true).values!, "...", -1);
  },
);

interface SearchSorted extends Op {
  <S extends Shape>(sorted: Tensor, values: Tensor<S>, options?: { right?: boolean }): Tensor<S, "int32">;
  readonly method: <S extends Shape>(
    this: Tensor,
    values: Tensor<S>,
    options?: { right?: boolean },
  ) => Tensor<S, "int32">;
}

/**
 * Where values belong in sorted rows: how many elements are less than each (with `right`, at most as large). sorted: [N], with
 * values of any shape; or [..., N] with values [..., M] -> the shape of the values, int32.
 * @throws ShapeError when the rows do not match; DTypeError when the dtypes differ
 * @example tensor([1, 3, 5]).searchSorted(tensor([3, 4])).toArray(); // [1, 2]
 */
export const searchSorted: SearchSorted = defineOp(
  {
    name: "searchSorted",
    doc: "Where values belong in sorted rows.",
    samples: [
      { args: [{ shape: [1] }, { shape: [2, 3] }] },
      { args: [{ shape: [3, 1] }, { shape: [3, 4] }, { right: true }] },
    ],
    rejects: [
      { args: [{ shape: [2, 3] }, { shape: [3, 4] }], message: "rows [2, 3] for values [3, 4]" },
      { args: [{ shape: [] }, { shape: [3] }], message: "rows [] for values [3]" },
      { args: [{ shape: [3] }, { shape: [3], dtype: "int32" }], message: "float32 values" },
    ],
    gradient: { none: "an index does not change smoothly" },
  },
  (sorted: Tensor, values: Tensor, { right = false }: { right?: boolean } = {}) => {
    requireTensor("searchSorted", sorted);
    requireTensor("searchSorted", values);
    const rows = sorted.shape.slice(0, -1);
    const shared = sorted.shape.length === 1;
    if (
      !shared &&
      (sorted.shape.length !== values.shape.length || rows.length === 0 || !startsWith(values.shape, rows))
    ) {
      throw new ShapeError(`rows ${formatShape(sorted.shape)} for values ${formatShape(values.shape)}`, {
        op: "searchSorted",
        hint: "Give one row [N], or as many rows as the values have: [..., N] and [..., M].",
      });
    }
    if (sorted.dtype !== values.dtype) {
      throw new DTypeError(`${sorted.dtype} values in rows, ${values.dtype} to find`, {
        op: "searchSorted",
        hint: "Cast one to the dtype of the other.",
      });
    }
    const { backend } = sorted.storage;
    const [from, what] = [dense(sorted), dense(values)];
    const out = allocate(values.shape, "int32", backend);
    const count = shared ? values.size : values.shape.at(-1)!;
    open(backend, opcodes.search, 4 + 9);
    pushAll(backend, [right ? 1 : 0, sizeOf(rows), sorted.shape.at(-1)!, count]);
    for (const operand of [from, what, out]) pushOperand(backend, operand);
    finish(backend);
    return out;
  },
);

function startsWith(shape: Shape, start: Shape): boolean {
  return start.every((n, i) => n === shape[i]);
}
