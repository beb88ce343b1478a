import { ValueError } from "../../errors.js";
import type { Column } from "./column.js";
import { ColumnBuilder } from "./column.js";
import { CellReader, missingTexts } from "./csv-cells.js";
import { CsvSplitter, delimiterOf } from "./csv-splitter.js";
import type { ColumnType, Schema } from "./schema.js";

/** How a CSV file is written. */
export interface CsvOptions<S extends Schema = Schema> {
  /** Types of columns; those of the others are inferred. */
  schema?: S;
  /** False: there is no line of names, and columns are called column1 and so on; or the names that the file lacks. */
  header?: boolean | readonly string[];
  /** One character (default: what the first line has most of: comma, semicolon, tab or bar). */
  delimiter?: string;
  /** Texts that stand for a missing value (default: the empty one, NA, NaN, null and the others of pandas). */
  missing?: readonly string[];
  /** The decimal sign (default "."). */
  decimal?: "." | ",";
}

/** What a first pass over the rows finds out. */
export interface CsvLayout {
  names: readonly string[];
  types: readonly ColumnType[];
}

/** Longest first line in which a delimiter is looked for. */
const longestFirstLine = 1 << 16;

/** Takes the text of a file piece by piece and gives its rows, every one with as many fields as there are columns. */
export class CsvRows {
  readonly #options: CsvOptions;
  readonly #onRow: (fields: readonly string[], line: number) => void;
  #splitter: CsvSplitter | undefined;
  #begun = "";
  names: readonly string[] | undefined;

  constructor(options: CsvOptions, onRow: (fields: readonly string[], line: number) => void) {
    const { delimiter, schema } = options;
    if (delimiter !== undefined && !/^[^"\r\n]$/.test(delimiter)) {
      throw new ValueError(`delimiter is ${JSON.stringify(delimiter)}`, {
        op: "csv",
        hint: "Give one character, no quote or line end.",
      });
    }
    for (const [name, type] of Object.entries(schema ?? {})) {
      if (["number", "boolean", "text"].includes(type)) continue;
      throw new ValueError(`the type of ${name} is ${JSON.stringify(type)}`, {
        op: "csv",
        expected: "number, boolean, text",
        hint: 'Types are "number", "boolean" and "text".',
      });
    }
    this.#options = options;
    this.#onRow = onRow;
  }

  push(text: string): void {
    if (this.#splitter !== undefined) {
      this.#splitter.push(text);
      return;
    }
    this.#begun += text;
    if (this.#begun.length > longestFirstLine || /\S.*[\r\n]/.test(this.#begun)) this.#begin();
  }

  /** @throws ValueError when the file ends within quotes or has no row */
  end(): void {
    if (this.#splitter === undefined) this.#begin();
    this.#splitter!.end();
    if (this.names === undefined) {
      throw new ValueError("there is no row in it", { op: "csv", hint: "Check the path: the file is empty." });
    }
  }

  #begin(): void {
    const text = this.#begun.replace(/^\uFEFF/, "");
    this.#begun = "";
    this.#splitter = new CsvSplitter(this.#options.delimiter ?? delimiterOf(text), (fields, line) =>
      this.#row(fields, line),
    );
    this.#splitter.push(text);
  }

  #row(fields: readonly string[], line: number): void {
    if (this.names === undefined) {
      const { header = true } = this.#options;
      this.names = distinct(header === true ? fields : header === false ? fields.map(() => "") : header);
      for (const name of Object.keys(this.#options.schema ?? {})) {
        if (this.names.includes(name)) continue;
        throw new ValueError(`there is no column ${JSON.stringify(name)}`, {
          op: "csv",
          expected: name,
          got: this.names.join(", "),
          hint: `The columns are ${this.names.slice(0, 20).join(", ")}.`,
        });
      }
      if (header === true) return;
    }
    if (fields.length !== this.names.length) {
      throw new ValueError(`line ${line} has ${fields.length} fields, there are ${this.names.length} columns`, {
        op: "csv",
        hint: "Check the line for a missing quote, and the delimiter.",
      });
    }
    this.#onRow(fields, line);
  }
}

/** Names that are there and occur once, as pandas makes them: `a`, `a.1`; a nameless column is called by its place. */
function distinct(names: readonly string[]): string[] {
  const seen = new Set<string>();
  const repeated = new Map<string, number>();
  return names.map((given, at) => {
    const base = given.trim() || `column${at + 1}`;
    let name = base;
    while (seen.has(name)) {
      const count = (repeated.get(base) ?? 0) + 1;
      repeated.set(base, count);
      name = `${base}.${count}`;
    }
    seen.add(name);
    return name;
  });
}

export function cellReader({ missing = missingTexts, decimal = "." }: CsvOptions): CellReader {
  return new CellReader(missing, decimal);
}

/** Finds the types of columns that the schema leaves open: what all of their values are, text where they differ. */
export class TypeInference {
  readonly #reader: CellReader;
  #types: (ColumnType | undefined)[] = [];

  constructor(reader: CellReader) {
    this.#reader = reader;
  }

  see(fields: readonly string[]): void {
    for (let at = 0; at < fields.length; at++) {
      const known = this.#types[at];
      if (known === "text") continue;
      const type = this.#reader.typeOf(fields[at]!);
      if (type === undefined || type === known) continue;
      this.#types[at] = known === undefined ? type : "text";
    }
  }

  layout(names: readonly string[], schema: Schema = {}): CsvLayout {
    const types = names.map((name, at) =>
      Object.hasOwn(schema, name) ? schema[name]! : (this.#types[at] ?? "number"),
    );
    return { names, types };
  }
}

/** A type that was inferred of the first rows and does not hold. */
export class WrongGuess extends Error {}

/** Gathers rows of text as columns of a layout. */
export class CsvColumns {
  readonly #layout: CsvLayout;
  readonly #reader: CellReader;
  readonly #guessed: readonly boolean[];
  #builders: ColumnBuilder[] = [];
  length = 0;

  /** @param given types that somebody has said; with it, the others are guesses */
  constructor(layout: CsvLayout, reader: CellReader, given?: Schema) {
    this.#layout = layout;
    this.#reader = reader;
    this.#guessed = layout.names.map(name => given !== undefined && !Object.hasOwn(given, name));
    this.#restart();
  }

  /** @throws ValueError for a value of another type, naming line and column; WrongGuess where the type is a guess */
  add(fields: readonly string[], line: number): void {
    for (let at = 0; at < fields.length; at++) {
      const type = this.#layout.types[at]!;
      const isGuess = this.#guessed[at]!;
      const cell = isGuess ? this.#reader.readStrictly(fields[at]!, type) : this.#reader.read(fields[at]!, type);
      if (cell === undefined && isGuess) throw new WrongGuess();
      if (cell === undefined) {
        const name = this.#layout.names[at];
        throw new ValueError(`${JSON.stringify(fields[at]!.slice(0, 60))} in line ${line}, ${name}, is no ${type}`, {
          op: "csv",
          expected: type,
          hint: `Name it in \`missing\`, or give ${name} the type "text" in \`schema\`.`,
        });
      }
      this.#builders[at]!.push(cell);
    }
    this.length++;
  }

  /** The rows so far; the next one begins anew. */
  take(): Map<string, Column> {
    const columns = new Map(this.#layout.names.map((name, at) => [name, this.#builders[at]!.finish()]));
    this.#restart();
    return columns;
  }

  #restart(): void {
    this.#builders = this.#layout.types.map(type => new ColumnBuilder(type));
    this.length = 0;
  }
}
