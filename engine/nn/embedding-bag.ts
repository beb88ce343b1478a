import { ShapeError, ValueError } from "../errors.js";
import { div, mul } from "../ops/arithmetic.js";
import { tensor, zeros } from "../ops/create.js";
import { take } from "../ops/indexing.js";
import { stack } from "../ops/join.js";
import { indexAdd } from "../ops/masked.js";
import { max, mean, sum } from "../ops/reduce.js";
import { slice } from "../ops/slice.js";
import { unsqueeze } from "../ops/view.js";
import { type Generator, randn } from "../random.js";
import { formatShape } from "../shape.js";
import type { Tensor } from "../tensor.js";
import { requireCounts } from "./channels.js";
import { Layer } from "./module.js";

const modes = ["sum", "mean", "max"] as const;

/** The form of an `EmbeddingBag`. */
export interface EmbeddingBagOptions {
  /** What becomes of the vectors of a bag (default `"mean"`). */
  mode?: (typeof modes)[number];
  generator?: Generator;
}

/** Which indices belong together, and how much each counts. */
export interface BagOptions {
  /** Where each bag of a flat index begins; a bag without indices gives 0. */
  offsets?: readonly number[];
  /** Factors of the vectors, of the shape of the index; for sums only. */
  weights?: Tensor;
}

type Bags = Tensor<[number, number], "float32">;

/**
 * Sums, means or maxima over bags of embeddings, as `torch.nn.EmbeddingBag`. index: [N, L] of integers, or [M] with `offsets` ->
 * [N, size]. Parameter weight: [count, size]; it starts normal with deviation 1.
 * @throws ValueError for broken sizes, offsets or an unknown mode; ShapeError for an index with other axes
 * @example
 * const bag = new nn.EmbeddingBag(10, 3, { mode: "sum" });
 * bag(tensor([1, 2, 4, 5, 4], { dtype: "int32" }), { offsets: [0, 2] }).shape; // [2, 3]
 */
export class EmbeddingBag extends Layer {
  readonly weight: Tensor<[number, number], "float32">;
  readonly mode: (typeof modes)[number];

  constructor(count: number, size: number, { mode = "mean", generator }: EmbeddingBagOptions = {}) {
    super();
    requireCounts("EmbeddingBag", { count, size });
    if (!modes.includes(mode)) {
      throw new ValueError(`no mode ${String(mode)}`, { op: "EmbeddingBag", hint: `There are ${modes.join(", ")}.` });
    }
    this.weight = randn([count, size], { requiresGrad: true, ...(generator ? { generator } : {}) }) as never;
    this.mode = mode;
  }

  forward(index: Tensor, { offsets, weights }: BagOptions = {}): Bags {
    const got = formatShape(index.shape);
    if (index.shape.length !== (offsets ? 1 : 2)) {
      throw new ShapeError(`the index ${got} does not fit`, {
        op: "EmbeddingBag",
        expected: "[N, L], or [M] with offsets",
        got,
      });
    }
    if (weights && (this.mode !== "sum" || formatShape(weights.shape) !== got)) {
      throw new ValueError(`weights ${formatShape(weights.shape)} for ${this.mode} of ${got}`, {
        op: "EmbeddingBag",
        hint: 'Give as many as indices, and mode "sum".',
      });
    }
    const vectors = take(this.weight, index) as Tensor;
    const scaled = weights ? (mul(vectors, unsqueeze(weights, -1) as never) as Tensor) : vectors;
    if (offsets) return this.#flat(scaled, offsets) as never;
    return { sum, mean, max }[this.mode](scaled, 1) as never;
  }

  override describe(): string {
    return `${this.weight.shape.join(" x ")}, ${this.mode}`;
  }

  /** Bags one after the other: vectors [M, size] -> [bags, size]. */
  #flat(vectors: Tensor, offsets: readonly number[]): Tensor {
    const [count, size] = vectors.shape as [number, number];
    const ends = [...offsets.slice(1), count];
    if (offsets[0] !== 0 || offsets.some((from, bag) => !Number.isSafeInteger(from) || from > ends[bag]!)) {
      throw new ValueError(`offsets [${offsets.join(", ")}] of ${count} indices`, {
        op: "EmbeddingBag",
        hint: "They begin with 0 and never fall.",
      });
    }
    const { dtype, device } = vectors;
    const nothing = (shape: number[]) => zeros(shape, { dtype, device }) as Tensor;
    if (this.mode === "max") {
      const bags = offsets.map((from, bag) => {
        return from < ends[bag]! ? (max(vectors.at(slice(from, ends[bag]!)) as Tensor, 0) as Tensor) : nothing([size]);
      });
      return stack(bags) as Tensor;
    }
    const bagOf = offsets.flatMap((from, bag) => new Array<number>(ends[bag]! - from).fill(bag));
    const places = tensor(Int32Array.from(bagOf), { device }) as Tensor;
    const sums = indexAdd(nothing([offsets.length, size]), places, vectors) as Tensor;
    if (this.mode === "sum") return sums;
    const sizes = offsets.map((from, bag) => Math.max(1, ends[bag]! - from));
    return div(sums, tensor(sizes, { shape: [sizes.length, 1], dtype, device }) as never) as Tensor;
  }

  override config(): readonly unknown[] {
    return [...this.weight.shape, { mode: this.mode }];
  }
}
export interface EmbeddingBag {
  (index: Tensor, options?: BagOptions): Bags;
}
