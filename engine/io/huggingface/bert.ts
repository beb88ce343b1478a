import { Dropout, Embedding, LayerNorm, Linear, Module, parameter } from "../../nn/index.js";
import { scaledDotProductAttention } from "../../ops/attention.js";
import { arange, zeros } from "../../ops/create.js";
import { gelu } from "../../ops/gelu.js";
import { zerosLike } from "../../ops/like.js";
import { linear } from "../../ops/matmul.js";
import { slice } from "../../ops/slice.js";
import type { Tensor } from "../../tensor.js";
import { countOf, numberOf, requireSetting } from "./folder.js";
import { requireTokens } from "./gpt2.js";

type Config = Readonly<Record<string, unknown>>;

/** Layers without types of their own sizes. */
const apply = (layer: Linear, x: Tensor) => layer(x as never) as Tensor;

/** The sizes and rates that all parts share. */
interface Sizes {
  readonly size: number;
  readonly inner: number;
  readonly heads: number;
  readonly epsilon: number;
  readonly rate: number;
  readonly attentionRate: number;
}

class Embeddings extends Module {
  readonly word_embeddings: Embedding;
  readonly position_embeddings: Embedding;
  readonly token_type_embeddings: Embedding;
  readonly LayerNorm: LayerNorm;
  readonly dropout: Dropout;

  constructor({ size, epsilon, rate }: Sizes, config: Config) {
    super();
    this.word_embeddings = new Embedding(countOf(config, "vocab_size", 30522), size);
    this.position_embeddings = new Embedding(countOf(config, "max_position_embeddings", 512), size);
    this.token_type_embeddings = new Embedding(countOf(config, "type_vocab_size", 2), size);
    this.LayerNorm = new LayerNorm(size, { epsilon });
    this.dropout = new Dropout(rate);
  }

  forward(tokens: Tensor, types: Tensor): Tensor {
    const places = this.position_embeddings(arange(tokens.shape[1]!, { dtype: "int32" }) as Tensor) as Tensor;
    const x = (this.word_embeddings(tokens) as Tensor).add(this.token_type_embeddings(types) as Tensor).add(places);
    return this.dropout(this.LayerNorm(x as Tensor));
  }
}

/** A projection, added to what it came from. */
class Residual extends Module {
  readonly dense: Linear;
  readonly LayerNorm: LayerNorm;
  readonly dropout: Dropout;

  constructor(inputs: number, { size, epsilon, rate }: Sizes) {
    super();
    this.dense = new Linear(inputs, size);
    this.LayerNorm = new LayerNorm(size, { epsilon });
    this.dropout = new Dropout(rate);
  }

  forward(y: Tensor, x: Tensor): Tensor {
    return this.LayerNorm(this.dropout(apply(this.dense, y)).add(x) as Tensor);
  }
}

class SelfAttention extends Module {
  readonly query: Linear;
  readonly key: Linear;
  readonly value: Linear;
  readonly #heads: number;
  readonly #rate: number;

  constructor({ size, heads, attentionRate }: Sizes) {
    super();
    this.query = new Linear(size, size);
    this.key = new Linear(size, size);
    this.value = new Linear(size, size);
    this.#heads = heads;
    this.#rate = attentionRate;
  }

