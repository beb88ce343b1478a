import type { Tensor } from "../../tensor.js";
import { type PaddedSequences, type PadOptions, padSequences } from "./pad.js";

/** Turns text into numbers and back. A subclass says how one text is split. */
export abstract class Tokenizer {
  /** How many different numbers there are: the size of an embedding. */
  abstract readonly size: number;
  /** The number that fills up short texts. */
  abstract readonly padId: number;
  /** The numbers of a text. */
  abstract encode(text: string): number[];
  /** The text of numbers. */
  protected abstract textOf(ids: readonly number[]): string;

  /** The text of numbers. @throws ValueError for a number that is no token's */
  decode(ids: Tensor | ArrayLike<number>): string {
    return this.textOf(Array.from("data" in ids ? (ids.data() as ArrayLike<number | bigint>) : ids, Number));
  }

  /**
   * Texts as one tensor, with a mask that says where there is text.
   * @throws ValueError for a length that makes no sense
   */
  batch(texts: readonly string[], options: Omit<PadOptions, "value"> = {}): PaddedSequences {
    return padSequences(
      texts.map(text => this.encode(text)),
      { ...options, value: this.padId },
    );
  }
}
