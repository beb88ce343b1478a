import type { DType } from "../../dtype.js";
import { ValueError } from "../../errors.js";
import { permute, reshape } from "../../ops/view.js";
import { type PerAxis, perAxis } from "../../ops/window.js";
import { type Shape, sizeOf } from "../../shape.js";
import type { Tensor } from "../../tensor.js";
import { requireCounts } from "../channels.js";
import type { DataFormat } from "../padding.js";
import { convolve, type WindowForm } from "./convolve.js";
import { channelsFirst, type FormatOptions, type Formatted, requireFormat } from "./data-format.js";
import { DeferredLayer, type DeferredLayerOptions, type ParameterPlan } from "./deferred-layer.js";
import { type KernelOptions, KernelSettings } from "./kernel-settings.js";
import type { GivenConstraint, GivenInitializer, GivenRegularizer } from "./named-choices.js";
import { plainOptions } from "./plain-options.js";

/** The form of a convolution of every channel by itself. */
export interface DepthwiseOptions<F extends DataFormat = DataFormat>
  extends Pick<KernelOptions, "activation" | "useBias" | "biasInitializer" | "biasRegularizer" | "biasConstraint">,
    WindowForm,
    DeferredLayerOptions,
    FormatOptions<F> {
  /** How many channels each one gives (default 1). */
  depthMultiplier?: number;
  /** The first weights of the channels (default `"glorotUniform"`). */
  depthwiseInitializer?: GivenInitializer;
  /** A penalty on them that `fit` adds to the loss. */
  depthwiseRegularizer?: GivenRegularizer;
  /** What they are kept within after each step of an optimizer. */
  depthwiseConstraint?: GivenConstraint;
}

/** The form of such a convolution and one that mixes the channels. */
export interface SeparableOptions<F extends DataFormat = DataFormat> extends DepthwiseOptions<F> {
  /** The first weights of the mixture (default `"glorotUniform"`). */
  pointwiseInitializer?: GivenInitializer;
  /** A penalty on them that `fit` adds to the loss. */
  pointwiseRegularizer?: GivenRegularizer;
  /** What they are kept within after each step of an optimizer. */
  pointwiseConstraint?: GivenConstraint;
}

/** Options without those that are not given. */
function given<T extends object>(options: T): { [K in keyof T]: Exclude<T[K], undefined> } {
  return Object.fromEntries(Object.entries(options).filter(([, value]) => value !== undefined)) as never;
}

/** What the layers share. Weights of channels are [channels * multiplier, 1, ...kernel], as in `nn.DepthwiseConv2d`. */
abstract class ByChannel<F extends DataFormat> extends DeferredLayer {
  declare readonly bias: Tensor<[number], "float32"> | undefined;
  protected readonly op: string;
  protected readonly kernel: readonly number[];
  protected readonly multiplier: number;
  protected readonly options: SeparableOptions<F>;
  readonly #format: DataFormat;
  readonly #depthwise: KernelSettings;

  constructor(op: string, kernel: PerAxis, spatial: number, options: SeparableOptions<F>) {
    super();
    const { depthMultiplier = 1, padding, dataFormat } = options;
    requireCounts(op, { depthMultiplier });
    if (padding !== undefined && padding !== "same" && padding !== "valid") {
      throw new ValueError(`padding is ${String(padding)}`, { op, hint: 'There are "same" and "valid".' });
    }
    this.op = op;
    this.kernel = perAxis(op, "kernelSize", kernel, spatial, 1);
    this.multiplier = depthMultiplier;
    this.options = options;
    this.#format = requireFormat(op, dataFormat);
    const { activation, useBias, biasInitializer, biasRegularizer, biasConstraint } = options;
    this.#depthwise = new KernelSettings(
      op,
      given({
        ...{ activation, useBias, biasInitializer, biasRegularizer, biasConstraint },
        kernelInitializer: options.depthwiseInitializer,
        kernelRegularizer: options.depthwiseRegularizer,
        kernelConstraint: options.depthwiseConstraint,
      }) as KernelOptions,
    );
  }

  protected override get featureAxis(): number {
    return this.#format === "channelsFirst" ? 1 : -1;
  }

  protected override get axes(): number {
    return this.kernel.length + 2;
  }

  /** Weight and bias of a convolution of so many channels, each by itself. */
  protected planByChannel(features: number): Record<string, ParameterPlan> {
    const { kernel, multiplier } = this;
    const plans = this.#depthwise.plan([features * multiplier, 1, ...kernel], [features * multiplier]);
    const { start } = plans.weight!;
    const axes = kernel.map((_, i) => i + 2);
    // Initializers count inputs and outputs as in Keras, where all channels are inputs.
    const weight = {
      ...plans.weight!,
      start: (shape: Shape) => {
        return reshape(permute(start([multiplier, features, ...kernel]), [1, 0, ...axes]), shape) as Tensor;
      },
    };
    return { ...plans, weight };
  }

  /** The channels each by themselves, with channels first. */
  protected byChannel(x: Tensor, weight: Tensor, bias: Tensor | undefined): Tensor {
    return convolve(this.op, x, weight, bias, { ...this.options, groups: x.shape[1]! });
  }

  /** The activation of what is computed with channels first. */
  protected computed(x: Tensor, compute: (x: Tensor) => Tensor): Tensor {
    return this.#depthwise.activation(channelsFirst(this.ready(x), this.#format, compute));
  }

  /** What a summary says of all of them. */
  protected words(): string {
    const { strides, padding } = this.options;
    const words = [`kernel ${this.kernel.join(" x ")}`];
    if (strides !== undefined) words.push(`strides ${[strides].flat().join(" x ")}`);
    if (padding === "same") words.push("same");
    if (this.multiplier > 1) words.push(`${this.multiplier} of each channel`);
    return words.join(", ") + this.#depthwise.words();
  }
}

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
