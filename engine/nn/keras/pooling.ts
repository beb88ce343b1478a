import type { DType } from "../../dtype.js";
import { ShapeError, ValueError } from "../../errors.js";
import { div } from "../../ops/arithmetic.js";
import { ones } from "../../ops/create.js";
import { pad } from "../../ops/pad.js";
import { avgPool1d, avgPool2d, avgPool3d, maxPool1d, maxPool2d, maxPool3d } from "../../ops/pool.js";
import { max, mean } from "../../ops/reduce.js";
import { type PerAxis, perAxis } from "../../ops/window.js";
import { formatShape, type Shape } from "../../shape.js";
import { Tensor } from "../../tensor.js";
import { setLayerName } from "../building.js";
import type { BatchOf } from "../channels.js";
import { Layer } from "../module.js";
import type { DataFormat } from "../padding.js";
import {
  type ChannelsOf,
  channelsFirst,
  type FormatOptions,
  type Formatted,
  requireFormat,
  sameWidths,
} from "./data-format.js";
import type { NamedLayerOptions } from "./deferred-layer.js";
import { plainOptions } from "./plain-options.js";

/** The form of a pooling layer of the Keras face. */
export interface PoolingOptions<F extends DataFormat = DataFormat> extends NamedLayerOptions, FormatOptions<F> {
  /** From one window to the next (default: the window, so that they do not overlap). */
  strides?: PerAxis;
  /** `"same"`: windows reach over the edge, where nothing counts; `"valid"` (default): they do not. */
  padding?: "same" | "valid";
}

const kinds = {
  max: { 1: maxPool1d, 2: maxPool2d, 3: maxPool3d },
  average: { 1: avgPool1d, 2: avgPool2d, 3: avgPool3d },
} as unknown as Record<
  "max" | "average",
  Record<number, (x: Tensor, kernel: readonly number[], options: { stride: readonly number[] }) => Tensor>
>;

function requireAxes(op: string, x: unknown, axes: number): asserts x is Tensor {
  if (x instanceof Tensor && x.shape.length === axes) return;
  const got = x instanceof Tensor ? formatShape(x.shape) : typeof x;
  throw new ShapeError(`the input ${got} does not fit`, { op, expected: `${axes} axes`, got });
}

/** What the layers with windows share. */
abstract class Pooling extends Layer {
  readonly #kind: "max" | "average";
  readonly #window: readonly number[];
  readonly #strides: readonly number[];
  readonly #options: PoolingOptions;
  readonly #format: DataFormat;

  constructor(op: string, kind: "max" | "average", size: PerAxis, spatial: number, options: PoolingOptions) {
    super();
    this.#kind = kind;
    this.#window = perAxis(op, "poolSize", size, spatial, 1);
    this.#strides = perAxis(op, "strides", options.strides ?? size, spatial, 1);
    this.#format = requireFormat(op, options.dataFormat);
    if (options.padding !== undefined && options.padding !== "same" && options.padding !== "valid") {
      throw new ValueError(`padding is ${String(options.padding)}`, { op, hint: 'There are "same" and "valid".' });
    }
    this.#options = options;
    setLayerName(this as never, options.name);
  }

