import { take } from "../ops/indexing.js";
import { type Generator, randn } from "../random.js";
import type { Shape } from "../shape.js";
import type { Tensor } from "../tensor.js";
import { requireCounts } from "./channels.js";
import { Layer } from "./module.js";

/** The shape of an embedding: one more axis at the end. */
export type Embedded<S extends Shape, Size extends number> = number extends S["length"] ? number[] : [...S, Size];

/**
 * A table of vectors, read by index. Input [...] of an integer dtype -> output [..., size]. The vectors start normal with
 * deviation 1, as in PyTorch.
 * @throws ValueError when a size is no whole number of at least 1, or for an index outside the table
 * @example new nn.Embedding(65, 128)(randint(0, 65, [32, 64])).shape; // [32, 64, 128]
 */
export class Embedding<Size extends number = number> extends Layer {
  readonly weight: Tensor<[number, Size], "float32">;

  constructor(count: number, size: Size, { generator }: { generator?: Generator } = {}) {
    super();
    requireCounts("Embedding", { count, size });
    this.weight = randn([count, size], { requiresGrad: true, ...(generator ? { generator } : {}) }) as never;
  }

  forward<S extends Shape>(index: Tensor<S>): Tensor<Embedded<S, Size>, "float32"> {
    return take(this.weight, index) as never;
  }

  override describe(): string {
    return this.weight.shape.join(" x ");
  }

  override config(): readonly unknown[] {
    return [...this.weight.shape];
  }
}

export interface Embedding<Size extends number> {
  <S extends Shape>(index: Tensor<S>): Tensor<Embedded<S, Size>, "float32">;
}
