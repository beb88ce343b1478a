import { Tokenizer } from "./tokenizer.js";
import { Vocabulary } from "./vocabulary.js";

/**
 * One number per character (Unicode code point), in the order of the code points, as in char-rnn and nanoGPT.
 * @example
 * const tokenizer = data.CharTokenizer.of("hello");
 * tokenizer.encode("hole"); // [1, 3, 2, 0]
 * tokenizer.decode([1, 3, 2, 0]); // "hole"
 */
export class CharTokenizer extends Tokenizer {
  readonly vocabulary: Vocabulary;
  readonly padId = 0;

  constructor(vocabulary: Vocabulary) {
    super();
    this.vocabulary = vocabulary;
  }

  /** The tokenizer of the characters that occur, after the special tokens. @throws as `Vocabulary` */
  static of(
    text: string | Iterable<string>,
    { special = [], unknown }: { special?: readonly string[]; unknown?: string } = {},
  ): CharTokenizer {
    const characters = new Set<string>();
    for (const part of typeof text === "string" ? [text] : text) for (const c of part) characters.add(c);
    for (const token of special) characters.delete(token);
    const sorted = [...characters].sort((a, b) => a.codePointAt(0)! - b.codePointAt(0)!);
    return new CharTokenizer(new Vocabulary([...special, ...sorted], { unknown }));
  }

  get size(): number {
    return this.vocabulary.size;
  }

  /** The numbers of the characters. @throws ValueError for a character that is not there, without an unknown token */
  encode(text: string): number[] {
    return Array.from(text, character => this.vocabulary.idOf(character));
  }

  protected textOf(ids: readonly number[]): string {
    return ids.map(id => this.vocabulary.tokenOf(id)).join("");
  }
}
