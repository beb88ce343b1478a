import type { DType } from "../../dtype.js";
import { ShapeError } from "../../errors.js";
import { castTo } from "../../layout.js";
import { defineOp, type Op } from "../../op.js";
import { type Floating, promote } from "../../promotion.js";
import { formatShape, type Shape } from "../../shape.js";
import type { Tensor } from "../../tensor.js";
import { zeros } from "../create.js";
import { square } from "../math.js";
import { sum } from "../reduce.js";
import { matrices } from "./factor-kernel.js";
import { minus, times } from "./matrix-algebra.js";
import { pseudoInverse, rankOf, type Tolerance } from "./pinv.js";

/** What `lstsq` finds, by the names of PyTorch. */
export interface LeastSquares<D extends DType = DType> {
  /** The x of least |a x - b|; of several, the one of least |x|: [..., M, K]. */
  solution: Tensor<number[], D>;
  /** By column of b the sum of squares that is left: [..., K]; [0] unless N > M and every matrix has rank M. */
  residuals: Tensor<number[], D>;
  /** [...] */
  rank: Tensor<number[], "int32">;
  /** Of a, the largest first. */
  singularValues: Tensor<number[], D>;
}

interface LstSq extends Op {
  <D extends DType>(a: Tensor<Shape, D>, b: Tensor, options?: Pick<Tolerance, "rtol">): LeastSquares<Floating<D>>;
  readonly method: <D extends DType>(
    this: Tensor<Shape, D>,
    b: Tensor,
    options?: Pick<Tolerance, "rtol">,
  ) => LeastSquares<Floating<D>>;
}

/**
 * The least squares solution of a x = b, as `torch.linalg.lstsq`, by the singular values of a: also where a has not full rank.
 * a: [..., N, M], b: [..., N, K], whose axes before the last two broadcast. Singular values up to `rtol` times the largest
 * (default the larger side times the dtype's epsilon) count as 0.
 * @throws ShapeError when b has another number of rows; ValueError when a holds NaN or infinity
 * @example
 * const line = tensor([[0, 1], [1, 1], [2, 1]]).lstsq(tensor([[1], [3], [5]]));
 * line.solution.flatten().toArray(); // about [2, 1]: slope and intercept
 */
export const lstsq: LstSq = defineOp(
  {
    name: "lstsq",
    doc: "The least squares solution of linear equations.",
    samples: [],
    rejects: [
      { args: [{ shape: [3] }, { shape: [3, 1] }], message: "a matrix needs two axes, got [3]" },
      { args: [{ shape: [3, 2] }, { shape: [2, 1] }], message: "b has 2 rows, the matrices have 3" },
      { args: [{ shape: [3, 2] }, { shape: [3] }], message: "a matrix needs two axes, got [3]" },
    ],
    gradient: { none: "several tensors; the gradient of the solution is checked beside PyTorch's" },
  },
  (a: Tensor, b: Tensor, { rtol }: Pick<Tolerance, "rtol"> = {}) => {
    const [left, right] = [matrices("lstsq", a), matrices("lstsq", b)];
    const [m, n] = left.shape.slice(-2) as [number, number];
    if (right.shape.at(-2) !== m) {
      throw new ShapeError(`b has ${right.shape.at(-2)} rows, the matrices have ${m}`, {
        op: "lstsq",
        expected: `[..., ${m}, K]`,
        got: formatShape(right.shape),
      });
    }
    const dtype = promote(left.dtype, right.dtype);
    const [matrix, given] = [castTo(left, dtype), castTo(right, dtype)];
    const { out, S, counts } = pseudoInverse("lstsq", matrix, rtol === undefined ? {} : { rtol });
    const solution = times(out, given);
    const rank = rankOf(counts);
    const full = m > n && (rank.data() as Int32Array).every(r => r === n);
    const residuals = full
      ? (sum(square(minus(times(matrix, solution), given)) as Tensor, -2) as Tensor)
      : (zeros([0], { dtype }) as Tensor);
    return { solution, residuals, rank, singularValues: S };
  },
);
