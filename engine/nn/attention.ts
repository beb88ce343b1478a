import { ShapeError, ValueError } from "../errors.js";
import { type AttentionOptions, attendToItself, scaledDotProductAttention } from "../ops/attention.js";
import { attentionWeights } from "../ops/attention-steps.js";
import { zeros } from "../ops/create.js";
import { linear, matmul } from "../ops/matmul.js";
import { mean } from "../ops/reduce.js";
import { slice } from "../ops/slice.js";
import { permute, reshape } from "../ops/view.js";
import type { Generator } from "../random.js";
import { formatShape, type Shape } from "../shape.js";
import { Tensor } from "../tensor.js";
import { withPadding } from "./attention-mask.js";
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
  /** The features of the keys (default those of the queries): PyTorch's kdim. */
  keyFeatures?: number;
  /** The features of the values (default those of the queries): PyTorch's vdim. */
  valueFeatures?: number;
  /** False: sequences are [L, N, features], as PyTorch has them by default (default true: [N, L, features]). */
  batchFirst?: boolean;
  generator?: Generator;
}

/** What each query may look at. */
export interface AttendOptions {
  /** Truth values [L, S] (or [N, 1, L, S]): true where a query may look at a key; or floats that are added to the scores. */
  mask?: Tensor;
  /** Each query sees only keys up to its own place (default false). */
  causal?: boolean;
  /** Truth values [N, S]: true where a key is padding, which no query sees; or floats that are added to the scores. */
  keyPaddingMask?: Tensor;
}

/** What each query may look at, and whether the weights are wanted. */
export interface WeightedAttendOptions extends AttendOptions {
  needWeights: true;
  /** False: the weights of every head (default true: their mean). */
  averageWeights?: boolean;
}

/** The result, and how much each query attends to each key: [N, L, S], or [N, heads, L, S]. */
export interface Attended<E extends number> {
  output: Tensor<[number, number, E], "float32">;
  weights: Tensor<number[], "float32">;
}

type AnyOptions = AttendOptions & { needWeights?: boolean; averageWeights?: boolean };

/**
 * Attention with several heads (Vaswani et al. 2017). query: [N, L, size], key: [N, S, keyFeatures] (default: the query),
 * value: [N, S, valueFeatures] (default: the key) -> [N, L, size]; with `needWeights` the weights beside it. Parameters have
 * PyTorch's names and start as there: `in_proj_weight`, or `q_proj_weight`, `k_proj_weight` and `v_proj_weight` where keys or
 * values have other features.
 * @throws ValueError when the heads do not divide the size; ShapeError when inputs or masks do not fit
 * @example const tokens = randn([2, 16, 128]);
 * new nn.MultiheadAttention(128, 4)(tokens, tokens, tokens, { causal: true }).shape; // [2, 16, 128]
 */
export class MultiheadAttention<E extends number = number> extends Layer {
  readonly in_proj_weight: Tensor<[number, E], "float32"> | undefined;
  readonly q_proj_weight: Tensor<[E, E], "float32"> | undefined;
  readonly k_proj_weight: Tensor<[E, number], "float32"> | undefined;
  readonly v_proj_weight: Tensor<[E, number], "float32"> | undefined;
  readonly in_proj_bias: Tensor<[number], "float32"> | undefined;
  readonly out_proj: Linear<E, E>;
  readonly size: E;
  readonly heads: number;
  readonly dropout: number;
  readonly batchFirst: boolean;
  readonly #generator: Generator | undefined;
  readonly #features: readonly [number, number, number];

  constructor(size: E, heads: number, options: MultiheadAttentionOptions = {}) {
    super();
    const {
      bias = true,
      dropout = 0,
      keyFeatures = size,
      valueFeatures = size,
      batchFirst = true,
      generator,
    } = options;
    requireCounts("MultiheadAttention", { size, heads, keyFeatures, valueFeatures });
    if (size % heads !== 0) {
      throw new ValueError(`${size} features in ${heads} heads`, {
        op: "MultiheadAttention",
        hint: "The heads must divide the features.",
      });
    }
    const source = generator ? { generator } : {};
    const start = (rows: number, columns: number) => trained(xavierUniform([rows, columns], source)) as never;
    const together = keyFeatures === size && valueFeatures === size;
    this.in_proj_weight = together ? start(3 * size, size) : undefined;
    this.q_proj_weight = together ? undefined : start(size, size);
    this.k_proj_weight = together ? undefined : start(size, keyFeatures);
    this.v_proj_weight = together ? undefined : start(size, valueFeatures);
    this.in_proj_bias = bias ? (zeros([3 * size], { requiresGrad: true }) as Tensor<[number], "float32">) : undefined;
    const projection = new Linear(size, size, { bias, ...source });
    this.out_proj = projection;
    if (bias) Object.assign(projection, { bias: zeros([size], { requiresGrad: true }) });
    this.size = size;
    this.heads = heads;
    this.dropout = dropout;
    this.batchFirst = batchFirst;
    this.#generator = generator;
    this.#features = [size, keyFeatures, valueFeatures];
  }

