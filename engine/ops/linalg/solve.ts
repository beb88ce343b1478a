import type { DType } from "../../dtype.js";
import { ShapeError } from "../../errors.js";
import { castTo } from "../../layout.js";
import { defineOp, type Op } from "../../op.js";
import { type Promote, promote } from "../../promotion.js";
import { broadcastShapes, formatShape, type Shape } from "../../shape.js";
import type { Tensor } from "../../tensor.js";
import { requireTensor } from "../require.js";
import { expand, squeeze, unsqueeze } from "../view.js";
import { squareMatrices } from "./factor-kernel.js";
import { luFactors, requireRegular, solvedByFactors } from "./lu-factors.js";

interface Solve extends Op {
  <A extends Shape, D extends DType, B extends Shape, E extends DType>(
    a: Tensor<A, D>,
    b: Tensor<B, E>,
  ): Tensor<Solution<A, B>, Promote<D, E>>;
  readonly method: <A extends Shape, D extends DType, B extends Shape, E extends DType>(
    this: Tensor<A, D>,
    b: Tensor<B, E>,
  ) => Tensor<Solution<A, B>, Promote<D, E>>;
}

/** The shape of b where nothing broadcasts. */
type Solution<A extends Shape, B extends Shape> = A extends readonly [number, number] ? B : number[];

/**
 * x of a x = b, as `torch.linalg.solve`, by LU decomposition. a: [..., N, N], b: [..., N, K] -> [..., N, K], whose axes before the
 * last two broadcast; or b: [N] -> [..., N].
 * @throws ShapeError when a is not square or b has another number of rows; ValueError when a matrix is singular
 * @example tensor([[2, 0], [0, 4]]).solve(tensor([2, 2])).toArray(); // [1, 0.5]
 */
export const solve: Solve = defineOp(
  {
    name: "solve",
    doc: "The solution of linear equations.",
    definite: true,
    samples: [
      { args: [{ shape: [3, 3] }, { shape: [3, 2] }] },
      { args: [{ shape: [3, 3] }, { shape: [3] }] },
      { args: [{ shape: [2, 2, 2] }, { shape: [2, 1] }] },
      { args: [{ shape: [2, 2] }, { shape: [3, 2, 2] }] },
      { args: [{ shape: [0, 0] }, { shape: [0, 2] }] },
      { args: [{ shape: [2, 2] }, { shape: [2, 0] }] },
    ],
    rejects: [
      { args: [{ shape: [2, 3] }, { shape: [2] }], message: "expected square matrices, got [2, 3]" },
      { args: [{ shape: [2, 2] }, { shape: [3, 1] }], message: "b has 3 rows, the matrices have 2" },
      { args: [{ shape: [2, 2] }, { shape: [] }], message: "b is a scalar" },
      {
        args: [{ shape: [2, 2], range: [0, 0] }, { shape: [2] }],
        message: "solve: the matrix is singular: pivot 1 is 0",
      },
    ],
    gradient: true,
  },
  (a: Tensor, b: Tensor) => {
    const left = squareMatrices("solve", a);
    requireTensor("solve", b);
    if (b.shape.length === 0) throw new ShapeError("b is a scalar", { op: "solve", expected: "[..., N, K] or [N]" });
    const isVector = b.shape.length === 1;
    const right = isVector ? (unsqueeze(b, -1) as Tensor) : b;
    const n = left.shape.at(-1)!;
    if (right.shape.at(-2) !== n) {
      throw new ShapeError(`b has ${right.shape.at(-2)} rows, the matrices have ${n}`, {
        op: "solve",
        expected: `[..., ${n}, K] or [${n}]`,
        got: formatShape(b.shape),
      });
    }
    const dtype = promote(left.dtype, right.dtype) === "float64" ? "float64" : "float32";
    const batch = broadcastShapes("solve", left.shape.slice(0, -2), right.shape.slice(0, -2));
    const whole = (x: Tensor) => expand(castTo(x, dtype), [...batch, ...x.shape.slice(-2)]) as Tensor;
    const matrix = whole(left);
    const factors = luFactors(matrix);
    requireRegular("solve", matrix, factors);
    const x = solvedByFactors("solve", matrix, whole(right), factors);
    return isVector ? (squeeze(x, -1) as Tensor) : x;
  },
);
