import type { DType } from "../../dtype.js";
import { ShapeError } from "../../errors.js";
import { defineOp, type Op } from "../../op.js";
import type { Promote } from "../../promotion.js";
import { broadcastShapes, formatShape, resolveAxis, type Shape } from "../../shape.js";
import type { Tensor } from "../../tensor.js";
import { mul, sub } from "../arithmetic.js";
import { roll } from "../reorder.js";
import { requireTensor } from "../require.js";
import { expand } from "../view.js";

interface Cross extends Op {
  <D extends DType, E extends DType>(
    a: Tensor<Shape, D>,
    b: Tensor<Shape, E>,
    axis?: number,
  ): Tensor<number[], Promote<D, E>>;
  readonly method: <D extends DType, E extends DType>(
    this: Tensor<Shape, D>,
    b: Tensor<Shape, E>,
    axis?: number,
  ) => Tensor<number[], Promote<D, E>>;
}

/**
 * The cross products of vectors of three numbers along an axis (default the last), as `torch.linalg.cross`; a and b broadcast.
 * a, b: [..., 3] -> [..., 3].
 * @throws ShapeError when they do not broadcast, or the axis has another length than 3
 * @example cross(tensor([1, 0, 0]), tensor([0, 1, 0])).toArray(); // [0, 0, 1]
 */
export const cross: Cross = defineOp(
  {
    name: "cross",
    doc: "The cross products of vectors of three numbers.",
    samples: [
      { args: [{ shape: [3] }, { shape: [3] }] },
      { args: [{ shape: [3, 4] }, { shape: [3, 1] }, 0] },
      { args: [{ shape: [2, 1, 3] }, { shape: [4, 3] }] },
    ],
    rejects: [
      { args: [{ shape: [2] }, { shape: [2] }], message: "axis 0 of [2] has length 2, not 3" },
      { args: [{ shape: [3] }, { shape: [2, 2] }], message: "cannot broadcast [3] with [2, 2]" },
    ],
    gradient: true,
  },
  (a: Tensor, b: Tensor, axis = -1) => {
    requireTensor("cross", a);
    requireTensor("cross", b);
    const shape = broadcastShapes("cross", a.shape, b.shape);
    const along = resolveAxis("cross", axis, shape.length);
    if (shape[along] !== 3) {
      throw new ShapeError(`axis ${along} of ${formatShape(shape)} has length ${shape[along]}, not 3`, { op: "cross" });
    }
    const [x, y] = [a, b].map(each => expand(each, shape) as Tensor) as [Tensor, Tensor];
    const next = (v: Tensor) => roll(v, -1, along) as Tensor;
    // Each number of the result is that of x times the next of y less the reverse, one place further on.
    return next(sub(mul(x, next(y) as never) as Tensor, mul(next(x), y as never) as never) as Tensor);
  },
);
