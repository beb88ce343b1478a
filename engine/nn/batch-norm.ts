import { defaultBackend } from "../device.js";
import type { DType } from "../dtype.js";
import { ShapeError } from "../errors.js";
import { batchNorm } from "../ops/batch-norm.js";
import { ones, zeros } from "../ops/create.js";
import { recordCopy } from "../record.js";
import { formatShape, type Shape } from "../shape.js";
import type { Tensor } from "../tensor.js";
import { requireCounts, type TakesChannels } from "./channels.js";
import { buffer, Layer } from "./module.js";
import { affineParameters, given, type NormLayerOptions } from "./norm.js";

/** The form of a batch norm layer. */
export interface BatchNormLayerOptions extends NormLayerOptions {
  /** The weight of the newest batch in the running statistics (default 0.1). */
  momentum?: number;
}

type Vector = Tensor<number[], "float32">;

/** What the layers share; fields have the names that PyTorch's state dicts have. */
abstract class BatchNorm extends Layer {
  readonly weight: Vector | undefined;
  readonly bias: Vector | undefined;
  readonly running_mean: Vector;
  readonly running_var: Vector;
  /** Batches seen in training. */
  readonly num_batches_tracked: Tensor<[], "int64">;
  readonly epsilon: number;
  readonly momentum: number;

  constructor(op: string, channels: number, options: BatchNormLayerOptions) {
    super();
    const { epsilon = 1e-5, momentum = 0.1, affine = true, bias = true } = options;
    requireCounts(op, { channels });
    const parameters = affineParameters([channels], affine, bias);
    this.weight = parameters.weight;
    this.bias = parameters.bias;
    this.running_mean = buffer(zeros([channels])) as Vector;
    this.running_var = buffer(ones([channels])) as Vector;
    // A GPU has no int64, and does not see 2^31 batches.
    const dtype = defaultBackend().lacks?.has("int64") ? "int32" : "int64";
    this.num_batches_tracked = buffer(zeros([], { dtype })) as Tensor<[], "int64">;
    this.epsilon = epsilon;
    this.momentum = momentum;
  }

  override describe(): string {
    return `${this.running_mean.shape[0]} channels`;
  }

  protected normalise(op: string, x: Tensor, ranks: readonly number[]): Tensor {
    if (!ranks.includes(x.shape.length)) {
      throw new ShapeError(`the input ${formatShape(x.shape)} has ${x.shape.length} axes`, {
        op,
        expected: `${ranks.join(" or ")} axes`,
        got: formatShape(x.shape),
      });
    }
    const { running_mean: mean, running_var: variance, momentum, training } = this;
    const y = batchNorm(x, { ...given(this, this.epsilon), running: { mean, variance, momentum }, training });
    if (training) recordCopy(this.num_batches_tracked.add(1) as Tensor, this.num_batches_tracked);
    return y;
  }

  override config(): readonly unknown[] {
    return [
      this.running_mean.shape[0],
      {
        epsilon: this.epsilon,
        momentum: this.momentum,
        affine: this.weight !== undefined,
        bias: this.bias !== undefined,
      },
    ];
  }
}

/**
 * Every channel with mean 0 and variance 1 over the batch, times weight, plus bias; after `eval()` by the running statistics.
 * Input [N, channels] or [N, channels, L] -> output of the same shape.
 */
export class BatchNorm1d<C extends number = number> extends BatchNorm {
  constructor(channels: C, options: BatchNormLayerOptions = {}) {
    super("BatchNorm1d", channels, options);
  }

  forward<S extends Shape, D extends DType>(x: Tensor<S, D> & TakesChannels<"BatchNorm1d", S, C>): Tensor<S, D> {
    return this.normalise("BatchNorm1d", x as Tensor, [2, 3]) as Tensor<S, D>;
  }
}
export interface BatchNorm1d<C extends number> {
  <S extends Shape, D extends DType>(x: Tensor<S, D> & TakesChannels<"BatchNorm1d", S, C>): Tensor<S, D>;
}

/** The same for images. Input [N, channels, H, W] -> output of the same shape. */
export class BatchNorm2d<C extends number = number> extends BatchNorm {
  constructor(channels: C, options: BatchNormLayerOptions = {}) {
    super("BatchNorm2d", channels, options);
  }

  forward<S extends Shape, D extends DType>(x: Tensor<S, D> & TakesChannels<"BatchNorm2d", S, C>): Tensor<S, D> {
    return this.normalise("BatchNorm2d", x as Tensor, [4]) as Tensor<S, D>;
  }
}
export interface BatchNorm2d<C extends number> {
  <S extends Shape, D extends DType>(x: Tensor<S, D> & TakesChannels<"BatchNorm2d", S, C>): Tensor<S, D>;
}

/**
 * The same for volumes, as `torch.nn.BatchNorm3d`. Input [N, channels, D, H, W] -> output of the same shape.
 * @throws ValueError for channels that are no whole number; ShapeError when the input has other axes
 * @example new nn.BatchNorm3d(4)(zeros([2, 4, 3, 5, 5])).shape; // [2, 4, 3, 5, 5]
 */
export class BatchNorm3d<C extends number = number> extends BatchNorm {
  constructor(channels: C, options: BatchNormLayerOptions = {}) {
    super("BatchNorm3d", channels, options);
  }

  forward<S extends Shape, D extends DType>(x: Tensor<S, D> & TakesChannels<"BatchNorm3d", S, C>): Tensor<S, D> {
    return this.normalise("BatchNorm3d", x as Tensor, [5]) as Tensor<S, D>;
  }
}
export interface BatchNorm3d<C extends number> {
  <S extends Shape, D extends DType>(x: Tensor<S, D> & TakesChannels<"BatchNorm3d", S, C>): Tensor<S, D>;
}
