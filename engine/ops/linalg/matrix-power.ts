import type { DType } from "../../dtype.js";
import { ValueError } from "../../errors.js";
import type { Op } from "../../op.js";
import { defineOp } from "../../op.js";
import type { Floating } from "../../promotion.js";
import type { Shape } from "../../shape.js";
import type { Tensor } from "../../tensor.js";
import { mul } from "../arithmetic.js";
import { expand } from "../view.js";
import { squareMatrices } from "./factor-kernel.js";
import { inv } from "./inv.js";
import { identity, plus, times } from "./matrix-algebra.js";

interface MatrixPower extends Op {
  <S extends Shape, D extends DType>(x: Tensor<S, D>, exponent: number): Tensor<S, Floating<D>>;
  readonly method: <S extends Shape, D extends DType>(this: Tensor<S, D>, exponent: number) => Tensor<S, Floating<D>>;
}

/**
 * Square matrices times themselves, as `torch.linalg.matrix_power`; of a negative exponent the inverse. x: [..., N, N] -> the same.
 * @throws ShapeError when a matrix is not square; ValueError for a fraction, or a singular matrix and a negative exponent
 * @example tensor([[1, 1], [1, 0]]).matrixPower(10).at(0, 1).item(); // 55
 */
export const matrixPower: MatrixPower = defineOp(
  {
    name: "matrixPower",
    doc: "Square matrices times themselves, so many times.",
    definite: true,
    samples: [
      { args: [{ shape: [3, 3], range: [-0.5, 0.5] }, 5] },
      { args: [{ shape: [2, 2, 2] }, -2] },
      { args: [{ shape: [2, 2] }, 0] },
      { args: [{ shape: [2, 2] }, 1] },
    ],
    rejects: [
      { args: [{ shape: [2, 3] }, 2], message: "expected square matrices, got [2, 3]" },
      { args: [{ shape: [2, 2] }, 0.5], message: "an exponent of 0.5" },
      { args: [{ shape: [2, 2], range: [0, 0] }, -1], message: "the matrix is singular" },
    ],
    gradient: true,
  },
  (x: Tensor, exponent: number) => {
    const given = squareMatrices("matrixPower", x);
    if (!Number.isSafeInteger(exponent)) {
      throw new ValueError(`an exponent of ${String(exponent)}`, { op: "matrixPower", hint: "Give a whole number." });
    }
    // Times 0 keeps the result in the graph, with gradients of 0.
    if (exponent === 0)
      return plus(mul(given, 0) as Tensor, expand(identity(given.shape.at(-1)!, given), given.shape) as Tensor);
    let base = exponent < 0 ? (inv(given) as Tensor) : given;
    let result: Tensor | undefined;
    for (let rest = Math.abs(exponent); ; base = times(base, base)) {
      if (rest % 2 === 1) result = result === undefined ? base : times(result, base);
      rest = Math.floor(rest / 2);
      if (rest === 0) return result;
    }
  },
);
