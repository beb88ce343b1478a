import { attach } from "../../autograd/graph.js";
import type { DType } from "../../dtype.js";
import { ShapeError, ValueError } from "../../errors.js";
import { castTo } from "../../layout.js";
import { defineOp, type Op } from "../../op.js";
import { type Promote, promote } from "../../promotion.js";
import { broadcastShapes, formatShape, type Shape } from "../../shape.js";
import type { Tensor } from "../../tensor.js";
import { neg } from "../math.js";
import { tril, triu } from "../triangle.js";
import { expand } from "../view.js";
import { matrices, recordTriangular, squareMatrices } from "./factor-kernel.js";
import { times, turned } from "./matrix-algebra.js";

/** x of a x = b for triangular a, of one batch and dtype: what stands beside the triangle counts as 0, of `unit` the diagonal as 1. */
export function solvedTriangular(a: Tensor, b: Tensor, upper: boolean, unit: boolean): Tensor {
  const out = recordTriangular(a, b, upper, unit);
  return attach(out, "triangularSolve", [a, b], (g, needs) => {
    const ofRight = solvedTriangular(turned(a), g, !upper, unit);
    if (!needs(0)) return [undefined, ofRight];
    const whole = neg(times(ofRight, turned(out))) as Tensor;
    return [(upper ? triu(whole, unit ? 1 : 0) : tril(whole, unit ? -1 : 0)) as Tensor, ofRight];
  });
}

/** Which triangle is read, and on which side it stands. */
export interface TriangularSolveOptions {
  /** True: the upper triangle of a is read; false: the lower one. */
  upper: boolean;
  /** False: x of x a = b (default true: a x = b). */
  left?: boolean;
  /** True: the diagonal counts as 1 and is not read (default false). */
  unitriangular?: boolean;
}

interface TriangularSolve extends Op {
  <D extends DType, B extends Shape, E extends DType>(
    a: Tensor<Shape, D>,
    b: Tensor<B, E>,
    options: TriangularSolveOptions,
  ): Tensor<number[], Promote<D, E>>;
  readonly method: <D extends DType, B extends Shape, E extends DType>(
    this: Tensor<Shape, D>,
    b: Tensor<B, E>,
    options: TriangularSolveOptions,
  ) => Tensor<number[], Promote<D, E>>;
}

/**
 * x of a x = b where a is triangular, as `torch.linalg.solve_triangular`; of x a = b with `left: false`. Only that triangle of a
 * is read and has a gradient. A diagonal with 0 gives infinities. a: [..., N, N], b: [..., N, K] (or [..., K, N]) -> as b, whose
 * axes before the last two broadcast.
 * @throws ShapeError when a is not square or b does not fit; ValueError when `upper` is not said
 * @example tensor([[2, 0], [1, 1]]).triangularSolve(tensor([[2], [3]]), { upper: false }).toArray(); // [[1], [2]]
 */
export const triangularSolve: TriangularSolve = defineOp(
  {
    name: "triangularSolve",
    doc: "The solution of linear equations with a triangular matrix.",
    definite: true,
    samples: [
      { args: [{ shape: [3, 3] }, { shape: [3, 2] }, { upper: false }] },
      { args: [{ shape: [3, 3] }, { shape: [3, 2] }, { upper: true }] },
      { args: [{ shape: [2, 2, 2] }, { shape: [3, 2] }, { upper: true, left: false }] },
      { args: [{ shape: [3, 3] }, { shape: [2, 3, 1] }, { upper: false, unitriangular: true }] },
      { args: [{ shape: [0, 0] }, { shape: [0, 2] }, { upper: true }] },
    ],
    rejects: [
      {
        args: [{ shape: [2, 3] }, { shape: [2, 1] }, { upper: true }],
        message: "expected square matrices, got [2, 3]",
      },
      { args: [{ shape: [2, 2] }, { shape: [3, 1] }, { upper: true }], message: "b has 3 rows, the matrices have 2" },
      {
        args: [{ shape: [2, 2] }, { shape: [2, 3] }, { upper: true, left: false }],
        message: "b has 3 columns, the matrices have 2",
      },
      { args: [{ shape: [2, 2] }, { shape: [2] }, { upper: true }], message: "a matrix needs two axes, got [2]" },
      { args: [{ shape: [2, 2] }, { shape: [2, 1] }], message: "upper is undefined" },
    ],
    gradient: true,
  },
  (a: Tensor, b: Tensor, { upper, left = true, unitriangular = false }: Partial<TriangularSolveOptions> = {}) => {
    const op = "triangularSolve";
    const matrix = squareMatrices(op, a);
    const right = matrices(op, b);
    if (typeof upper !== "boolean") {
      throw new ValueError(`upper is ${String(upper)}`, {
        op,
        hint: "Say which triangle of a counts: { upper: true }.",
      });
    }
    const [n, own] = [matrix.shape.at(-1)!, right.shape.at(left ? -2 : -1)!];
    if (n !== own) {
      throw new ShapeError(`b has ${own} ${left ? "rows" : "columns"}, the matrices have ${n}`, {
        op,
        expected: left ? `[..., ${n}, K]` : `[..., K, ${n}]`,
        got: formatShape(right.shape),
      });
    }
    const dtype = promote(matrix.dtype, right.dtype);
    const batch = broadcastShapes(op, matrix.shape.slice(0, -2), right.shape.slice(0, -2));
    const whole = (x: Tensor) => expand(castTo(x, dtype), [...batch, ...x.shape.slice(-2)]) as Tensor;
    if (left) return solvedTriangular(whole(matrix), whole(right), upper, unitriangular);
    return turned(solvedTriangular(turned(whole(matrix)), turned(whole(right)), !upper, unitriangular));
  },
);
