import type { DType } from "../dtype.js";
import { ShapeError } from "../errors.js";
import { reshapeTo } from "../layout.js";
import { defineOp, type Op } from "../op.js";
import { resolveAxis, type Shape } from "../shape.js";
import type { Tensor } from "../tensor.js";
import { eq, where } from "./compare.js";
import { arange } from "./create.js";
import { pad } from "./pad.js";
import { moveAxis } from "./reorder.js";
import { requireTensor } from "./require.js";
import { requireOffset } from "./triangle.js";
import { unsqueeze } from "./view.js";

interface DiagEmbed extends Op {
  <D extends DType>(x: Tensor<Shape, D>, offset?: number, axis1?: number, axis2?: number): Tensor<number[], D>;
  readonly method: <D extends DType>(
    this: Tensor<Shape, D>,
    offset?: number,
    axis1?: number,
    axis2?: number,
  ) => Tensor<number[], D>;
}

/**
 * Square matrices with vectors on a diagonal, as `torch.diag_embed`; the matrices lie in two axes (default the last two).
 * x: [..., N] -> [..., N + |offset|, N + |offset|].
 * @param offset 0 the main diagonal, positive above it
 * @throws ShapeError for a scalar, or when both axes are one
 * @example diagEmbed(tensor([[1, 2], [3, 4]])).toArray(); // [[[1, 0], [0, 2]], [[3, 0], [0, 4]]]
 */
export const diagEmbed: DiagEmbed = defineOp(
  {
    name: "diagEmbed",
    doc: "Square matrices with vectors on a diagonal.",
    samples: [
      { args: [{ shape: [2, 3] }] },
      { args: [{ shape: [2, 3] }, -1] },
      { args: [{ shape: [2, 3] }, 2, 0, 2] },
      { args: [{ shape: [2, 3] }, 1, 2, 0] },
    ],
    rejects: [
      { args: [{ shape: [] }], message: "a scalar has no diagonal" },
      { args: [{ shape: [3] }, 0, 1, -1], message: "the diagonal of axis 1 with itself" },
      { args: [{ shape: [3] }, 0.5], message: "the diagonal is 0.5" },
    ],
    gradient: true,
  },
  (x: Tensor, offset = 0, axis1 = -2, axis2 = -1) => {
    requireTensor("diagEmbed", x);
    requireOffset("diagEmbed", offset);
    if (x.shape.length === 0)
      throw new ShapeError("a scalar has no diagonal", { op: "diagEmbed", expected: "[..., N]" });
    const rank = x.shape.length + 1;
    const [rows, columns] = [axis1, axis2].map(axis => resolveAxis("diagEmbed", axis, rank)) as [number, number];
    if (rows === columns) throw new ShapeError(`the diagonal of axis ${rows} with itself`, { op: "diagEmbed" });
    const { device } = x;
    const side = x.shape.at(-1)! + Math.abs(offset);
    // Each vector as a row with zeros in front or behind, seen by all rows; the diagonal is where both places meet.
    const bordered = pad(x, [[Math.max(0, offset), Math.max(0, -offset)]]) as Tensor;
    const place = reshapeTo(arange(offset, side + offset, 1, { device }), [side, 1]);
    const matrices = where(eq(place, arange(0, side, 1, { device }) as never), unsqueeze(bordered, -2) as never, 0);
    return moveAxis(matrices as Tensor, [-2, -1], [rows, columns]);
  },
);
