import { createRequire } from "node:module";
import type { Tokenizer as PretrainedTokenizer } from "@huggingface/tokenizers";
import { ValueError } from "../../errors.js";
import { type BpeOptions, trainBpe } from "./bpe-train.js";
import { Tokenizer } from "./tokenizer.js";

/** What is read of a tokenizer.json before the package of Hugging Face gets it. */
interface TokenizerJson {
  model: { type?: string; vocab: Readonly<Record<string, number>> | readonly unknown[] };
  added_tokens?: readonly { id: number; content: string }[] | null;
  padding?: { pad_id?: number } | null;
}

/** Loaded when the first tokenizer is made: most notebooks need none, and it costs the start 10 ms. */
const load = createRequire(import.meta.url);

const models = ["BPE", "WordPiece", "Unigram"];

/**
 * Splits text as a `tokenizer.json` of Hugging Face says: byte-pair encoding, WordPiece or Unigram with their normalizers and
 * decoders, run by the package `@huggingface/tokenizers`; or as byte-pair encoding learnt here.
 * @example
 * const tokenizer = data.SubwordTokenizer.train(["low lower lowest", "low low"], { size: 260 });
 * tokenizer.decode(tokenizer.encode("slow 🎉")); // "slow 🎉"
 */
export class SubwordTokenizer extends Tokenizer {
  readonly size: number;
  readonly padId: number;
  readonly #json: TokenizerJson;
  readonly #tokenizer: PretrainedTokenizer;

  /** @param json the content of a `tokenizer.json`, parsed. @throws ValueError when it is none, or is of an unknown kind */
  constructor(json: unknown) {
    super();
    this.#json = checked(json);
    try {
      const { Tokenizer: PretrainedTokenizer } = load(
        "@huggingface/tokenizers",
      ) as typeof import("@huggingface/tokenizers");
      this.#tokenizer = new PretrainedTokenizer(this.#json, {});
      this.size = 1 + Math.max(-1, ...this.#tokenizer.get_vocab().values());
    } catch (error) {
      throw refused((error as Error).message);
    }
    if (!Number.isSafeInteger(this.size)) throw refused("a token has no number");
    this.padId = this.#json.padding?.pad_id ?? this.idOf("[PAD]") ?? this.idOf("<pad>") ?? 0;
  }

  /** The tokenizer of the text of a `tokenizer.json`. @throws as the constructor */
  static parse(text: string): SubwordTokenizer {
    let json: unknown;
    try {
      json = JSON.parse(text);
    } catch (error) {
      throw refused((error as Error).message);
    }
    return new SubwordTokenizer(json);
  }

  /** The tokenizer of a file `tokenizer.json`. @throws as the constructor; ValueError when there is no such file */
  static async load(path: string | URL): Promise<SubwordTokenizer> {
    const { readFile } = await import("node:fs/promises");
    const text = await readFile(path, "utf8").catch((error: NodeJS.ErrnoException) => {
      if (error.code !== "ENOENT") throw error;
      throw new ValueError(`there is no file ${path}`, { op: "SubwordTokenizer.load", hint: "Check the path." });
    });
    return SubwordTokenizer.parse(text);
  }

  /**
   * Learns byte-level byte-pair encoding from texts, as GPT-2 uses it: every text can be encoded, and is decoded exactly.
   * @throws ValueError for a size that does not hold the 256 bytes and the special tokens
   */
  static train(texts: Iterable<string>, options: BpeOptions = {}): SubwordTokenizer {
    const { size = 1024, special = [] } = options;
    if (!Number.isSafeInteger(size) || size < 256 + special.length) {
      throw new ValueError(`size is ${size}`, {
        op: "SubwordTokenizer.train",
        hint: `Give ${256 + special.length} or more: 256 are the bytes.`,
      });
    }
    const { tokens, merges } = trainBpe(texts, options);
    const byteLevel = { type: "ByteLevel", add_prefix_space: false, trim_offsets: true, use_regex: true };
    const flags = { special: true, normalized: false, single_word: false, lstrip: false, rstrip: false };
    return new SubwordTokenizer({
      version: "1.0",
      truncation: null,
      padding: null,
      added_tokens: special.map((content, id) => ({ id, content, ...flags })),
      normalizer: null,
      pre_tokenizer: byteLevel,
      post_processor: null,
      decoder: byteLevel,
      model: {
        type: "BPE",
        dropout: null,
        unk_token: null,
        continuing_subword_prefix: null,
        end_of_word_suffix: null,
        fuse_unk: false,
        byte_fallback: false,
        ignore_merges: false,
        vocab: Object.fromEntries(tokens.map((token, id) => [token, id])),
        merges,
      },
    });
  }

  /** The numbers of a text; `special: false` leaves out tokens that the tokenizer adds itself, as [CLS]. */
  encode(text: string, { special = true }: { special?: boolean } = {}): number[] {
    return guarded(() => this.#tokenizer.encode(text, { add_special_tokens: special }).ids);
  }

  /** The pieces of a text as the vocabulary writes them. */
  tokens(text: string): string[] {
    return guarded(() => this.#tokenizer.encode(text).tokens);
  }

  /** The number of a token; undefined for one that is not there. */
  idOf(token: string): number | undefined {
    return this.#tokenizer.token_to_id(token);
  }

  /** The content of a `tokenizer.json`, which Python's `tokenizers` reads as well. */
  toJson(): string {
    return JSON.stringify(this.#json);
  }

  /** Special tokens are left out. */
  protected textOf(ids: readonly number[]): string {
    const wrong = ids.find(id => this.#tokenizer.id_to_token(id) === undefined);
    if (wrong !== undefined) {
      throw new ValueError(`no token has the number ${wrong}`, {
        op: "SubwordTokenizer.decode",
        hint: `Give whole numbers from 0 to ${this.size - 1}.`,
      });
    }
    return ids.length === 0
      ? ""
      : guarded(() =>
          this.#tokenizer.decode([...ids], { skip_special_tokens: true, clean_up_tokenization_spaces: false }),
        );
  }
}

/** A damaged tokenizer.json may show itself only when it is used. */
function guarded<T>(use: () => T): T {
  try {
    return use();
  } catch (error) {
    throw refused((error as Error).message);
  }
}

function checked(json: unknown): TokenizerJson {
  const { model } = (json ?? {}) as Partial<TokenizerJson>;
  if (typeof model !== "object" || model === null || typeof model.vocab !== "object" || model.vocab === null) {
    throw refused("it has no model with a vocabulary");
  }
  if (model.type !== undefined && !models.includes(model.type)) {
    throw refused(`its model is ${JSON.stringify(model.type)}, known are ${models.join(", ")}`);
  }
  return json as TokenizerJson;
}

function refused(problem: string): ValueError {
  return new ValueError(`this is no tokenizer.json: ${problem}`, {
    op: "SubwordTokenizer",
    hint: "Give the file that the Python package tokenizers saves.",
  });
}
