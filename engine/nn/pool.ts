import type { DType } from "../dtype.js";
import {
  type AvgPoolOptions,
  adaptiveAvgPool2d,
  adaptiveMaxPool2d,
  avgPool1d,
  avgPool2d,
  maxPool1d,
  maxPool2d,
  type Pooled,
  type PoolOptions,
} from "../ops/pool.js";
import { mean } from "../ops/reduce.js";
import type { PerAxis } from "../ops/window.js";
import type { Shape } from "../shape.js";
import type { Tensor } from "../tensor.js";
import { Layer } from "./module.js";

/** Calling a layer that pools images. */
type PoolImages = <S extends Shape, D extends DType>(x: Tensor<S, D>) => Tensor<Pooled<S, [number, number]>, D>;

/** Calling a layer that pools sequences. */
type PoolSequences = <S extends Shape, D extends DType>(x: Tensor<S, D>) => Tensor<Pooled<S, [number]>, D>;

/** The largest element of each window as a layer. Input [N, C, H, W] -> output [N, C, H', W']. */
export class MaxPool2d extends Layer {
  constructor(
    readonly kernel: PerAxis,
    readonly options: PoolOptions = {},
  ) {
    super();
  }

  forward<S extends Shape, D extends DType>(x: Tensor<S, D>): Tensor<Pooled<S, [number, number]>, D> {
    return maxPool2d(x, this.kernel, this.options);
  }
}
export interface MaxPool2d extends PoolImages {}

/** The mean of each window as a layer. Input [N, C, H, W] -> output [N, C, H', W']. */
export class AvgPool2d extends Layer {
  constructor(
    readonly kernel: PerAxis,
    readonly options: AvgPoolOptions = {},
  ) {
    super();
  }

  forward<S extends Shape, D extends DType>(x: Tensor<S, D>): Tensor<Pooled<S, [number, number]>, D> {
    return avgPool2d(x, this.kernel, this.options);
  }
}
export interface AvgPool2d extends PoolImages {}

/** The largest element of each window of sequences as a layer. Input [N, C, L] -> output [N, C, L']. */
export class MaxPool1d extends Layer {
  constructor(
    readonly kernel: PerAxis,
    readonly options: PoolOptions = {},
  ) {
    super();
  }

  forward<S extends Shape, D extends DType>(x: Tensor<S, D>): Tensor<Pooled<S, [number]>, D> {
    return maxPool1d(x, this.kernel, this.options);
  }
}
export interface MaxPool1d extends PoolSequences {}

/** The mean of each window of sequences as a layer. Input [N, C, L] -> output [N, C, L']. */
export class AvgPool1d extends Layer {
  constructor(
    readonly kernel: PerAxis,
    readonly options: AvgPoolOptions = {},
  ) {
    super();
  }

  forward<S extends Shape, D extends DType>(x: Tensor<S, D>): Tensor<Pooled<S, [number]>, D> {
    return avgPool1d(x, this.kernel, this.options);
  }
}
export interface AvgPool1d extends PoolSequences {}

/** Means over as many windows as `size` says, as a layer. Input [N, C, H, W] -> output [N, C, size, size]. */
export class AdaptiveAvgPool2d extends Layer {
  constructor(readonly size: PerAxis) {
    super();
  }

  forward<S extends Shape, D extends DType>(x: Tensor<S, D>): Tensor<Pooled<S, [number, number]>, D> {
    return adaptiveAvgPool2d(x, this.size);
  }
}
export interface AdaptiveAvgPool2d extends PoolImages {}

/** The largest elements of as many windows as `size` says, as a layer. Input [N, C, H, W] -> output [N, C, size, size]. */
export class AdaptiveMaxPool2d extends Layer {
  constructor(readonly size: PerAxis) {
    super();
  }

  forward<S extends Shape, D extends DType>(x: Tensor<S, D>): Tensor<Pooled<S, [number, number]>, D> {
    return adaptiveMaxPool2d(x, this.size);
  }
}
export interface AdaptiveMaxPool2d extends PoolImages {}

/** The mean of every channel of images as a layer. Input [N, C, H, W] -> output [N, C]. */
export class GlobalAvgPool2d extends Layer {
  forward<S extends Shape, D extends DType>(x: Tensor<S, D>): Tensor<Pooled<S, []>, D> {
    return mean(x, [-2, -1]) as never;
  }
}
export interface GlobalAvgPool2d {
  <S extends Shape, D extends DType>(x: Tensor<S, D>): Tensor<Pooled<S, []>, D>;
}
