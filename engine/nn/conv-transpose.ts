import type { DType } from "../dtype.js";
import { ValueError } from "../errors.js";
import { type ConvTransposeOptions, convTranspose1d, convTranspose2d, convTranspose3d } from "../ops/conv-transpose.js";
import { type PerAxis, perAxis } from "../ops/window.js";
import type { Generator } from "../random.js";
import { type Shape, sizeOf } from "../shape.js";
import type { Tensor } from "../tensor.js";
import { type BatchOf, describeConvolution, requireCounts, type TakesChannels, uniformParameters } from "./channels.js";
import { Layer } from "./module.js";

/** The form of a transposed convolution layer. */
export interface ConvTransposeLayerOptions extends Omit<ConvTransposeOptions, "bias"> {
  /** False: no bias (default true). */
  bias?: boolean;
  generator?: Generator;
}

/** What the layers share: parameters as PyTorch starts them, and the options that go to the operation. */
abstract class ConvTransposeLayer<Out extends number> extends Layer {
  readonly weight: Tensor<number[], "float32">;
  readonly bias: Tensor<[Out], "float32"> | undefined;
  readonly #options: ConvTransposeOptions;

  constructor(
    op: string,
    { inputs, outputs, size }: { inputs: number; outputs: Out; size: PerAxis },
    options: ConvTransposeLayerOptions,
  ) {
    super();
    const { bias, generator, ...rest } = options;
    const groups = rest.groups ?? 1;
    requireCounts(op, { inputs, outputs, groups });
    const kernel = perAxis(op, "kernel", size, Number(op.at(-2)), 1);
    if (inputs % groups !== 0 || outputs % groups !== 0) {
      throw new ValueError(`${inputs} channels and ${outputs} filters in ${groups} groups`, {
        op,
        hint: "Both must divide by the groups.",
      });
    }
    const parameters = uniformParameters([inputs, outputs / groups, ...kernel], outputs, { bias, generator });
    this.weight = parameters.weight as Tensor<number[], "float32">;
    this.bias = parameters.bias as Tensor<[Out], "float32"> | undefined;
    this.#options = rest;
  }

  /** The options of the operation. */
  protected get given(): ConvTransposeOptions {
    return this.bias ? { ...this.#options, bias: this.bias } : this.#options;
  }

  override describe(): string {
    const [inputs, outputs] = this.weight.shape as [number, number];
    const options = this.#options;
    return describeConvolution(inputs, outputs * (options.groups ?? 1), this.weight.shape, options, this.bias);
  }

  override multiplyAdds(input: Shape, _output: Shape): number {
    return (sizeOf(input) * sizeOf(this.weight.shape)) / this.weight.shape[0]!;
  }

  override config(): readonly unknown[] {
    const [inputs, outputs, ...kernel] = this.weight.shape as [number, number, ...number[]];
    const options = this.#options;
    return [inputs, outputs * (options.groups ?? 1), kernel, { ...options, bias: this.bias !== undefined }];
  }
}

/**
 * A transposed convolution, with which sequences grow, as `torch.nn.ConvTranspose1d`. Input [N, in, L] -> output [N, out, L'].
 * Weight [in, out / groups, kernel] and bias start uniform over +-1 / sqrt(out / groups * kernel size), as in PyTorch.
 * @throws ValueError for sizes that are no whole numbers, or groups that do not divide them
 * @example new nn.ConvTranspose1d(8, 4, 2, { stride: 2 })(zeros([1, 8, 7])).shape; // [1, 4, 14]
 */
export class ConvTranspose1d<In extends number = number, Out extends number = number> extends ConvTransposeLayer<Out> {
  constructor(inputs: In, outputs: Out, size: PerAxis, options: ConvTransposeLayerOptions = {}) {
    super("ConvTranspose1d", { inputs, outputs, size }, options);
  }

  forward<S extends Shape>(
    x: Tensor<S, DType> & TakesChannels<"ConvTranspose1d", S, In>,
  ): Tensor<[BatchOf<S>, Out, number], "float32"> {
    return convTranspose1d(x as never, this.weight as never, this.given) as never;
  }
}

export interface ConvTranspose1d<In extends number, Out extends number> {
  <S extends Shape>(
    x: Tensor<S, DType> & TakesChannels<"ConvTranspose1d", S, In>,
  ): Tensor<[BatchOf<S>, Out, number], "float32">;
}

/**
 * A transposed convolution, with which images grow, as `torch.nn.ConvTranspose2d`. Input [N, in, H, W] -> output [N, out, H', W'].
 * Weight [in, out / groups, kernel height, width] and bias start uniform over +-1 / sqrt(out / groups * kernel size), as in PyTorch.
 * @throws ValueError for sizes that are no whole numbers, or groups that do not divide them
 * @example new nn.ConvTranspose2d(8, 4, 2, { stride: 2 })(zeros([1, 8, 7, 7])).shape; // [1, 4, 14, 14]
 */
export class ConvTranspose2d<In extends number = number, Out extends number = number> extends ConvTransposeLayer<Out> {
  constructor(inputs: In, outputs: Out, size: PerAxis, options: ConvTransposeLayerOptions = {}) {
    super("ConvTranspose2d", { inputs, outputs, size }, options);
  }

  forward<S extends Shape>(
    x: Tensor<S, DType> & TakesChannels<"ConvTranspose2d", S, In>,
  ): Tensor<[BatchOf<S>, Out, number, number], "float32"> {
    return convTranspose2d(x as never, this.weight as never, this.given) as never;
  }
}

export interface ConvTranspose2d<In extends number, Out extends number> {
  <S extends Shape>(
    x: Tensor<S, DType> & TakesChannels<"ConvTranspose2d", S, In>,
  ): Tensor<[BatchOf<S>, Out, number, number], "float32">;
}

/**
 * A transposed convolution, with which volumes grow, as `torch.nn.ConvTranspose3d`. Input [N, in, D, H, W] -> output [N, out, D', H', W'].
 * Weight [in, out / groups, kernel depth, height, width] and bias start uniform over +-1 / sqrt(out / groups * kernel size), as in PyTorch.
 * @throws ValueError for sizes that are no whole numbers, or groups that do not divide them
 * @example new nn.ConvTranspose3d(8, 4, 2, { stride: 2 })(zeros([1, 8, 3, 4, 4])).shape; // [1, 4, 6, 8, 8]
 */
export class ConvTranspose3d<In extends number = number, Out extends number = number> extends ConvTransposeLayer<Out> {
  constructor(inputs: In, outputs: Out, size: PerAxis, options: ConvTransposeLayerOptions = {}) {
    super("ConvTranspose3d", { inputs, outputs, size }, options);
  }

  forward<S extends Shape>(
    x: Tensor<S, DType> & TakesChannels<"ConvTranspose3d", S, In>,
  ): Tensor<[BatchOf<S>, Out, number, number, number], "float32"> {
    return convTranspose3d(x as never, this.weight as never, this.given) as never;
  }
}

export interface ConvTranspose3d<In extends number, Out extends number> {
  <S extends Shape>(
    x: Tensor<S, DType> & TakesChannels<"ConvTranspose3d", S, In>,
  ): Tensor<[BatchOf<S>, Out, number, number, number], "float32">;
}
