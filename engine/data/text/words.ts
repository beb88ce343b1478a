import { Tokenizer } from "./tokenizer.js";
import { Vocabulary } from "./vocabulary.js";

/** A word with its apostrophes, a number, or a sign by itself. */
const wordPattern = /\p{L}[\p{L}\p{M}\p{N}_]*(?:['’]\p{L}+)*|\p{N}+|[^\s\p{L}\p{N}]/gu;

/** Which words are known. */
export interface WordOptions {
  /** Words in all, the two special tokens included; the most frequent are taken (default: all). */
  maxSize?: number;
  /** Words that occur less often are unknown (default 1). */
  minCount?: number;
  /** False: "The" and "the" are different words (default true). */
  lowercase?: boolean;
}

/**
 * One number per word, number and sign. 0 is padding (`<pad>`), 1 a word that is not known (`<unk>`), then words by their
 * frequency.
 * @example
 * const tokenizer = data.WordTokenizer.of(["The cat sat.", "The dog"]);
 * tokenizer.encode("the bird sat"); // [2, 1, 6]
 */
export class WordTokenizer extends Tokenizer {
  readonly vocabulary: Vocabulary;
  readonly padId = 0;
  readonly #lowercase: boolean;

  constructor(vocabulary: Vocabulary, { lowercase = true }: { lowercase?: boolean } = {}) {
    super();
    this.vocabulary = vocabulary;
    this.#lowercase = lowercase;
  }

  /** The tokenizer of the words that occur. */
  static of(texts: Iterable<string>, { lowercase = true, ...options }: WordOptions = {}): WordTokenizer {
    const words = function* () {
      for (const text of texts) yield* wordsOf(text, lowercase);
    };
    const vocabulary = Vocabulary.of(words(), { ...options, special: ["<pad>", "<unk>"], unknown: "<unk>" });
    return new WordTokenizer(vocabulary, { lowercase });
  }

  get size(): number {
    return this.vocabulary.size;
  }

  encode(text: string): number[] {
    return wordsOf(text, this.#lowercase).map(word => this.vocabulary.idOf(word));
  }

  /** Words with spaces between them, but none before signs that end a phrase; padding is left out. */
  protected textOf(ids: readonly number[]): string {
    const words = ids.filter(id => id !== this.padId).map(id => this.vocabulary.tokenOf(id));
    return words.join(" ").replace(/ (?=[.,;:!?)\]}])/g, "");
  }
}

function wordsOf(text: string, lowercase: boolean): string[] {
  return (lowercase ? text.toLowerCase() : text).match(wordPattern) ?? [];
}
