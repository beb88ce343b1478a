import type { Device } from "../backend/backend.js";
import type { DType } from "../dtype.js";
import { DTypeError, ShapeError, ValueError } from "../errors.js";
import { castTo, reshapeTo } from "../layout.js";
import { defineOp, type Op } from "../op.js";
import { isFloat } from "../promotion.js";
import { formatShape, type Shape, sizeOf } from "../shape.js";
import type { Tensor } from "../tensor.js";
import { computing } from "./conv-require.js";
import { tensor } from "./create.js";
import { take } from "./indexing.js";
import { matmul } from "./matmul.js";
import { requireTensor } from "./require.js";
import { transpose } from "./view.js";
import { type PerAxis, perAxis } from "./window.js";

/** The modes, each with the number of spatial axes it is for. */
const modes = { nearest: 0, linear: 1, bilinear: 2, trilinear: 3, bicubic: 2 } as const;

/** How new pixels come from the old ones. */
export interface InterpolateOptions {
  /**
   * `"nearest"` (default) repeats pixels; `"linear"`, `"bilinear"` and `"trilinear"` blend neighbours of sequences, images and
   * volumes; `"bicubic"` takes four on each axis of images.
   */
  mode?: keyof typeof modes;
  /** When pixels are blended: corner pixels keep their places (default false). */
  alignCorners?: boolean;
}

/** The shape of the result, as far as types know it. */
export type Interpolated<S extends Shape> = number extends S["length"]
  ? number[]
  : { -readonly [K in keyof S]: K extends "0" | "1" ? S[K] : number };

interface Interpolate extends Op {
  <S extends Shape, D extends DType>(
    x: Tensor<S, D>,
    size: PerAxis,
    options?: InterpolateOptions,
  ): Tensor<Interpolated<S>, D>;
  readonly method: <S extends Shape, D extends DType>(
    this: Tensor<S, D>,
    size: PerAxis,
    options?: InterpolateOptions,
  ) => Tensor<Interpolated<S>, D>;
}

/** The pixel that each new one repeats. */
function nearest(from: number, to: number, device: Device): Tensor {
  const index = Int32Array.from({ length: to }, (_, i) => Math.min(from - 1, Math.floor((i * from) / to)));
  return tensor(index, { shape: [to], device }) as Tensor;
}

/** The weights of the four pixels around a place `t` behind the second (Keys 1981, with -0.75 as PyTorch has it). */
function cubicWeights(t: number): number[] {
  const a = -0.75;
  const near = (d: number) => ((a + 2) * d - (a + 3)) * d * d + 1;
  const far = (d: number) => ((a * d - 5 * a) * d + 8 * a) * d - 4 * a;
  return [far(t + 1), near(t), near(1 - t), far(2 - t)];
}

/** How each new pixel is blended of the old ones on its axis: [to, from]. */
function blend(
  from: number,
  to: number,
  { alignCorners, cubic }: { alignCorners: boolean; cubic: boolean },
  like: { dtype: DType; device: Device },
): Tensor {
  const weights = new Float64Array(to * from);
  for (let i = 0; i < to; i++) {
    const middle = ((i + 0.5) * from) / to - 0.5;
    const corner = to > 1 ? (i * (from - 1)) / (to - 1) : 0;
    // Half a pixel before the first one counts as the first, but for a cubic curve it is a place as any other.
    const place = alignCorners ? corner : cubic ? middle : Math.max(0, middle);
    const low = Math.floor(place);
    const shares = cubic ? cubicWeights(place - low) : [1 - (place - low), place - low];
    shares.forEach((share, k) => {
      const at = Math.min(from - 1, Math.max(0, low + k - (cubic ? 1 : 0)));
      weights[i * from + at]! += share;
    });
  }
  return tensor(weights, { shape: [to, from], ...like }) as Tensor;
}

/** x with one of its axes blended by a matrix [to, from]. */
function blendAxis(x: Tensor, axis: number, matrix: Tensor): Tensor {
  const [to, from] = matrix.shape as [number, number];
  const behind = x.shape.slice(axis + 1);
  const shape = [...x.shape.slice(0, axis), to, ...behind];
  if (behind.length === 0) return matmul(x as never, transpose(matrix) as never) as Tensor;
  const lines = reshapeTo(x, [...x.shape.slice(0, axis), from, sizeOf(behind)]);
  return reshapeTo(matmul(matrix as never, lines as never) as Tensor, shape);
}

