import type { DType } from "../../dtype.js";
import type { PerAxis } from "../../ops/window.js";
import { type Shape, sizeOf } from "../../shape.js";
import type { Tensor } from "../../tensor.js";
import type { DataFormat } from "../padding.js";
import { ByChannel, type DepthwiseOptions } from "./by-channel.js";
import type { Formatted } from "./data-format.js";
import { plainOptions } from "./plain-options.js";

/** A convolution of every channel by itself, with Keras' options. */
abstract class DepthwiseConvolution<F extends DataFormat> extends ByChannel<F> {
  declare readonly weight: Tensor<number[], "float32">;

  protected plan(features: number) {
    return this.planByChannel(features);
  }

  protected featuresIn({ weight }: Readonly<Record<string, Shape>>): number | undefined {
    return weight && weight[0]! / this.multiplier;
  }

  protected convolved(x: Tensor): Tensor {
    return this.computed(x, input => this.byChannel(input, this.weight, this.bias as Tensor | undefined));
  }

  override config(): readonly unknown[] | undefined {
    const options = plainOptions(this.options);
    return options && [this.kernel, options];
  }

  override describe(): string {
    return `${this.inputFeatures ?? "?"} channels, ${this.words()}`;
  }

  override multiplyAdds(_input: Shape, output: Shape): number {
    return sizeOf(output) * sizeOf(this.kernel);
  }
}

/** A convolution of sequences, every channel by itself, that learns its channels on the first call: made by `nn.depthwiseConv1d`. */
export class DepthwiseConvolution1d<F extends DataFormat = "channelsLast"> extends DepthwiseConvolution<F> {
  constructor(kernel: PerAxis, options: DepthwiseOptions<F> = {}) {
    super("DepthwiseConvolution1d", kernel, 1, options);
    this.begin(options);
  }

  forward<S extends Shape>(x: Tensor<S, DType>): Tensor<Formatted<S, [number], number, F>, "float32"> {
    return this.convolved(x as Tensor) as never;
  }
}
export interface DepthwiseConvolution1d<F extends DataFormat> {
  <S extends Shape>(x: Tensor<S, DType>): Tensor<Formatted<S, [number], number, F>, "float32">;
}

/** A convolution of images, every channel by itself, that learns its channels on the first call: made by `nn.depthwiseConv2d`. */
export class DepthwiseConvolution2d<F extends DataFormat = "channelsLast"> extends DepthwiseConvolution<F> {
  constructor(kernel: PerAxis, options: DepthwiseOptions<F> = {}) {
    super("DepthwiseConvolution2d", kernel, 2, options);
    this.begin(options);
  }

  forward<S extends Shape>(x: Tensor<S, DType>): Tensor<Formatted<S, [number, number], number, F>, "float32"> {
    return this.convolved(x as Tensor) as never;
  }
}
export interface DepthwiseConvolution2d<F extends DataFormat> {
  <S extends Shape>(x: Tensor<S, DType>): Tensor<Formatted<S, [number, number], number, F>, "float32">;
}

/**
 * A convolution of every channel by itself (Howard et al. 2017), as `keras.layers.DepthwiseConv1D`. Input [N, L, C] -> output
 * [N, L', C * depthMultiplier].
 * @throws ValueError for sizes that are no whole numbers, or an unknown name
 * @example nn.depthwiseConv1d(3, { depthMultiplier: 2 })(zeros([2, 9, 4])).shape; // [2, 7, 8]
 */
export function depthwiseConv1d<F extends DataFormat = "channelsLast">(
  kernelSize: PerAxis,
  options: DepthwiseOptions<F> = {},
): DepthwiseConvolution1d<F> {
  return new DepthwiseConvolution1d(kernelSize, options);
}

/**
 * A convolution of every channel by itself (Howard et al. 2017), as `keras.layers.DepthwiseConv2D`. Input [N, H, W, C] -> output
 * [N, H', W', C * depthMultiplier].
 * @throws ValueError for sizes that are no whole numbers, or an unknown name
 * @example nn.depthwiseConv2d(3, { padding: "same" })(zeros([2, 8, 8, 3])).shape; // [2, 8, 8, 3]
 */
export function depthwiseConv2d<F extends DataFormat = "channelsLast">(
  kernelSize: PerAxis,
  options: DepthwiseOptions<F> = {},
): DepthwiseConvolution2d<F> {
  return new DepthwiseConvolution2d(kernelSize, options);
}
