import { attach } from "../../autograd/graph.js";
import type { DType } from "../../dtype.js";
import { defineOp, type Op } from "../../op.js";
import type { Floating } from "../../promotion.js";
import type { Shape } from "../../shape.js";
import type { Tensor } from "../../tensor.js";
import { concat } from "../join.js";
import { pad } from "../pad.js";
import { tril, triu } from "../triangle.js";
import { matrices } from "./factor-kernel.js";
import { luFactors, permuteRows } from "./lu-factors.js";
import { columns, identity, minus, rows, times, turned } from "./matrix-algebra.js";
import { solvedTriangular } from "./triangular-solve.js";

/** The factors of x = P L U: a permutation of the rows, a lower triangle with ones on its diagonal, an upper triangle. */
export interface LU<D extends DType = DType> {
  P: Tensor<number[], D>;
  L: Tensor<number[], D>;
  U: Tensor<number[], D>;
}

/** The factors of x whose rows are permuted already, with their values. PyTorch's derivatives, by blocks where x is not square. */
function attached(x: Tensor, L: Tensor, U: Tensor): void {
  const [m, n] = x.shape.slice(-2) as [number, number];
  const k = Math.min(m, n);
  const square = () => ({ lower: rows(L, 0, k), upper: columns(U, 0, k) });
  const behindUpper = (y: Tensor) => turned(solvedTriangular(square().upper, turned(y), true, false));
  const beforeLower = (y: Tensor) => solvedTriangular(turned(square().lower), y, true, true);
  const whole = (part: Tensor): Tensor =>
    pad(part, [
      [0, m - part.shape.at(-2)!],
      [0, n - part.shape.at(-1)!],
    ]) as Tensor;

  attach(L, "lu", [x], g => {
    const first = tril(times(turned(square().lower), rows(g, 0, k)), -1) as Tensor;
    if (m === k) return [whole(behindUpper(beforeLower(first)))];
    const rest = rows(g, k, m);
    const inner = minus(first, triu(times(turned(rows(L, k, m)), rest)) as Tensor);
    return [concat([behindUpper(beforeLower(inner)), behindUpper(rest)], -2) as Tensor];
  });
  attach(U, "lu", [x], g => {
    const first = triu(times(columns(g, 0, k), turned(square().upper))) as Tensor;
    if (n === k) return [whole(behindUpper(beforeLower(first)))];
    const rest = columns(g, k, n);
    const inner = minus(first, tril(times(rest, turned(columns(U, k, n))), -1) as Tensor);
    return [concat([behindUpper(beforeLower(inner)), beforeLower(rest)], -1) as Tensor];
  });
}

interface LUOp extends Op {
  <D extends DType>(x: Tensor<Shape, D>): LU<Floating<D>>;
  readonly method: <D extends DType>(this: Tensor<Shape, D>) => LU<Floating<D>>;
}

/**
 * The LU decomposition of matrices with partial pivoting, as `torch.linalg.lu`. x: [..., N, M] -> P: [..., N, N],
 * L: [..., N, K], U: [..., K, M], K the smaller of N and M. A singular matrix has factors, too, but no gradients.
 * @throws ShapeError when x is no matrix
 * @example
 * const { P, L, U } = randn([3, 3]).lu();
 * P.matmul(L).matmul(U); // the matrix again
 */
export const lu: LUOp = defineOp(
  {
    name: "lu",
    doc: "The triangular factors of matrices, with row exchanges.",
    samples: [],
    rejects: [{ args: [{ shape: [3] }], message: "a matrix needs two axes, got [3]" }],
    gradient: { none: "three tensors; their gradients are checked beside PyTorch's" },
  },
  (x: Tensor) => {
    const given = matrices("lu", x);
    const [m, n] = given.shape.slice(-2) as [number, number];
    const k = Math.min(m, n);
    const { packed, places } = luFactors(given);
    const unit = pad(identity(k, packed), [
      [0, m - k],
      [0, 0],
    ]) as Tensor;
    const L = (tril(columns(packed, 0, k), -1) as Tensor).add(unit as never) as Tensor;
    const U = triu(rows(packed, 0, k)) as Tensor;
    const permuted = permuteRows(given, places);
    attached(permuted, L, U);
    const P = turned(permuteRows(identity(m, packed).expand([...given.shape.slice(0, -2), m, m]) as Tensor, places));
    return { P, L, U };
  },
);
