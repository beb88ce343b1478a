import type { DType } from "../dtype.js";
import type { PerAxis } from "../ops/window.js";
import type { Shape } from "../shape.js";
import type { Tensor } from "../tensor.js";
import { type BatchOf, requireCounts } from "./channels.js";
import { Conv1d, Conv2d, type ConvLayerOptions } from "./conv.js";
import { Layer } from "./module.js";

type Conv = readonly [channels: number, filters: number, kernel: Shape, options: { groups: number }];

/** The form of a convolution of every channel by itself. */
export interface DepthwiseConvOptions extends Omit<ConvLayerOptions, "groups"> {
  /** How many channels each one gives (default 1). */
  multiplier?: number;
}

/**
 * A convolution of every channel by itself (Howard et al. 2017), as Keras' `DepthwiseConv1D`; each gives `multiplier` channels
 * (default 1). Input [N, channels, L] -> output [N, channels * multiplier, L']. Weight [channels * multiplier, 1, kernel...].
 * @throws ValueError for sizes that are no whole numbers
 * @example new nn.DepthwiseConv1d(3, 3, { multiplier: 2 })(zeros([2, 3, 9])).shape; // [2, 6, 7]
 */
export class DepthwiseConv1d extends Conv1d {
  constructor(channels: number, size: PerAxis, options: DepthwiseConvOptions = {}) {
    const { multiplier = 1, ...rest } = options;
    requireCounts("DepthwiseConv1d", { channels, multiplier });
    super(channels, channels * multiplier, size, { ...rest, groups: channels });
  }

  override config(): readonly unknown[] {
    const [channels, filters, kernel, { groups: _, ...form }] = super.config() as Conv;
    return [channels, kernel, { ...form, multiplier: filters / channels }];
  }
}

/**
 * A convolution of every channel by itself, then one of kernel 1 that mixes them (Chollet 2017), as Keras' `SeparableConv1D`.
 * Input [N, in, L] -> output [N, out, L']. Layers `depthwise` (without bias) and `pointwise`.
 * @throws ValueError for sizes that are no whole numbers; ShapeError when the input has other channels
 * @example new nn.SeparableConv1d(3, 8, 3, { padding: 1 })(zeros([2, 3, 9])).shape; // [2, 8, 9]
 */
export class SeparableConv1d extends Layer {
  readonly depthwise: DepthwiseConv1d;
  readonly pointwise: Conv1d;

  constructor(inputs: number, outputs: number, size: PerAxis, options: DepthwiseConvOptions = {}) {
    super();
    requireCounts("SeparableConv1d", { inputs, outputs });
    const { bias = true, generator } = options;
    const source = generator ? { generator } : {};
    this.depthwise = new DepthwiseConv1d(inputs, size, { ...options, bias: false });
    this.pointwise = new Conv1d(inputs * (options.multiplier ?? 1), outputs, 1, { bias, ...source });
  }

  forward<S extends Shape>(x: Tensor<S, DType>): Tensor<[BatchOf<S>, number, number], "float32"> {
    return this.pointwise(this.depthwise(x as never) as never) as never;
  }

  override config(): readonly unknown[] {
    const [channels, kernel, form] = this.depthwise.config() as [number, Shape, object];
    return [channels, this.pointwise.weight.shape[0], kernel, { ...form, bias: this.pointwise.bias !== undefined }];
  }
}
export interface SeparableConv1d {
  <S extends Shape>(x: Tensor<S, DType>): Tensor<[BatchOf<S>, number, number], "float32">;
}

/**
 * A convolution of every channel by itself (Howard et al. 2017), as Keras' `DepthwiseConv2D`; each gives `multiplier` channels
 * (default 1). Input [N, channels, H, W] -> output [N, channels * multiplier, H', W']. Weight [channels * multiplier, 1, kernel...].
 * @throws ValueError for sizes that are no whole numbers
 * @example new nn.DepthwiseConv2d(3, 3, { multiplier: 2 })(zeros([2, 3, 8, 8])).shape; // [2, 6, 6, 6]
 */
export class DepthwiseConv2d extends Conv2d {
  constructor(channels: number, size: PerAxis, options: DepthwiseConvOptions = {}) {
    const { multiplier = 1, ...rest } = options;
    requireCounts("DepthwiseConv2d", { channels, multiplier });
    super(channels, channels * multiplier, size, { ...rest, groups: channels });
  }

  override config(): readonly unknown[] {
    const [channels, filters, kernel, { groups: _, ...form }] = super.config() as Conv;
    return [channels, kernel, { ...form, multiplier: filters / channels }];
  }
}

/**
 * A convolution of every channel by itself, then one of kernel 1 that mixes them (Chollet 2017), as Keras' `SeparableConv2D`.
 * Input [N, in, H, W] -> output [N, out, H', W']. Layers `depthwise` (without bias) and `pointwise`.
 * @throws ValueError for sizes that are no whole numbers; ShapeError when the input has other channels
 * @example new nn.SeparableConv2d(3, 8, 3, { padding: 1 })(zeros([2, 3, 8, 8])).shape; // [2, 8, 8, 8]
 */
export class SeparableConv2d extends Layer {
  readonly depthwise: DepthwiseConv2d;
  readonly pointwise: Conv2d;

  constructor(inputs: number, outputs: number, size: PerAxis, options: DepthwiseConvOptions = {}) {
    super();
    requireCounts("SeparableConv2d", { inputs, outputs });
    const { bias = true, generator } = options;
    const source = generator ? { generator } : {};
    this.depthwise = new DepthwiseConv2d(inputs, size, { ...options, bias: false });
    this.pointwise = new Conv2d(inputs * (options.multiplier ?? 1), outputs, 1, { bias, ...source });
  }

  forward<S extends Shape>(x: Tensor<S, DType>): Tensor<[BatchOf<S>, number, number, number], "float32"> {
    return this.pointwise(this.depthwise(x as never) as never) as never;
  }

  override config(): readonly unknown[] {
    const [channels, kernel, form] = this.depthwise.config() as [number, Shape, object];
    return [channels, this.pointwise.weight.shape[0], kernel, { ...form, bias: this.pointwise.bias !== undefined }];
  }
}
export interface SeparableConv2d {
  <S extends Shape>(x: Tensor<S, DType>): Tensor<[BatchOf<S>, number, number, number], "float32">;
}
