import type { DType } from "../dtype.js";
import { ShapeError } from "../errors.js";
import { instanceNorm } from "../ops/norm.js";
import { formatShape, type Shape } from "../shape.js";
import type { Tensor } from "../tensor.js";
import { requireCounts, type TakesChannels } from "./channels.js";
import { Layer } from "./module.js";
import { affineParameters, given, type NormLayerOptions } from "./norm.js";

type Vector = Tensor<number[], "float32">;

/** What the layers share. */
abstract class InstanceNorm extends Layer {
  readonly weight: Vector | undefined;
  readonly bias: Vector | undefined;
  readonly channels: number;
  readonly epsilon: number;

  constructor(op: string, channels: number, { epsilon = 1e-5, affine = false, bias = true }: NormLayerOptions) {
    super();
    requireCounts(op, { channels });
    const parameters = affineParameters([channels], affine, bias);
    this.weight = parameters.weight;
    this.bias = parameters.bias;
    this.channels = channels;
    this.epsilon = epsilon;
  }

  override describe(): string {
    return `${this.channels} channels`;
  }

  protected normalise(op: string, x: Tensor, rank: number): Tensor {
    const got = formatShape(x.shape);
    if (x.shape.length === rank && x.shape[1] === this.channels) return instanceNorm(x, given(this, this.epsilon));
    throw new ShapeError(`the input ${got} does not fit`, {
      op,
      expected: `${rank} axes, ${this.channels} channels on axis 1`,
      got,
    });
  }

  override config(): readonly unknown[] {
    return [this.channels, { epsilon: this.epsilon, affine: this.weight !== undefined, bias: this.bias !== undefined }];
  }
}

/**
 * Every channel of every sample of sequences with mean 0 and variance 1 (Ulyanov et al. 2016), as `torch.nn.InstanceNorm1d`. Input
 * [N, channels, L] -> output of the same shape. Without weight and bias unless `affine` is true.
 * @throws ValueError for channels that are no whole number; ShapeError when the input does not fit
 * @example new nn.InstanceNorm1d(3)(zeros([2, 3, 5])).shape; // [2, 3, 5]
 */
export class InstanceNorm1d<C extends number = number> extends InstanceNorm {
  constructor(channels: C, options: NormLayerOptions = {}) {
    super("InstanceNorm1d", channels, options);
  }

  forward<S extends Shape, D extends DType>(x: Tensor<S, D> & TakesChannels<"InstanceNorm1d", S, C>): Tensor<S, D> {
    return this.normalise("InstanceNorm1d", x as Tensor, 3) as Tensor<S, D>;
  }
}
export interface InstanceNorm1d<C extends number> {
  <S extends Shape, D extends DType>(x: Tensor<S, D> & TakesChannels<"InstanceNorm1d", S, C>): Tensor<S, D>;
}

/**
 * Every channel of every sample of images with mean 0 and variance 1 (Ulyanov et al. 2016), as `torch.nn.InstanceNorm2d`. Input
 * [N, channels, H, W] -> output of the same shape. Without weight and bias unless `affine` is true.
 * @throws ValueError for channels that are no whole number; ShapeError when the input does not fit
 * @example new nn.InstanceNorm2d(3)(zeros([2, 3, 4, 4])).shape; // [2, 3, 4, 4]
 */
export class InstanceNorm2d<C extends number = number> extends InstanceNorm {
  constructor(channels: C, options: NormLayerOptions = {}) {
    super("InstanceNorm2d", channels, options);
  }

  forward<S extends Shape, D extends DType>(x: Tensor<S, D> & TakesChannels<"InstanceNorm2d", S, C>): Tensor<S, D> {
    return this.normalise("InstanceNorm2d", x as Tensor, 4) as Tensor<S, D>;
  }
}
export interface InstanceNorm2d<C extends number> {
  <S extends Shape, D extends DType>(x: Tensor<S, D> & TakesChannels<"InstanceNorm2d", S, C>): Tensor<S, D>;
}

/**
 * Every channel of every sample of volumes with mean 0 and variance 1 (Ulyanov et al. 2016), as `torch.nn.InstanceNorm3d`. Input
 * [N, channels, D, H, W] -> output of the same shape. Without weight and bias unless `affine` is true.
 * @throws ValueError for channels that are no whole number; ShapeError when the input does not fit
 * @example new nn.InstanceNorm3d(3)(zeros([2, 3, 4, 4, 4])).shape; // [2, 3, 4, 4, 4]
 */
export class InstanceNorm3d<C extends number = number> extends InstanceNorm {
  constructor(channels: C, options: NormLayerOptions = {}) {
    super("InstanceNorm3d", channels, options);
  }

  forward<S extends Shape, D extends DType>(x: Tensor<S, D> & TakesChannels<"InstanceNorm3d", S, C>): Tensor<S, D> {
    return this.normalise("InstanceNorm3d", x as Tensor, 5) as Tensor<S, D>;
  }
}
export interface InstanceNorm3d<C extends number> {
  <S extends Shape, D extends DType>(x: Tensor<S, D> & TakesChannels<"InstanceNorm3d", S, C>): Tensor<S, D>;
}
