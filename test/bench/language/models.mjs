/**
 * Two language models of characters: tokens [N, T] -> logits [N, T, vocabulary].
 *
 * @param {any} gb the package
 */
export function languageModels(gb) {
  const { nn } = gb;

  class CharLSTM extends nn.Module {
    constructor(vocabulary, { size = 64, hidden = 256 } = {}) {
      super();
      this.embedding = new nn.Embedding(vocabulary, size);
      this.lstm = new nn.LSTM(size, hidden);
      this.head = new nn.Linear(hidden, vocabulary);
    }
    forward(x) {
      return this.head(this.lstm(this.embedding(x)).output);
    }
  }

  class Block extends nn.Module {
    constructor(size, heads, dropout) {
      super();
      this.norm1 = new nn.LayerNorm(size);
      this.attention = new nn.MultiheadAttention(size, heads);
      this.norm2 = new nn.LayerNorm(size);
      this.widen = new nn.Linear(size, 4 * size);
      this.narrow = new nn.Linear(4 * size, size);
      this.dropout = new nn.Dropout(dropout);
    }
    forward(x) {
      const normed = this.norm1(x);
      const seen = x.add(this.dropout(this.attention(normed, normed, normed, { causal: true })));
      return seen.add(this.dropout(this.narrow(this.widen(this.norm2(seen)).gelu())));
    }
  }

  /** The order of GPT-2: norms before attention and before the two dense layers, and one at the end. */
  class GPT extends nn.Module {
    constructor(vocabulary, { size = 128, heads = 4, layers = 4, length = 64, dropout = 0 } = {}) {
      super();
      this.token = new nn.Embedding(vocabulary, size);
      this.place = new nn.Embedding(length, size);
      this.blocks = Array.from({ length: layers }, () => new Block(size, heads, dropout));
      this.norm = new nn.LayerNorm(size);
      this.head = new nn.Linear(size, vocabulary, { bias: false });
      for (const [name, weight] of this.namedParameters()) {
        if (/^(token|place)|(widen|narrow|head)\.weight$/.test(name))
          nn.init.assign(weight, gb.normal(weight.shape, { std: 0.02 }));
      }
    }
    forward(x) {
      let y = this.token(x).add(this.place(gb.arange(x.shape[1])));
      for (const block of this.blocks) y = block(y);
      return this.head(this.norm(y));
    }
  }

  return { CharLSTM, GPT };
}

/**
 * The mean over all characters, in nats.
 *
 * @param {any} gb
 */
export const characterLoss = gb => (logits, following) =>
  gb.crossEntropy(logits.reshape([-1, logits.shape[2]]), following.reshape([-1]));

/**
 * Goes on writing: the next character is drawn from the model's probabilities, `count` times.
 *
 * @param {any} gb
 * @param {any} model
 * @param {import("./corpus.mjs").Corpus["tokenizer"]} tokenizer
 * @param {{ start?: string, count?: number, length?: number, temperature?: number }} [options] `length`: how many characters the model looks back at most
 */
export function write(gb, model, tokenizer, { start = "\n", count = 300, length = 64, temperature = 0.8 } = {}) {
  const tokens = tokenizer.encode(start);
  model.eval();
  for (let i = 0; i < count; i++) {
    const seen = gb.tensor(Int32Array.from(tokens.slice(-length))).unsqueeze(0);
    const logits = gb.noGrad(() => model(seen).at(0, -1).div(temperature));
    tokens.push(Number(gb.multinomial(logits.softmax(-1), 1).item()));
  }
  model.train();
  return tokenizer.decode(tokens);
}
