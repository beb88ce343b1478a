import type { DType } from "../dtype.js";
import { ones, zeros } from "../ops/create.js";
import { groupNorm, layerNorm, rmsNorm } from "../ops/norm.js";
import type { Shape } from "../shape.js";
import type { Tensor } from "../tensor.js";
import { requireCounts, type TakesChannels } from "./channels.js";
import { Layer } from "./module.js";

/** The form of a norm layer. */
export interface NormLayerOptions {
  /** Added to the variance (default 1e-5). */
  epsilon?: number;
  /** False: no weight and bias (default true). */
  affine?: boolean;
  /** False: a weight without bias (default true). */
  bias?: boolean;
}

type Vector = Tensor<number[], "float32">;

/** Weight 1 and bias 0, the weight alone, or neither. */
export function affineParameters(
  shape: Shape,
  affine = true,
  bias = true,
): { weight: Vector | undefined; bias: Vector | undefined } {
  if (!affine) return { weight: undefined, bias: undefined };
  return {
    weight: ones([...shape], { requiresGrad: true }) as Vector,
    bias: bias ? (zeros([...shape], { requiresGrad: true }) as Vector) : undefined,
  };
}

/** The parameters that are there, as options of an operation. */
export function given({ weight, bias }: { weight?: Tensor | undefined; bias?: Tensor | undefined }, epsilon: number) {
  return { epsilon, ...(weight ? { weight } : {}), ...(bias ? { bias } : {}) };
}

type SameShape = <S extends Shape, D extends DType>(x: Tensor<S, D>) => Tensor<S, D>;

/**
 * The last axes with mean 0 and variance 1, times weight, plus bias. Input [..., shape] -> output of the same shape.
 * @throws ValueError for lengths that are no whole numbers
 * @example new nn.LayerNorm(128);
 */
export class LayerNorm extends Layer {
  readonly weight: Vector | undefined;
  readonly bias: Vector | undefined;
  readonly epsilon: number;
  readonly #lengths: Shape;

  /** @param shape lengths of the last axes, or of the last one */
  constructor(
    shape: number | readonly number[],
    { epsilon = 1e-5, affine = true, bias = true }: NormLayerOptions = {},
  ) {
    super();
    const lengths = typeof shape === "number" ? [shape] : shape;
    requireCounts("LayerNorm", Object.fromEntries(lengths.map((length, i) => [`length ${i}`, length])));
    const parameters = affineParameters(lengths, affine, bias);
    this.weight = parameters.weight;
    this.bias = parameters.bias;
    this.epsilon = epsilon;
    this.#lengths = lengths;
  }

  forward<S extends Shape, D extends DType>(x: Tensor<S, D>): Tensor<S, D> {
    return layerNorm(x, { ...given(this, this.epsilon), axes: this.#lengths.length });
  }

  override config(): readonly unknown[] {
    return [this.#lengths, { epsilon: this.epsilon, affine: this.weight !== undefined, bias: this.bias !== undefined }];
  }
}
export interface LayerNorm extends SameShape {}

/** The last axes divided by the root of their mean square, times weight. Input [..., shape] -> output of the same shape. */
export class RMSNorm extends Layer {
  readonly weight: Vector | undefined;
  readonly epsilon: number | undefined;
  readonly #lengths: Shape;

  /** @param shape lengths of the last axes, or of the last one */
  constructor(shape: number | readonly number[], { epsilon, affine = true }: Omit<NormLayerOptions, "bias"> = {}) {
    super();
    const lengths = typeof shape === "number" ? [shape] : shape;
    requireCounts("RMSNorm", Object.fromEntries(lengths.map((length, i) => [`length ${i}`, length])));
    this.weight = affineParameters(lengths, affine).weight;
    this.epsilon = epsilon;
    this.#lengths = lengths;
  }

  forward<S extends Shape, D extends DType>(x: Tensor<S, D>): Tensor<S, D> {
    const { weight, epsilon } = this;
    const options = { axes: this.#lengths.length, ...(weight ? { weight } : {}) };
    return rmsNorm(x, epsilon === undefined ? options : { ...options, epsilon });
  }

  override config(): readonly unknown[] {
    return [
      this.#lengths,
      { affine: this.weight !== undefined, ...(this.epsilon === undefined ? {} : { epsilon: this.epsilon }) },
    ];
  }
}
export interface RMSNorm extends SameShape {}

/**
 * Groups of channels with mean 0 and variance 1 in every sample. Input [N, channels, ...] -> output of the same shape.
 * @throws ValueError when the groups do not divide the channels
 */
export class GroupNorm<C extends number = number> extends Layer {
  readonly weight: Vector | undefined;
  readonly bias: Vector | undefined;
  readonly epsilon: number;

  constructor(
    readonly groups: number,
    readonly channels: C,
    { epsilon = 1e-5, affine = true, bias = true }: NormLayerOptions = {},
  ) {
    super();
    requireCounts("GroupNorm", { groups, channels, "channels in a group": channels / groups });
    const parameters = affineParameters([channels], affine, bias);
    this.weight = parameters.weight;
    this.bias = parameters.bias;
    this.epsilon = epsilon;
  }

  forward<S extends Shape, D extends DType>(x: Tensor<S, D> & TakesChannels<"GroupNorm", S, C>): Tensor<S, D> {
    return groupNorm(x as Tensor<S, D>, this.groups, given(this, this.epsilon));
  }

  override config(): readonly unknown[] {
    return [
      this.groups,
      this.channels,
      { epsilon: this.epsilon, affine: this.weight !== undefined, bias: this.bias !== undefined },
    ];
  }
}
export interface GroupNorm<C extends number> {
  <S extends Shape, D extends DType>(x: Tensor<S, D> & TakesChannels<"GroupNorm", S, C>): Tensor<S, D>;
}
