import { attach } from "../../autograd/graph.js";
import { ValueError } from "../../errors.js";
import { defineOp } from "../../op.js";
import { allocate } from "../../record.js";
import type { Tensor } from "../../tensor.js";
import { add, mul, sub } from "../arithmetic.js";
import { eye } from "../create.js";
import { matmul } from "../matmul.js";
import type { FloatUnary } from "../signatures.js";
import { tril } from "../triangle.js";
import { transpose } from "../view.js";
import { inBatch, recordFactor, squareMatrices, squareSamples } from "./factor-kernel.js";
import { inv } from "./inv.js";

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
    const half = mul(eye(x.shape.at(-1)!, { dtype: x.dtype, device: x.device }) as Tensor, 0.5);
    const lower = tril(matmul(transpose(out, -1, -2) as Tensor, g as never) as Tensor) as Tensor;
    const inner = sub(lower, mul(lower, half as never) as never) as Tensor;
    const inverse = inv(out) as Tensor;
    const slope = matmul(
      matmul(transpose(inverse, -1, -2) as Tensor, inner as never) as Tensor,
      inverse as never,
    ) as Tensor;
    return [mul(add(slope, transpose(slope, -1, -2) as never) as Tensor, 0.5) as Tensor];
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
