import type { DType } from "../../dtype.js";
import type { PerAxis } from "../../ops/window.js";
import { type Shape, sizeOf } from "../../shape.js";
import type { Tensor } from "../../tensor.js";
import { requireCounts } from "../channels.js";
import type { DataFormat } from "../padding.js";
import { ByChannel, type DepthwiseOptions, given } from "./by-channel.js";
import { convolve } from "./convolve.js";
import type { Formatted } from "./data-format.js";
import { type KernelOptions, KernelSettings } from "./kernel-settings.js";
import type { GivenConstraint, GivenInitializer, GivenRegularizer } from "./named-choices.js";
import { plainOptions } from "./plain-options.js";

/** The form of such a convolution and one that mixes the channels. */
export interface SeparableOptions<F extends DataFormat = DataFormat> extends DepthwiseOptions<F> {
  /** The first weights of the mixture (default `"glorotUniform"`). */
  pointwiseInitializer?: GivenInitializer;
  /** A penalty on them that `fit` adds to the loss. */
  pointwiseRegularizer?: GivenRegularizer;
  /** What they are kept within after each step of an optimizer. */
  pointwiseConstraint?: GivenConstraint;
}

/** A convolution of every channel by itself, then one of kernel 1 that mixes them, with Keras' options. */
abstract class SeparableConvolution<Filters extends number, F extends DataFormat> extends ByChannel<F> {
  declare readonly depthwiseWeight: Tensor<number[], "float32">;
  declare readonly pointwiseWeight: Tensor<number[], "float32">;
  readonly filters: Filters;
  readonly #pointwise: KernelSettings;

  constructor(op: string, filters: Filters, kernel: PerAxis, spatial: number, options: SeparableOptions<F>) {
    super(op, kernel, spatial, options);
    requireCounts(op, { filters });
    this.filters = filters;
    const { useBias, biasInitializer, biasRegularizer, biasConstraint } = options;
    this.#pointwise = new KernelSettings(
      op,
      given({
        ...{ useBias, biasInitializer, biasRegularizer, biasConstraint },
        kernelInitializer: options.pointwiseInitializer,
        kernelRegularizer: options.pointwiseRegularizer,
        kernelConstraint: options.pointwiseConstraint,
      }) as KernelOptions,
    );
  }

  protected plan(features: number) {
    const { weight: depthwiseWeight } = this.planByChannel(features);
    const mixture = [this.filters, features * this.multiplier, ...this.kernel.map(() => 1)];
    const { weight: pointwiseWeight, ...bias } = this.#pointwise.plan(mixture, [this.filters]);
    return { depthwiseWeight: depthwiseWeight!, pointwiseWeight: pointwiseWeight!, ...bias };
  }

  protected featuresIn({ depthwiseWeight }: Readonly<Record<string, Shape>>): number | undefined {
    return depthwiseWeight && depthwiseWeight[0]! / this.multiplier;
  }

  protected convolved(x: Tensor): Tensor {
    return this.computed(x, input => {
      const parts = this.byChannel(input, this.depthwiseWeight, undefined);
      return convolve(this.op, parts, this.pointwiseWeight, this.bias as Tensor | undefined, {});
    });
  }

  override config(): readonly unknown[] | undefined {
    const options = plainOptions(this.options);
    return options && [this.filters, this.kernel, options];
  }

  override describe(): string {
    return `${this.inputFeatures ?? "?"} -> ${this.filters}, ${this.words()}`;
  }

  override multiplyAdds(_input: Shape, output: Shape): number {
    const places = sizeOf(output) / this.filters;
    return places * (sizeOf(this.depthwiseWeight.shape) + sizeOf(this.pointwiseWeight.shape));
  }
}

/** A separable convolution of sequences that learns its channels on the first call: made by `nn.separableConv1d`. */
export class SeparableConvolution1d<
  Filters extends number = number,
  F extends DataFormat = "channelsLast",
> extends SeparableConvolution<Filters, F> {
  constructor(filters: Filters, kernel: PerAxis, options: SeparableOptions<F> = {}) {
    super("SeparableConvolution1d", filters, kernel, 1, options);
    this.begin(options);
  }

  forward<S extends Shape>(x: Tensor<S, DType>): Tensor<Formatted<S, [number], Filters, F>, "float32"> {
    return this.convolved(x as Tensor) as never;
  }
}
export interface SeparableConvolution1d<Filters extends number, F extends DataFormat> {
  <S extends Shape>(x: Tensor<S, DType>): Tensor<Formatted<S, [number], Filters, F>, "float32">;
}

/** A separable convolution of images that learns its channels on the first call: made by `nn.separableConv2d`. */
export class SeparableConvolution2d<
  Filters extends number = number,
  F extends DataFormat = "channelsLast",
> extends SeparableConvolution<Filters, F> {
  constructor(filters: Filters, kernel: PerAxis, options: SeparableOptions<F> = {}) {
    super("SeparableConvolution2d", filters, kernel, 2, options);
    this.begin(options);
  }

  forward<S extends Shape>(x: Tensor<S, DType>): Tensor<Formatted<S, [number, number], Filters, F>, "float32"> {
    return this.convolved(x as Tensor) as never;
  }
}
export interface SeparableConvolution2d<Filters extends number, F extends DataFormat> {
  <S extends Shape>(x: Tensor<S, DType>): Tensor<Formatted<S, [number, number], Filters, F>, "float32">;
}

/**
 * A convolution of every channel by itself, then one of kernel 1 that mixes them (Chollet 2017), as `keras.layers.SeparableConv1D`.
 * Input [N, L, C] -> output [N, L', filters].
 * @throws ValueError for sizes that are no whole numbers, or an unknown name
 * @example nn.separableConv1d(6, 3)(zeros([2, 9, 4])).shape; // [2, 7, 6]
 */
export function separableConv1d<const Filters extends number, F extends DataFormat = "channelsLast">(
  filters: Filters,
  kernelSize: PerAxis,
  options: SeparableOptions<F> = {},
): SeparableConvolution1d<Filters, F> {
  return new SeparableConvolution1d(filters, kernelSize, options);
}

/**
 * A convolution of every channel by itself, then one of kernel 1 that mixes them (Chollet 2017), as `keras.layers.SeparableConv2D`.
 * Input [N, H, W, C] -> output [N, H', W', filters].
 * @throws ValueError for sizes that are no whole numbers, or an unknown name
 * @example nn.separableConv2d(6, 3, { padding: "same" })(zeros([2, 8, 8, 3])).shape; // [2, 8, 8, 6]
 */
export function separableConv2d<const Filters extends number, F extends DataFormat = "channelsLast">(
  filters: Filters,
  kernelSize: PerAxis,
  options: SeparableOptions<F> = {},
): SeparableConvolution2d<Filters, F> {
  return new SeparableConvolution2d(filters, kernelSize, options);
}
