import { attach } from "../autograd/graph.js";
import type { DType } from "../dtype.js";
import { ShapeError, ValueError } from "../errors.js";
import { reshapeTo } from "../layout.js";
import { defineOp, type Op, type OpEntry } from "../op.js";
import { allocate, recordCopy, recordFill } from "../record.js";
import { formatShape, resolveAxis, type Shape } from "../shape.js";
import { Tensor } from "../tensor.js";
import { ge, le, where } from "./compare.js";
import { arange } from "./create.js";
import { sum } from "./reduce.js";
import { requireTensor } from "./require.js";

/** @throws ValueError unless a diagonal is named by a whole number */
export function requireOffset(op: string, offset: unknown): asserts offset is number {
  if (Number.isSafeInteger(offset)) return;
  throw new ValueError(`the diagonal is ${String(offset)}`, {
    op,
    hint: "Give a whole number: 0 is the main diagonal, above it positive.",
  });
}

function requireMatrix(op: string, x: unknown): asserts x is Tensor {
  requireTensor(op, x);
  if (x.shape.length >= 2) return;
  throw new ShapeError(`a matrix needs two axes, got ${formatShape(x.shape)}`, { op });
}

interface Triangle extends Op {
  <S extends Shape, D extends DType>(x: Tensor<S, D>, diagonal?: number): Tensor<S, D>;
  readonly method: <S extends Shape, D extends DType>(this: Tensor<S, D>, diagonal?: number) => Tensor<S, D>;
}

function triangle(name: "tril" | "triu", doc: string, compare: typeof le): Triangle {
  return defineOp(
    {
      name,
      doc,
      samples: [
        { args: [{ shape: [3, 4] }] },
        { args: [{ shape: [2, 4, 3] }, 1] },
        { args: [{ shape: [3, 3], dtype: "int32" }, -1] },
      ],
      rejects: [
        { args: [{ shape: [3] }], message: "a matrix needs two axes, got [3]" },
        { args: [{ shape: [3, 3] }, 0.5], message: "the diagonal is 0.5" },
      ],
      gradient: true,
    },
    (x: Tensor, diagonal = 0) => {
      requireMatrix(name, x);
      requireOffset(name, diagonal);
      const [rows, columns] = x.shape.slice(-2) as [number, number];
      const { device } = x;
      const last = reshapeTo(arange(diagonal, rows + diagonal, 1, { device }), [rows, 1]);
      return where(compare(arange(0, columns, 1, { device }), last as never), x, 0) as Tensor;
    },
  );
}

/**
 * The lower triangle of matrices, 0 above the diagonal. x: [..., N, M] -> the same.
 * @param diagonal the last diagonal that stays: 0 the main one, positive above it
 */
export const tril: Triangle = triangle("tril", "The lower triangle of matrices.", le);

/**
 * The upper triangle of matrices, 0 below the diagonal. x: [..., N, M] -> the same.
 * @param diagonal the first diagonal that stays: 0 the main one, positive above it
 * @example ones([4, 4]).triu(1).cast("bool"); // a causal mask
 */
export const triu: Triangle = triangle("triu", "The upper triangle of matrices.", ge);

/** Which diagonal of which two axes. */
interface Where {
  readonly offset: number;
  readonly rows: number;
  readonly columns: number;
}

function view(x: Tensor, { offset, rows, columns }: Where): Tensor {
  const [n, m] = [x.shape[rows]!, x.shape[columns]!];
  const length = Math.max(0, offset >= 0 ? Math.min(n, m - offset) : Math.min(n + offset, m));
  const others = x.shape.map((_, i) => i).filter(i => i !== rows && i !== columns);
  const first = offset >= 0 ? offset * x.strides[columns]! : -offset * x.strides[rows]!;
  return new Tensor(
    x.storage,
    [...others.map(i => x.shape[i]!), length],
    x.dtype,
    [...others.map(i => x.strides[i]!), x.strides[rows]! + x.strides[columns]!],
    length === 0 ? x.offset : x.offset + first,
  );
}

function diagonalOf(x: Tensor, at: Where): Tensor {
  return attach(view(x, at), "diagonal", [x], g => [placed(g, x.shape, at)]);
}

/** Zeros with g on the diagonal. */
function placed(g: Tensor, shape: Shape, at: Where): Tensor {
  const out = allocate(shape, g.dtype, g.storage.backend);
  recordFill(out, 0);
  recordCopy(g, view(out, at));
  return attach(out, "diagonal.gradient", [g], h => [diagonalOf(h, at)]);
}

