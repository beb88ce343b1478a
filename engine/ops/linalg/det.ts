import { attach } from "../../autograd/graph.js";
import type { DType } from "../../dtype.js";
import { defineOp, type Op } from "../../op.js";
import type { Floating } from "../../promotion.js";
import type { Shape } from "../../shape.js";
import type { Tensor } from "../../tensor.js";
import { mul } from "../arithmetic.js";
import { tensor } from "../create.js";
import { prod } from "../reduce.js";
import { diagonal } from "../triangle.js";
import { reshape, transpose, unsqueeze } from "../view.js";
import { squareMatrices, squareSamples } from "./factor-kernel.js";
import { inv } from "./inv.js";
import { luFactors } from "./lu-factors.js";

interface Det extends Op {
  <S extends Shape, D extends DType>(x: Tensor<S, D>): Tensor<WithoutMatrix<S>, Floating<D>>;
  readonly method: <S extends Shape, D extends DType>(this: Tensor<S, D>) => Tensor<WithoutMatrix<S>, Floating<D>>;
}

type WithoutMatrix<S extends Shape> = S extends readonly [...infer Batch extends Shape, number, number]
  ? Batch
  : number[];

function determinant(x: Tensor): Tensor {
  const { packed, report } = luFactors(x);
  const batch = x.shape.slice(0, -2);
  const signs = Array.from({ length: report.length / 2 }, (_, i) => 1 - 2 * report[2 * i + 1]!);
  const sign = reshape(tensor(signs, { dtype: x.dtype as "float32", device: x.device }), batch) as Tensor;
  const out = mul(prod(diagonal(packed) as Tensor, -1) as Tensor, sign as never) as Tensor;
  return attach(out, "det", [x], g => {
    const slope = unsqueeze(unsqueeze(mul(g, out as never) as Tensor, -1) as Tensor, -1) as Tensor;
    return [mul(slope, transpose(inv(x) as Tensor, -1, -2) as never) as Tensor];
  });
}

/**
 * The determinant of square matrices, as `torch.linalg.det`. x: [..., N, N] -> [...]. Of a singular matrix it is 0, and has
 * no gradient.
 * @throws ShapeError when a matrix is not square; ValueError by `backward` when one is singular
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
