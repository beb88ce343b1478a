import { attach } from "../../autograd/graph.js";
import type { DType } from "../../dtype.js";
import { defineOp, type Op } from "../../op.js";
import type { Floating } from "../../promotion.js";
import type { Shape } from "../../shape.js";
import type { Tensor } from "../../tensor.js";
import { mul } from "../arithmetic.js";
import { abs, log, sign } from "../math.js";
import { prod, sum } from "../reduce.js";
import { diagonal } from "../triangle.js";
import { unsqueeze } from "../view.js";
import type { WithoutMatrix } from "./det.js";
import { squareMatrices } from "./factor-kernel.js";
import { inverseByFactors, luFactors, permutationSign } from "./lu-factors.js";
import { turned } from "./matrix-algebra.js";

/** A determinant as its sign and the logarithm of its size. */
export interface LogDet<S extends Shape = Shape, D extends DType = DType> {
  /** 1, -1, or 0 of a singular matrix. Without gradients. */
  sign: Tensor<S, D>;
  logabsdet: Tensor<S, D>;
}

interface SLogDet extends Op {
  <S extends Shape, D extends DType>(x: Tensor<S, D>): LogDet<WithoutMatrix<S>, Floating<D>>;
  readonly method: <S extends Shape, D extends DType>(this: Tensor<S, D>) => LogDet<WithoutMatrix<S>, Floating<D>>;
}

/**
 * The sign of the determinant of square matrices and the logarithm of its size, as `torch.linalg.slogdet`: for determinants that
 * no number holds. x: [..., N, N] -> [...] each. Of a singular matrix they are 0 and -Infinity.
 * @throws ShapeError when a matrix is not square; ValueError by `backward` when one is singular
 * @example tensor([[0, 2], [3, 0]]).slogdet().sign.item(); // -1
 */
export const slogdet: SLogDet = defineOp(
  {
    name: "slogdet",
    doc: "The sign of the determinant and the logarithm of its size.",
    samples: [],
    rejects: [{ args: [{ shape: [2, 3] }], message: "expected square matrices, got [2, 3]" }],
    gradient: { none: "two tensors; the gradient of the second is checked beside PyTorch's" },
  },
  (x: Tensor) => {
    const given = squareMatrices("slogdet", x);
    const factors = luFactors(given);
    const pivots = diagonal(factors.packed) as Tensor;
    const logabsdet = sum(log(abs(pivots) as Tensor) as Tensor, -1) as Tensor;
    return {
      sign: mul(prod(sign(pivots) as Tensor, -1) as Tensor, permutationSign(factors) as never) as Tensor,
      logabsdet: attach(logabsdet, "slogdet", [given], g => {
        const scale = unsqueeze(unsqueeze(g, -1) as Tensor, -1) as Tensor;
        return [mul(turned(inverseByFactors("slogdet", given, factors)), scale as never) as Tensor];
      }),
    };
  },
);
