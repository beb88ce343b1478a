import type { DType } from "../../dtype.js";
import { ValueError } from "../../errors.js";
import { defineOp, type Op } from "../../op.js";
import type { Floating } from "../../promotion.js";
import type { Shape } from "../../shape.js";
import type { Tensor } from "../../tensor.js";
import { mul } from "../arithmetic.js";
import { abs } from "../math.js";
import { max, sum } from "../reduce.js";
import { squareMatrices } from "./factor-kernel.js";
import { identity, minus, plus, times } from "./matrix-algebra.js";
import { solve } from "./solve.js";

/** The coefficients of Padé's approximation of order 13, which holds for matrices of a 1-norm up to `border` (Higham 2005). */
const pade = [
  64764752532480000, 32382376266240000, 7771770303897600, 1187353796428800, 129060195264000, 10559470521600,
  670442572800, 33522128640, 1323241920, 40840800, 960960, 16380, 182, 1,
].map(coefficient => coefficient / 64764752532480000);
const border = 5.37;

interface MatrixExp extends Op {
  <S extends Shape, D extends DType>(x: Tensor<S, D>): Tensor<S, Floating<D>>;
  readonly method: <S extends Shape, D extends DType>(this: Tensor<S, D>) => Tensor<S, Floating<D>>;
}

/**
 * The exponential of square matrices, 1 + x + x x / 2 + ..., as `torch.linalg.matrix_exp`, by scaling, Padé's approximation and
 * squaring (Higham 2005). x: [..., N, N] -> the same. Waits for the device: how often it squares is in the values.
 * @throws ShapeError when a matrix is not square; ValueError for NaN or infinity
 * @example tensor([[0, 1], [0, 0]]).matrixExp().toArray(); // [[1, 1], [0, 1]]
 */
export const matrixExp: MatrixExp = defineOp(
  {
    name: "matrixExp",
    doc: "The exponential of square matrices.",
    samples: [
      { args: [{ shape: [3, 3] }] },
      { args: [{ shape: [2, 2, 2], range: [-6, 6] }] },
      { args: [{ shape: [0, 0] }] },
    ],
    rejects: [
      { args: [{ shape: [2, 3] }], message: "expected square matrices, got [2, 3]" },
      { args: [{ shape: [3] }], message: "expected square matrices, got [3]" },
    ],
    gradient: true,
  },
  (x: Tensor) => {
    const given = squareMatrices("matrixExp", x);
    if (given.size === 0) return given;
    const size = Number(max(sum(abs(given.detach() as Tensor) as Tensor, -2) as Tensor).item());
    if (!Number.isFinite(size)) throw new ValueError("the matrix holds NaN or infinity", { op: "matrixExp" });
    const squarings = Math.max(0, Math.ceil(Math.log2(size / border)));
    const a = mul(given, 2 ** -squarings) as Tensor;
    const one = identity(given.shape.at(-1)!, given);
    const a2 = times(a, a);
    const a4 = times(a2, a2);
    const a6 = times(a4, a2);
    const scaled = (y: Tensor, k: number) => mul(y, pade[k]!) as Tensor;
    // c0 + c2 a² + c4 a⁴ + c6 a⁶ + a⁶ (c8 a² + c10 a⁴ + c12 a⁶), and the odd ones with one more a.
    const part = (first: number) => {
      const high = plus(plus(scaled(a6, first + 12), scaled(a4, first + 10)), scaled(a2, first + 8));
      const low = plus(
        plus(plus(scaled(a6, first + 6), scaled(a4, first + 4)), scaled(a2, first + 2)),
        scaled(one, first),
      );
      return plus(times(a6, high), low);
    };
    const [even, odd] = [part(0), times(a, part(1))];
    let result = solve(minus(even, odd), plus(even, odd) as never) as Tensor;
    for (let i = 0; i < squarings; i++) result = times(result, result);
    return result;
  },
);
