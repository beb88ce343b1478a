import { attach } from "../../autograd/graph.js";
import { ValueError } from "../../errors.js";
import { expandTo } from "../../layout.js";
import { defineOp } from "../../op.js";
import { allocate } from "../../record.js";
import type { Tensor } from "../../tensor.js";
import { eye } from "../create.js";
import { gather } from "../gather.js";
import { neg } from "../math.js";
import { matmul } from "../matmul.js";
import type { FloatUnary } from "../signatures.js";
import { transpose, unsqueeze } from "../view.js";
import { inBatch, recordFactor, recordTriangular, squareMatrices } from "./factor-kernel.js";

function inverse(x: Tensor): Tensor {
  const packed = allocate(x.shape, x.dtype, x.storage.backend);
  const places = allocate(x.shape.slice(0, -1), "int32", x.storage.backend);
  const info = recordFactor("lu", x, packed, places).data() as Int32Array;
  for (let i = 0; i < info.length / 2; i++) {
    if (info[2 * i] === 0) continue;
    throw new ValueError(`the matrix${inBatch(x, i)} is singular: pivot ${info[2 * i]} is 0`, { op: "inv" });
  }
  const n = x.shape.at(-1)!;
  const identity = expandTo(eye(n, { dtype: x.dtype }) as Tensor, x.shape);
  const rows = expandTo(unsqueeze(places, -1) as Tensor, x.shape);
  const permuted = gather(identity, rows as never, -2) as Tensor;
  const out = recordTriangular(packed, recordTriangular(packed, permuted, false, true), true, false);
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
    samples: [
      { args: [{ shape: [3, 3] }] },
      { args: [{ shape: [2, 2, 2] }] },
      { args: [{ shape: [0, 3, 3] }] },
      { args: [{ shape: [0, 0] }] },
      { args: [{ shape: [1, 1] }] },
    ],
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
