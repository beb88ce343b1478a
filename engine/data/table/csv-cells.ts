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

const [comma, minus, dot, zero] = [44, 45, 46, 48];
const powers = Array.from({ length: 16 }, (_, i) => 10 ** i);

/** Reads cells of text: what is missing, and what is a number. */
export class CellReader {
  readonly #missing: ReadonlySet<string>;
  readonly #comma: boolean;
  /** False where a number may stand for a missing value. */
  readonly #hasQuickPath: boolean;

  constructor(missing: readonly string[], decimal: "." | ",") {
    this.#missing = new Set(missing);
    this.#comma = decimal === ",";
    this.#hasQuickPath = !missing.some(text => /^[-+.,\d]/.test(text) && !missingTexts.includes(text));
  }

  /** As `read`, but undefined also for a text that by itself is of another type, as 007 among numbers. */
  readStrictly(text: string, type: ColumnType): Cell | null | undefined {
    if (type === "text") return this.read(text, type);
    const quick = this.#quick(text);
    if (!Number.isNaN(quick)) return type === "number" ? quick : undefined;
    const own = this.typeOf(text);
    return own === undefined || own === type ? this.read(text, type) : undefined;
  }

  /** The value; null for a missing one, undefined for a text of another type. Spaces around it do not count. */
  read(text: string, type: ColumnType): Cell | null | undefined {
    if (type === "number") {
      const quick = this.#quick(text);
      if (!Number.isNaN(quick)) return quick;
    }
    const bare = text.trim();
    if (this.#missing.has(bare)) return null;
    if (type === "text") return text;
    return type === "number" ? this.#number(bare) : truths.get(bare);
  }

  /** The type of a text by itself: digits that a number would lose (007, ids beyond 2^53) are text. */
  typeOf(text: string): ColumnType | undefined {
    const quick = this.#quick(text);
    if (!Number.isNaN(quick)) return "number";
    const bare = text.trim();
    if (this.#missing.has(bare)) return undefined;
    const number = this.#number(bare);
    if (number === undefined) return truths.has(bare) ? "boolean" : "text";
    const whole = /^[+-]?\d+$/.test(bare);
    if (whole && (!Number.isSafeInteger(number) || /^[+-]?0\d/.test(bare))) return "text";
    return "number";
  }

  /**
   * A number of at most 15 digits without spaces, exponent or leading zeros, NaN for other texts: both the digits and the power of
   * ten are exact, so that one division rounds as `Number` does (Clinger 1990).
   */
  #quick(text: string): number {
    const { length } = text;
    if (!this.#hasQuickPath || length > 17) return Number.NaN;
    const isNegative = text.charCodeAt(0) === minus;
    const first = isNegative ? 1 : 0;
    const point = this.#comma ? comma : dot;
    let [digits, whole, count] = [0, -1, 0];
    for (let at = first; at < length; at++) {
      const code = text.charCodeAt(at);
      if (code >= zero && code <= zero + 9) {
        digits = digits * 10 + (code - zero);
        count++;
      } else if (code === point && whole < 0) {
        whole = count;
      } else {
        return Number.NaN;
      }
    }
    if (count === 0 || count > 15) return Number.NaN;
    const before = whole < 0 ? count : whole;
    if (before > 1 && text.charCodeAt(first) === zero) return Number.NaN;
    const size = digits / powers[count - before]!;
    return isNegative ? -size : size;
  }

  #number(bare: string): number | undefined {
    const text = this.#comma ? bare.replace(",", ".") : bare;
    if (numberText.test(text)) return Number(text);
    if (infinityText.test(text)) return text.startsWith("-") ? -Infinity : Infinity;
    return undefined;
  }
}
