import type { Cell, ColumnType } from "./schema.js";

/** Texts that stand for a missing value unless others are named: those of pandas. */
export const missingTexts: readonly string[] =
  ",#N/A,#N/A N/A,#NA,-1.#IND,-1.#QNAN,-NaN,-nan,1.#IND,1.#QNAN,<NA>,N/A,NA,NULL,NaN,None,n/a,nan,null".split(",");

const numberText = /^[+-]?(\d+\.?\d*|\.\d+)([eE][+-]?\d+)?$/;
const infinityText = /^[+-]?inf(inity)?$/i;
const truths: ReadonlyMap<string, boolean> = new Map([
  ...["true", "True", "TRUE"].map(text => [text, true] as const),
  ...["false", "False", "FALSE"].map(text => [text, false] as const),
]);

/** Reads cells of text: what is missing, and what is a number. */
export class CellReader {
  readonly #missing: ReadonlySet<string>;
  readonly #comma: boolean;

  constructor(missing: readonly string[], decimal: "." | ",") {
    this.#missing = new Set(missing);
    this.#comma = decimal === ",";
  }

  /** The value; null for a missing one, undefined for a text of another type. Spaces around it do not count. */
  read(text: string, type: ColumnType): Cell | null | undefined {
    const bare = text.trim();
    if (this.#missing.has(bare)) return null;
    if (type === "text") return text;
    return type === "number" ? this.#number(bare) : truths.get(bare);
  }

  /** The type of a text by itself: digits that a number would lose (007, ids beyond 2^53) are text. */
  typeOf(text: string): ColumnType | undefined {
    const bare = text.trim();
    if (this.#missing.has(bare)) return undefined;
    const number = this.#number(bare);
    if (number === undefined) return truths.has(bare) ? "boolean" : "text";
    const whole = /^[+-]?\d+$/.test(bare);
    if (whole && (!Number.isSafeInteger(number) || /^[+-]?0\d/.test(bare))) return "text";
    return "number";
  }

  #number(bare: string): number | undefined {
    const text = this.#comma ? bare.replace(",", ".") : bare;
    if (numberText.test(text)) return Number(text);
    if (infinityText.test(text)) return text.startsWith("-") ? -Infinity : Infinity;
    return undefined;
  }
}
