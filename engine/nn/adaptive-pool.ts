import type { DType } from "../dtype.js";
import { ShapeError } from "../errors.js";
import {
  adaptiveAvgPool1d,
  adaptiveAvgPool2d,
  adaptiveAvgPool3d,
  adaptiveMaxPool1d,
  adaptiveMaxPool2d,
  adaptiveMaxPool3d,
} from "../ops/adaptive-pool.js";
import type { Pooled } from "../ops/pool.js";
import { max, mean } from "../ops/reduce.js";
import type { PerAxis } from "../ops/window.js";
import { formatShape, type Shape } from "../shape.js";
import type { Tensor } from "../tensor.js";
import { Layer } from "./module.js";
import type { Pools } from "./pool.js";

abstract class AdaptivePool extends Layer {
  /** @param size how many windows, on every spatial axis or on each */
  constructor(readonly size: PerAxis) {
    super();
  }

  override config(): readonly unknown[] {
    return [this.size];
  }
}

/**
 * Means over as many windows as `size` says, as a layer. Input [N, C, L] -> output [N, C, size].
 * @example new nn.AdaptiveAvgPool1d(3)(zeros([2, 4, 7])).shape; // [2, 4, 3]
 */
export class AdaptiveAvgPool1d extends AdaptivePool {
  forward<S extends Shape, D extends DType>(x: Tensor<S, D>): Tensor<Pooled<S, [number]>, D> {
    return adaptiveAvgPool1d(x, this.size);
  }
}
export interface AdaptiveAvgPool1d extends Pools<[number]> {}

/**
 * Means over as many windows as `size` says, as a layer. Input [N, C, H, W] -> output [N, C, size, size].
 * @example new nn.AdaptiveAvgPool2d(1)(zeros([2, 4, 7, 7])).shape; // [2, 4, 1, 1]
 */
export class AdaptiveAvgPool2d extends AdaptivePool {
  forward<S extends Shape, D extends DType>(x: Tensor<S, D>): Tensor<Pooled<S, [number, number]>, D> {
    return adaptiveAvgPool2d(x, this.size);
  }
}
export interface AdaptiveAvgPool2d extends Pools<[number, number]> {}

/**
 * Means over as many windows as `size` says, as a layer. Input [N, C, D, H, W] -> output [N, C, size, size, size].
 * @example new nn.AdaptiveAvgPool3d(2)(zeros([2, 4, 5, 6, 7])).shape; // [2, 4, 2, 2, 2]
 */
export class AdaptiveAvgPool3d extends AdaptivePool {
  forward<S extends Shape, D extends DType>(x: Tensor<S, D>): Tensor<Pooled<S, [number, number, number]>, D> {
    return adaptiveAvgPool3d(x, this.size);
  }
}
export interface AdaptiveAvgPool3d extends Pools<[number, number, number]> {}

/**
 * The largest elements of as many windows as `size` says, as a layer. Input [N, C, L] -> output [N, C, size].
 * @example new nn.AdaptiveMaxPool1d(3)(zeros([2, 4, 7])).shape; // [2, 4, 3]
 */
export class AdaptiveMaxPool1d extends AdaptivePool {
  forward<S extends Shape, D extends DType>(x: Tensor<S, D>): Tensor<Pooled<S, [number]>, D> {
    return adaptiveMaxPool1d(x, this.size);
  }
}
export interface AdaptiveMaxPool1d extends Pools<[number]> {}

/**
 * The largest elements of as many windows as `size` says, as a layer. Input [N, C, H, W] -> output [N, C, size, size].
 * @example new nn.AdaptiveMaxPool2d([3, 1])(zeros([2, 4, 7, 7])).shape; // [2, 4, 3, 1]
 */
export class AdaptiveMaxPool2d extends AdaptivePool {
  forward<S extends Shape, D extends DType>(x: Tensor<S, D>): Tensor<Pooled<S, [number, number]>, D> {
    return adaptiveMaxPool2d(x, this.size);
  }
}
export interface AdaptiveMaxPool2d extends Pools<[number, number]> {}

/**
 * The largest elements of as many windows as `size` says, as a layer. Input [N, C, D, H, W] -> output [N, C, size, size, size].
 * @example new nn.AdaptiveMaxPool3d(2)(zeros([2, 4, 5, 6, 7])).shape; // [2, 4, 2, 2, 2]
 */
export class AdaptiveMaxPool3d extends AdaptivePool {
  forward<S extends Shape, D extends DType>(x: Tensor<S, D>): Tensor<Pooled<S, [number, number, number]>, D> {
    return adaptiveMaxPool3d(x, this.size);
  }
}
export interface AdaptiveMaxPool3d extends Pools<[number, number, number]> {}

