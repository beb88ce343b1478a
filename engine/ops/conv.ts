import type { activations } from "../backend/commands.js";
import type { DType } from "../dtype.js";
import { castTo } from "../layout.js";
import { defineOp, type Op } from "../op.js";
import type { Shape } from "../shape.js";
import type { Tensor } from "../tensor.js";
import { type ConvGeometry, convolve } from "./conv-kernel.js";
import { insertAxis, removeAxis } from "./conv-layout.js";
import { computing, requireConv } from "./conv-require.js";
import { tensor, zeros } from "./create.js";
import { take } from "./indexing.js";
import { concat } from "./join.js";
import { permute, reshape } from "./view.js";
import { type WindowAxis, type WindowOptions, windowsOf } from "./window.js";

export interface ConvOptions extends WindowOptions {
  /** Added to every filter's output: [out]. */
  bias?: Tensor;
  /** Channels and filters fall into that many parts that do not see each other (default 1); as many as channels: depthwise. */
  groups?: number;
  /** Applied in the same kernel (default none). */
  activation?: keyof typeof activations;
}

/** The shape of a convolution's result, as far as types know it. */
export type Filtered<S extends Shape, Out extends number, Spatial extends Shape> = number extends S["length"]
  ? [number, Out, ...Spatial]
  : [S[0], Out, ...Spatial];

interface Conv<Kernel extends Shape> extends Op {
  <S extends Shape, D extends DType, Out extends number>(
    x: Tensor<S, D>,
    weight: Tensor<readonly [Out, number, ...Kernel], D>,
    options?: ConvOptions,
  ): Tensor<Filtered<S, Out, Kernel>, D>;
  readonly method: <S extends Shape, D extends DType, Out extends number>(
    this: Tensor<S, D>,
    weight: Tensor<readonly [Out, number, ...Kernel], D>,
    options?: ConvOptions,
  ) => Tensor<Filtered<S, Out, Kernel>, D>;
}

/** The kernels' geometry of two spatial axes. */
export function geometryOf([v, h]: readonly WindowAxis[], groups: number): ConvGeometry {
  return {
    stride: [v!.stride, h!.stride],
    padding: [v!.before, h!.before],
    dilation: [v!.dilation, h!.dilation],
    groups,
  };
}

/** A convolution of images in the dtype of the kernels, its windows worked out. */
function convolveImages(
  x: Tensor,
  weight: Tensor,
  windows: readonly WindowAxis[],
  groups: number,
  options: ConvOptions,
) {
  const dtype = computing(x.dtype);
  const bias = options.bias && castTo(options.bias, dtype);
  const size = [windows[0]!.output, windows[1]!.output] as const;
  const y = convolve(
    castTo(x, dtype),
    castTo(weight, dtype),
    geometryOf(windows, groups),
    size,
    bias,
    options.activation,
  );
  return castTo(y, x.dtype);
}

/**
 * A two-dimensional convolution (in the sense of deep learning: a cross-correlation), as `torch.nn.functional.conv2d`.
 * x: [N, C, H, W], weight: [out, C / groups, kernel height, kernel width], bias: [out] -> [N, out, H', W'] with
 * H' = floor((H + padding - dilation * (kernel - 1) - 1) / stride) + 1, padding counted on both sides.
 * @throws ShapeError, DTypeError when they do not fit; ValueError for broken options
 * @example conv2d(zeros([8, 3, 32, 32]), zeros([16, 3, 3, 3]), { padding: "same" }).shape; // [8, 16, 32, 32]
 */
