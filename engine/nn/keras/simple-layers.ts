import type { Shape } from "../../shape.js";
import type { Tensor } from "../../tensor.js";
import { setLayerName } from "../building.js";
import { Dropout } from "../dropout.js";
import { Flatten } from "../flatten.js";
import { Layer, type Module } from "../module.js";
import { Cropping2d, type EdgeWidths, ZeroPad1d, ZeroPad2d } from "../padding.js";
import { Permute, RepeatVector, Reshape } from "../reshaping.js";
import { TimeDistributed } from "../time-distributed.js";
import type { FormatOptions } from "./data-format.js";
import type { NamedLayerOptions } from "./deferred-layer.js";
import { activationOf, type GivenActivation } from "./named-choices.js";

function named<T>(layer: T, { name }: NamedLayerOptions): T {
  setLayerName(layer as unknown as Module, name);
  return layer;
}

/** An activation by name as a layer: made by `nn.activation`. */
export class ActivationLayer extends Layer {
  readonly #given: GivenActivation;
  readonly #run: (x: Tensor) => Tensor;

  constructor(given: GivenActivation) {
    super();
    this.#run = activationOf("ActivationLayer", given);
    this.#given = given;
  }

  forward<S extends Shape>(x: Tensor<S>): Tensor<S, "float32"> {
    return this.#run(x as Tensor) as never;
  }

  override describe(): string {
    return typeof this.#given === "string" ? this.#given : this.#given.name;
  }

  override config(): readonly unknown[] | undefined {
    return typeof this.#given === "string" ? [this.#given] : undefined;
  }
}
export interface ActivationLayer {
  <S extends Shape>(x: Tensor<S>): Tensor<S, "float32">;
}

/**
 * An activation as a layer, as `keras.layers.Activation`.
 * @throws ValueError for an unknown name
 * @example nn.activation("relu")(zeros([2, 3])).shape; // [2, 3]
 */
export function activation(given: GivenActivation, options: NamedLayerOptions = {}): ActivationLayer {
  return named(new ActivationLayer(given), options);
}

/**
 * Sets elements to 0 at random while training, as `keras.layers.Dropout`.
 * @throws ValueError when the rate is no probability
 * @example nn.dropout(0.2)(zeros([2, 3])).shape; // [2, 3]
 */
export function dropout(rate: number, options: NamedLayerOptions = {}): Dropout {
  return named(new Dropout(rate), options);
}

/**
 * All axes but the first in one, as `keras.layers.Flatten`: [N, ...] -> [N, features].
 * @example nn.flatten()(zeros([2, 3, 4])).shape; // [2, 12]
 */
export function flatten(options: NamedLayerOptions = {}): Flatten {
  return named(new Flatten(), options);
}

/**
 * Every sample in another shape, as `keras.layers.Reshape`; one length may be -1.
 * @throws as `nn.Reshape`
 * @example nn.reshape([4, -1])(zeros([2, 12])).shape; // [2, 4, 3]
 */
export function reshape<const T extends Shape>(shape: T, options: NamedLayerOptions = {}): Reshape<T> {
  return named(new Reshape(shape), options);
}

/**
 * The axes behind the samples in another order, counted from 1, as `keras.layers.Permute`.
 * @throws as `nn.Permute`
 * @example nn.permute([2, 1])(zeros([2, 3, 4])).shape; // [2, 4, 3]
 */
export function permute(order: readonly number[], options: NamedLayerOptions = {}): Permute {
  return named(new Permute(order), options);
}

/**
 * Every sample `count` times, as steps of a sequence, as `keras.layers.RepeatVector`: [N, C] -> [N, count, C].
 * @throws as `nn.RepeatVector`
 * @example nn.repeatVector(5)(zeros([2, 3])).shape; // [2, 5, 3]
 */
export function repeatVector<const Count extends number>(
  count: Count,
  options: NamedLayerOptions = {},
): RepeatVector<Count> {
  return named(new RepeatVector(count), options);
}

/**
 * A layer at every step of a sequence, as `keras.layers.TimeDistributed`: [N, T, ...] -> [N, T, ...].
 * @throws as `nn.TimeDistributed`
 * @example nn.timeDistributed(nn.dense(4))(zeros([2, 5, 3])).shape; // [2, 5, 4]
 */
export function timeDistributed(layer: Module, options: NamedLayerOptions = {}): TimeDistributed {
  return named(new TimeDistributed(layer), options);
}

/** The form of layers that add or take edges. */
export interface EdgeLayerOptions extends NamedLayerOptions, FormatOptions {}

/**
 * Zeros around sequences [N, L, C], as `keras.layers.ZeroPadding1D`.
 * @throws as `nn.ZeroPad1d`
 * @example nn.zeroPadding1d([[2, 0]])(zeros([1, 5, 3])).shape; // [1, 7, 3]
 */
export function zeroPadding1d(
  padding: EdgeWidths = 1,
  { dataFormat = "channelsLast", ...rest }: EdgeLayerOptions = {},
) {
  return named(new ZeroPad1d(padding, { dataFormat }), rest);
}

/**
 * Zeros around images [N, H, W, C], as `keras.layers.ZeroPadding2D`.
 * @throws as `nn.ZeroPad2d`
 * @example nn.zeroPadding2d(1)(zeros([1, 5, 5, 3])).shape; // [1, 7, 7, 3]
 */
export function zeroPadding2d(
  padding: EdgeWidths = 1,
  { dataFormat = "channelsLast", ...rest }: EdgeLayerOptions = {},
) {
  return named(new ZeroPad2d(padding, { dataFormat }), rest);
}

/**
 * Images [N, H, W, C] without their edges, as `keras.layers.Cropping2D`.
 * @throws as `nn.Cropping2d`
 * @example nn.cropping2d(1)(zeros([1, 5, 5, 3])).shape; // [1, 3, 3, 3]
 */
export function cropping2d(cropping: EdgeWidths = 0, { dataFormat = "channelsLast", ...rest }: EdgeLayerOptions = {}) {
  return named(new Cropping2d(cropping, { dataFormat }), rest);
}