  protected pooled(x: Tensor): Tensor {
    requireAxes(this.constructor.name, x, this.#window.length + 2);
    return channelsFirst(x, this.#format, input =>
      this.#options.padding === "same" ? this.#same(input) : this.#pool(input),
    );
  }

  override describe(): string {
    const { strides, padding } = this.#options;
    return [
      `window ${this.#window.join(" x ")}`,
      ...(strides === undefined ? [] : [`strides ${this.#strides.join(" x ")}`]),
      ...(padding === "same" ? ["same"] : []),
    ].join(", ");
  }

  override config(): readonly unknown[] | undefined {
    const options = plainOptions(this.#options);
    return options && [this.#window, options];
  }

  #pool(x: Tensor): Tensor {
    return kinds[this.#kind][this.#window.length]!(x, this.#window, { stride: this.#strides });
  }

  #same(x: Tensor): Tensor {
    const widths = sameWidths(x.shape.slice(2), this.#window, this.#strides);
    if (this.#kind === "max") return this.#pool(pad(x, widths, { value: Number.NEGATIVE_INFINITY }) as Tensor);
    // Means over what is there: the padding counts in neither sum.
    const there = pad(ones([1, 1, ...x.shape.slice(2)]) as Tensor, widths) as Tensor;
    return div(this.#pool(pad(x, widths) as Tensor), this.#pool(there) as never) as Tensor;
  }
}

/** Largest elements of windows of sequences: made by `nn.maxPooling1d`. */
export class MaxPooling1d<F extends DataFormat = "channelsLast"> extends Pooling {
  constructor(size: PerAxis = 2, options: PoolingOptions<F> = {}) {
    super("MaxPooling1d", "max", size, 1, options);
  }
  forward<S extends Shape, D extends DType>(x: Tensor<S, D>): Tensor<Formatted<S, [number], ChannelsOf<S, F>, F>, D> {
    return this.pooled(x as Tensor) as never;
  }
}
export interface MaxPooling1d<F extends DataFormat> extends PoolSequences<F> {}

/** Largest elements of windows of images: made by `nn.maxPooling2d`. */
export class MaxPooling2d<F extends DataFormat = "channelsLast"> extends Pooling {
  constructor(size: PerAxis = 2, options: PoolingOptions<F> = {}) {
    super("MaxPooling2d", "max", size, 2, options);
  }
  forward<S extends Shape, D extends DType>(
    x: Tensor<S, D>,
  ): Tensor<Formatted<S, [number, number], ChannelsOf<S, F>, F>, D> {
    return this.pooled(x as Tensor) as never;
  }
}
export interface MaxPooling2d<F extends DataFormat> extends PoolImages<F> {}

/** Largest elements of windows of volumes: made by `nn.maxPooling3d`. */
export class MaxPooling3d<F extends DataFormat = "channelsLast"> extends Pooling {
  constructor(size: PerAxis = 2, options: PoolingOptions<F> = {}) {
    super("MaxPooling3d", "max", size, 3, options);
  }
  forward<S extends Shape, D extends DType>(
    x: Tensor<S, D>,
  ): Tensor<Formatted<S, [number, number, number], ChannelsOf<S, F>, F>, D> {
    return this.pooled(x as Tensor) as never;
  }
}
export interface MaxPooling3d<F extends DataFormat> extends PoolVolumes<F> {}

/** Means of windows of sequences: made by `nn.averagePooling1d`. */
export class AveragePooling1d<F extends DataFormat = "channelsLast"> extends Pooling {
  constructor(size: PerAxis = 2, options: PoolingOptions<F> = {}) {
    super("AveragePooling1d", "average", size, 1, options);
  }
  forward<S extends Shape, D extends DType>(x: Tensor<S, D>): Tensor<Formatted<S, [number], ChannelsOf<S, F>, F>, D> {
    return this.pooled(x as Tensor) as never;
  }
}
export interface AveragePooling1d<F extends DataFormat> extends PoolSequences<F> {}

/** Means of windows of images: made by `nn.averagePooling2d`. */
export class AveragePooling2d<F extends DataFormat = "channelsLast"> extends Pooling {
  constructor(size: PerAxis = 2, options: PoolingOptions<F> = {}) {
    super("AveragePooling2d", "average", size, 2, options);
  }
  forward<S extends Shape, D extends DType>(
    x: Tensor<S, D>,
  ): Tensor<Formatted<S, [number, number], ChannelsOf<S, F>, F>, D> {
    return this.pooled(x as Tensor) as never;
  }
}
export interface AveragePooling2d<F extends DataFormat> extends PoolImages<F> {}

/** Means of windows of volumes: made by `nn.averagePooling3d`. */
export class AveragePooling3d<F extends DataFormat = "channelsLast"> extends Pooling {
  constructor(size: PerAxis = 2, options: PoolingOptions<F> = {}) {
    super("AveragePooling3d", "average", size, 3, options);
  }
  forward<S extends Shape, D extends DType>(
    x: Tensor<S, D>,
  ): Tensor<Formatted<S, [number, number, number], ChannelsOf<S, F>, F>, D> {
    return this.pooled(x as Tensor) as never;
  }
}
export interface AveragePooling3d<F extends DataFormat> extends PoolVolumes<F> {}

interface PoolSequences<F extends DataFormat> {
  <S extends Shape, D extends DType>(x: Tensor<S, D>): Tensor<Formatted<S, [number], ChannelsOf<S, F>, F>, D>;
}
interface PoolImages<F extends DataFormat> {
  <S extends Shape, D extends DType>(x: Tensor<S, D>): Tensor<Formatted<S, [number, number], ChannelsOf<S, F>, F>, D>;
}
interface PoolVolumes<F extends DataFormat> {
  <S extends Shape, D extends DType>(
    x: Tensor<S, D>,
  ): Tensor<Formatted<S, [number, number, number], ChannelsOf<S, F>, F>, D>;
}

/** One number per channel: the mean or the largest of all places. Made by `nn.globalAveragePooling2d` and its like. */
export class GlobalPooling<F extends DataFormat = "channelsLast"> extends Layer {
  readonly kind: "average" | "max";
  readonly spatial: number;
  readonly #options: NamedLayerOptions & FormatOptions<F>;
  readonly #format: DataFormat;

  /** @param spatial how many axes the places have: 1 for sequences, 2 for images */
  constructor(kind: "average" | "max", spatial: number, options: NamedLayerOptions & FormatOptions<F> = {}) {
    super();
    this.kind = kind;
    this.spatial = spatial;
    this.#options = options;
    this.#format = requireFormat("GlobalPooling", options.dataFormat);
    setLayerName(this as never, options.name);
  }

  forward<S extends Shape, D extends DType>(x: Tensor<S, D>): Tensor<[BatchOf<S>, ChannelsOf<S, F>], D> {
    requireAxes("GlobalPooling", x, this.spatial + 2);
    const axes = Array.from({ length: this.spatial }, (_, i) => i + (this.#format === "channelsFirst" ? 2 : 1));
    return (this.kind === "max" ? max(x as Tensor, axes) : mean(x as Tensor, axes)) as never;
  }

  override config(): readonly unknown[] | undefined {
    return [this.kind, this.spatial, plainOptions(this.#options)];
  }
}
export interface GlobalPooling<F extends DataFormat> {
  <S extends Shape, D extends DType>(x: Tensor<S, D>): Tensor<[BatchOf<S>, ChannelsOf<S, F>], D>;
}

/**
 * The largest element of each window, as `keras.layers.MaxPooling1D`. Input [N, L, C] -> output [N, L', C].
 * @throws ValueError for sizes that are no whole numbers; ShapeError for an input of other axes
 * @example nn.maxPooling1d(2)(zeros([1, 8, 3])).shape; // [1, 4, 3]
 */
export function maxPooling1d<F extends DataFormat = "channelsLast">(
  poolSize: PerAxis = 2,
  options: PoolingOptions<F> = {},
): MaxPooling1d<F> {
  return new MaxPooling1d(poolSize, options);
}

/**
 * The largest element of each window, as `keras.layers.MaxPooling2D`. Input [N, H, W, C] -> output [N, H', W', C].
 * @throws as `maxPooling1d`
 * @example nn.maxPooling2d(2)(zeros([1, 8, 8, 3])).shape; // [1, 4, 4, 3]
 */
export function maxPooling2d<F extends DataFormat = "channelsLast">(
  poolSize: PerAxis = 2,
  options: PoolingOptions<F> = {},
): MaxPooling2d<F> {
  return new MaxPooling2d(poolSize, options);
}

/**
 * The largest element of each window, as `keras.layers.MaxPooling3D`. Input [N, D, H, W, C] -> output [N, D', H', W', C].
 * @throws as `maxPooling1d`
 * @example nn.maxPooling3d(2)(zeros([1, 4, 8, 8, 3])).shape; // [1, 2, 4, 4, 3]
 */
export function maxPooling3d<F extends DataFormat = "channelsLast">(
  poolSize: PerAxis = 2,
  options: PoolingOptions<F> = {},
): MaxPooling3d<F> {
  return new MaxPooling3d(poolSize, options);
}

/**
 * The mean of each window, as `keras.layers.AveragePooling1D`. Input [N, L, C] -> output [N, L', C].
 * @throws as `maxPooling1d`
 * @example nn.averagePooling1d(2)(zeros([1, 8, 3])).shape; // [1, 4, 3]
 */
export function averagePooling1d<F extends DataFormat = "channelsLast">(
  poolSize: PerAxis = 2,
  options: PoolingOptions<F> = {},
): AveragePooling1d<F> {
  return new AveragePooling1d(poolSize, options);
}

/**
 * The mean of each window, as `keras.layers.AveragePooling2D`. Input [N, H, W, C] -> output [N, H', W', C].
 * @throws as `maxPooling1d`
 * @example nn.averagePooling2d(2, { padding: "same" })(zeros([1, 7, 7, 3])).shape; // [1, 4, 4, 3]
 */
export function averagePooling2d<F extends DataFormat = "channelsLast">(
  poolSize: PerAxis = 2,
  options: PoolingOptions<F> = {},
): AveragePooling2d<F> {
  return new AveragePooling2d(poolSize, options);
}

/**
 * The mean of each window, as `keras.layers.AveragePooling3D`. Input [N, D, H, W, C] -> output [N, D', H', W', C].
 * @throws as `maxPooling1d`
 * @example nn.averagePooling3d(2, { padding: "same" })(zeros([1, 3, 7, 7, 3])).shape; // [1, 2, 4, 4, 3]
 */
export function averagePooling3d<F extends DataFormat = "channelsLast">(
  poolSize: PerAxis = 2,
  options: PoolingOptions<F> = {},
): AveragePooling3d<F> {
  return new AveragePooling3d(poolSize, options);
}

type GlobalOptions<F extends DataFormat> = NamedLayerOptions & FormatOptions<F>;

/**
 * The mean of each channel over the steps, as `keras.layers.GlobalAveragePooling1D`. Input [N, L, C] -> output [N, C].
 * @throws ShapeError for an input of other axes
 * @example nn.globalAveragePooling1d()(zeros([2, 8, 3])).shape; // [2, 3]
 */
export function globalAveragePooling1d<F extends DataFormat = "channelsLast">(
  options: GlobalOptions<F> = {},
): GlobalPooling<F> {
  return new GlobalPooling("average", 1, options);
}

/**
 * The mean of each channel over the image, as `keras.layers.GlobalAveragePooling2D`. Input [N, H, W, C] -> output [N, C].
 * @throws ShapeError for an input of other axes
 * @example nn.globalAveragePooling2d()(zeros([2, 8, 8, 3])).shape; // [2, 3]
 */
export function globalAveragePooling2d<F extends DataFormat = "channelsLast">(
  options: GlobalOptions<F> = {},
): GlobalPooling<F> {
  return new GlobalPooling("average", 2, options);
}

/**
 * The mean of each channel over the volume, as `keras.layers.GlobalAveragePooling3D`. Input [N, D, H, W, C] -> output [N, C].
 * @throws ShapeError for an input of other axes
 * @example nn.globalAveragePooling3d()(zeros([2, 4, 8, 8, 3])).shape; // [2, 3]
 */
export function globalAveragePooling3d<F extends DataFormat = "channelsLast">(
  options: GlobalOptions<F> = {},
): GlobalPooling<F> {
  return new GlobalPooling("average", 3, options);
}

/**
 * The largest of each channel over the steps, as `keras.layers.GlobalMaxPooling1D`. Input [N, L, C] -> output [N, C].
 * @throws ShapeError for an input of other axes
 * @example nn.globalMaxPooling1d()(zeros([2, 8, 3])).shape; // [2, 3]
 */
export function globalMaxPooling1d<F extends DataFormat = "channelsLast">(
  options: GlobalOptions<F> = {},
): GlobalPooling<F> {
  return new GlobalPooling("max", 1, options);
}

/**
 * The largest of each channel over the image, as `keras.layers.GlobalMaxPooling2D`. Input [N, H, W, C] -> output [N, C].
 * @throws ShapeError for an input of other axes
 * @example nn.globalMaxPooling2d()(zeros([2, 8, 8, 3])).shape; // [2, 3]
 */
export function globalMaxPooling2d<F extends DataFormat = "channelsLast">(
  options: GlobalOptions<F> = {},
): GlobalPooling<F> {
  return new GlobalPooling("max", 2, options);
}

/**
 * The largest of each channel over the volume, as `keras.layers.GlobalMaxPooling3D`. Input [N, D, H, W, C] -> output [N, C].
 * @throws ShapeError for an input of other axes
 * @example nn.globalMaxPooling3d()(zeros([2, 4, 8, 8, 3])).shape; // [2, 3]
 */
export function globalMaxPooling3d<F extends DataFormat = "channelsLast">(
  options: GlobalOptions<F> = {},
): GlobalPooling<F> {
  return new GlobalPooling("max", 3, options);
}
