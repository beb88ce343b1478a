import { attach } from "../../autograd/graph.js";
import { ValueError } from "../../errors.js";
import { defineOp } from "../../op.js";
import { allocate } from "../../record.js";
import type { Tensor } from "../../tensor.js";
import { mul } from "../arithmetic.js";
import type { FloatUnary } from "../signatures.js";
import { tril } from "../triangle.js";
import { inBatch, recordFactor, squareMatrices, squareSamples } from "./factor-kernel.js";
import { identity, minus, plus, times, turned } from "./matrix-algebra.js";
import { solvedTriangular } from "./triangular-solve.js";

function factorOf(x: Tensor): Tensor {
  const out = allocate(x.shape, x.dtype, x.storage.backend);
  const info = recordFactor("cholesky", x, out).data() as Int32Array;
  for (let i = 0; i < info.length / 2; i++) {
    if (info[2 * i] === 0) continue;
    throw new ValueError(
      `the matrix${inBatch(x, i)} is not positive definite: its leading minor of order ${info[2 * i]} is not positive`,
      { op: "cholesky", hint: "Add a small multiple of the identity to the matrix." },
    );
  }
  // Murray (2016), "Differentiation of the Cholesky decomposition"; halved and symmetric, as in PyTorch.
  return attach(out, "cholesky", [x], g => {
    const lower = tril(times(turned(out), g)) as Tensor;
    const inner = minus(lower, mul(lower, mul(identity(out.shape.at(-1)!, out), 0.5) as never) as Tensor);
    const left = solvedTriangular(turned(out), inner, true, false);
    const slope = turned(solvedTriangular(turned(out), turned(left), true, false));
    return [mul(plus(slope, turned(slope)), 0.5) as Tensor];
  });
}

/**
 * The lower triangular L with L Lᵀ = x, as `torch.linalg.cholesky`. x: [..., N, N], symmetric and positive definite, of which
 * the lower triangle is read -> the same.
 * @throws ShapeError when a matrix is not square; ValueError when one is not positive definite
 * @example tensor([[4, 2], [2, 5]]).cholesky().toArray(); // [[2, 0], [1, 2]]
 */
export const cholesky: FloatUnary = defineOp(
  {
    name: "cholesky",
    doc: "The lower triangular factor of positive definite matrices.",
    definite: true,
    samples: squareSamples,
    rejects: [
      { args: [{ shape: [3] }], message: "expected square matrices, got [3]" },
      {
        args: [{ shape: [2, 2, 2], range: [0, 0] }],
        message: "the matrix (batch element 0) is not positive definite: its leading minor of order 1",
      },
    ],
    gradient: true,
  },
  (x: Tensor) => factorOf(squareMatrices("cholesky", x)),
);
