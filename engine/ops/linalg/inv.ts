import { defineOp } from "../../op.js";
import type { Tensor } from "../../tensor.js";
import type { FloatUnary } from "../signatures.js";
import { squareMatrices, squareSamples } from "./factor-kernel.js";
import { inverseByFactors, luFactors } from "./lu-factors.js";

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
  (x: Tensor) => {
    const given = squareMatrices("inv", x);
    return inverseByFactors("inv", given, luFactors(given));
  },
);
