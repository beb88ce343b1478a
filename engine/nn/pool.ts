import type { DType } from "../dtype.js";
import { mul, pow } from "../ops/arithmetic.js";
import { abs } from "../ops/math.js";
import { avgPool1d, avgPool2d, avgPool3d, maxPool1d, maxPool2d, maxPool3d, type Pooled } from "../ops/pool.js";
import type { AvgPoolOptions, MaxPoolOptions } from "../ops/pool-windows.js";
import { type PerAxis, perAxis } from "../ops/window.js";
import type { Shape } from "../shape.js";
import type { Tensor } from "../tensor.js";
import { requirePositive } from "./channels.js";
import { Layer } from "./module.js";

/** Calling a layer that pools over the spatial axes of `Spatial`. */
export type Pools<Spatial extends Shape> = <S extends Shape, D extends DType>(
  x: Tensor<S, D>,
) => Tensor<Pooled<S, Spatial>, D>;

/** What layers with sliding windows share. */
abstract class PoolLayer<Options> extends Layer {
  readonly kernel: PerAxis;
  readonly options: Options;

  /** @param kernel the size of a window */
  constructor(kernel: PerAxis, options: Options = {} as Options) {
    super();
    this.kernel = kernel;
    this.options = options;
  }

  override config(): readonly unknown[] {
    return [this.kernel, this.options];
  }
}

/**
 * The largest element of each window of sequences as a layer, as `torch.nn.MaxPool1d`. Input [N, C, L] -> output [N, C, L'].
 * @example new nn.MaxPool1d(3, { stride: 2 })(zeros([2, 4, 9])).shape; // [2, 4, 4]
 */
export class MaxPool1d extends PoolLayer<MaxPoolOptions> {
  forward<S extends Shape, D extends DType>(x: Tensor<S, D>): Tensor<Pooled<S, [number]>, D> {
    return maxPool1d(x, this.kernel, this.options);
  }
}
export interface MaxPool1d extends Pools<[number]> {}

/**
 * The largest element of each window as a layer, as `torch.nn.MaxPool2d`. Input [N, C, H, W] -> output [N, C, H', W'].
 * @example new nn.MaxPool2d(2)(zeros([2, 4, 8, 8])).shape; // [2, 4, 4, 4]
 */
export class MaxPool2d extends PoolLayer<MaxPoolOptions> {
  forward<S extends Shape, D extends DType>(x: Tensor<S, D>): Tensor<Pooled<S, [number, number]>, D> {
    return maxPool2d(x, this.kernel, this.options);
  }
}
export interface MaxPool2d extends Pools<[number, number]> {}

/**
 * The largest element of each window of volumes as a layer, as `torch.nn.MaxPool3d`. Input [N, C, D, H, W] -> output
 * [N, C, D', H', W'].
 * @example new nn.MaxPool3d(2)(zeros([1, 4, 6, 8, 8])).shape; // [1, 4, 3, 4, 4]
 */
export class MaxPool3d extends PoolLayer<MaxPoolOptions> {
  forward<S extends Shape, D extends DType>(x: Tensor<S, D>): Tensor<Pooled<S, [number, number, number]>, D> {
    return maxPool3d(x, this.kernel, this.options);
  }
}
export interface MaxPool3d extends Pools<[number, number, number]> {}

/**
 * The mean of each window of sequences as a layer, as `torch.nn.AvgPool1d`. Input [N, C, L] -> output [N, C, L'].
 * @example new nn.AvgPool1d(2)(zeros([2, 4, 8])).shape; // [2, 4, 4]
 */
export class AvgPool1d extends PoolLayer<AvgPoolOptions> {
  forward<S extends Shape, D extends DType>(x: Tensor<S, D>): Tensor<Pooled<S, [number]>, D> {
    return avgPool1d(x, this.kernel, this.options);
  }
}
export interface AvgPool1d extends Pools<[number]> {}

/**
 * The mean of each window as a layer, as `torch.nn.AvgPool2d`. Input [N, C, H, W] -> output [N, C, H', W'].
 * @example new nn.AvgPool2d(3, { stride: 2, padding: 1, countIncludePad: false })(zeros([2, 4, 8, 8])).shape; // [2, 4, 4, 4]
 */
