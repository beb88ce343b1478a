import type { Device } from "../backend/backend.js";
import type { DType } from "../dtype.js";
import { DTypeError, ShapeError, ValueError } from "../errors.js";
import { castTo } from "../layout.js";
import { defineOp, type Op } from "../op.js";
import { isFloat } from "../promotion.js";
import { formatShape, type Shape } from "../shape.js";
import type { Tensor } from "../tensor.js";
import { computing } from "./conv-require.js";
import { tensor } from "./create.js";
import { take } from "./indexing.js";
import { matmul } from "./matmul.js";
import type { Pooled } from "./pool.js";
import { requireTensor } from "./require.js";
import { transpose } from "./view.js";
import { type PerAxis, perAxis } from "./window.js";

export interface InterpolateOptions {
  /** `"nearest"` (default) repeats pixels; `"bilinear"` blends neighbours. */
  mode?: "nearest" | "bilinear";
  /** Bilinear: corner pixels keep their places (default false). */
  alignCorners?: boolean;
}

interface Interpolate extends Op {
  <S extends Shape, D extends DType>(
    x: Tensor<S, D>,
    size: PerAxis,
    options?: InterpolateOptions,
  ): Tensor<Pooled<S, [number, number]>, D>;
  readonly method: <S extends Shape, D extends DType>(
    this: Tensor<S, D>,
    size: PerAxis,
    options?: InterpolateOptions,
  ) => Tensor<Pooled<S, [number, number]>, D>;
}

/** The pixel that each new one repeats. */
function nearest(from: number, to: number, device: Device): Tensor {
  const index = Int32Array.from({ length: to }, (_, i) => Math.min(from - 1, Math.floor((i * from) / to)));
  return tensor(index, { shape: [to], device }) as Tensor;
}

/** How each new pixel is blended: [to, from], two entries a row. */
function blend(from: number, to: number, alignCorners: boolean, dtype: DType, device: Device): Tensor {
  const weights = new Float64Array(to * from);
  for (let i = 0; i < to; i++) {
    const place = alignCorners
      ? to > 1
        ? (i * (from - 1)) / (to - 1)
        : 0
      : Math.max(0, ((i + 0.5) * from) / to - 0.5);
    const low = Math.min(from - 1, Math.floor(place));
    const high = Math.min(from - 1, low + 1);
    weights[i * from + low]! += 1 - (place - low);
    weights[i * from + high]! += place - low;
  }
  return tensor(weights, { shape: [to, from], dtype, device }) as Tensor;
}

/**
 * Images in another size, as `torch.nn.functional.interpolate`. x: [N, C, H, W] -> [N, C, size, size].
 * @throws ShapeError when x is no batch of images or empty; ValueError for a broken size or mode
 * @example interpolate(zeros([8, 3, 32, 32]), [64, 64], { mode: "bilinear" }).shape; // [8, 3, 64, 64]
 */
export const interpolate: Interpolate = defineOp(
  {
    name: "interpolate",
    doc: "Images [N, C, H, W] in another size.",
    samples: [
      { args: [{ shape: [1, 2, 3, 4] }, [6, 5]] },
      { args: [{ shape: [2, 1, 4, 5] }, [3, 7], { mode: "bilinear" }] },
      { args: [{ shape: [1, 1, 3, 2] }, 4, { mode: "bilinear", alignCorners: true }] },
    ],
    rejects: [
      { args: [{ shape: [3, 4] }, 2], message: "the input [3, 4] is no batch of images" },
      { args: [{ shape: [1, 1, 3, 4] }, 0], message: "size is 0" },
      { args: [{ shape: [1, 1, 3, 4] }, 2, { mode: "cubic" }], message: "no mode cubic" },
      { args: [{ shape: [1, 1, 3, 4], dtype: "int32" }, 2, { mode: "bilinear" }], message: "cannot blend int32" },
    ],
    gradient: true,
  },
  (x: Tensor, size: PerAxis, options: InterpolateOptions = {}) => {
    requireTensor("interpolate", x);
    const { mode = "nearest", alignCorners = false } = options;
    const [height, width] = x.shape.slice(2) as [number, number];
    if (x.shape.length !== 4 || height === 0 || width === 0) {
      throw new ShapeError(`the input ${formatShape(x.shape)} is no batch of images`, {
        op: "interpolate",
        expected: "[N, C, H, W]",
        got: formatShape(x.shape),
      });
    }
    const [toHeight, toWidth] = perAxis("interpolate", "size", size, 2, 1) as [number, number];
    if (mode === "nearest")
      return take(take(x, nearest(height, toHeight, x.device), 2), nearest(width, toWidth, x.device), 3);
    if (mode !== "bilinear") {
      throw new ValueError(`no mode ${String(mode)}`, {
        op: "interpolate",
        hint: 'There are "nearest" and "bilinear".',
      });
    }
    if (!isFloat(x.dtype)) {
      throw new DTypeError(`cannot blend ${x.dtype}`, { op: "interpolate", expected: "a float dtype", got: x.dtype });
    }
    const dtype = computing(x.dtype);
    const rows = matmul(
      blend(height, toHeight, alignCorners, dtype, x.device) as never,
      castTo(x, dtype) as never,
    ) as Tensor;
    const columns = transpose(blend(width, toWidth, alignCorners, dtype, x.device));
    return castTo(matmul(rows as never, columns as never) as Tensor, x.dtype);
  },
);