  forward(x: Tensor, mask: Tensor | undefined): Tensor {
    const [samples, length, size] = x.shape as [number, number, number];
    const [q, k, v] = [this.query, this.key, this.value].map(layer =>
      apply(layer, x)
        .reshape([samples, length, this.#heads, size / this.#heads])
        .permute([0, 2, 1, 3]),
    ) as unknown as [Tensor, Tensor, Tensor];
    const options = { dropout: this.training ? this.#rate : 0, ...(mask ? { mask } : {}) };
    const y = scaledDotProductAttention(q, k, v, options) as Tensor;
    return y.permute([0, 2, 1, 3]).reshape([samples, length, size]) as Tensor;
  }
}

class EncoderLayer extends Module {
  readonly attention: { self: SelfAttention; output: Residual };
  readonly intermediate: { dense: Linear };
  readonly output: Residual;

  constructor(sizes: Sizes) {
    super();
    this.attention = { self: new SelfAttention(sizes), output: new Residual(sizes.size, sizes) };
    this.intermediate = { dense: new Linear(sizes.size, sizes.inner) };
    this.output = new Residual(sizes.inner, sizes);
  }

  forward(x: Tensor, mask: Tensor | undefined): Tensor {
    const attended = this.attention.output(this.attention.self(x, mask), x);
    return this.output(gelu(apply(this.intermediate.dense, attended)) as Tensor, attended);
  }
}

/** What BERT is given beside the tokens. */
export interface BertOptions {
  /** Which sentence a token belongs to [N, T] (default: the first). */
  types?: Tensor;
  /** 1 where there is a token, 0 where there is padding [N, T] (default: tokens everywhere). */
  mask?: Tensor;
}

/** What BERT gives. */
export interface BertOutput {
  /** The last hidden states [N, T, size]. */
  readonly hidden: Tensor;
  /** The first token's, through a dense layer and tanh [N, size]; undefined in a `BertForMaskedLM`. */
  readonly pooled: Tensor | undefined;
  /** Over the vocabulary [N, T, vocabulary]; undefined in a `BertModel`. */
  readonly logits: Tensor | undefined;
}

/**
 * BERT (Devlin et al. 2019): the encoder with the pooler (Hugging Face's `BertModel`), or with the head over the vocabulary where
 * the config's `architectures` say `BertForMaskedLM`. tokens [N, T] of integers. Parameters have Hugging Face's names, without
 * `bert.` in front.
 * @throws ValueError for a config that is none of BERT, or has parts that are not here
 * @example
 * const model = new io.huggingface.BERT({ vocab_size: 50, hidden_size: 8, num_hidden_layers: 1, num_attention_heads: 2 });
 * model(zeros([1, 5], { dtype: "int32" })).hidden.shape; // [1, 5, 8]
 */
export class BERT extends Module {
  readonly embeddings: Embeddings;
  readonly encoder: { readonly layer: readonly EncoderLayer[] };
  readonly pooler: { readonly dense: Linear } | undefined;
  readonly cls: { predictions: { bias: Tensor; transform: { dense: Linear; LayerNorm: LayerNorm } } } | undefined;

  /** @param config the fields of Hugging Face's `BertConfig` */
  constructor(config: Config) {
    super();
    requireSetting(config, "hidden_act", ["gelu"]);
    requireSetting(config, "position_embedding_type", ["absolute"]);
    requireSetting(config, "is_decoder", [false]);
    const size = countOf(config, "hidden_size", 768);
    const sizes: Sizes = {
      size,
      inner: countOf(config, "intermediate_size", 3072),
      heads: countOf(config, "num_attention_heads", 12),
      epsilon: numberOf(config, "layer_norm_eps", 1e-12),
      rate: numberOf(config, "hidden_dropout_prob", 0.1),
      attentionRate: numberOf(config, "attention_probs_dropout_prob", 0.1),
    };
    this.embeddings = new Embeddings(sizes, config);
    const layers = countOf(config, "num_hidden_layers", 12);
    this.encoder = { layer: Array.from({ length: layers }, () => new EncoderLayer(sizes)) };
    const { architectures } = config;
    const masked = Array.isArray(architectures) && architectures.includes("BertForMaskedLM");
    this.pooler = masked ? undefined : { dense: new Linear(size, size) };
    this.cls = masked
      ? {
          predictions: {
            bias: parameter(zeros([countOf(config, "vocab_size", 30522)])) as Tensor,
            transform: { dense: new Linear(size, size), LayerNorm: new LayerNorm(size, { epsilon: sizes.epsilon }) },
          },
        }
      : undefined;
  }

  forward(tokens: Tensor, { types, mask }: BertOptions = {}): BertOutput {
    requireTokens("BERT", tokens, this.embeddings.position_embeddings.weight.shape[0]);
    let hidden = this.embeddings(tokens, types ?? (zerosLike(tokens) as Tensor));
    const seen = mask?.ne(0).reshape([mask.shape[0]!, 1, 1, mask.shape[1]!]) as Tensor | undefined;
    for (const layer of this.encoder.layer) hidden = layer(hidden, seen);
    const pooled = this.pooler && (apply(this.pooler.dense, hidden.at(slice(), 0) as Tensor).tanh() as Tensor);
    return { hidden, pooled, logits: this.cls && this.#logits(hidden) };
  }

  #logits(hidden: Tensor): Tensor {
    const { bias, transform } = this.cls!.predictions;
    const x = transform.LayerNorm(gelu(apply(transform.dense, hidden)) as Tensor);
    const weight = this.embeddings.word_embeddings.weight;
    return linear(x, weight as never, { bias } as never) as Tensor;
  }
}