export class AvgPool2d extends PoolLayer<AvgPoolOptions> {
  forward<S extends Shape, D extends DType>(x: Tensor<S, D>): Tensor<Pooled<S, [number, number]>, D> {
    return avgPool2d(x, this.kernel, this.options);
  }
}
export interface AvgPool2d extends Pools<[number, number]> {}

/**
 * The mean of each window of volumes as a layer, as `torch.nn.AvgPool3d`. Input [N, C, D, H, W] -> output [N, C, D', H', W'].
 * @example new nn.AvgPool3d([1, 2, 2])(zeros([1, 4, 6, 8, 8])).shape; // [1, 4, 6, 4, 4]
 */
export class AvgPool3d extends PoolLayer<AvgPoolOptions> {
  forward<S extends Shape, D extends DType>(x: Tensor<S, D>): Tensor<Pooled<S, [number, number, number]>, D> {
    return avgPool3d(x, this.kernel, this.options);
  }
}
export interface AvgPool3d extends Pools<[number, number, number]> {}

/** The p-norm of each window: (sum |x|^p)^(1/p), a window that reaches over the end scaled to the whole as in PyTorch. */
abstract class LPPool extends PoolLayer<Pick<AvgPoolOptions, "stride" | "ceilMode">> {
  /**
   * @param order p: 1 gives sums of sizes, and what grows comes near the maximum
   * @param kernel the size of a window
   */
  constructor(
    readonly order: number,
    kernel: PerAxis,
    options: Pick<AvgPoolOptions, "stride" | "ceilMode"> = {},
  ) {
    super(kernel, options);
    requirePositive("LPPool", { order });
  }

  /** @param pool the means of `spatial` axes, from which the sums come */
  protected norms(
    x: Tensor,
    pool: (x: Tensor, kernel: PerAxis, options: AvgPoolOptions) => Tensor,
    spatial: number,
  ): Tensor {
    const size = perAxis("LPPool", "kernel", this.kernel, spatial, 1).reduce((a, b) => a * b, 1);
    const means = pool(pow(abs(x), this.order) as Tensor, this.kernel, this.options);
    return pow(mul(means, size) as Tensor, 1 / this.order) as Tensor;
  }

  override config(): readonly unknown[] {
    return [this.order, ...super.config()];
  }
}

/**
 * The p-norm of each window of sequences as a layer, as `torch.nn.LPPool1d`. Input [N, C, L] -> output [N, C, L'].
 * @throws ValueError for an order that is not above 0
 * @example new nn.LPPool1d(2, 2)(tensor([[[3, 4, 6, 8]]])).toArray(); // [[[5, 10]]]
 */
export class LPPool1d extends LPPool {
  forward<S extends Shape, D extends DType>(x: Tensor<S, D>): Tensor<Pooled<S, [number]>, D> {
    return this.norms(x as Tensor, avgPool1d, 1) as never;
  }
}
export interface LPPool1d extends Pools<[number]> {}

/**
 * The p-norm of each window as a layer, as `torch.nn.LPPool2d`. Input [N, C, H, W] -> output [N, C, H', W'].
 * @throws ValueError for an order that is not above 0
 * @example new nn.LPPool2d(2, [1, 2])(tensor([[[[3, 4]]]])).toArray(); // [[[[5]]]]
 */
export class LPPool2d extends LPPool {
  forward<S extends Shape, D extends DType>(x: Tensor<S, D>): Tensor<Pooled<S, [number, number]>, D> {
    return this.norms(x as Tensor, avgPool2d, 2) as never;
  }
}
export interface LPPool2d extends Pools<[number, number]> {}

/**
 * The p-norm of each window of volumes as a layer, as `torch.nn.LPPool3d`. Input [N, C, D, H, W] -> output [N, C, D', H', W'].
 * @throws ValueError for an order that is not above 0
 * @example new nn.LPPool3d(1, 2)(zeros([1, 4, 6, 8, 8])).shape; // [1, 4, 3, 4, 4]
 */
export class LPPool3d extends LPPool {
  forward<S extends Shape, D extends DType>(x: Tensor<S, D>): Tensor<Pooled<S, [number, number, number]>, D> {
    return this.norms(x as Tensor, avgPool3d, 3) as never;
  }
}
export interface LPPool3d extends Pools<[number, number, number]> {}
