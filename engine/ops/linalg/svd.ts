import { attach } from "../../autograd/graph.js";
import type { DType } from "../../dtype.js";
import { defineOp, type Op } from "../../op.js";
import type { Floating } from "../../promotion.js";
import { allocate } from "../../record.js";
import type { Shape } from "../../shape.js";
import type { Tensor } from "../../tensor.js";
import { div } from "../arithmetic.js";
import { concat } from "../join.js";
import { square } from "../math.js";
import { unsqueeze } from "../view.js";
import { matrices, recordFactor, requireConverged } from "./factor-kernel.js";
import { columns, gaps, minus, plus, scaleColumns, scaleRows, skew, times, turned } from "./matrix-algebra.js";
import { factorsQR } from "./qr.js";

/** The factors of x = U diag(S) Vh: U and the transposed Vh have orthonormal columns, S is descending and at least 0. */
export interface SVD<D extends DType = DType> {
  U: Tensor<number[], D>;
  S: Tensor<number[], D>;
  Vh: Tensor<number[], D>;
}

interface Factors {
  U: Tensor;
  S: Tensor;
  V: Tensor;
}

/** Of matrices with at least as many rows as columns. Without gradients. */
function tallFactors(op: string, x: Tensor): Factors {
  const { backend } = x.storage;
  const n = x.shape.at(-1)!;
  const batch = x.shape.slice(0, -2);
  const U = allocate(x.shape, x.dtype, backend);
  const S = allocate([...batch, n], x.dtype, backend);
  const V = allocate([...batch, n, n], x.dtype, backend);
  requireConverged(op, x, recordFactor("svd", x, U, S, V));
  return { U, S, V };
}

/** The reduced factors. Without gradients. @throws ValueError for NaN or infinity */
export function factorsSVD(op: string, x: Tensor): Factors {
  if (x.shape.at(-2)! >= x.shape.at(-1)!) return tallFactors(op, x);
  const { U, S, V } = tallFactors(op, turned(x));
  return { U: V, S, V: U };
}

/** The part of y that the orthonormal columns of `basis` do not reach. */
const beside = (basis: Tensor, y: Tensor): Tensor => minus(y, times(basis, times(turned(basis), y)));

/** The reduced factors with their derivatives, as in PyTorch (Townsend 2016). */
export function differentiableSVD(op: string, x: Tensor): Factors {
  const { U, S, V } = factorsSVD(op, x);
  const [m, n] = x.shape.slice(-2) as [number, number];
  const between = (f: Tensor): Tensor => div(skew(f), gaps(square(S) as Tensor) as never) as Tensor;
  const byS = (y: Tensor): Tensor => div(y, unsqueeze(S, -2) as never) as Tensor;
  attach(S, op, [x], g => [times(scaleColumns(U, g), turned(V))]);
  attach(U, op, [x], g => {
    const inside = times(times(U, scaleColumns(between(times(turned(U), g)), S)), turned(V));
    return [m > n ? plus(inside, times(byS(beside(U, g)), turned(V))) : inside];
  });
  attach(V, op, [x], g => {
    const inside = times(times(U, scaleRows(between(times(turned(V), g)), S)), turned(V));
    return [n > m ? plus(inside, times(U, turned(byS(beside(V, g))))) : inside];
  });
  return { U, S, V };
}

/** Orthonormal columns behind those that are there, until the matrix is square. The new ones are outside the graph of gradients. */
function completed(basis: Tensor): Tensor {
  const [m, n] = basis.shape.slice(-2) as [number, number];
  if (m === n) return basis;
  return concat([basis, columns(factorsQR(basis.detach(), "complete").Q, n, m)], -1) as Tensor;
}

/** Which columns `svd` gives. */
export interface SVDOptions {
  /** True: U and Vh are square (default, as in PyTorch); false: as many columns of U and rows of Vh as there are singular values. */
  fullMatrices?: boolean;
}

interface SVDOp extends Op {
  <D extends DType>(x: Tensor<Shape, D>, options?: SVDOptions): SVD<Floating<D>>;
  readonly method: <D extends DType>(this: Tensor<Shape, D>, options?: SVDOptions) => SVD<Floating<D>>;
}

/**
 * The singular value decomposition of matrices, as `torch.linalg.svd`, by Jacobi rotations. x: [..., N, M] -> U: [..., N, N],
 * S: [..., K], Vh: [..., M, M], K the smaller of N and M; with `fullMatrices: false` U: [..., N, K], Vh: [..., K, M]. The signs
 * of pairs of vectors are free. Gradients of U and Vh need singular values that differ; the columns that only
 * complete a basis have none.
 * @throws ShapeError when x is no matrix; ValueError when it holds NaN or infinity
 * @example
 * const { U, S, Vh } = randn([4, 3]).svd({ fullMatrices: false });
 * U.mul(S).matmul(Vh); // the matrix again
 */
export const svd: SVDOp = defineOp(
  {
    name: "svd",
    doc: "The singular value decomposition of matrices.",
    samples: [],
    rejects: [{ args: [{ shape: [3] }], message: "a matrix needs two axes, got [3]" }],
    gradient: { none: "three tensors; their gradients are checked beside PyTorch's" },
  },
  (x: Tensor, { fullMatrices = true }: SVDOptions = {}) => {
    const { U, S, V } = differentiableSVD("svd", matrices("svd", x));
    return fullMatrices ? { U: completed(U), S, Vh: turned(completed(V)) } : { U, S, Vh: turned(V) };
  },
);

interface SVDVals extends Op {
  <D extends DType>(x: Tensor<Shape, D>): Tensor<number[], Floating<D>>;
  readonly method: <D extends DType>(this: Tensor<Shape, D>) => Tensor<number[], Floating<D>>;
}

/**
 * The singular values of matrices, the largest first, as `torch.linalg.svdvals`. x: [..., N, M] -> [..., K].
 * @throws ShapeError when x is no matrix; ValueError when it holds NaN or infinity
 * @example tensor([[3, 0], [0, -4]]).svdvals().toArray(); // [4, 3]
 */
export const svdvals: SVDVals = defineOp(
  {
    name: "svdvals",
    doc: "The singular values of matrices.",
    samples: [
      { args: [{ shape: [3, 3] }] },
      { args: [{ shape: [2, 4, 2] }] },
      { args: [{ shape: [2, 3] }] },
      { args: [{ shape: [3, 0] }] },
      { args: [{ shape: [0, 2, 2] }] },
    ],
    rejects: [{ args: [{ shape: [3] }], message: "a matrix needs two axes, got [3]" }],
    gradient: true,
  },
  (x: Tensor) => differentiableSVD("svdvals", matrices("svdvals", x)).S,
);
