import type { DType } from "../dtype.js";
import { ValueError } from "../errors.js";
import { type ConvOptions, conv1d, conv2d, conv3d } from "../ops/conv.js";
import { type PerAxis, perAxis, type WindowOptions } from "../ops/window.js";
import type { Generator } from "../random.js";
import { type Shape, sizeOf } from "../shape.js";
import type { Tensor } from "../tensor.js";
import { type BatchOf, describeConvolution, requireCounts, type TakesChannels, uniformParameters } from "./channels.js";
import { Layer } from "./module.js";

/** The form of a convolution layer. */
export interface ConvLayerOptions extends WindowOptions {
  /** Channels and filters fall into that many parts that do not see each other (default 1). */
  groups?: number;
  /** False: no bias (default true). */
  bias?: boolean;
  generator?: Generator;
}

type Filter = Tensor<number[], "float32">;

/** What the three layers share: parameters as PyTorch starts them, and the options that go to the operation. */
abstract class ConvLayer<In extends number, Out extends number> extends Layer {
  readonly weight: Filter;
  readonly bias: Tensor<[Out], "float32"> | undefined;
  protected readonly options: ConvOptions;

  constructor(op: string, inputs: In, outputs: Out, size: PerAxis, spatial: number, options: ConvLayerOptions) {
    super();
    const { groups = 1, bias, generator, stride, padding, dilation } = options;
    requireCounts(op, { inputs, outputs, groups });
    const kernel = perAxis(op, "kernel", size, spatial, 1);
    if (inputs % groups !== 0 || outputs % groups !== 0) {
      throw new ValueError(`${inputs} channels and ${outputs} filters in ${groups} groups`, {
        op,
        hint: "Both must divide by the groups.",
      });
    }
    const parameters = uniformParameters([outputs, inputs / groups, ...kernel], outputs, { bias, generator });
    this.weight = parameters.weight as Filter;
    this.bias = parameters.bias as Tensor<[Out], "float32"> | undefined;
    const given: ConvOptions = { groups };
    if (stride !== undefined) given.stride = stride;
    if (padding !== undefined) given.padding = padding;
    if (dilation !== undefined) given.dilation = dilation;
    // Not among the fields that are searched for parameters and layers.
    this.options = given;
    Object.defineProperty(this, "options", { enumerable: false });
  }

  override describe(): string {
    const [outputs, inputs] = this.weight.shape as [number, number];
    const { options, bias } = this;
    return describeConvolution(inputs * (options.groups ?? 1), outputs, this.weight.shape, options, bias);
  }

  override multiplyAdds(_input: Shape, output: Shape): number {
    return (sizeOf(output) * sizeOf(this.weight.shape)) / this.weight.shape[0]!;
  }

  protected all(): ConvOptions {
    return this.bias ? { ...this.options, bias: this.bias } : this.options;
  }

  override config(): readonly unknown[] {
    const [outputs, inputs, ...kernel] = this.weight.shape as [number, number, ...number[]];
    return [inputs * (this.options.groups ?? 1), outputs, kernel, { ...this.options, bias: this.bias !== undefined }];
  }
}

/**
 * A one-dimensional convolution of sequences. Input [N, in, L] -> output [N, out, L'].
 * @throws ValueError for sizes that are no whole numbers, or groups that do not divide them
 * @example new nn.Conv1d(16, 32, 5, { padding: "same" });
 */
export class Conv1d<In extends number = number, Out extends number = number> extends ConvLayer<In, Out> {
  constructor(inputs: In, outputs: Out, kernel: PerAxis, options: ConvLayerOptions = {}) {
    super("Conv1d", inputs, outputs, kernel, 1, options);
  }

  forward<S extends Shape>(
    x: Tensor<S, DType> & TakesChannels<"Conv1d", S, In>,
  ): Tensor<[BatchOf<S>, Out, number], "float32"> {
    return conv1d(x as never, this.weight as never, this.all()) as never;
  }
}

export interface Conv1d<In extends number, Out extends number> {
  <S extends Shape>(x: Tensor<S, DType> & TakesChannels<"Conv1d", S, In>): Tensor<[BatchOf<S>, Out, number], "float32">;
}

/**
 * A two-dimensional convolution of images. Input [N, in, H, W] -> output [N, out, H', W']. Weight [out, in / groups, kernel
 * height, width] and bias start uniform over +-1 / sqrt(in / groups * kernel size), as in PyTorch.
 * @throws ValueError for sizes that are no whole numbers, or groups that do not divide them
 * @example new nn.Conv2d(3, 16, 3, { padding: 1 })(zeros([64, 3, 32, 32])).shape; // [64, 16, 32, 32]
 */
export class Conv2d<In extends number = number, Out extends number = number> extends ConvLayer<In, Out> {
  constructor(inputs: In, outputs: Out, kernel: PerAxis, options: ConvLayerOptions = {}) {
    super("Conv2d", inputs, outputs, kernel, 2, options);
  }

  forward<S extends Shape>(
    x: Tensor<S, DType> & TakesChannels<"Conv2d", S, In>,
  ): Tensor<[BatchOf<S>, Out, number, number], "float32"> {
    return conv2d(x as never, this.weight as never, this.all()) as never;
  }
}

export interface Conv2d<In extends number, Out extends number> {
  <S extends Shape>(
    x: Tensor<S, DType> & TakesChannels<"Conv2d", S, In>,
  ): Tensor<[BatchOf<S>, Out, number, number], "float32">;
}

/** A three-dimensional convolution of volumes. Input [N, in, D, H, W] -> output [N, out, D', H', W']. */
export class Conv3d<In extends number = number, Out extends number = number> extends ConvLayer<In, Out> {
  constructor(inputs: In, outputs: Out, kernel: PerAxis, options: ConvLayerOptions = {}) {
    super("Conv3d", inputs, outputs, kernel, 3, options);
  }

  forward<S extends Shape>(
    x: Tensor<S, DType> & TakesChannels<"Conv3d", S, In>,
  ): Tensor<[BatchOf<S>, Out, number, number, number], "float32"> {
    return conv3d(x as never, this.weight as never, this.all()) as never;
  }
}

export interface Conv3d<In extends number, Out extends number> {
  <S extends Shape>(
    x: Tensor<S, DType> & TakesChannels<"Conv3d", S, In>,
  ): Tensor<[BatchOf<S>, Out, number, number, number], "float32">;
}