interface Diagonal extends Op {
  <D extends DType>(x: Tensor<Shape, D>, offset?: number, axis1?: number, axis2?: number): Tensor<number[], D>;
  readonly method: <D extends DType>(
    this: Tensor<Shape, D>,
    offset?: number,
    axis1?: number,
    axis2?: number,
  ) => Tensor<number[], D>;
}

/**
 * A diagonal of two axes (default the last two), as the last axis of the result. A view. x: [..., N, M] -> [..., K].
 * @param offset 0 the main diagonal, positive above it
 */
export const diagonal: Diagonal = defineOp(
  {
    name: "diagonal",
    doc: "A diagonal of two axes, as the last axis.",
    samples: [
      { args: [{ shape: [3, 4] }] },
      { args: [{ shape: [2, 3, 4] }, -1] },
      { args: [{ shape: [3, 2, 4] }, 1, 0, 2] },
      { args: [{ shape: [3, 3] }, 5] },
    ],
    rejects: [
      { args: [{ shape: [3] }], message: "axis -2 does not exist" },
      { args: [{ shape: [3, 3] }, 0, 1, -1], message: "the diagonal of axis 1 with itself" },
    ],
    gradient: true,
  },
  (x: Tensor, offset = 0, axis1 = -2, axis2 = -1) => {
    requireTensor("diagonal", x);
    requireOffset("diagonal", offset);
    const rows = resolveAxis("diagonal", axis1, x.shape.length);
    const columns = resolveAxis("diagonal", axis2, x.shape.length);
    if (rows === columns) throw new ShapeError(`the diagonal of axis ${rows} with itself`, { op: "diagonal" });
    return diagonalOf(x, { offset, rows, columns });
  },
);

interface Diag extends Op {
  <S extends Shape, D extends DType>(
    x: Tensor<S, D>,
    offset?: number,
  ): Tensor<S["length"] extends 1 ? [number, number] : number extends S["length"] ? number[] : [number], D>;
  readonly method: <S extends Shape, D extends DType>(
    this: Tensor<S, D>,
    offset?: number,
  ) => Tensor<S["length"] extends 1 ? [number, number] : number extends S["length"] ? number[] : [number], D>;
}

/**
 * A square matrix with a vector on its diagonal, or the diagonal of a matrix: [N] -> [N + |offset|, N + |offset|]; [N, M] -> [K].
 * @throws ShapeError when x is neither a vector nor a matrix
 */
export const diag: Diag = defineOp(
  {
    name: "diag",
    doc: "A matrix of its diagonal, or the diagonal of a matrix.",
    samples: [{ args: [{ shape: [3] }] }, { args: [{ shape: [2] }, -1] }, { args: [{ shape: [3, 4] }, 1] }],
    rejects: [{ args: [{ shape: [2, 2, 2] }], message: "[2, 2, 2] is neither a vector nor a matrix" }],
    gradient: true,
  },
  (x: Tensor, offset = 0) => {
    requireTensor("diag", x);
    requireOffset("diag", offset);
    if (x.shape.length !== 1 && x.shape.length !== 2) {
      throw new ShapeError(`${formatShape(x.shape)} is neither a vector nor a matrix`, {
        op: "diag",
        hint: "diagonal takes the diagonal of any two axes.",
      });
    }
    const at: Where = { offset, rows: 0, columns: 1 };
    if (x.shape.length === 2) return diagonalOf(x, at);
    const side = x.shape[0]! + Math.abs(offset);
    return placed(x, [side, side], at);
  },
);

interface Trace extends Op {
  <D extends DType>(x: Tensor<Shape, D>): Tensor<number[], D>;
  readonly method: <D extends DType>(this: Tensor<Shape, D>) => Tensor<number[], D>;
}

const traceSamples: OpEntry["samples"] = [{ args: [{ shape: [3, 3] }] }, { args: [{ shape: [2, 3, 4] }] }];

/** The sum of the main diagonal of matrices. x: [..., N, M] -> [...]. Integers add up in int64. */
export const trace: Trace = defineOp(
  {
    name: "trace",
    doc: "The sum of the main diagonal of matrices.",
    samples: traceSamples,
    rejects: [{ args: [{ shape: [3] }], message: "a matrix needs two axes, got [3]" }],
    gradient: true,
  },
  (x: Tensor) => {
    requireMatrix("trace", x);
    return sum(diagonal(x), -1) as Tensor;
  },
);
