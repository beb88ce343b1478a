import { gradEnabled } from "../autograd/graph.js";
import { ValueError } from "../errors.js";
import { mod } from "../ops/arithmetic.js";
import { eq, where } from "../ops/compare.js";
import { arange } from "../ops/create.js";
import { take } from "../ops/indexing.js";
import { unsqueeze } from "../ops/view.js";
import { type Generator, randn } from "../random.js";
import type { Shape } from "../shape.js";
import type { Tensor } from "../tensor.js";
import { requireCounts } from "./channels.js";
import { Layer, parameter } from "./module.js";

/** The shape of an embedding: one more axis at the end. */
export type Embedded<S extends Shape, Size extends number> = number extends S["length"] ? number[] : [...S, Size];

/** The form of an `Embedding`. */
export interface EmbeddingLayerOptions {
  /** The index of a vector that stands for nothing: it starts as 0 and gets no gradient. Negative: from the end. */
  paddingIndex?: number;
  generator?: Generator;
}

/**
 * A table of vectors, read by index. Input [...] of an integer dtype -> output [..., size]. The vectors start normal with
 * deviation 1, as in PyTorch.
 * @throws ValueError when a size is no whole number of at least 1, or for an index outside the table
 * @example new nn.Embedding(65, 128)(randint(0, 65, [32, 64])).shape; // [32, 64, 128]
 * @example new nn.Embedding(3, 2, { paddingIndex: 0 })(tensor([0], { dtype: "int32" })).toArray(); // [[0, 0]]
 */
export class Embedding<Size extends number = number> extends Layer {
  readonly weight: Tensor<[number, Size], "float32">;
  readonly paddingIndex: number | undefined;

  constructor(count: number, size: Size, { paddingIndex, generator }: EmbeddingLayerOptions = {}) {
    super();
    requireCounts("Embedding", { count, size });
    const source = generator ? { generator } : {};
    if (paddingIndex === undefined) {
      this.weight = randn([count, size], { requiresGrad: true, ...source }) as never;
    } else {
      if (!Number.isSafeInteger(paddingIndex) || paddingIndex < -count || paddingIndex >= count) {
        throw new ValueError(`paddingIndex ${String(paddingIndex)} in a table of ${count}`, {
          op: "Embedding",
          hint: `Give a whole number from ${-count} to ${count - 1}.`,
        });
      }
      this.paddingIndex = paddingIndex < 0 ? paddingIndex + count : paddingIndex;
      const isPadding = unsqueeze(eq(arange(count), this.paddingIndex), 1);
      this.weight = parameter(where(isPadding, 0, randn([count, size], source) as never) as Tensor) as never;
    }
  }

  forward<S extends Shape>(index: Tensor<S>): Tensor<Embedded<S, Size>, "float32"> {
    const vectors = take(this.weight, index) as Tensor;
    if (this.paddingIndex === undefined || !gradEnabled()) return vectors as never;
    // An index may count from the end.
    const isPadding = eq(mod(index as Tensor, this.weight.shape[0]) as Tensor, this.paddingIndex) as Tensor;
    return where(unsqueeze(isPadding, -1), vectors.detach() as Tensor, vectors as never) as never;
  }

  override describe(): string {
    const { weight, paddingIndex } = this;
    return weight.shape.join(" x ") + (paddingIndex === undefined ? "" : `, padding ${paddingIndex}`);
  }

  override config(): readonly unknown[] {
    const { weight, paddingIndex } = this;
    return [...weight.shape, ...(paddingIndex === undefined ? [] : [{ paddingIndex }])];
  }
}

export interface Embedding<Size extends number> {
  <S extends Shape>(index: Tensor<S>): Tensor<Embedded<S, Size>, "float32">;
}
