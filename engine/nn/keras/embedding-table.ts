import { take } from "../../ops/indexing.js";
import type { Shape } from "../../shape.js";
import type { Tensor } from "../../tensor.js";
import { setLayerName } from "../building.js";
import { requireCounts } from "../channels.js";
import { type Constraint, keep } from "../constraints.js";
import type { Embedded } from "../embedding.js";
import { Layer, parameter } from "../module.js";
import { regularize } from "../regularizers.js";
import type { NamedLayerOptions } from "./deferred-layer.js";
import {
  constraintOf,
  type GivenConstraint,
  type GivenInitializer,
  type GivenRegularizer,
  initializerOf,
  regularizerOf,
} from "./named-choices.js";
import { plainOptions } from "./plain-options.js";

/** The form of `nn.embedding`. */
export interface EmbeddingOptions extends NamedLayerOptions {
  /** The first vectors (default `"randomUniform"`, within +-0.05). */
  embeddingsInitializer?: GivenInitializer;
  /** A penalty on the vectors that `fit` adds to the loss. */
  embeddingsRegularizer?: GivenRegularizer;
  /** What the vectors are kept within. */
  embeddingsConstraint?: GivenConstraint;
}

/** A table of vectors with Keras' start: made by `nn.embedding`. */
export class EmbeddingTable<Size extends number = number> extends Layer {
  readonly weight: Tensor<[number, Size], "float32">;
  readonly #options: EmbeddingOptions;

  constructor(count: number, size: Size, options: EmbeddingOptions = {}) {
    super();
    const op = "EmbeddingTable";
    requireCounts(op, { count, size });
    const regularizer = regularizerOf(op, options.embeddingsRegularizer);
    const constraint: Constraint | undefined = constraintOf(op, options.embeddingsConstraint);
    const first = initializerOf(op, options.embeddingsInitializer ?? "randomUniform")([count, size]);
    const weight = parameter(first);
    if (regularizer) regularize([weight], regularizer);
    if (constraint) keep([weight], constraint);
    this.weight = weight as never;
    this.#options = options;
    setLayerName(this as never, options.name);
  }

  forward<S extends Shape>(index: Tensor<S>): Tensor<Embedded<S, Size>, "float32"> {
    return take(this.weight, index) as never;
  }

  override describe(): string {
    return this.weight.shape.join(" x ");
  }

  override config(): readonly unknown[] | undefined {
    const options = plainOptions(this.#options);
    return options && [...this.weight.shape, options];
  }
}
export interface EmbeddingTable<Size extends number> {
  <S extends Shape>(index: Tensor<S>): Tensor<Embedded<S, Size>, "float32">;
}

/**
 * A table of vectors, read by index, as `keras.layers.Embedding`. Input [...] of an integer dtype -> output [..., outputDim].
 * @throws ValueError for a size that is no whole number of at least 1, or an unknown name
 * @example nn.embedding(1000, 16)(zeros([2, 7], { dtype: "int32" })).shape; // [2, 7, 16]
 */
export function embedding<const Size extends number>(
  inputDim: number,
  outputDim: Size,
  options: EmbeddingOptions = {},
): EmbeddingTable<Size> {
  return new EmbeddingTable(inputDim, outputDim, options);
}
