/** Text as numbers. */
export type { BpeOptions } from "./bpe-train.js";
export { CharTokenizer } from "./characters.js";
export { type PaddedSequences, type PadOptions, padSequences } from "./pad.js";
export { SubwordTokenizer } from "./subwords.js";
export { Tokenizer } from "./tokenizer.js";
export { Vocabulary, type VocabularyOptions } from "./vocabulary.js";
export { type WordOptions, WordTokenizer } from "./words.js";