export const conv2d: Conv<[number, number]> = defineOp(
  {
    name: "conv2d",
    doc: "A two-dimensional convolution of images [N, C, H, W].",
    samples: [
      { args: [{ shape: [2, 3, 5, 4] }, { shape: [4, 3, 3, 2] }] },
      { args: [{ shape: [1, 2, 5, 6] }, { shape: [3, 2, 3, 3] }, { stride: 2, padding: 1 }] },
      { args: [{ shape: [2, 4, 5, 5] }, { shape: [4, 2, 2, 3] }, { groups: 2, padding: [1, 0], dilation: [2, 1] }] },
      { args: [{ shape: [1, 3, 4, 4] }, { shape: [3, 1, 3, 3] }, { groups: 3, padding: "same" }] },
      { args: [{ shape: [2, 5, 3, 3] }, { shape: [4, 5, 1, 1] }] },
      { args: [{ shape: [1, 2, 7, 5] }, { shape: [2, 2, 2, 1] }, { stride: [3, 2], dilation: [3, 1] }] },
      { args: [{ shape: [0, 2, 3, 3] }, { shape: [1, 2, 2, 2] }] },
    ],
    rejects: [
      { args: [{ shape: [3, 5, 5] }, { shape: [4, 3, 3, 3] }], message: "the input [3, 5, 5] has 3 axes" },
      { args: [{ shape: [1, 3, 5, 5] }, { shape: [4, 3, 3] }], message: "the weight [4, 3, 3] has 3 axes" },
      {
        args: [{ shape: [1, 5, 5, 3] }, { shape: [4, 3, 3, 3] }],
        message: "the input [1, 5, 5, 3] has 5 channels, the weight [4, 3, 3, 3] takes 3",
      },
      {
        args: [{ shape: [1, 4, 5, 5] }, { shape: [3, 2, 3, 3] }, { groups: 2 }],
        message: "does not divide into 2 groups",
      },
      { args: [{ shape: [1, 3, 5, 5] }, { shape: [4, 2, 3, 3] }, { groups: 2 }], message: "in 2 groups takes 4" },
      { args: [{ shape: [1, 1, 2, 5] }, { shape: [1, 1, 3, 3] }], message: "[3, 3] does not fit into [2, 5]" },
      { args: [{ shape: [1, 1, 5, 5] }, { shape: [1, 1, 3, 3] }, { stride: 0 }], message: "stride is 0" },
      { args: [{ shape: [1, 1, 5, 5] }, { shape: [1, 1, 3, 3] }, { padding: -1 }], message: "padding is -1" },
      {
        args: [{ shape: [1, 1, 5, 5] }, { shape: [1, 1, 3, 3] }, { padding: "same", stride: 2 }],
        message: 'padding "same" with a stride',
      },
      { args: [{ shape: [1, 1, 5, 5] }, { shape: [1, 1, 3, 3] }, { groups: 0.5 }], message: "groups is 0.5" },
      { args: [{ shape: [1, 1, 5, 5] }, { shape: [1, 1, 3, 3] }, { shape: [1] }], message: "{ bias }" },
    ],
    gradient: true,
  },
  (x: Tensor, weight: Tensor, options: ConvOptions = {}) => {
    const groups = requireConv("conv2d", x, weight, options, 2);
    const windows = windowsOf("conv2d", x.shape.slice(2), weight.shape.slice(2), options);
    return convolveImages(x, weight, windows, groups, options);
  },
);

/** The windows of an axis that is there for the kernels only. */
export const noWindow: WindowAxis = { kernel: 1, stride: 1, dilation: 1, before: 0, after: 0, input: 1, output: 1 };

/**
 * A one-dimensional convolution, as `torch.nn.functional.conv1d`.
 * x: [N, C, L], weight: [out, C / groups, kernel], bias: [out] -> [N, out, L'].
 * @throws ShapeError, DTypeError when they do not fit; ValueError for broken options
 */
