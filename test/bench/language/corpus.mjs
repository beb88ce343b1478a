/**
 * A text as numbers, one per character: the last tenth is for validation.
 *
 * @typedef {object} Corpus
 * @property {any} tokenizer
 * @property {Int32Array} training
 * @property {Int32Array} validation
 * @property {number} unigram nats per character: the least that a model which knows only how often characters occur can reach on the validation text
 * @property {number} bigram the same for a model that knows the character before
 */

/**
 * @param {any} gb the package
 * @param {string} text
 * @returns {Corpus}
 */
export function corpusOf(gb, text) {
  const tokenizer = gb.data.CharTokenizer.of(text);
  const tokens = Int32Array.from(tokenizer.encode(text));
  const boundary = Math.floor(tokens.length * 0.9);
  const [training, validation] = [tokens.subarray(0, boundary), tokens.subarray(boundary)];
  return { tokenizer, training, validation, ...entropies(validation) };
}

/**
 * Entropies of the text's own frequencies: no table of frequencies counted elsewhere can predict it better.
 *
 * @param {Int32Array} tokens
 */
export function entropies(tokens) {
  const [first, pairs] = [new Map(), new Map()];
  const count = (counts, key) => counts.set(key, (counts.get(key) ?? 0) + 1);
  for (let i = 1; i < tokens.length; i++) {
    count(first, tokens[i - 1]);
    count(pairs, tokens[i - 1] * 2 ** 20 + tokens[i]);
  }
  const total = tokens.length - 1;
  const entropy = counts => [...counts.values()].reduce((sum, n) => sum - (n / total) * Math.log(n / total), 0);
  return { unigram: entropy(first), bigram: entropy(pairs) - entropy(first) };
}

/**
 * Batches without end, of pieces that begin anywhere: x [size, length] and the characters that follow, y [size, length].
 *
 * @param {any} gb
 * @param {Int32Array} tokens
 * @param {{ size: number, length: number, seed: number }} form
 */
export function* pieces(gb, tokens, { size, length, seed }) {
  const generator = new gb.Generator(seed);
  for (;;) {
    const starts = gb.randint(0, tokens.length - length, [size], { generator }).data();
    yield batchAt(gb, tokens, starts, length);
  }
}

/**
 * Batches that go through a text once, piece by piece.
 *
 * @param {any} gb
 * @param {Int32Array} tokens
 * @param {{ size: number, length: number }} form
 */
export function passes(gb, tokens, { size, length }) {
  const count = Math.floor((tokens.length - 1) / length);
  return {
    length: Math.floor(count / size),
    *[Symbol.iterator]() {
      for (let i = 0; i + size <= count; i += size) {
        const starts = Int32Array.from({ length: size }, (_, k) => (i + k) * length);
        yield batchAt(gb, tokens, starts, length);
      }
    },
  };
}

function batchAt(gb, tokens, starts, length) {
  const [x, y] = [new Int32Array(starts.length * length), new Int32Array(starts.length * length)];
  starts.forEach((from, row) => {
    x.set(tokens.subarray(from, from + length), row * length);
    y.set(tokens.subarray(from + 1, from + 1 + length), row * length);
  });
  const shape = [starts.length, length];
  return [gb.tensor(x, { shape }), gb.tensor(y, { shape })];
}
