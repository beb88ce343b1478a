import { attach } from "../../autograd/graph.js";
import type { DType } from "../../dtype.js";
import { defineOp, type Op } from "../../op.js";
import type { Floating } from "../../promotion.js";
import type { Shape } from "../../shape.js";
import type { Tensor } from "../../tensor.js";
import { mul } from "../arithmetic.js";
import { prod } from "../reduce.js";
import { diagonal } from "../triangle.js";
import { unsqueeze } from "../view.js";
import { squareMatrices, squareSamples } from "./factor-kernel.js";
import { inverseByFactors, type LuFactors, luFactors, nearbyFactors, permutationSign } from "./lu-factors.js";
import { turned } from "./matrix-algebra.js";

interface Det extends Op {
  <S extends Shape, D extends DType>(x: Tensor<S, D>): Tensor<WithoutMatrix<S>, Floating<D>>;
  readonly method: <S extends Shape, D extends DType>(this: Tensor<S, D>) => Tensor<WithoutMatrix<S>, Floating<D>>;
}

/** The shape of a batch of matrices without them. */
export type WithoutMatrix<S extends Shape> = S extends readonly [...infer Batch extends Shape, number, number]
  ? Batch
  : number[];

const product = (factors: LuFactors): Tensor =>
  mul(prod(diagonal(factors.packed) as Tensor, -1) as Tensor, permutationSign(factors) as never) as Tensor;

function determinant(x: Tensor): Tensor {
  const factors = luFactors(x);
  const out = product(factors);
  return attach(out, "det", [x], g => {
    const near = nearbyFactors(factors);
    const size = near === factors ? out : product(near);
    const slope = unsqueeze(unsqueeze(mul(g, size as never) as Tensor, -1) as Tensor, -1) as Tensor;
    return [mul(slope, turned(inverseByFactors("det", x, near)) as never) as Tensor];
  });
}

/**
 * The determinant of square matrices, as `torch.linalg.det`. x: [..., N, N] -> [...]. Of a singular matrix it is 0.
 * @throws ShapeError when a matrix is not square
 * @example tensor([[2, 1], [1, 3]]).det().item(); // 5
 */
export const det: Det = defineOp(
  {
    name: "det",
    doc: "The determinant of square matrices.",
    definite: true,
    samples: squareSamples,
    rejects: [{ args: [{ shape: [2, 3] }], message: "expected square matrices, got [2, 3]" }],
    gradient: true,
  },
  (x: Tensor) => determinant(squareMatrices("det", x)),
);