export const conv1d: Conv<[number]> = defineOp(
  {
    name: "conv1d",
    doc: "A one-dimensional convolution of sequences [N, C, L].",
    samples: [
      { args: [{ shape: [2, 3, 7] }, { shape: [4, 3, 3] }] },
      { args: [{ shape: [1, 4, 8] }, { shape: [2, 2, 2] }, { groups: 2, stride: 2, padding: 1, dilation: 2 }] },
    ],
    rejects: [
      { args: [{ shape: [2, 3, 7] }, { shape: [4, 2, 3] }], message: "has 3 channels, the weight [4, 2, 3] takes 2" },
      { args: [{ shape: [2, 3, 2] }, { shape: [4, 3, 3] }], message: "[3] does not fit into [2]" },
    ],
    gradient: true,
  },
  (x: Tensor, weight: Tensor, options: ConvOptions = {}) => {
    const groups = requireConv("conv1d", x, weight, options, 1);
    const windows = windowsOf("conv1d", x.shape.slice(2), weight.shape.slice(2), options);
    const images = convolveImages(insertAxis(x, 2), insertAxis(weight, 2), [noWindow, ...windows], groups, options);
    return removeAxis(images, 2);
  },
);

/** The depth axis unfolded into channels, so that the rest is a convolution of images: [N, C, D, H, W] -> [N * D', C * kernel, H, W]. */
function unfoldDepth(x: Tensor, depth: WindowAxis): Tensor {
  const [samples, channels, , height, width] = x.shape as Shape;
  const zerosOf = (length: number) =>
    length > 0
      ? [zeros([samples!, channels!, length, height!, width!], { dtype: x.dtype, device: x.device }) as Tensor]
      : [];
  const parts = [...zerosOf(depth.before), x, ...zerosOf(depth.after)];
  const padded = parts.length > 1 ? (concat(parts, 2) as Tensor) : x;
  const places = Int32Array.from(
    { length: depth.output * depth.kernel },
    (_, i) => Math.floor(i / depth.kernel) * depth.stride + (i % depth.kernel) * depth.dilation,
  );
  const taken = take(padded, tensor(places, { shape: [places.length], device: x.device }), 2) as Tensor;
  const unfolded = reshape(taken, [samples!, channels!, depth.output, depth.kernel, height!, width!]);
  return reshape(permute(unfolded, [0, 2, 1, 3, 4, 5]), [
    samples! * depth.output,
    channels! * depth.kernel,
    height!,
    width!,
  ]);
}

/**
 * A three-dimensional convolution, as `torch.nn.functional.conv3d`.
 * x: [N, C, D, H, W], weight: [out, C / groups, kernel depth, height, width], bias: [out] -> [N, out, D', H', W'].
 * @throws ShapeError, DTypeError when they do not fit; ValueError for broken options
 */
export const conv3d: Conv<[number, number, number]> = defineOp(
  {
    name: "conv3d",
    doc: "A three-dimensional convolution of volumes [N, C, D, H, W].",
    samples: [
      { args: [{ shape: [1, 2, 3, 3, 4] }, { shape: [2, 2, 2, 2, 2] }] },
      { args: [{ shape: [2, 2, 4, 3, 3] }, { shape: [2, 1, 2, 2, 1] }, { groups: 2, stride: [2, 1, 1], padding: 1 }] },
    ],
    rejects: [
      { args: [{ shape: [1, 2, 3, 3] }, { shape: [2, 2, 2, 2, 2] }], message: "the input [1, 2, 3, 3] has 4 axes" },
      {
        args: [{ shape: [1, 2, 1, 3, 3] }, { shape: [2, 2, 2, 2, 2] }],
        message: "[2, 2, 2] does not fit into [1, 3, 3]",
      },
    ],
    gradient: true,
  },
  (x: Tensor, weight: Tensor, options: ConvOptions = {}) => {
    const groups = requireConv("conv3d", x, weight, options, 3);
    const [depth, ...windows] = windowsOf("conv3d", x.shape.slice(2), weight.shape.slice(2), options);
    const [filters, channels, ...kernel] = weight.shape as Shape;
    const flat = reshape(weight, [filters!, channels! * kernel[0]!, ...kernel.slice(1)]) as Tensor;
    const images = convolveImages(unfoldDepth(x, depth!), flat, windows, groups, options);
    const split = reshape(images, [x.shape[0]!, depth!.output, ...images.shape.slice(1)]);
    return permute(split, [0, 2, 1, 3, 4]);
  },
);
