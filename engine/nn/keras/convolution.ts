import type { DType } from "../../dtype.js";
import { ValueError } from "../../errors.js";
import { at } from "../../ops/at.js";
import { type ConvTransposeOptions, convTranspose2d } from "../../ops/conv-transpose.js";
import { slice } from "../../ops/slice.js";
import { type PerAxis, perAxis } from "../../ops/window.js";
import { type Shape, sizeOf } from "../../shape.js";
import type { Tensor } from "../../tensor.js";
import { requireCounts } from "../channels.js";
import type { DataFormat } from "../padding.js";
import { convolve, type WindowForm } from "./convolve.js";
import { channelsFirst, type FormatOptions, type Formatted, requireFormat, sameWidths } from "./data-format.js";
import { DeferredLayer, type DeferredLayerOptions } from "./deferred-layer.js";
import { type KernelOptions, KernelSettings } from "./kernel-settings.js";

/** The form of a convolution of the Keras face. */
export interface ConvolutionOptions<F extends DataFormat = DataFormat>
  extends KernelOptions,
    WindowForm,
    DeferredLayerOptions,
    FormatOptions<F> {
  /** Channels and filters fall into that many parts that do not see each other (default 1). */
  groups?: number;
}

/** What the layers share: the weight is [filters, channels / groups, ...kernel], as in `nn.Conv2d`. */
abstract class Convolution<Filters extends number, F extends DataFormat> extends DeferredLayer {
  declare readonly weight: Tensor<number[], "float32">;
  declare readonly bias: Tensor<[Filters], "float32"> | undefined;
  readonly filters: Filters;
  readonly #kernel: readonly number[];
  readonly #settings: KernelSettings;
  readonly #options: ConvolutionOptions<F>;
  readonly #format: DataFormat;

  constructor(op: string, filters: Filters, kernel: PerAxis, spatial: number, options: ConvolutionOptions<F>) {
    super();
    requireCounts(op, { filters, groups: options.groups ?? 1 });
    if (options.padding !== undefined && options.padding !== "same" && options.padding !== "valid") {
      throw new ValueError(`padding is ${String(options.padding)}`, { op, hint: 'There are "same" and "valid".' });
    }
    this.filters = filters;
    this.#kernel = perAxis(op, "kernelSize", kernel, spatial, 1);
    this.#settings = new KernelSettings(op, options);
    this.#options = options;
    this.#format = requireFormat(op, options.dataFormat);
    this.begin(options);
  }

  protected override get featureAxis(): number {
    return this.#format === "channelsFirst" ? 1 : -1;
  }

  protected override get axes(): number {
    return this.#kernel.length + 2;
  }

  protected plan(features: number) {
    const { groups = 1 } = this.#options;
    if (features % groups !== 0 || this.filters % groups !== 0) {
      throw new ValueError(`${features} channels and ${this.filters} filters in ${groups} groups`, {
        op: this.#settings.op,
        hint: "Both must divide by the groups.",
      });
    }
    return this.#settings.plan([this.filters, features / groups, ...this.#kernel], [this.filters]);
  }

