import type { DType } from "../dtype.js";
import { ShapeError, ValueError } from "../errors.js";
import { castTo, reshapeTo } from "../layout.js";
import { defineOp, type Op } from "../op.js";
import { formatShape, type Shape } from "../shape.js";
import type { Tensor } from "../tensor.js";
import { add } from "./arithmetic.js";
import { at } from "./at.js";
import { spread } from "./conv-kernel.js";
import { insertAxis, removeAxis } from "./conv-layout.js";
import { computing, requireConv } from "./conv-require.js";
import { tensor } from "./create.js";
import { addedRows } from "./indexing.js";
import { slice } from "./slice.js";
import { permute } from "./view.js";
import { type PerAxis, perAxis } from "./window.js";

export interface ConvTransposeOptions {
  bias?: Tensor;
  stride?: PerAxis;
  /** What the convolution it undoes was padded with (default 0). */
  padding?: PerAxis;
  /** More places at the end, below the stride or the dilation (default 0). */
  outputPadding?: PerAxis;
  dilation?: PerAxis;
  groups?: number;
}

/** The shape of a transposed convolution's result, as far as types know it. */
export type Spread<S extends Shape, Spatial extends Shape> = number extends S["length"]
  ? [number, number, ...Spatial]
  : [S[0], number, ...Spatial];

interface ConvTranspose<Kernel extends Shape> extends Op {
  <S extends Shape, D extends DType>(
    x: Tensor<S, D>,
    weight: Tensor<readonly [number, number, ...Kernel], D>,
    options?: ConvTransposeOptions,
  ): Tensor<Spread<S, Kernel>, D>;
  readonly method: <S extends Shape, D extends DType>(
    this: Tensor<S, D>,
    weight: Tensor<readonly [number, number, ...Kernel], D>,
    options?: ConvTransposeOptions,
  ) => Tensor<Spread<S, Kernel>, D>;
}

/** Reads the options for `axes` spatial axes and computes the sizes of the result. */
function planOf(op: string, x: Tensor, weight: Tensor, options: ConvTransposeOptions, axes: number) {
  const stride = perAxis(op, "stride", options.stride ?? 1, axes, 1);
  const padding = perAxis(op, "padding", options.padding ?? 0, axes, 0);
  const dilation = perAxis(op, "dilation", options.dilation ?? 1, axes, 1);
  const extra = perAxis(op, "outputPadding", options.outputPadding ?? 0, axes, 0);
  const kernel = weight.shape.slice(2);
  const size = x.shape.slice(2).map((length, i) => {
    if (extra[i]! >= Math.max(stride[i]!, dilation[i]!)) {
      throw new ValueError(`outputPadding ${extra[i]} with stride ${stride[i]} and dilation ${dilation[i]}`, {
        op,
        hint: "It must be less than one of them.",
      });
    }
    return (length - 1) * stride[i]! - 2 * padding[i]! + dilation[i]! * (kernel[i]! - 1) + extra[i]! + 1;
  });
  if (size.some(length => length < 1) || kernel.some(length => length < 1)) {
    throw new ShapeError(`the result of ${formatShape(x.shape)} would be ${formatShape(size)} large`, {
      op,
      hint: "Use less padding, or a larger kernel or stride.",
    });
  }
  return { stride, padding, dilation, size };
}

/**
 * A transposed two-dimensional convolution, as `torch.nn.functional.conv_transpose2d`: the derivative of `conv2d` by its
 * input, with which images grow. x: [N, in, H, W], weight: [in, out / groups, kernel height, kernel width], bias: [out] ->
 * [N, out, H', W'] with H' = (H - 1) * stride - 2 * padding + dilation * (kernel - 1) + outputPadding + 1.
 * @throws ShapeError, DTypeError when they do not fit; ValueError for broken options
 * @example convTranspose2d(zeros([1, 8, 7, 7]), zeros([8, 4, 2, 2]), { stride: 2 }).shape; // [1, 4, 14, 14]
 */
export const convTranspose2d: ConvTranspose<[number, number]> = defineOp(
  {
    name: "convTranspose2d",
    doc: "A transposed two-dimensional convolution of images [N, C, H, W].",
    samples: [
      { args: [{ shape: [2, 3, 3, 4] }, { shape: [3, 2, 2, 3] }] },
      { args: [{ shape: [1, 2, 3, 3] }, { shape: [2, 3, 3, 3] }, { stride: 2, padding: 1, outputPadding: 1 }] },
      { args: [{ shape: [1, 4, 3, 2] }, { shape: [4, 1, 2, 2] }, { groups: 2, dilation: [1, 2], stride: [3, 1] }] },
    ],
    rejects: [
      {
        args: [{ shape: [1, 3, 4, 4] }, { shape: [2, 3, 2, 2] }],
        message: "has 3 channels, the weight [2, 3, 2, 2] takes 2",
      },
      { args: [{ shape: [1, 2, 2, 2] }, { shape: [2, 1, 1, 1] }, { padding: 1 }], message: "would be [0, 0] large" },
      {
        args: [{ shape: [1, 2, 2, 2] }, { shape: [2, 1, 2, 2] }, { outputPadding: 1 }],
        message: "outputPadding 1 with",
      },
    ],
    gradient: true,
  },
  (x: Tensor, weight: Tensor, options: ConvTransposeOptions = {}) => {
    const groups = requireConv("convTranspose2d", x, weight, options, 2, true);
    const { stride, padding, dilation, size } = planOf("convTranspose2d", x, weight, options, 2);
    const pair = (list: readonly number[]) => [list[0]!, list[1]!] as const;
    const geometry = { stride: pair(stride), padding: pair(padding), dilation: pair(dilation), groups };
    const dtype = computing(x.dtype);
    const bias = options.bias && castTo(options.bias, dtype);
    return castTo(spread(castTo(x, dtype), castTo(weight, dtype), geometry, pair(size), bias), x.dtype);
  },
);