/** @throws ValueError for a mode that there is not, or not for so many axes */
function requireMode(mode: string, spatial: number): void {
  const wanted = Object.hasOwn(modes, mode) ? modes[mode as keyof typeof modes] : undefined;
  if (wanted === 0 || wanted === spatial) return;
  const fitting = Object.entries(modes).flatMap(([name, axes]) =>
    axes === 0 || axes === spatial ? [`"${name}"`] : [],
  );
  throw new ValueError(`no mode ${mode} for ${spatial} spatial axes`, {
    op: "interpolate",
    hint: `There are ${fitting.join(", ")}.`,
  });
}

/**
 * Sequences, images or volumes in another size, as `torch.nn.functional.interpolate`. x: [N, C, L], [N, C, H, W] or
 * [N, C, D, H, W] -> the same with spatial axes of `size`.
 * @throws ShapeError when x has other axes or is empty; ValueError for a broken size or mode
 * @example interpolate(zeros([8, 3, 32, 32]), [64, 64], { mode: "bilinear" }).shape; // [8, 3, 64, 64]
 */
export const interpolate: Interpolate = defineOp(
  {
    name: "interpolate",
    doc: "Sequences, images or volumes [N, C, ...] in another size.",
    samples: [
      { args: [{ shape: [1, 2, 3, 4] }, [6, 5]] },
      { args: [{ shape: [2, 1, 4, 5] }, [3, 7], { mode: "bilinear" }] },
      { args: [{ shape: [1, 1, 3, 2] }, 4, { mode: "bilinear", alignCorners: true }] },
      { args: [{ shape: [1, 2, 5] }, 8, { mode: "linear" }] },
      { args: [{ shape: [1, 1, 2, 3, 2] }, [3, 2, 4], { mode: "trilinear" }] },
      { args: [{ shape: [1, 1, 3, 4] }, [5, 3], { mode: "bicubic" }] },
    ],
    rejects: [
      { args: [{ shape: [3, 4] }, 2], message: "the input [3, 4] is no batch of images" },
      { args: [{ shape: [1, 1, 3, 4] }, 0], message: "size is 0" },
      { args: [{ shape: [1, 1, 3, 4] }, 2, { mode: "cubic" }], message: "no mode cubic" },
      { args: [{ shape: [1, 1, 3] }, 2, { mode: "bilinear" }], message: "no mode bilinear for 1 spatial axes" },
      { args: [{ shape: [1, 1, 3, 4], dtype: "int32" }, 2, { mode: "bilinear" }], message: "cannot blend int32" },
    ],
    gradient: true,
  },
  (x: Tensor, size: PerAxis, options: InterpolateOptions = {}) => {
    requireTensor("interpolate", x);
    const { mode = "nearest", alignCorners = false } = options;
    const from = x.shape.slice(2);
    if (from.length < 1 || from.length > 3 || from.includes(0)) {
      throw new ShapeError(`the input ${formatShape(x.shape)} is no batch of images`, {
        op: "interpolate",
        expected: "[N, C, L], [N, C, H, W] or [N, C, D, H, W]",
        got: formatShape(x.shape),
      });
    }
    const sizes = perAxis("interpolate", "size", size, from.length, 1);
    requireMode(String(mode), from.length);
    if (mode === "nearest") {
      return sizes.reduce((y: Tensor, to, i) => take(y, nearest(from[i]!, to, x.device), i + 2) as Tensor, x);
    }
    if (!isFloat(x.dtype)) {
      throw new DTypeError(`cannot blend ${x.dtype}`, { op: "interpolate", expected: "a float dtype", got: x.dtype });
    }
    const dtype = computing(x.dtype);
    const how = { alignCorners, cubic: mode === "bicubic" };
    const blended = sizes.reduce(
      (y: Tensor, to, i) => blendAxis(y, i + 2, blend(from[i]!, to, how, { dtype, device: x.device })),
      castTo(x, dtype),
    );
    return castTo(blended, x.dtype);
  },
);
