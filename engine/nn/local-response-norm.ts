import type { DType } from "../dtype.js";
import { ShapeError } from "../errors.js";
import { add, div, mul, pow } from "../ops/arithmetic.js";
import { square } from "../ops/math.js";
import { pad } from "../ops/pad.js";
import { avgPool1d } from "../ops/pool.js";
import { permute, reshape } from "../ops/view.js";
import { formatShape, type Shape, sizeOf } from "../shape.js";
import type { Tensor } from "../tensor.js";
import type { Same } from "./activations.js";
import { requireCounts } from "./channels.js";
import { Layer } from "./module.js";

/** The form of a `LocalResponseNorm` layer. */
export interface LocalResponseNormOptions {
  /** Default 1e-4. */
  alpha?: number;
  /** Default 0.75. */
  beta?: number;
  /** Default 1. */
  k?: number;
}

/**
 * x / (k + alpha * mean square of `size` channels around)^beta (Krizhevsky et al. 2012), as `torch.nn.LocalResponseNorm`. Input
 * [N, C, ...] -> output of the same shape.
 * @throws ValueError for a size that is no whole number; ShapeError when the input has no channels
 * @example new nn.LocalResponseNorm(5)(zeros([2, 8, 4, 4])).shape; // [2, 8, 4, 4]
 */
export class LocalResponseNorm extends Layer {
  readonly size: number;
  readonly alpha: number;
  readonly beta: number;
  readonly k: number;

  constructor(size: number, { alpha = 1e-4, beta = 0.75, k = 1 }: LocalResponseNormOptions = {}) {
    super();
    requireCounts("LocalResponseNorm", { size });
    this.size = size;
    this.alpha = alpha;
    this.beta = beta;
    this.k = k;
  }

  forward<S extends Shape, D extends DType>(x: Tensor<S, D>): Tensor<S, D> {
    if (x.shape.length < 3) {
      const got = formatShape(x.shape);
      throw new ShapeError(`the input ${got} has ${x.shape.length} axes`, {
        op: "LocalResponseNorm",
        expected: "[N, C, ...]",
        got,
      });
    }
    const { size, alpha, beta, k } = this;
    const [samples, channels, ...rest] = x.shape as readonly number[];
    // The channels take the place of a sequence, and the pixels that of its channels.
    const pixels = permute(reshape(square(x) as Tensor, [samples!, channels!, sizeOf(rest)]), [0, 2, 1]) as Tensor;
    const means = avgPool1d(pad(pixels, [[size >> 1, (size - 1) >> 1]]) as Tensor, size, { stride: 1 }) as Tensor;
    const around = reshape(permute(means, [0, 2, 1]) as Tensor, x.shape) as Tensor;
    return div(x, pow(add(mul(around, alpha) as Tensor, k) as Tensor, beta) as never) as never;
  }

  override config(): readonly unknown[] {
    return [this.size, { alpha: this.alpha, beta: this.beta, k: this.k }];
  }
}
export interface LocalResponseNorm extends Same {}
