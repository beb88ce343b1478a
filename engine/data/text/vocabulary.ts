import { ValueError } from "../../errors.js";

/** Which tokens a vocabulary takes in. */
export interface VocabularyOptions {
  /** Tokens in all, the special ones included; the most frequent are taken (default: all). */
  maxSize?: number;
  /** Tokens that occur less often are left out (default 1). */
  minCount?: number;
  /** Tokens that come first, whether they occur or not. */
  special?: readonly string[];
  /** One of the special tokens that stands for all that are left out; without it those are an error. */
  unknown?: string;
}

/**
 * Numbers tokens. The special ones come first, then the others by their frequency and, of equals, by the alphabet, as
 * torchtext's `vocab`.
 * @example
 * const words = data.Vocabulary.of(["a", "b", "b", "c"], { special: ["<unk>"], unknown: "<unk>" });
 * words.idOf("b"); // 1
 * words.idOf("zebra"); // 0
 */
export class Vocabulary {
  /** The tokens by number. */
  readonly tokens: readonly string[];
  readonly #ids: ReadonlyMap<string, number>;
  readonly #unknown: number | undefined;

  /** @throws ValueError for a token that is there twice, and for an unknown token that is not among them */
  constructor(tokens: readonly string[], { unknown }: { unknown?: string | undefined } = {}) {
    this.tokens = tokens;
    this.#ids = new Map(tokens.map((token, id) => [token, id]));
    if (this.#ids.size < tokens.length) {
      const twice = tokens.find((token, id) => this.#ids.get(token) !== id);
      throw new ValueError(`${JSON.stringify(twice)} is there twice`, { op: "Vocabulary", hint: "Leave out one." });
    }
    this.#unknown = unknown === undefined ? undefined : this.#ids.get(unknown);
    if (unknown !== undefined && this.#unknown === undefined) {
      throw new ValueError(`the unknown token ${JSON.stringify(unknown)} is not in the vocabulary`, {
        op: "Vocabulary",
        hint: "Name it in `special` as well.",
      });
    }
  }

  /** The vocabulary of tokens as they occur. @throws as the constructor */
  static of(tokens: Iterable<string>, options: VocabularyOptions = {}): Vocabulary {
    const { maxSize = Number.POSITIVE_INFINITY, minCount = 1, special = [], unknown } = options;
    const counts = new Map<string, number>();
    for (const token of tokens) counts.set(token, (counts.get(token) ?? 0) + 1);
    for (const token of special) counts.delete(token);
    const kept = [...counts]
      .filter(([, count]) => count >= minCount)
      .sort(([a, n], [b, m]) => m - n || (a < b ? -1 : 1))
      .slice(0, Math.max(0, maxSize - special.length));
    return new Vocabulary([...special, ...kept.map(([token]) => token)], { unknown });
  }

  /** Number of tokens. */
  get size(): number {
    return this.tokens.length;
  }

  /** True when the token is one of them. */
  has(token: string): boolean {
    return this.#ids.has(token);
  }

  /** The number of a token. @throws ValueError for one that is not there, without an unknown token */
  idOf(token: string): number {
    const id = this.#ids.get(token) ?? this.#unknown;
    if (id !== undefined) return id;
    throw new ValueError(`${JSON.stringify(token)} is not in the vocabulary`, {
      op: "Vocabulary.idOf",
      hint: "Build it from text that holds every token, or with an `unknown` token.",
    });
  }

  /** The token of a number. @throws ValueError for a number that is none's */
  tokenOf(id: number): string {
    const token = this.tokens[id];
    if (token !== undefined) return token;
    throw new ValueError(`no token has the number ${id}`, {
      op: "Vocabulary.tokenOf",
      hint: `Give a whole number from 0 to ${this.size - 1}.`,
    });
  }
}
