import { outside } from "../../capturing.js";
import type { DType } from "../../dtype.js";
import { ValueError } from "../../errors.js";
import { add, mul } from "../../ops/arithmetic.js";
import { batchNorm } from "../../ops/batch-norm.js";
import { zeros } from "../../ops/create.js";
import { groupNorm, layerNorm } from "../../ops/norm.js";
import { recordCopy } from "../../record.js";
import type { Shape } from "../../shape.js";
import type { Tensor } from "../../tensor.js";
import { requireCounts } from "../channels.js";
import { given } from "../norm.js";
import { channelsFirst } from "./data-format.js";
import { DeferredLayer, type DeferredLayerOptions, type ParameterPlan } from "./deferred-layer.js";
import { initializerOf } from "./named-choices.js";
import { plainOptions } from "./plain-options.js";

/** The form of a normalization layer of the Keras face. */
export interface NormalizationOptions extends DeferredLayerOptions {
  /** Added to the variance (default 1e-3). */
  epsilon?: number;
  /** False: nothing is added to the result (default true). */
  center?: boolean;
  /** False: the result is multiplied by nothing (default true). */
  scale?: boolean;
}

/** The same of group normalization. */
export interface GroupNormalizationOptions extends NormalizationOptions {
  /** How many parts the channels fall into; -1: each is its own (default 32). */
  groups?: number;
}

/** The same of batch normalization. */
export interface BatchNormalizationOptions extends NormalizationOptions {
  /** The axis of the channels (default -1). */
  axis?: -1 | 1;
  /** How much of the running statistics a batch leaves (default 0.99). */
  momentum?: number;
}

type SameShape = <S extends Shape, D extends DType>(x: Tensor<S, D>) => Tensor<S, D>;
type Vector = Tensor<number[], "float32">;

abstract class Normalization extends DeferredLayer {
  declare readonly weight: Vector | undefined;
  declare readonly bias: Vector | undefined;
  protected readonly options: NormalizationOptions;

  constructor(options: NormalizationOptions) {
    super();
    this.options = options;
    Object.defineProperty(this, "options", { enumerable: false });
  }

  protected plan(features: number): Record<string, ParameterPlan> {
    const { center = true, scale = true } = this.options;
    const name = this.constructor.name;
    return {
      ...(scale ? { weight: { shape: [features], start: initializerOf(name, "ones") } } : {}),
      ...(center ? { bias: { shape: [features], start: initializerOf(name, "zeros") } } : {}),
    };
  }

  protected featuresIn({ weight, bias, runningMean }: Readonly<Record<string, Shape>>): number | undefined {
    return (weight ?? bias ?? runningMean)?.[0];
  }

  override describe(): string {
    return `${this.inputFeatures ?? "?"} features`;
  }

  override config(): readonly unknown[] | undefined {
    const options = plainOptions(this.options);
    return options && [options];
  }
}

/** Batch normalization that learns its channels on the first call: made by `nn.batchNormalization`. */
export class BatchNormalization extends Normalization {
  declare readonly runningMean: Vector;
  declare readonly runningVariance: Vector;
  readonly #axis: -1 | 1;
  readonly #momentum: number;

  constructor(options: BatchNormalizationOptions = {}) {
    super(options);
    const { axis = -1, momentum = 0.99 } = options;
    if (axis !== -1 && axis !== 1) {
      throw new ValueError(`axis is ${axis}`, { op: "BatchNormalization", hint: "Channels are on axis -1 or 1." });
    }
    if (!(momentum >= 0 && momentum <= 1)) {
      throw new ValueError(`momentum is ${momentum}`, { op: "BatchNormalization", hint: "Give a share from 0 to 1." });
    }
    this.#axis = axis;
    this.#momentum = momentum;
    this.begin(options);
  }

  protected override get featureAxis(): number {
    return this.#axis;
  }

  protected override plan(features: number): Record<string, ParameterPlan> {
    const state = (name: "zeros" | "ones") => {
      return { shape: [features], start: initializerOf("BatchNormalization", name), trained: false };
    };
    return { ...super.plan(features), runningMean: state("zeros"), runningVariance: state("ones") };
  }

