import { ShapeError, ValueError } from "../errors.js";
import { type AttentionOptions, attendToItself, scaledDotProductAttention } from "../ops/attention.js";
import { zeros } from "../ops/create.js";
import { linear } from "../ops/matmul.js";
import { slice } from "../ops/slice.js";
import { permute, reshape } from "../ops/view.js";
import type { Generator } from "../random.js";
import { formatShape, type Shape } from "../shape.js";
import { Tensor } from "../tensor.js";
import { requireCounts } from "./channels.js";
import { xavierUniform } from "./init.js";
import { Linear } from "./linear.js";
import { Layer } from "./module.js";

/** The form of a `MultiheadAttention` layer. */
export interface MultiheadAttentionOptions {
  /** Probability with which attention weights are dropped while training (default 0). */
  dropout?: number;
  /** False: no biases (default true). */
  bias?: boolean;
  generator?: Generator;
}

/** What each query may look at. */
export interface AttendOptions {
  /** Truth values [L, S] (or [N, 1, L, S]): true where a query may look at a key; or floats that are added to the scores. */
  mask?: Tensor;
  /** Each query sees only keys up to its own place (default false). */
  causal?: boolean;
}

/**
 * Attention with several heads (Vaswani et al. 2017). query: [N, L, size], key and value (default: the query, and the key):
 * [N, S, size] -> [N, L, size]. Parameters have PyTorch's names and start as there.
 * @throws ValueError when the heads do not divide the size; ShapeError when inputs do not fit
 * @example const tokens = randn([2, 16, 128]);
 * new nn.MultiheadAttention(128, 4)(tokens, tokens, tokens, { causal: true }).shape; // [2, 16, 128]
 */
export class MultiheadAttention<E extends number = number> extends Layer {
  readonly in_proj_weight: Tensor<[number, E], "float32">;
  readonly in_proj_bias: Tensor<[number], "float32"> | undefined;
  readonly out_proj: Linear<E, E>;
  readonly size: E;
  readonly heads: number;
  readonly dropout: number;
  readonly #generator: Generator | undefined;

  constructor(size: E, heads: number, options: MultiheadAttentionOptions = {}) {
    super();
    requireCounts("MultiheadAttention", { size, heads });
    if (size % heads !== 0) {
      throw new ValueError(`${size} features in ${heads} heads`, {
        op: "MultiheadAttention",
        hint: "The heads must divide the features.",
      });
    }
    const { bias = true, dropout = 0, generator } = options;
    const source = generator ? { generator } : {};
    this.in_proj_weight = trained(xavierUniform([3 * size, size], source)) as Tensor<[number, E], "float32">;
    this.in_proj_bias = bias ? (zeros([3 * size], { requiresGrad: true }) as Tensor<[number], "float32">) : undefined;
    const projection = new Linear(size, size, { bias, ...source });
    this.out_proj = projection;
    if (bias) Object.assign(projection, { bias: zeros([size], { requiresGrad: true }) });
    this.size = size;
    this.heads = heads;
    this.dropout = dropout;
    this.#generator = generator;
  }

  forward(
    query: Tensor,
    key: Tensor = query,
    value: Tensor = key,
    options: AttendOptions = {},
  ): Tensor<[number, number, E], "float32"> {
    for (const x of [query, key, value]) {
      if (x instanceof Tensor && x.shape.length === 3 && x.shape[2] === this.size) continue;
      const got = x instanceof Tensor ? formatShape(x.shape) : typeof x;
      throw new ShapeError(`the input ${got} does not fit`, {
        op: "MultiheadAttention",
        expected: `[N, L, ${this.size}]`,
        got,
      });
    }
    const drop = this.training && this.dropout > 0 ? { dropout: this.dropout } : {};
    const source = this.#generator ? { generator: this.#generator } : {};
    const how = { ...options, ...drop, ...source };
    const toItself = query === key && key === value;
    const attended = toItself ? this.#together(query, how) : this.#apart([query, key, value], how);
    const [samples, , length] = attended.shape as Shape;
    const joined = reshape(permute(attended, [0, 2, 1, 3]), [samples!, length!, this.size]);
    return this.out_proj(joined as never) as never;
  }

  override describe(): string {
    return `${this.size} in ${this.heads} heads`;
  }

  /** For attention of a sequence to itself; the projection of the result is a layer of its own. */
  override multiplyAdds(input: Shape, _output: Shape): number {
    const [samples, length] = input as [number, number];
    return samples * length * this.size * (3 * this.size + 2 * length);
  }

  /** One product for all three projections, where they have the same input. */
  #together(x: Tensor, options: AttentionOptions): Tensor {
    const [samples, length] = x.shape as Shape;
    const bias = this.in_proj_bias;
    const all = linear(x, this.in_proj_weight as never, bias ? { bias } : {}) as Tensor;
    const heads = reshape(all, [samples!, length!, 3, this.heads, this.size / this.heads]) as Tensor;
    return attendToItself(heads, options);
  }

  #apart(inputs: readonly Tensor[], options: AttentionOptions): Tensor {
    const [q, k, v] = inputs.map((x, i) => {
      const part = slice(i * this.size, (i + 1) * this.size);
      const bias = this.in_proj_bias?.at(part) as Tensor | undefined;
      const projected = linear(x, this.in_proj_weight.at(part) as never, bias ? { bias } : {}) as Tensor;
      const [samples, length] = x.shape as Shape;
      return permute(
        reshape(projected, [samples!, length!, this.heads, this.size / this.heads]),
        [0, 2, 1, 3],
      ) as Tensor;
    });
    return scaledDotProductAttention(q!, k!, v!, options) as Tensor;
  }
}

export interface MultiheadAttention<E extends number> {
  (query: Tensor, key?: Tensor, value?: Tensor, options?: AttendOptions): Tensor<[number, number, E], "float32">;
}

function trained(x: Tensor): Tensor {
  return new Tensor(x.storage, x.shape, x.dtype, x.strides, x.offset, true);
}