  protected featuresIn({ weight }: Readonly<Record<string, Shape>>): number | undefined {
    return weight?.[1] === undefined ? undefined : weight[1] * (this.#options.groups ?? 1);
  }

  protected convolved(x: Tensor): Tensor {
    return this.computed(x, input =>
      convolve(this.#settings.op, input, this.weight, this.bias as Tensor | undefined, this.#options),
    );
  }

  /** The activation of what is computed with channels first. */
  protected computed(x: Tensor, compute: (x: Tensor) => Tensor): Tensor {
    return this.#settings.activation(channelsFirst(this.ready(x), this.#format, compute));
  }

  override config(): readonly unknown[] | undefined {
    return this.#settings.config(this.filters, this.#kernel);
  }

  override describe(): string {
    const { strides, padding, groups } = this.#options;
    const words = [`${this.inputFeatures ?? "?"} -> ${this.filters}, kernel ${this.#kernel.join(" x ")}`];
    if (strides !== undefined) words.push(`strides ${[strides].flat().join(" x ")}`);
    if (padding === "same") words.push("same");
    if (groups !== undefined && groups > 1) words.push(`${groups} groups`);
    return words.join(", ") + this.#settings.words();
  }

  override multiplyAdds(_input: Shape, output: Shape): number {
    return (sizeOf(output) * sizeOf(this.weight.shape)) / this.filters;
  }
}

/** A convolution of sequences that learns its channels on the first call: made by `nn.conv1d`. */
export class Convolution1d<Filters extends number = number, F extends DataFormat = "channelsLast"> extends Convolution<
  Filters,
  F
> {
  constructor(filters: Filters, kernel: PerAxis, options: ConvolutionOptions<F> = {}) {
    super("Convolution1d", filters, kernel, 1, options);
  }

  forward<S extends Shape>(x: Tensor<S, DType>): Tensor<Formatted<S, [number], Filters, F>, "float32"> {
    return this.convolved(x as Tensor) as never;
  }
}
export interface Convolution1d<Filters extends number, F extends DataFormat> {
  <S extends Shape>(x: Tensor<S, DType>): Tensor<Formatted<S, [number], Filters, F>, "float32">;
}

/** A convolution of images that learns its channels on the first call: made by `nn.conv2d`. */
export class Convolution2d<Filters extends number = number, F extends DataFormat = "channelsLast"> extends Convolution<
  Filters,
  F
> {
  constructor(filters: Filters, kernel: PerAxis, options: ConvolutionOptions<F> = {}) {
    super("Convolution2d", filters, kernel, 2, options);
  }

  forward<S extends Shape>(x: Tensor<S, DType>): Tensor<Formatted<S, [number, number], Filters, F>, "float32"> {
    return this.convolved(x as Tensor) as never;
  }
}
export interface Convolution2d<Filters extends number, F extends DataFormat> {
  <S extends Shape>(x: Tensor<S, DType>): Tensor<Formatted<S, [number, number], Filters, F>, "float32">;
}

/** A convolution of volumes that learns its channels on the first call: made by `nn.conv3d`. */
export class Convolution3d<Filters extends number = number, F extends DataFormat = "channelsLast"> extends Convolution<
  Filters,
  F
> {
  constructor(filters: Filters, kernel: PerAxis, options: ConvolutionOptions<F> = {}) {
    super("Convolution3d", filters, kernel, 3, options);
  }

  forward<S extends Shape>(x: Tensor<S, DType>): Tensor<Formatted<S, [number, number, number], Filters, F>, "float32"> {
    return this.convolved(x as Tensor) as never;
  }
}
export interface Convolution3d<Filters extends number, F extends DataFormat> {
  <S extends Shape>(x: Tensor<S, DType>): Tensor<Formatted<S, [number, number, number], Filters, F>, "float32">;
}

/** A transposed convolution that learns its channels on the first call: made by `nn.conv2dTranspose`. */
export class Convolution2dTranspose<
  Filters extends number = number,
  F extends DataFormat = "channelsLast",
> extends Convolution<Filters, F> {
  readonly #stride: readonly number[];
  readonly #same: boolean;

  constructor(filters: Filters, kernel: PerAxis, options: TransposeOptions<F> = {}) {
    super("Convolution2dTranspose", filters, kernel, 2, options);
    this.#stride = perAxis("Convolution2dTranspose", "strides", options.strides ?? 1, 2, 1);
    this.#same = options.padding === "same";
  }

  protected override plan(features: number) {
    const { weight, ...rest } = super.plan(features);
    const [outputs, inputs, ...kernel] = weight!.shape;
    return { weight: { ...weight!, shape: [inputs!, outputs!, ...kernel] }, ...rest };
  }

  protected override featuresIn({ weight }: Readonly<Record<string, Shape>>): number | undefined {
    return weight?.[0];
  }

  forward<S extends Shape>(x: Tensor<S, DType>): Tensor<Formatted<S, [number, number], Filters, F>, "float32"> {
    return this.computed(x as Tensor, input => {
      const { bias } = this;
      const stride = this.#stride;
      const options = { stride, ...(bias ? { bias } : {}) };
      const spread = (more: ConvTransposeOptions) =>
        convTranspose2d(input as never, this.weight as never, { ...options, ...more }) as Tensor;
      if (!this.#same) return spread({});
      // What the convolution with "same" that it undoes was padded with; an odd one came behind, and goes there.
      const kernel = this.weight.shape.slice(2);
      const lengths = input.shape.slice(2).map((length, i) => length * stride[i]!);
      const padding = sameWidths(lengths, kernel, stride).map(([before]) => before);
      const outputPadding = stride.map((step, i) => Math.max(0, step - kernel[i]!));
      const y = spread({ padding, outputPadding });
      return at(y, "...", slice(0, lengths[0]!), slice(0, lengths[1]!)) as Tensor;
    }) as never;
  }

  override multiplyAdds(input: Shape, _output: Shape): number {
    return (sizeOf(input) * sizeOf(this.weight.shape)) / this.weight.shape[0]!;
  }
}
export interface Convolution2dTranspose<Filters extends number, F extends DataFormat> {
  <S extends Shape>(x: Tensor<S, DType>): Tensor<Formatted<S, [number, number], Filters, F>, "float32">;
}

/**
 * The form of a transposed convolution of the Keras face. With padding `"same"` images grow by the strides exactly, with
 * `"valid"` (default) by what the kernel reaches over, too.
 */
export type TransposeOptions<F extends DataFormat = DataFormat> = Omit<
  ConvolutionOptions<F>,
  "dilationRate" | "groups"
>;

/**
 * A convolution of sequences, as `keras.layers.Conv1D`. Input [N, L, C] -> output [N, L', filters].
 * @throws ValueError for sizes that are no whole numbers, or an unknown name
 * @example nn.conv1d(8, 3, { padding: "same" })(zeros([2, 20, 4])).shape; // [2, 20, 8]
 */
export function conv1d<const Filters extends number, F extends DataFormat = "channelsLast">(
  filters: Filters,
  kernelSize: PerAxis,
  options: ConvolutionOptions<F> = {},
): Convolution1d<Filters, F> {
  return new Convolution1d(filters, kernelSize, options);
}

/**
 * A convolution of images, as `keras.layers.Conv2D`. Input [N, H, W, C] -> output [N, H', W', filters]; with
 * `dataFormat: "channelsFirst"` [N, C, H, W] -> [N, filters, H', W'].
 * @throws ValueError for sizes that are no whole numbers, or an unknown name
 * @example nn.conv2d(32, 3, { padding: "same", activation: "relu" })(zeros([2, 28, 28, 1])).shape; // [2, 28, 28, 32]
 */
export function conv2d<const Filters extends number, F extends DataFormat = "channelsLast">(
  filters: Filters,
  kernelSize: PerAxis,
  options: ConvolutionOptions<F> = {},
): Convolution2d<Filters, F> {
  return new Convolution2d(filters, kernelSize, options);
}

/**
 * A convolution of volumes, as `keras.layers.Conv3D`. Input [N, D, H, W, C] -> output [N, D', H', W', filters].
 * @throws ValueError for sizes that are no whole numbers, or an unknown name
 * @example nn.conv3d(4, 2)(zeros([1, 5, 5, 5, 1])).shape; // [1, 4, 4, 4, 4]
 */
export function conv3d<const Filters extends number, F extends DataFormat = "channelsLast">(
  filters: Filters,
  kernelSize: PerAxis,
  options: ConvolutionOptions<F> = {},
): Convolution3d<Filters, F> {
  return new Convolution3d(filters, kernelSize, options);
}

/**
 * A transposed convolution, with which images grow, as `keras.layers.Conv2DTranspose`. Input [N, H, W, C] -> output
 * [N, H', W', filters]; with `padding: "same"` H' = H * strides.
 * @throws ValueError for sizes that are no whole numbers, or an unknown name
 * @example nn.conv2dTranspose(4, 2, { strides: 2 })(zeros([1, 7, 7, 8])).shape; // [1, 14, 14, 4]
 */
export function conv2dTranspose<const Filters extends number, F extends DataFormat = "channelsLast">(
  filters: Filters,
  kernelSize: PerAxis,
  options: TransposeOptions<F> = {},
): Convolution2dTranspose<Filters, F> {
  return new Convolution2dTranspose(filters, kernelSize, options);
}