  forward<S extends Shape, D extends DType>(x: Tensor<S, D>): Tensor<S, D> {
    const format = this.#axis === 1 ? "channelsFirst" : "channelsLast";
    return channelsFirst(this.ready(x as Tensor), format, input => this.#normalised(input)) as never;
  }

  #normalised(x: Tensor): Tensor {
    const { runningMean: mean, runningVariance: variance, training } = this;
    const form = given(this, this.options.epsilon ?? 1e-3);
    if (!training) return batchNorm(x, { ...form, running: { mean, variance, momentum: 0 }, training });
    // The operation keeps the unbiased variance, as PyTorch; Keras the one of the batch itself.
    const batch = outside(() => ({ mean: zeros(mean.shape) as Vector, variance: zeros(mean.shape) as Vector }));
    const y = batchNorm(x, { ...form, running: { ...batch, momentum: 1 }, training });
    const count = x.size / x.shape[1]!;
    this.#follow(mean, batch.mean, 1);
    this.#follow(variance, batch.variance, (count - 1) / count);
    return y;
  }

  #follow(running: Vector, batch: Vector, factor: number): void {
    const momentum = this.#momentum;
    const part = mul(batch as Tensor, (1 - momentum) * factor) as Tensor;
    recordCopy(add(mul(running as Tensor, momentum) as Tensor, part as never) as Tensor, running);
  }
}
export interface BatchNormalization extends SameShape {}

/** Layer normalization that learns its features on the first call: made by `nn.layerNormalization`. */
export class LayerNormalization extends Normalization {
  constructor(options: NormalizationOptions = {}) {
    super(options);
    this.begin(options);
  }

  forward<S extends Shape, D extends DType>(x: Tensor<S, D>): Tensor<S, D> {
    const input = this.ready(x as Tensor);
    return layerNorm(input, { ...given(this, this.options.epsilon ?? 1e-3), axes: 1 }) as never;
  }
}
export interface LayerNormalization extends SameShape {}

/** Group normalization that learns its channels on the first call: made by `nn.groupNormalization`. */
export class GroupNormalization extends Normalization {
  readonly #groups: number;

  constructor(options: GroupNormalizationOptions = {}) {
    super(options);
    const { groups = 32 } = options;
    if (groups !== -1) requireCounts("GroupNormalization", { groups });
    this.#groups = groups;
    this.begin(options);
  }

  protected override plan(features: number): Record<string, ParameterPlan> {
    if (this.#groups !== -1 && features % this.#groups !== 0) {
      throw new ValueError(`${features} channels in ${this.#groups} groups`, {
        op: "GroupNormalization",
        hint: "The groups must divide the channels.",
      });
    }
    return super.plan(features);
  }

  forward<S extends Shape, D extends DType>(x: Tensor<S, D>): Tensor<S, D> {
    const input = this.ready(x as Tensor);
    const groups = this.#groups === -1 ? input.shape.at(-1)! : this.#groups;
    const form = given(this, this.options.epsilon ?? 1e-3);
    return channelsFirst(input, "channelsLast", first => groupNorm(first, groups, form)) as never;
  }
}
export interface GroupNormalization extends SameShape {}

/**
 * Every channel with mean 0 and variance 1 over the batch, as `keras.layers.BatchNormalization`; after `eval()` by the running
 * statistics. Input [N, ..., C] -> output of the same shape.
 * @throws ValueError for an axis or a momentum that makes no sense
 * @example nn.batchNormalization()(zeros([8, 5, 5, 3])).shape; // [8, 5, 5, 3]
 */
export function batchNormalization(options: BatchNormalizationOptions = {}): BatchNormalization {
  return new BatchNormalization(options);
}

/**
 * The last axis with mean 0 and variance 1, as `keras.layers.LayerNormalization`. Input [N, ..., C] -> output of the same shape.
 * @throws ShapeError for an input with other features than the first one's
 * @example nn.layerNormalization()(zeros([8, 5, 3])).shape; // [8, 5, 3]
 */
export function layerNormalization(options: NormalizationOptions = {}): LayerNormalization {
  return new LayerNormalization(options);
}

/**
 * The channels of each sample in groups, each with mean 0 and variance 1 (Wu and He 2018), as `keras.layers.GroupNormalization`.
 * Input [N, ..., C] -> output of the same shape.
 * @throws ValueError for groups that do not divide the channels
 * @example nn.groupNormalization({ groups: 2 })(zeros([8, 5, 5, 4])).shape; // [8, 5, 5, 4]
 */
export function groupNormalization(options: GroupNormalizationOptions = {}): GroupNormalization {
  return new GroupNormalization(options);
}