  forward(query: Tensor, key?: Tensor, value?: Tensor, options?: AttendOptions): Tensor<[number, number, E], "float32">;
  forward(query: Tensor, key: Tensor, value: Tensor, options: WeightedAttendOptions): Attended<E>;
  forward(
    query: Tensor,
    key: Tensor = query,
    value: Tensor = key,
    options: AnyOptions = {},
  ): Tensor<[number, number, E], "float32"> | Attended<E> {
    const inputs = this.#sequences([query, key, value]);
    const { mask: given, causal = false, keyPaddingMask, needWeights = false, averageWeights = true } = options;
    const mask = withPadding(given, keyPaddingMask, [inputs[1]!.shape[0]!, inputs[1]!.shape[1]!]);
    const how: AttentionOptions = {
      causal,
      ...(mask === undefined ? {} : { mask }),
      ...(this.training && this.dropout > 0 ? { dropout: this.dropout } : {}),
      ...(this.#generator ? { generator: this.#generator } : {}),
    };
    if (needWeights) {
      const [q, k, v] = this.#heads(inputs);
      const weights = attentionWeights(q!, k!, how);
      const output = this.#joined(matmul(weights as never, v! as never) as Tensor);
      return { output, weights: averageWeights ? (mean(weights, 1) as never) : (weights as never) };
    }
    const toItself = query === key && key === value && this.in_proj_weight !== undefined;
    if (toItself) return this.#joined(this.#together(inputs[0]!, how));
    const [q, k, v] = this.#heads(inputs);
    return this.#joined(scaledDotProductAttention(q!, k!, v!, how) as Tensor);
  }

  override describe(): string {
    const [size, keys, values] = this.#features;
    const others = keys === size && values === size ? "" : `, keys ${keys}, values ${values}`;
    return `${size} in ${this.heads} heads${others}`;
  }

  /** For attention of a sequence to itself; the projection of the result is a layer of its own. */
  override multiplyAdds(input: Shape, _output: Shape): number {
    const [first, second] = input as [number, number];
    const [samples, length] = this.batchFirst ? [first, second] : [second, first];
    const projections = this.#features.reduce((a, b) => a + b);
    return samples * length * this.size * (projections + 2 * length);
  }

  /** The inputs as [N, L, features]. @throws ShapeError when one of them does not fit */
  #sequences(inputs: readonly Tensor[]): Tensor[] {
    return inputs.map((x, i) => {
      const features = this.#features[i]!;
      if (!(x instanceof Tensor && x.shape.length === 3 && x.shape[2] === features)) {
        const got = x instanceof Tensor ? formatShape(x.shape) : typeof x;
        throw new ShapeError(`the input ${got} does not fit`, {
          op: "MultiheadAttention",
          expected: this.batchFirst ? `[N, L, ${features}]` : `[L, N, ${features}]`,
          got,
        });
      }
      return this.batchFirst ? x : (permute(x, [1, 0, 2]) as Tensor);
    });
  }

  /** One product for all three projections, where they have the same input. */
  #together(x: Tensor, options: AttentionOptions): Tensor {
    const [samples, length] = x.shape as Shape;
    const bias = this.in_proj_bias;
    const all = linear(x, this.in_proj_weight as never, bias ? { bias } : {}) as Tensor;
    const heads = reshape(all, [samples!, length!, 3, this.heads, this.size / this.heads]) as Tensor;
    return attendToItself(heads, options);
  }

  /** Queries, keys and values as [N, heads, L, size / heads]. */
  #heads(inputs: readonly Tensor[]): Tensor[] {
    const own = [this.q_proj_weight, this.k_proj_weight, this.v_proj_weight];
    return inputs.map((x, i) => {
      const part = slice(i * this.size, (i + 1) * this.size);
      const weight = own[i] ?? this.in_proj_weight!.at(part);
      const bias = this.in_proj_bias?.at(part) as Tensor | undefined;
      const projected = linear(x, weight as never, bias ? { bias } : {}) as Tensor;
      const [samples, length] = x.shape as Shape;
      const split = reshape(projected, [samples!, length!, this.heads, this.size / this.heads]);
      return permute(split, [0, 2, 1, 3]) as Tensor;
    });
  }

  /** The heads side by side, through the last projection. */
  #joined(attended: Tensor): Tensor<[number, number, E], "float32"> {
    const [samples, , length] = attended.shape as Shape;
    const joined = reshape(permute(attended, [0, 2, 1, 3]), [samples!, length!, this.size]);
    const output = this.out_proj(joined as never) as Tensor;
    return (this.batchFirst ? output : permute(output, [1, 0, 2])) as never;
  }

  override config(): readonly unknown[] {
    return [
      this.size,
      this.heads,
      {
        dropout: this.dropout,
        bias: this.in_proj_bias !== undefined,
        keyFeatures: this.#features[1],
        valueFeatures: this.#features[2],
        batchFirst: this.batchFirst,
      },
    ];
  }
}

export interface MultiheadAttention<E extends number> {
  (query: Tensor, key: Tensor, value: Tensor, options: WeightedAttendOptions): Attended<E>;
  (query: Tensor, key?: Tensor, value?: Tensor, options?: AttendOptions): Tensor<[number, number, E], "float32">;
}

function trained(x: Tensor): Tensor {
  return new Tensor(x.storage, x.shape, x.dtype, x.strides, x.offset, true);
}
