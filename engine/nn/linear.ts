import type { DType } from "../dtype.js";
import { ValueError } from "../errors.js";
import { type LastReplaced, linear } from "../ops/matmul.js";
import { type Generator, uniform } from "../random.js";
import { type Shape, sizeOf } from "../shape.js";
import type { Tensor } from "../tensor.js";
import type { ShapeMismatch } from "../types.js";
import { Layer } from "./module.js";

/** The form of a `Linear` layer. */
export interface LinearLayerOptions {
  /** False: no bias (default true). */
  bias?: boolean;
  generator?: Generator;
}

/** `unknown` when the last axis of `S` can be `In` features long. */
type TakesFeatures<S extends Shape, In extends number> = number extends In
  ? unknown
  : S extends readonly [...Shape, infer Last extends number]
    ? number extends Last
      ? unknown
      : Last extends In
        ? unknown
        : ShapeMismatch<`Linear: expects ${In} features on the last axis, got ${Last}`>
    : unknown;

/**
 * x times the transposed weight, plus bias. Input [..., in] -> output [..., out]. Weight and bias start uniform over
 * +-1 / sqrt(in), as in PyTorch.
 * @throws ValueError when a size is no whole number of at least 1
 * @example const layer = new nn.Linear(784, 10); layer(zeros([64, 784])).shape; // [64, 10]
 */
export class Linear<In extends number = number, Out extends number = number> extends Layer {
  readonly weight: Tensor<[Out, In], "float32">;
  readonly bias: Tensor<[Out], "float32"> | undefined;

  constructor(inputs: In, outputs: Out, { bias = true, generator }: LinearLayerOptions = {}) {
    super();
    for (const [name, value] of Object.entries({ inputs, outputs })) {
      if (!Number.isSafeInteger(value) || value < 1) {
        throw new ValueError(`${name} is ${value}`, { op: "Linear", hint: "Give a whole number of at least 1." });
      }
    }
    const limit = 1 / Math.sqrt(inputs);
    const options = { low: -limit, high: limit, requiresGrad: true, ...(generator ? { generator } : {}) };
    this.weight = uniform([outputs, inputs], options) as Tensor<[Out, In], "float32">;
    this.bias = bias ? (uniform([outputs], options) as Tensor<[Out], "float32">) : undefined;
  }

  forward<S extends Shape>(x: Tensor<S, DType> & TakesFeatures<S, In>): Tensor<LastReplaced<S, Out>, "float32"> {
    return linear(x as never, this.weight as never, this.bias ? { bias: this.bias } : {}) as never;
  }

  override describe(): string {
    const [outputs, inputs] = this.weight.shape;
    return `${inputs} -> ${outputs}${this.bias ? "" : ", no bias"}`;
  }

  override multiplyAdds(_input: Shape, output: Shape): number {
    return sizeOf(output) * this.weight.shape[1]!;
  }

  override config(): readonly unknown[] {
    const [outputs, inputs] = this.weight.shape;
    return [inputs, outputs, { bias: this.bias !== undefined }];
  }
}

export interface Linear<In extends number, Out extends number> {
  <S extends Shape>(x: Tensor<S, DType> & TakesFeatures<S, In>): Tensor<LastReplaced<S, Out>, "float32">;
}
