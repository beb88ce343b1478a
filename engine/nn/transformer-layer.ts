import { ValueError } from "../errors.js";
import { relu } from "../ops/activation.js";
import { add } from "../ops/arithmetic.js";
import { gelu } from "../ops/gelu.js";
import type { Generator } from "../random.js";
import type { Tensor } from "../tensor.js";
import { type AttendOptions, MultiheadAttention } from "./attention.js";
import { requireCounts } from "./channels.js";
import { Dropout } from "./dropout.js";
import { Linear } from "./linear.js";
import { Layer } from "./module.js";
import { LayerNorm } from "./norm.js";

const activations = { relu, gelu } as const;

/** The form of the layers of a transformer. */
export interface TransformerLayerOptions {
  /** Features between the two products of the feed-forward block (default 2048). */
  feedForward?: number;
  /** Probability with which elements are dropped while training (default 0.1). */
  dropout?: number;
  /** Between the two products (default `"relu"`). */
  activation?: keyof typeof activations;
  /** Added to the variance by the norms (default 1e-5). */
  epsilon?: number;
  /** True: norms stand before attention and feed-forward block, not after (default false). */
  normFirst?: boolean;
  /** False: sequences are [L, N, size] (default true: [N, L, size]). */
  batchFirst?: boolean;
  /** False: no biases (default true). */
  bias?: boolean;
  generator?: Generator;
}

/** What a decoder's queries may look at: among themselves, and in the encoder's result. */
export interface DecodeOptions extends AttendOptions {
  /** As `mask`, for the memory: [L, S]. */
  memoryMask?: Tensor;
  /** As `keyPaddingMask`, for the memory: [N, S]. */
  memoryKeyPaddingMask?: Tensor;
}

type Sequence = Tensor<[number, number, number], "float32">;

/** What both kinds of layers share: the feed-forward block, and residual connections with a norm each. */
abstract class TransformerLayer extends Layer {
  readonly self_attn: MultiheadAttention;
  readonly linear1: Linear;
  readonly linear2: Linear;
  readonly norm1: LayerNorm;
  readonly norm2: LayerNorm;
  readonly normFirst: boolean;
  protected readonly dropout: Dropout;
  readonly #activation: keyof typeof activations;

  constructor(op: string, size: number, heads: number, options: TransformerLayerOptions) {
    super();
    const { feedForward = 2048, dropout = 0.1, activation = "relu", epsilon = 1e-5, bias = true } = options;
    requireCounts(op, { size, heads, feedForward });
    if (!Object.hasOwn(activations, activation)) {
      throw new ValueError(`no activation ${String(activation)}`, { op, hint: 'There are "relu" and "gelu".' });
    }
    const source = options.generator ? { generator: options.generator } : {};
    const attention = { dropout, bias, batchFirst: options.batchFirst ?? true, ...source };
    this.self_attn = new MultiheadAttention(size, heads, attention);
    this.linear1 = new Linear(size, feedForward, { bias, ...source });
    this.linear2 = new Linear(feedForward, size, { bias, ...source });
    this.norm1 = new LayerNorm(size, { epsilon, bias });
    this.norm2 = new LayerNorm(size, { epsilon, bias });
    this.normFirst = options.normFirst ?? false;
    this.dropout = new Dropout(dropout, source);
    this.#activation = activation;
  }

  override describe(): string {
    const { size, heads } = this.self_attn;
    const [hidden] = this.linear1.weight.shape;
    return `${size} in ${heads} heads, feed-forward ${hidden}${this.normFirst ? ", norm first" : ""}`;
  }

  /** x plus what a block makes of it; the norm comes before the block, or after the sum. */
  protected residual(x: Sequence, norm: LayerNorm, block: (x: Sequence) => Sequence): Sequence {
    const around = (y: Sequence) => add(x, this.dropout(block(y)) as never) as Sequence;
    return this.normFirst ? around(norm(x)) : norm(around(x));
  }

  protected feed(x: Sequence): Sequence {
    const hidden = activations[this.#activation](this.linear1(x) as Sequence);
    return this.linear2(this.dropout(hidden) as Sequence) as Sequence;
  }

  override config(): readonly unknown[] {
    return [
      this.self_attn.size,
      this.self_attn.heads,
      {
        feedForward: this.linear1.weight.shape[0],
        dropout: this.dropout.rate,
        activation: this.#activation,
        epsilon: this.norm1.epsilon,
        normFirst: this.normFirst,
        batchFirst: this.self_attn.batchFirst,
        bias: this.linear1.bias !== undefined,
      },
    ];
  }
}

/**
 * A layer of a transformer's encoder (Vaswani et al. 2017), as `torch.nn.TransformerEncoderLayer`: attention of the sequence to
 * itself, then two products on every step, each with a residual connection and a norm. Input [N, L, size] -> output of the same
 * shape. Parameters have PyTorch's names.
 * @throws ValueError for broken sizes; ShapeError when an input or mask does not fit
 * @example new nn.TransformerEncoderLayer(64, 4, { feedForward: 128 })(randn([2, 10, 64])).shape; // [2, 10, 64]
 */
export class TransformerEncoderLayer extends TransformerLayer {
  constructor(size: number, heads: number, options: TransformerLayerOptions = {}) {
    super("TransformerEncoderLayer", size, heads, options);
  }

  forward(x: Tensor, options: AttendOptions = {}): Sequence {
    const attended = this.residual(x as Sequence, this.norm1, y => this.self_attn(y, y, y, options));
    return this.residual(attended, this.norm2, y => this.feed(y));
  }
}
export interface TransformerEncoderLayer {
  (x: Tensor, options?: AttendOptions): Sequence;
}

/**
 * A layer of a transformer's decoder, as `torch.nn.TransformerDecoderLayer`: attention to itself, attention to the encoder's
 * result (the memory), then two products on every step. x: [N, L, size], memory: [N, S, size] -> [N, L, size]. Parameters have
 * PyTorch's names.
 * @throws ValueError for broken sizes; ShapeError when an input or mask does not fit
 * @example
 * const layer = new nn.TransformerDecoderLayer(64, 4, { feedForward: 128 });
 * layer(randn([2, 10, 64]), randn([2, 7, 64]), { causal: true }).shape; // [2, 10, 64]
 */
export class TransformerDecoderLayer extends TransformerLayer {
  readonly multihead_attn: MultiheadAttention;
  readonly norm3: LayerNorm;

  constructor(size: number, heads: number, options: TransformerLayerOptions = {}) {
    super("TransformerDecoderLayer", size, heads, options);
    const { dropout = 0.1, bias = true, batchFirst = true, epsilon = 1e-5, generator } = options;
    const attention = { dropout, bias, batchFirst, ...(generator ? { generator } : {}) };
    this.multihead_attn = new MultiheadAttention(size, heads, attention);
    this.norm3 = new LayerNorm(size, { epsilon, bias });
  }

  forward(x: Tensor, memory: Tensor, options: DecodeOptions = {}): Sequence {
    const { memoryMask: mask, memoryKeyPaddingMask: keyPaddingMask, ...own } = options;
    const outside = { ...(mask ? { mask } : {}), ...(keyPaddingMask ? { keyPaddingMask } : {}) };
    const first = this.residual(x as Sequence, this.norm1, y => this.self_attn(y, y, y, own));
    const second = this.residual(first, this.norm2, y => this.multihead_attn(y, memory, memory, outside));
    return this.residual(second, this.norm3, y => this.feed(y));
  }
}
export interface TransformerDecoderLayer {
  (x: Tensor, memory: Tensor, options?: DecodeOptions): Sequence;
}
