import { ShapeError } from "../../errors.js";
import { Dropout, Embedding, LayerNorm, Module, parameter } from "../../nn/index.js";
import { scaledDotProductAttention } from "../../ops/attention.js";
import { arange, zeros } from "../../ops/create.js";
import { linear } from "../../ops/matmul.js";
import { normal } from "../../random.js";
import { formatShape } from "../../shape.js";
import type { Tensor } from "../../tensor.js";
import { countOf, numberOf, requireSetting } from "./folder.js";

type Config = Readonly<Record<string, unknown>>;

/** A linear layer with its weight as [in, out], as GPT-2 keeps it. */
class Conv1D extends Module {
  readonly weight: Tensor;
  readonly bias: Tensor;

  constructor(inputs: number, outputs: number) {
    super();
    this.weight = parameter(normal([inputs, outputs], { std: 0.02 })) as Tensor;
    this.bias = parameter(zeros([outputs])) as Tensor;
  }

  forward(x: Tensor): Tensor {
    return x.matmul(this.weight as never).add(this.bias) as Tensor;
  }
}

class Attention extends Module {
  readonly c_attn: Conv1D;
  readonly c_proj: Conv1D;
  readonly #heads: number;
  readonly dropout: Dropout;
  readonly #rate: number;

  constructor(size: number, config: Config) {
    super();
    this.c_attn = new Conv1D(size, 3 * size);
    this.c_proj = new Conv1D(size, size);
    this.#heads = countOf(config, "n_head", 12);
    this.#rate = numberOf(config, "attn_pdrop", 0.1);
    this.dropout = new Dropout(numberOf(config, "resid_pdrop", 0.1));
  }

  forward(x: Tensor): Tensor {
    const [samples, length, size] = x.shape as [number, number, number];
    const all = this.c_attn(x).reshape([samples, length, 3, this.#heads, size / this.#heads]);
    const [q, k, v] = [0, 1, 2].map(i => all.permute([2, 0, 3, 1, 4]).at(i) as Tensor) as [Tensor, Tensor, Tensor];
    const dropout = this.training ? this.#rate : 0;
    const y = scaledDotProductAttention(q, k, v, { causal: true, dropout }) as Tensor;
    const joined = y.permute([0, 2, 1, 3]).reshape([samples, length, size]) as Tensor;
    return this.dropout(this.c_proj(joined));
  }
}

class Feedforward extends Module {
  readonly c_fc: Conv1D;
  readonly c_proj: Conv1D;
  readonly dropout: Dropout;

  constructor(size: number, config: Config) {
    super();
    const inner = countOf(config, "n_inner", 4 * size);
    this.c_fc = new Conv1D(size, inner);
    this.c_proj = new Conv1D(inner, size);
    this.dropout = new Dropout(numberOf(config, "resid_pdrop", 0.1));
  }

  forward(x: Tensor): Tensor {
    const y = this.c_proj(tanhGelu(this.c_fc(x)));
    return this.dropout(y);
  }
}

class Block extends Module {
  readonly ln_1: LayerNorm;
  readonly attn: Attention;
  readonly ln_2: LayerNorm;
  readonly mlp: Feedforward;

  constructor(size: number, config: Config) {
    super();
    const epsilon = numberOf(config, "layer_norm_epsilon", 1e-5);
    this.ln_1 = new LayerNorm(size, { epsilon });
    this.attn = new Attention(size, config);
    this.ln_2 = new LayerNorm(size, { epsilon });
    this.mlp = new Feedforward(size, config);
  }

  forward(x: Tensor): Tensor {
    const y = x.add(this.attn(this.ln_1(x))) as Tensor;
    return y.add(this.mlp(this.ln_2(y))) as Tensor;
  }
}

/**
 * GPT-2 (Radford et al. 2019) with its head over the vocabulary, which shares the table of the tokens. tokens [N, T] of integers
 * -> logits [N, T, vocabulary]. Parameters have the names of Hugging Face's `GPT2LMHeadModel`, without `transformer.` in front.
 * @throws ValueError for a config that is none of GPT-2, or has parts that are not here
 * @example
 * const model = new io.huggingface.GPT2({ vocab_size: 50, n_positions: 16, n_embd: 8, n_layer: 1, n_head: 2 });
 * model(zeros([1, 5], { dtype: "int32" })).shape; // [1, 5, 50]
 */
export class GPT2 extends Module {
  readonly wte: Embedding;
  readonly wpe: Embedding;
  readonly h: readonly Module[];
  readonly ln_f: LayerNorm;
  readonly dropout: Dropout;

  /** @param config the fields of Hugging Face's `GPT2Config` */
  constructor(config: Config) {
    super();
    requireSetting(config, "activation_function", ["gelu_new"]);
    requireSetting(config, "scale_attn_weights", [true]);
    requireSetting(config, "scale_attn_by_inverse_layer_idx", [false]);
    requireSetting(config, "tie_word_embeddings", [true]);
    const size = countOf(config, "n_embd", 768);
    this.wte = new Embedding(countOf(config, "vocab_size", 50257), size);
    this.wpe = new Embedding(countOf(config, "n_positions", 1024), size);
    this.h = Array.from({ length: countOf(config, "n_layer", 12) }, () => new Block(size, config));
    this.ln_f = new LayerNorm(size, { epsilon: numberOf(config, "layer_norm_epsilon", 1e-5) });
    this.dropout = new Dropout(numberOf(config, "embd_pdrop", 0.1));
  }

  forward(tokens: Tensor): Tensor {
    requireTokens("GPT2", tokens, this.wpe.weight.shape[0]);
    const places = arange(tokens.shape[1]!, { dtype: "int32" }) as Tensor;
    let x = (this.wte(tokens) as Tensor).add(this.wpe(places) as Tensor) as Tensor;
    x = this.dropout(x);
    for (const block of this.h) x = (block as Block)(x);
    return linear(this.ln_f(x), this.wte.weight as never) as Tensor;
  }
}

/** GELU by the tanh formula, as GPT-2 was trained with. */
function tanhGelu(x: Tensor): Tensor {
  const inner = x.add(x.mul(x).mul(x).mul(0.044715)).mul(Math.sqrt(2 / Math.PI));
  return x.mul(0.5).mul(inner.tanh().add(1)) as Tensor;
}

/** @throws ShapeError unless tokens are [N, T], T at most as many as there are places */
export function requireTokens(op: string, tokens: Tensor, places: number): void {
  if (tokens.shape.length === 2 && tokens.shape[1]! <= places) return;
  throw new ShapeError(`the tokens are ${formatShape(tokens.shape)}`, {
    op,
    expected: `[N, T] with T up to ${places}`,
    got: formatShape(tokens.shape),
  });
}
