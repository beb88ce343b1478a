import type { Cell, ColumnType } from "./schema.js";

/** The values of a column: a missing number is NaN, a missing truth value 2, a missing text null. */
export type Column =
  | { readonly type: "number"; readonly values: Float64Array }
  | { readonly type: "boolean"; readonly values: Uint8Array }
  | { readonly type: "text"; readonly values: readonly (string | null)[] };

const missingTruth = 2;

/** Takes the values of a column one after the other; null is a missing one. */
export class ColumnBuilder {
  readonly type: ColumnType;
  #numbers = new Float64Array(0);
  #truths = new Uint8Array(0);
  #texts: (string | null)[] = [];
  #known = new Map<string, string>();
  #length = 0;

  constructor(type: ColumnType) {
    this.type = type;
  }

  push(cell: Cell | null): void {
    if (this.type === "number") {
      if (this.#length === this.#numbers.length) this.#numbers = grown(this.#numbers, Float64Array);
      this.#numbers[this.#length] = cell === null ? Number.NaN : (cell as number);
    } else if (this.type === "boolean") {
      if (this.#length === this.#truths.length) this.#truths = grown(this.#truths, Uint8Array);
      this.#truths[this.#length] = cell === null ? missingTruth : Number(cell);
    } else {
      this.#texts.push(cell === null ? null : this.#shared(cell as string));
    }
    this.#length++;
  }

  /** The values so far, as a column of its own memory. */
  finish(): Column {
    if (this.type === "number") return { type: this.type, values: this.#numbers.slice(0, this.#length) };
    if (this.type === "boolean") return { type: this.type, values: this.#truths.slice(0, this.#length) };
    return { type: this.type, values: this.#texts };
  }

  /** Classes repeat: one string for all rows of a class instead of one each. */
  #shared(text: string): string {
    const known = this.#known.get(text);
    if (known !== undefined) return known;
    if (this.#known.size < 1024) this.#known.set(text, text);
    return text;
  }
}

function grown<A extends Float64Array | Uint8Array>(old: A, make: new (length: number) => A): A {
  const larger = new make(Math.max(16, Math.ceil(old.length * 1.5)));
  larger.set(old);
  return larger;
}

/** The column of these values. */
export function columnOf(type: ColumnType, cells: Iterable<Cell | null>): Column {
  const builder = new ColumnBuilder(type);
  for (const cell of cells) builder.push(cell);
  return builder.finish();
}

/** The value in a row; null when it is missing. */
export function cellAt({ type, values }: Column, row: number): Cell | null {
  const value = values[row]!;
  if (type === "number") return Number.isNaN(value) ? null : value;
  if (type === "boolean") return value === missingTruth ? null : value === 1;
  return value;
}

/** True when the value in a row is missing. */
export function isMissing({ type, values }: Column, row: number): boolean {
  const value = values[row];
  return type === "number" ? Number.isNaN(value) : value === (type === "boolean" ? missingTruth : null);
}

/** The values of some rows, in their order. */
export function columnAt(column: Column, rows: Int32Array): Column {
  if (column.type === "text") {
    return { type: "text", values: Array.from(rows, row => column.values[row] ?? null) };
  }
  const picked = column.values.slice(0, rows.length);
  for (let i = 0; i < rows.length; i++) picked[i] = column.values[rows[i]!]!;
  return { type: column.type, values: picked } as Column;
}

/** The type that holds all of these values: text where kinds mix, numbers where all are missing. */
export function typeOfCells(cells: Iterable<Cell | null>): ColumnType {
  let type: ColumnType | undefined;
  for (const cell of cells) {
    if (cell === null) continue;
    const own = typeof cell === "number" ? "number" : typeof cell === "boolean" ? "boolean" : "text";
    if (type !== undefined && type !== own) return "text";
    type = own;
  }
  return type ?? "number";
}
