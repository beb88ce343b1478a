import type { DType } from "../../dtype.js";
import { ValueError } from "../../errors.js";
import { defineOp, type Op } from "../../op.js";
import type { Floating } from "../../promotion.js";
import type { Shape } from "../../shape.js";
import type { Tensor } from "../../tensor.js";
import { div, mul } from "../arithmetic.js";
import { abs } from "../math.js";
import { max, min, sum } from "../reduce.js";
import { norm } from "../vector-norm.js";
import { matrices, squareMatrices } from "./factor-kernel.js";
import { inv } from "./inv.js";
import { differentiableSVD } from "./svd.js";

/**
 * `fro`: the root of the sum of squares. `nuc`: the sum of the singular values. 2 and -2: the largest and smallest singular value.
 * 1 and -1: the largest and smallest sum of sizes of a column; `Infinity` and `-Infinity`: of a row.
 */
export type MatrixOrder = "fro" | "nuc" | 1 | -1 | 2 | -2 | number;

const orders: readonly unknown[] = ["fro", "nuc", 1, -1, 2, -2, Number.POSITIVE_INFINITY, Number.NEGATIVE_INFINITY];

function requireOrder(op: string, order: unknown): void {
  if (orders.includes(order)) return;
  throw new ValueError(`an order of ${String(order)}`, { op, hint: `There are ${orders.join(", ")}.` });
}

function normOf(op: string, x: Tensor, order: MatrixOrder): Tensor {
  if (order === "fro") return norm(x, [-2, -1]) as Tensor;
  if (order === "nuc") return sum(differentiableSVD(op, x).S, -1) as Tensor;
  const extreme = (order as number) > 0 ? max : min;
  if (Math.abs(order as number) === 2) return extreme(differentiableSVD(op, x).S, -1) as Tensor;
  return extreme(sum(abs(x) as Tensor, Math.abs(order as number) === 1 ? -2 : -1) as Tensor, -1) as Tensor;
}

interface MatrixNorm extends Op {
  <D extends DType>(x: Tensor<Shape, D>, order?: MatrixOrder): Tensor<number[], Floating<D>>;
  readonly method: <D extends DType>(this: Tensor<Shape, D>, order?: MatrixOrder) => Tensor<number[], Floating<D>>;
}

/**
 * The size of matrices (default "fro"), as `torch.linalg.matrix_norm`. x: [..., N, M] -> [...]. `norm` is that of vectors.
 * @throws ShapeError when x is no matrix; ValueError for another order
 * @example tensor([[3, 0], [0, 4]]).matrixNorm("nuc").item(); // 7
 */
export const matrixNorm: MatrixNorm = defineOp(
  {
    name: "matrixNorm",
    doc: "The size of matrices.",
    samples: [
      { args: [{ shape: [3, 4] }] },
      ...(orders.slice(1) as number[]).map(order => ({ args: [{ shape: [2, 3, 4] }, order] })),
    ],
    rejects: [
      { args: [{ shape: [3] }], message: "a matrix needs two axes, got [3]" },
      { args: [{ shape: [3, 3] }, 3], message: "an order of 3" },
    ],
    gradient: true,
  },
  (x: Tensor, order: MatrixOrder = "fro") => {
    const given = matrices("matrixNorm", x);
    requireOrder("matrixNorm", order);
    return normOf("matrixNorm", given, order);
  },
);

/**
 * The condition of matrices: their size times that of their inverse (default order 2: the largest singular value by the
 * smallest), as `torch.linalg.cond`. x: [..., N, N]; for the orders 2 and -2 [..., N, M] -> [...].
 * @throws ShapeError when a matrix is not square; ValueError for another order, or a singular matrix and another order than 2
 * @example tensor([[4, 0], [0, 2]]).cond().item(); // 2
 */
export const cond: MatrixNorm = defineOp(
  {
    name: "cond",
    doc: "The condition of matrices.",
    samples: [
      { args: [{ shape: [3, 3] }] },
      { args: [{ shape: [2, 3, 2] }, -2] },
      { args: [{ shape: [2, 2, 2] }, 1] },
      { args: [{ shape: [3, 3] }, "fro"] },
    ],
    rejects: [
      { args: [{ shape: [3] }], message: "a matrix needs two axes, got [3]" },
      { args: [{ shape: [2, 3] }, 1], message: "expected square matrices, got [2, 3]" },
      { args: [{ shape: [2, 2] }, 3], message: "an order of 3" },
      { args: [{ shape: [2, 2], range: [0, 0] }, 1], message: "the matrix is singular" },
    ],
    gradient: true,
  },
  (x: Tensor, order: MatrixOrder = 2) => {
    requireOrder("cond", order);
    if (Math.abs(order as number) === 2) {
      const { S } = differentiableSVD("cond", matrices("cond", x));
      const [largest, smallest] = [max(S, -1) as Tensor, min(S, -1) as Tensor];
      return order === 2 ? div(largest, smallest as never) : div(smallest, largest as never);
    }
    const given = squareMatrices("cond", x);
    return mul(normOf("cond", given, order), normOf("cond", inv(given) as Tensor, order) as never);
  },
);