/** The same for sequences. x: [N, in, L], weight: [in, out / groups, kernel], bias: [out] -> [N, out, L']. */
export const convTranspose1d: ConvTranspose<[number]> = defineOp(
  {
    name: "convTranspose1d",
    doc: "A transposed one-dimensional convolution of sequences [N, C, L].",
    samples: [{ args: [{ shape: [2, 3, 4] }, { shape: [3, 2, 3] }, { stride: 2, padding: 1 }] }],
    rejects: [{ args: [{ shape: [1, 3, 4] }, { shape: [2, 3, 2] }], message: "has 3 channels" }],
    gradient: true,
  },
  (x: Tensor, weight: Tensor, options: ConvTransposeOptions = {}) => {
    const groups = requireConv("convTranspose1d", x, weight, options, 1, true);
    const { stride, padding, dilation, size } = planOf("convTranspose1d", x, weight, options, 1);
    const geometry = {
      stride: [1, stride[0]!] as const,
      padding: [0, padding[0]!] as const,
      dilation: [1, dilation[0]!] as const,
      groups,
    };
    const dtype = computing(x.dtype);
    const bias = options.bias && castTo(options.bias, dtype);
    const images = castTo(insertAxis(x, 2), dtype);
    const y = spread(images, castTo(insertAxis(weight, 2), dtype), geometry, [1, size[0]!], bias);
    return castTo(removeAxis(y, 2), x.dtype);
  },
);

/**
 * The same for volumes, as `torch.nn.functional.conv_transpose3d`. x: [N, in, D, H, W], weight: [in, out / groups, kernel depth,
 * height, width], bias: [out] -> [N, out, D', H', W'].
 * @throws ShapeError, DTypeError when they do not fit; ValueError for broken options
 * @example convTranspose3d(zeros([1, 8, 3, 4, 4]), zeros([8, 4, 2, 2, 2]), { stride: 2 }).shape; // [1, 4, 6, 8, 8]
 */
export const convTranspose3d: ConvTranspose<[number, number, number]> = defineOp(
  {
    name: "convTranspose3d",
    doc: "A transposed three-dimensional convolution of volumes [N, C, D, H, W].",
    samples: [
      { args: [{ shape: [1, 2, 2, 2, 3] }, { shape: [2, 2, 2, 2, 2] }] },
      { args: [{ shape: [2, 2, 2, 2, 2] }, { shape: [2, 1, 3, 2, 1] }, { groups: 2, stride: 2, padding: [1, 0, 0] }] },
      {
        args: [
          { shape: [1, 1, 2, 2, 1] },
          { shape: [1, 2, 2, 1, 2] },
          { dilation: [2, 1, 1], outputPadding: [1, 0, 0] },
        ],
      },
    ],
    rejects: [
      { args: [{ shape: [1, 3, 4, 4] }, { shape: [3, 2, 2, 2, 2] }], message: "the input [1, 3, 4, 4] has 4 axes" },
      { args: [{ shape: [1, 3, 2, 2, 2] }, { shape: [2, 3, 2, 2, 2] }], message: "has 3 channels" },
    ],
    gradient: true,
  },
  (x: Tensor, weight: Tensor, options: ConvTransposeOptions = {}) => {
    const op = "convTranspose3d";
    const groups = requireConv(op, x, weight, options, 3, true);
    const { stride, padding, dilation, size } = planOf(op, x, weight, options, 3);
    const pair = (list: readonly number[]) => [list[1]!, list[2]!] as const;
    const geometry = { stride: pair(stride), padding: pair(padding), dilation: pair(dilation), groups };
    const dtype = computing(x.dtype);
    const [samples, channels, depth, ...image] = x.shape as unknown as [number, number, number, number, number];
    const [inputs, outputs, taps, ...kernel] = weight.shape as unknown as [number, number, number, number, number];
    // Every depth gives an image for each tap of the kernel's depth; those that fall on the same depth add up.
    const images = reshapeTo(permute(castTo(x, dtype), [0, 2, 1, 3, 4]) as Tensor, [
      samples * depth,
      channels,
      ...image,
    ]);
    const filters = reshapeTo(castTo(weight, dtype), [inputs, outputs * taps, ...kernel]);
    const plane = pair(size);
    const spreads = spread(images, filters, geometry, plane);
    const split = reshapeTo(spreads, [samples, depth, outputs * groups, taps, ...plane]);
    const lines = reshapeTo(permute(split, [0, 2, 1, 3, 4, 5]) as Tensor, [
      samples,
      outputs * groups,
      depth * taps,
      ...plane,
    ]);
    const places = Int32Array.from(
      { length: depth * taps },
      (_, i) => Math.floor(i / taps) * stride[0]! + (i % taps) * dilation[0]!,
    );
    const whole = Math.max(size[0]! + 2 * padding[0]!, places.at(-1)! + 1);
    const added = addedRows(lines, tensor(places, { device: x.device }) as Tensor, whole, 2);
    const inside = at(added, slice(), slice(), slice(padding[0]!, padding[0]! + size[0]!)) as Tensor;
    const bias = options.bias && reshapeTo(castTo(options.bias, dtype), [outputs * groups, 1, 1, 1]);
    return castTo(bias ? (add(inside, bias) as Tensor) : inside, x.dtype);
  },
);
