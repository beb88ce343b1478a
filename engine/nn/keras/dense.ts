import type { DType } from "../../dtype.js";
import { type LastReplaced, linear } from "../../ops/matmul.js";
import { type Shape, sizeOf } from "../../shape.js";
import type { Tensor } from "../../tensor.js";
import { requireCounts } from "../channels.js";
import { DeferredLayer, type DeferredLayerOptions } from "./deferred-layer.js";
import { type KernelOptions, KernelSettings } from "./kernel-settings.js";

/** The form of a `dense` layer. */
export interface DenseOptions extends KernelOptions, DeferredLayerOptions {}

/**
 * A fully connected layer that learns the size of its input on the first call, as `keras.layers.Dense`: made by `nn.dense`.
 * Input [N, ..., features] -> output [N, ..., units]. The weight is [units, features], as in `nn.Linear`.
 */
export class Dense<Units extends number = number> extends DeferredLayer {
  declare readonly weight: Tensor<[Units, number], "float32">;
  declare readonly bias: Tensor<[Units], "float32"> | undefined;
  readonly units: Units;
  readonly #settings: KernelSettings;

  constructor(units: Units, options: DenseOptions = {}) {
    super();
    requireCounts("Dense", { units });
    this.units = units;
    this.#settings = new KernelSettings("Dense", options);
    this.begin(options);
  }

  protected plan(features: number) {
    return this.#settings.plan([this.units, features], [this.units]);
  }

  protected featuresIn({ weight }: Readonly<Record<string, Shape>>): number | undefined {
    return weight?.[1];
  }

  forward<S extends Shape>(x: Tensor<S, DType>): Tensor<LastReplaced<S, Units>, "float32"> {
    const { bias } = this;
    const y = linear(this.ready(x as Tensor) as never, this.weight as never, bias ? { bias } : {});
    return this.#settings.activation(y as Tensor) as never;
  }

  override config(): readonly unknown[] | undefined {
    return this.#settings.config(this.units);
  }

  override describe(): string {
    return `${this.inputFeatures ?? "?"} -> ${this.units}${this.#settings.words()}`;
  }

  override multiplyAdds(_input: Shape, output: Shape): number {
    return sizeOf(output) * (this.inputFeatures ?? 0);
  }
}

export interface Dense<Units extends number> {
  <S extends Shape>(x: Tensor<S, DType>): Tensor<LastReplaced<S, Units>, "float32">;
}

/**
 * A fully connected layer: activation(x W + b). The size of the input is learned on the first call, from `inputShape`, or from a
 * state dict. Weights start Glorot-uniform, biases 0, as `keras.layers.Dense`. Input [N, ..., features] -> output [N, ..., units].
 * @throws ValueError for units that are no whole number of at least 1, or an unknown name
 * @example nn.dense(64, { activation: "relu" })(zeros([32, 784])).shape; // [32, 64]
 */
export function dense<const Units extends number>(units: Units, options: DenseOptions = {}): Dense<Units> {
  return new Dense(units, options);
}
