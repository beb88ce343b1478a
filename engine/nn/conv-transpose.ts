import type { DType } from "../dtype.js";
import { ValueError } from "../errors.js";
import { type ConvTransposeOptions, convTranspose2d } from "../ops/conv-transpose.js";
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

/**
 * A transposed convolution, with which images grow. Input [N, in, H, W] -> output [N, out, H', W']. Weight [in, out / groups,
 * kernel height, width] and bias start uniform over +-1 / sqrt(out / groups * kernel size), as in PyTorch.
 * @throws ValueError for sizes that are no whole numbers, or groups that do not divide them
 * @example new nn.ConvTranspose2d(8, 4, 2, { stride: 2 })(zeros([1, 8, 7, 7])).shape; // [1, 4, 14, 14]
 */
export class ConvTranspose2d<In extends number = number, Out extends number = number> extends Layer {
  readonly weight: Tensor<number[], "float32">;
  readonly bias: Tensor<[Out], "float32"> | undefined;
  readonly #options: ConvTransposeOptions;

  constructor(inputs: In, outputs: Out, size: PerAxis, options: ConvTransposeLayerOptions = {}) {
    super();
    const { bias, generator, ...rest } = options;
    const groups = rest.groups ?? 1;
    requireCounts("ConvTranspose2d", { inputs, outputs, groups });
    const kernel = perAxis("ConvTranspose2d", "kernel", size, 2, 1);
    if (inputs % groups !== 0 || outputs % groups !== 0) {
      throw new ValueError(`${inputs} channels and ${outputs} filters in ${groups} groups`, {
        op: "ConvTranspose2d",
        hint: "Both must divide by the groups.",
      });
    }
    const parameters = uniformParameters([inputs, outputs / groups, ...kernel], outputs, { bias, generator });
    this.weight = parameters.weight as Tensor<number[], "float32">;
    this.bias = parameters.bias as Tensor<[Out], "float32"> | undefined;
    this.#options = rest;
  }

  forward<S extends Shape>(
    x: Tensor<S, DType> & TakesChannels<"ConvTranspose2d", S, In>,
  ): Tensor<[BatchOf<S>, Out, number, number], "float32"> {
    const options = this.bias ? { ...this.#options, bias: this.bias } : this.#options;
    return convTranspose2d(x as never, this.weight as never, options) as never;
  }

  override describe(): string {
    const [inputs, outputs] = this.weight.shape as [number, number];
    const options = this.#options;
    return describeConvolution(inputs, outputs * (options.groups ?? 1), this.weight.shape, options, this.bias);
  }

  override multiplyAdds(input: Shape, _output: Shape): number {
    return (sizeOf(input) * sizeOf(this.weight.shape)) / this.weight.shape[0]!;
  }
}

export interface ConvTranspose2d<In extends number, Out extends number> {
  <S extends Shape>(
    x: Tensor<S, DType> & TakesChannels<"ConvTranspose2d", S, In>,
  ): Tensor<[BatchOf<S>, Out, number, number], "float32">;
}