const reductions = { mean, max } as const;

/** One value for every channel, whatever the spatial sizes. */
function overChannel(op: string, how: keyof typeof reductions, x: Tensor): Tensor {
  const axes = Array.from({ length: Number(op.at(-2)) }, (_, i) => i + 2);
  if (x.shape.length !== axes.length + 2) {
    throw new ShapeError(`the input ${formatShape(x.shape)} has ${x.shape.length} axes`, {
      op,
      expected: `[N, C, and ${axes.length} more]`,
      got: formatShape(x.shape),
    });
  }
  return reductions[how](x, axes) as Tensor;
}

/**
 * The mean of every channel of sequences as a layer. Input [N, C, L] -> output [N, C].
 * @throws ShapeError when the input has other axes
 * @example new nn.GlobalAvgPool1d()(zeros([2, 4, 7])).shape; // [2, 4]
 */
export class GlobalAvgPool1d extends Layer {
  forward<S extends Shape, D extends DType>(x: Tensor<S, D>): Tensor<Pooled<S, []>, D> {
    return overChannel("GlobalAvgPool1d", "mean", x as Tensor) as never;
  }

  override config(): readonly unknown[] {
    return [];
  }
}
export interface GlobalAvgPool1d extends Pools<[]> {}

/**
 * The mean of every channel of images as a layer. Input [N, C, H, W] -> output [N, C].
 * @throws ShapeError when the input has other axes
 * @example new nn.GlobalAvgPool2d()(zeros([2, 4, 7, 7])).shape; // [2, 4]
 */
export class GlobalAvgPool2d extends Layer {
  forward<S extends Shape, D extends DType>(x: Tensor<S, D>): Tensor<Pooled<S, []>, D> {
    return overChannel("GlobalAvgPool2d", "mean", x as Tensor) as never;
  }

  override config(): readonly unknown[] {
    return [];
  }
}
export interface GlobalAvgPool2d extends Pools<[]> {}

/**
 * The mean of every channel of volumes as a layer. Input [N, C, D, H, W] -> output [N, C].
 * @throws ShapeError when the input has other axes
 * @example new nn.GlobalAvgPool3d()(zeros([2, 4, 5, 6, 7])).shape; // [2, 4]
 */
export class GlobalAvgPool3d extends Layer {
  forward<S extends Shape, D extends DType>(x: Tensor<S, D>): Tensor<Pooled<S, []>, D> {
    return overChannel("GlobalAvgPool3d", "mean", x as Tensor) as never;
  }

  override config(): readonly unknown[] {
    return [];
  }
}
export interface GlobalAvgPool3d extends Pools<[]> {}

/**
 * The largest element of every channel of sequences as a layer. Input [N, C, L] -> output [N, C].
 * @throws ShapeError when the input has other axes
 * @example new nn.GlobalMaxPool1d()(zeros([2, 4, 7])).shape; // [2, 4]
 */
export class GlobalMaxPool1d extends Layer {
  forward<S extends Shape, D extends DType>(x: Tensor<S, D>): Tensor<Pooled<S, []>, D> {
    return overChannel("GlobalMaxPool1d", "max", x as Tensor) as never;
  }

  override config(): readonly unknown[] {
    return [];
  }
}
export interface GlobalMaxPool1d extends Pools<[]> {}

/**
 * The largest element of every channel of images as a layer. Input [N, C, H, W] -> output [N, C].
 * @throws ShapeError when the input has other axes
 * @example new nn.GlobalMaxPool2d()(zeros([2, 4, 7, 7])).shape; // [2, 4]
 */
export class GlobalMaxPool2d extends Layer {
  forward<S extends Shape, D extends DType>(x: Tensor<S, D>): Tensor<Pooled<S, []>, D> {
    return overChannel("GlobalMaxPool2d", "max", x as Tensor) as never;
  }

  override config(): readonly unknown[] {
    return [];
  }
}
export interface GlobalMaxPool2d extends Pools<[]> {}

/**
 * The largest element of every channel of volumes as a layer. Input [N, C, D, H, W] -> output [N, C].
 * @throws ShapeError when the input has other axes
 * @example new nn.GlobalMaxPool3d()(zeros([2, 4, 5, 6, 7])).shape; // [2, 4]
 */
export class GlobalMaxPool3d extends Layer {
  forward<S extends Shape, D extends DType>(x: Tensor<S, D>): Tensor<Pooled<S, []>, D> {
    return overChannel("GlobalMaxPool3d", "max", x as Tensor) as never;
  }

  override config(): readonly unknown[] {
    return [];
  }
}
export interface GlobalMaxPool3d extends Pools<[]> {}
