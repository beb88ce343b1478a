import type { DType } from "../dtype.js";
import { ShapeError, ValueError } from "../errors.js";
import { type Interpolated, type InterpolateOptions, interpolate } from "../ops/interpolate.js";
import { channelShuffle, pixelShuffle, pixelUnshuffle } from "../ops/pixel-shuffle.js";
import type { PerAxis } from "../ops/window.js";
import type { Shape } from "../shape.js";
import type { Tensor } from "../tensor.js";
import { requireCounts, requirePositive } from "./channels.js";
import { Layer } from "./module.js";

/** The new size of an `Upsample` layer: one of `size` and `scale`. */
export interface UpsampleOptions extends InterpolateOptions {
  /** The new sizes. */
  size?: PerAxis;
  /** The factors by which the sizes grow, rounded down. */
  scale?: number | readonly number[];
}

/**
 * Sequences, images or volumes in another size as a layer, as `torch.nn.Upsample`. Input [N, C, ...] -> output [N, C, ...].
 * @throws ValueError unless one of size and scale is given
 * @example new nn.Upsample({ scale: 2, mode: "bilinear" })(zeros([1, 3, 8, 8])).shape; // [1, 3, 16, 16]
 */
export class Upsample extends Layer {
  readonly size: PerAxis | undefined;
  readonly scale: number | readonly number[] | undefined;
  readonly options: InterpolateOptions;

  constructor({ size, scale, ...options }: UpsampleOptions) {
    super();
    if ((size === undefined) === (scale === undefined)) {
      throw new ValueError("one of size and scale", { op: "Upsample", hint: "Give new nn.Upsample({ scale: 2 })." });
    }
    if (scale !== undefined) {
      const factors = typeof scale === "number" ? [scale] : scale;
      requirePositive("Upsample", Object.fromEntries(factors.map((factor, i) => [`scale ${i}`, factor])));
    }
    this.size = size;
    this.scale = scale;
    this.options = options;
  }

  forward<S extends Shape, D extends DType>(x: Tensor<S, D>): Tensor<Interpolated<S>, D> {
    return interpolate(x, this.size ?? this.#grown(x.shape.slice(2)), this.options);
  }

  #grown(spatial: Shape): number[] {
    const { scale } = this;
    const factors = typeof scale === "number" ? spatial.map(() => scale) : scale!;
    if (factors.length !== spatial.length) {
      throw new ShapeError(`${factors.length} factors for ${spatial.length} spatial axes`, {
        op: "Upsample",
        hint: "Give one for all, or one for each.",
      });
    }
    return spatial.map((length, i) => Math.floor(length * factors[i]!));
  }

  override config(): readonly unknown[] {
    return [
      {
        ...this.options,
        ...(this.size === undefined ? {} : { size: this.size }),
        ...(this.scale === undefined ? {} : { scale: this.scale }),
      },
    ];
  }
}
export interface Upsample {
  <S extends Shape, D extends DType>(x: Tensor<S, D>): Tensor<Interpolated<S>, D>;
}

/** Calling a layer that moves pixels and channels. */
type Shuffles = <D extends DType>(x: Tensor<Shape, D>) => Tensor<[number, number, number, number], D>;

/**
 * Channels become pixels (Shi et al. 2016), as `torch.nn.PixelShuffle`. Input [N, C * factor², H, W] -> output
 * [N, C, H * factor, W * factor].
 * @throws ShapeError when the channels do not divide
 * @example new nn.PixelShuffle(2)(zeros([1, 12, 4, 4])).shape; // [1, 3, 8, 8]
 */
export class PixelShuffle extends Layer {
  constructor(readonly factor: number) {
    super();
    requireCounts("PixelShuffle", { factor });
  }

  forward<D extends DType>(x: Tensor<Shape, D>): Tensor<[number, number, number, number], D> {
    return pixelShuffle(x, this.factor);
  }

  override config(): readonly unknown[] {
    return [this.factor];
  }
}
export interface PixelShuffle extends Shuffles {}

/**
 * Pixels become channels, which undoes `PixelShuffle`, as `torch.nn.PixelUnshuffle`. Input [N, C, H * factor, W * factor] ->
 * output [N, C * factor², H, W].
 * @throws ShapeError when height or width do not divide
 * @example new nn.PixelUnshuffle(2)(zeros([1, 3, 8, 8])).shape; // [1, 12, 4, 4]
 */
export class PixelUnshuffle extends Layer {
  constructor(readonly factor: number) {
    super();
    requireCounts("PixelUnshuffle", { factor });
  }

  forward<D extends DType>(x: Tensor<Shape, D>): Tensor<[number, number, number, number], D> {
    return pixelUnshuffle(x, this.factor);
  }

  override config(): readonly unknown[] {
    return [this.factor];
  }
}
export interface PixelUnshuffle extends Shuffles {}

/**
 * Channels in another order, so that groups meet (Zhang et al. 2017), as `torch.nn.ChannelShuffle`. Input [N, C, H, W] -> output
 * of the same shape.
 * @throws ShapeError when the groups do not divide the channels
 * @example new nn.ChannelShuffle(2)(arange(4).reshape([1, 4, 1, 1])).flatten().toArray(); // [0, 2, 1, 3]
 */
export class ChannelShuffle extends Layer {
  constructor(readonly groups: number) {
    super();
    requireCounts("ChannelShuffle", { groups });
  }

  forward<D extends DType>(x: Tensor<Shape, D>): Tensor<[number, number, number, number], D> {
    return channelShuffle(x, this.groups);
  }

  override config(): readonly unknown[] {
    return [this.groups];
  }
}
export interface ChannelShuffle extends Shuffles {}
