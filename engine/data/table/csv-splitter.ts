import { ValueError } from "../../errors.js";

const [quote, lineFeed, carriageReturn] = [34, 10, 13];

type State = "start" | "plain" | "quoted" | "quote seen";

/**
 * Splits CSV (RFC 4180) that arrives in pieces into rows of fields. Lines end in LF, CR LF or CR; blank lines do not count; a
 * quote within a field that does not begin with one is a character like others, as in pandas.
 */
export class CsvSplitter {
  #delimiter: number;
  #onRow: (fields: string[], line: number) => void;
  #state: State = "start";
  #field = "";
  #fields: string[] = [];
  #rowQuoted = false;
  #afterReturn = false;
  #line = 1;
  #rowLine = 1;
  #quoteLine = 1;

  /** `onRow` is told the line on which a row begins, counted from 1. The fields are its own to keep. */
  constructor(delimiter: string, onRow: (fields: string[], line: number) => void) {
    this.#delimiter = delimiter.charCodeAt(0);
    this.#onRow = onRow;
  }

  push(text: string): void {
    let at = 0;
    while (at < text.length) {
      const code = text.charCodeAt(at);
      if (this.#afterReturn) {
        this.#afterReturn = false;
        if (code === lineFeed) {
          at++;
          continue;
        }
      }
      if (this.#state === "quoted") {
        at = this.#quoted(text, at);
      } else if (this.#state === "quote seen" && code === quote) {
        this.#field += '"';
        this.#state = "quoted";
        at++;
      } else if (this.#state === "start" && code === quote) {
        this.#state = "quoted";
        this.#rowQuoted = true;
        this.#quoteLine = this.#line;
        at++;
      } else {
        at = this.#plain(text, at);
      }
    }
  }

  /** Ends the last row. @throws ValueError when a quote was never closed */
  end(): void {
    if (this.#state === "quoted") {
      throw new ValueError(`the quote in line ${this.#quoteLine} is never closed`, {
        op: "csv",
        hint: "The file is cut off, or a quote within quotes is not doubled.",
      });
    }
    if (this.#field !== "" || this.#fields.length > 0 || this.#rowQuoted) this.#endRow();
  }

  #quoted(text: string, from: number): number {
    const found = text.indexOf('"', from);
    const end = found < 0 ? text.length : found;
    const piece = text.slice(from, end);
    this.#field += piece;
    for (let at = piece.indexOf("\n"); at >= 0; at = piece.indexOf("\n", at + 1)) this.#line++;
    if (found < 0) return end;
    this.#state = "quote seen";
    return found + 1;
  }

  /** Reads on to the end of the row, or to a field that begins with a quote. */
  #plain(text: string, from: number): number {
    this.#state = "plain";
    let start = from;
    for (let at = from; at < text.length; at++) {
      const code = text.charCodeAt(at);
      if (code === this.#delimiter) {
        this.#fields.push(this.#ended(text, start, at));
        start = at + 1;
        if (start < text.length && text.charCodeAt(start) !== quote) continue;
        this.#state = "start";
        return start;
      }
      if (code === lineFeed || code === carriageReturn) {
        this.#field = this.#ended(text, start, at);
        this.#line++;
        this.#endRow();
        this.#afterReturn = code === carriageReturn;
        return at + 1;
      }
    }
    this.#field += text.slice(start);
    return text.length;
  }

  #ended(text: string, start: number, end: number): string {
    const piece = text.slice(start, end);
    if (this.#field === "") return piece;
    const field = this.#field + piece;
    this.#field = "";
    return field;
  }

  #endRow(): void {
    const blank = this.#fields.length === 0 && !this.#rowQuoted && this.#field.trim() === "";
    if (!blank) {
      this.#fields.push(this.#field);
      this.#onRow(this.#fields, this.#rowLine);
    }
    this.#fields = [];
    this.#field = "";
    this.#rowQuoted = false;
    this.#state = "start";
    this.#rowLine = this.#line;
  }
}

/** Of comma, semicolon, tab and bar the one that occurs most in the first line, outside of quotes. */
export function delimiterOf(text: string): string {
  const counts = new Map([",", ";", "\t", "|"].map(candidate => [candidate, 0]));
  let inQuotes = false;
  for (const character of text.trimStart()) {
    if (character === '"') inQuotes = !inQuotes;
    else if (!inQuotes && (character === "\n" || character === "\r")) break;
    else if (!inQuotes && counts.has(character)) counts.set(character, counts.get(character)! + 1);
  }
  return [...counts].reduce((best, entry) => (entry[1] > best[1] ? entry : best))[0];
}
