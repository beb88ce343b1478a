import { attach } from "../../autograd/graph.js";
import type { DType } from "../../dtype.js";
import { ValueError } from "../../errors.js";
import { castTo } from "../../layout.js";
import { defineOp, type Op } from "../../op.js";
import type { Floating } from "../../promotion.js";
import type { Shape } from "../../shape.js";
import type { Tensor } from "../../tensor.js";
import { maximum, mul } from "../arithmetic.js";
import { gt, where } from "../compare.js";
import { zeros } from "../create.js";
import { neg, reciprocal } from "../math.js";
import { max, sum } from "../reduce.js";
import { epsilon, matrices } from "./factor-kernel.js";
import { minus, plus, scaleColumns, times, turned } from "./matrix-algebra.js";
import { factorsSVD } from "./svd.js";

/** Which singular values count: those above the larger of both. */
export interface Tolerance {
  /** In units of the matrix (default 0). */
  atol?: number;
  /** Times the largest singular value (default the larger side times the dtype's epsilon; 0 where only `atol` is given). */
  rtol?: number;
}

/** @throws ValueError for a tolerance that is no number of at least 0 */
function requireTolerance(op: string, tolerance: Tolerance): void {
  for (const [name, value] of Object.entries(tolerance)) {
    if (value === undefined || (typeof value === "number" && value >= 0)) continue;
    throw new ValueError(`${name} is ${String(value)}`, { op, hint: "Give a number of at least 0." });
  }
}

/** Which singular values of x count, as truth values: S: [..., K] -> [..., K]. */
export function counting(op: string, x: Tensor, S: Tensor, tolerance: Tolerance): Tensor {
  requireTolerance(op, tolerance);
  if (S.shape.at(-1) === 0) return zeros(S.shape, { dtype: "bool" }) as Tensor;
  const { atol, rtol = atol ? 0 : Math.max(...x.shape.slice(-2)) * epsilon[x.dtype]! } = tolerance;
  const largest = max(S, -1, { keepDims: true }) as Tensor;
  return gt(S, maximum(mul(largest, rtol) as Tensor, atol ?? 0) as never) as Tensor;
}

/** The pseudo-inverse, and what it was made of. */
export function pseudoInverse(op: string, x: Tensor, tolerance: Tolerance) {
  const { U, S, V } = factorsSVD(op, x);
  const counts = counting(op, x, S, tolerance);
  const inverse = where(counts, reciprocal(where(counts, S, 1) as Tensor), 0) as Tensor;
  const out = times(scaleColumns(V, inverse), turned(U));
  // Golub and Pereyra (1973), in the order of products that keeps them small, as in PyTorch.
  attach(out, op, [x], gradient => {
    const [P, g] = [turned(out), turned(gradient)];
    if (x.shape.at(-2)! <= x.shape.at(-1)!) {
      const k = times(g, out);
      const kp = times(k, P);
      const first = minus(kp, turned(times(out, k)));
      return [plus(minus(first, times(times(x, out), kp)), times(times(P, out), minus(g, times(k, x))))];
    }
    const k = times(out, g);
    const pk = times(P, k);
    const first = plus(neg(turned(times(k, out))) as Tensor, times(times(minus(g, times(x, k)), out), P));
    return [minus(plus(first, pk), times(times(pk, out), x))];
  });
  return { out, S, counts };
}

interface Pinv extends Op {
  <D extends DType>(x: Tensor<Shape, D>, options?: Tolerance): Tensor<number[], Floating<D>>;
  readonly method: <D extends DType>(this: Tensor<Shape, D>, options?: Tolerance) => Tensor<number[], Floating<D>>;
}

/**
 * The Moore-Penrose pseudo-inverse of matrices, as `torch.linalg.pinv`. x: [..., N, M] -> [..., M, N].
 * @throws ShapeError when x is no matrix; ValueError when it holds NaN or infinity, or for a tolerance below 0
 * @example tensor([[2, 0], [0, 0]]).pinv().toArray(); // [[0.5, 0], [0, 0]]
 */
export const pinv: Pinv = defineOp(
  {
    name: "pinv",
    doc: "The pseudo-inverse of matrices.",
    samples: [
      { args: [{ shape: [3, 3] }] },
      { args: [{ shape: [2, 4, 2] }] },
      { args: [{ shape: [2, 3] }, { rtol: 1e-3 }] },
      { args: [{ shape: [3, 0] }] },
    ],
    rejects: [
      { args: [{ shape: [3] }], message: "a matrix needs two axes, got [3]" },
      { args: [{ shape: [2, 2] }, { rtol: -1 }], message: "rtol is -1" },
    ],
    gradient: true,
  },
  (x: Tensor, tolerance: Tolerance = {}) => pseudoInverse("pinv", matrices("pinv", x), tolerance).out,
);

interface MatrixRank extends Op {
  (x: Tensor, options?: Tolerance): Tensor<number[], "int32">;
  readonly method: (this: Tensor, options?: Tolerance) => Tensor<number[], "int32">;
}

/**
 * The number of singular values that count, as `torch.linalg.matrix_rank`. x: [..., N, M] -> [...], int32.
 * @throws ShapeError when x is no matrix; ValueError when it holds NaN or infinity, or for a tolerance below 0
 * @example tensor([[1, 2], [2, 4]]).matrixRank().item(); // 1
 */
export const matrixRank: MatrixRank = defineOp(
  {
    name: "matrixRank",
    doc: "The rank of matrices.",
    samples: [
      { args: [{ shape: [3, 3] }] },
      { args: [{ shape: [2, 4, 2] }, { atol: 0.5 }] },
      { args: [{ shape: [0, 2] }] },
    ],
    rejects: [
      { args: [{ shape: [3] }], message: "a matrix needs two axes, got [3]" },
      { args: [{ shape: [2, 2] }, { atol: Number.NaN }], message: "atol is NaN" },
    ],
    gradient: { none: "a count does not change smoothly" },
  },
  (x: Tensor, tolerance: Tolerance = {}) => {
    const given = matrices("matrixRank", x);
    return rankOf(counting("matrixRank", given, factorsSVD("matrixRank", given).S, tolerance));
  },
);

/** How many singular values count: [..., K] -> [...], int32. */
export const rankOf = (counts: Tensor): Tensor => castTo(sum(castTo(counts, "int32"), -1) as Tensor, "int32");
