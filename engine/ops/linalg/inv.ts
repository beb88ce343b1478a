import { attach } from "../../autograd/graph.js";
import { expandTo } from "../../layout.js";
import { defineOp } from "../../op.js";
import type { Tensor } from "../../tensor.js";
import { eye } from "../create.js";
import { neg } from "../math.js";
import { matmul } from "../matmul.js";
import type { FloatUnary } from "../signatures.js";
import { transpose } from "../view.js";
import { squareMatrices, squareSamples } from "./factor-kernel.js";
import { luFactors, requireRegular, solveByFactors } from "./lu-factors.js";

function inverse(x: Tensor): Tensor {
  const factors = luFactors(x);
  requireRegular("inv", x, factors);
  const identity = expandTo(eye(x.shape.at(-1)!, { dtype: x.dtype, device: x.device }) as Tensor, x.shape);
  const out = solveByFactors(factors, identity);
  return attach(out, "inv", [x], g => {
    const turned = transpose(out, -1, -2) as Tensor;
    return [neg(matmul(matmul(turned, g as never) as Tensor, turned as never)) as Tensor];
  });
}

/**
 * The inverse of square matrices, as `torch.linalg.inv`. x: [..., N, N] -> the same.
 * @throws ShapeError when a matrix is not square; ValueError when one is singular
 * @example tensor([[2, 0], [0, 4]]).inv().toArray(); // [[0.5, 0], [0, 0.25]]
 */
export const inv: FloatUnary = defineOp(
  {
    name: "inv",
    doc: "The inverse of square matrices.",
    definite: true,
    samples: squareSamples,
    rejects: [
      { args: [{ shape: [2, 3] }], message: "expected square matrices, got [2, 3]" },
      {
        args: [{ shape: [2, 2, 2], range: [0, 0] }],
        message: "inv: the matrix (batch element 0) is singular: pivot 1 is 0",
      },
    ],
    gradient: true,
  },
  (x: Tensor) => inverse(squareMatrices("inv", x)),
);
