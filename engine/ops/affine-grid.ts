import type { DType } from "../dtype.js";
import { ShapeError } from "../errors.js";
import { castTo, reshapeTo } from "../layout.js";
import { defineOp, type Op } from "../op.js";
import { type Floating, floating } from "../promotion.js";
import { formatShape, requireShape, type Shape, sizeOf } from "../shape.js";
import type { Tensor } from "../tensor.js";
import { tensor } from "./create.js";
import { matmul } from "./matmul.js";
import { requireTensor } from "./require.js";
import { transpose } from "./view.js";

interface AffineGrid extends Op {
  <D extends DType>(
    theta: Tensor<Shape, D>,
    size: Shape,
    options?: { alignCorners?: boolean },
  ): Tensor<number[], Floating<D>>;
  readonly method: <D extends DType>(
    this: Tensor<Shape, D>,
    size: Shape,
    options?: { alignCorners?: boolean },
  ) => Tensor<number[], Floating<D>>;
}

/** The middles of pixels along an axis, from -1 to 1. */
function middles(length: number, alignCorners: boolean): number[] {
  return Array.from({ length }, (_, i) => {
    if (!alignCorners) return (2 * i + 1) / length - 1;
    return length > 1 ? (2 * i) / (length - 1) - 1 : 0;
  });
}

/**
 * The grid on which `gridSample` moves, turns and scales images of a size by matrices, as `torch.nn.functional.affine_grid`.
 * theta: [N, 2, 3], size: [N, C, H, W] -> [N, H, W, 2]; theta: [N, 3, 4], size: [N, C, D, H, W] -> [N, D, H, W, 3].
 * @param options.alignCorners true: -1 and 1 are the middles of the corner pixels; false (default): their outer edges
 * @throws ShapeError when theta and the size do not fit
 * @example affineGrid(tensor([[[1, 0, 0], [0, 1, 0]]]), [1, 1, 1, 2]).toArray(); // [[[[-0.5, 0], [0.5, 0]]]]
 */
export const affineGrid: AffineGrid = defineOp(
  {
    name: "affineGrid",
    doc: "The grid on which images are moved, turned and scaled.",
    samples: [
      { args: [{ shape: [2, 2, 3] }, [2, 3, 2, 4]] },
      { args: [{ shape: [1, 2, 3] }, [1, 1, 1, 3], { alignCorners: true }] },
      { args: [{ shape: [2, 3, 4] }, [2, 1, 2, 1, 3]] },
    ],
    rejects: [
      { args: [{ shape: [2, 3] }, [1, 1, 2, 2]], message: "matrices [2, 3] for the size [1, 1, 2, 2]" },
      { args: [{ shape: [2, 2, 3] }, [1, 1, 2, 2]], message: "matrices [2, 2, 3] for the size [1, 1, 2, 2]" },
      { args: [{ shape: [1, 2, 3] }, [1, 1, 2, 2, 2]], message: "matrices [1, 2, 3] for the size [1, 1, 2, 2, 2]" },
      { args: [{ shape: [1, 2, 3] }, [1, 1, 2, 0.5]], message: "0.5" },
    ],
    gradient: true,
  },
  (theta: Tensor, size: Shape, { alignCorners = false }: { alignCorners?: boolean } = {}) => {
    requireTensor("affineGrid", theta);
    requireShape("affineGrid", size);
    const lengths = size.slice(2);
    const axes = lengths.length;
    const [n = 0, rows, columns] = theta.shape;
    if (
      (axes !== 2 && axes !== 3) ||
      theta.shape.length !== 3 ||
      n !== size[0] ||
      rows !== axes ||
      columns !== axes + 1
    ) {
      throw new ShapeError(`matrices ${formatShape(theta.shape)} for the size ${formatShape(size)}`, {
        op: "affineGrid",
        expected: "theta [N, 2, 3] and size [N, C, H, W], or [N, 3, 4] and [N, C, D, H, W]",
        got: formatShape(theta.shape),
      });
    }
    const given = castTo(theta, floating(theta.dtype));
    // By pixel x, y (and z), then 1, which brings the shift in.
    const places = lengths.map(length => middles(length, alignCorners));
    const count = sizeOf(lengths);
    const values = new Float64Array(count * (axes + 1));
    for (let pixel = 0; pixel < count; pixel++) {
      let rest = pixel;
      for (let axis = axes - 1; axis >= 0; axis--) {
        values[pixel * (axes + 1) + (axes - 1 - axis)] = places[axis]![rest % lengths[axis]!]!;
        rest = Math.floor(rest / lengths[axis]!);
      }
      values[pixel * (axes + 1) + axes] = 1;
    }
    const base = tensor(values, { shape: [count, axes + 1], dtype: given.dtype, device: given.device });
    const grid = matmul(base as Tensor, transpose(given, 1, 2) as never) as Tensor;
    return reshapeTo(grid, [n, ...lengths, axes]);
  },
);
