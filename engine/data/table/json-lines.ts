import { ValueError } from "../../errors.js";
import { columnOf, typeOfCells } from "./column.js";
import { fileText } from "./file-text.js";
import type { Cell, Schema } from "./schema.js";
import { Table } from "./table.js";

/** What is known of the rows. */
export interface JsonLinesOptions<S extends Schema = Schema> {
  /** Types of columns; those of the others are inferred. */
  schema?: S;
}

/** A table of which most is missing may have this many values per character of its text. */
const mostCellsPerCharacter = 4;

/**
 * A table of JSON lines: one object of numbers, truth values and texts per line. A key that a line lacks, or null, is a
 * missing value; where kinds mix, all becomes text.
 * @throws ValueError for a line that is no such object, or a value of another type than `schema` says, with the line
 * @example data.parseJsonLines('{"a": 1}\n{"a": 2, "b": "x"}\n').column("b"); // [null, "x"]
 */
export function parseJsonLines<const S extends Schema = Schema>(
  text: string,
  options: JsonLinesOptions<S> = {},
): Table<S & Schema> {
  const rows = new JsonRows();
  rows.push(text);
  rows.end();
  return rows.take(options.schema);
}

/**
 * The table of a file of JSON lines.
 * @param path of the file; decompressed when it ends in .gz
 * @throws as `parseJsonLines`; ValueError when there is no such file
 * @example (await data.readJsonLines("reviews.jsonl")).names;
 */
export async function readJsonLines<const S extends Schema = Schema>(
  path: string | URL,
  options: JsonLinesOptions<S> = {},
): Promise<Table<S & Schema>> {
  const rows = new JsonRows();
  for await (const text of fileText("readJsonLines", path)) rows.push(text);
  rows.end();
  return rows.take(options.schema);
}

/** Gathers the columns of lines that arrive in pieces. */
class JsonRows {
  #rest = "";
  #line = 0;
  #characters = 0;
  #length = 0;
  /** A column is filled up with null only when a later row has a value of it. */
  #columns = new Map<string, (Cell | null)[]>();

  push(text: string): void {
    this.#characters += text.length;
    const lines = text.split("\n");
    lines[0] = this.#rest + lines[0]!;
    this.#rest = lines.pop()!;
    for (const line of lines) this.#add(line);
  }

  end(): void {
    this.#add(this.#rest);
    this.#rest = "";
  }

  take<S extends Schema>(schema?: S): Table<S & Schema> {
    const given: Schema = schema ?? {};
    for (const name of Object.keys(given)) if (!this.#columns.has(name)) this.#columns.set(name, []);
    const columns = [...this.#columns].map(([name, cells]) => {
      while (cells.length < this.#length) cells.push(null);
      const type = Object.hasOwn(given, name) ? given[name]! : typeOfCells(cells);
      const wrong = type === "text" ? -1 : cells.findIndex(cell => cell !== null && typeOfCells([cell]) !== type);
      if (wrong >= 0) {
        throw new ValueError(`${name} of row ${wrong} is ${JSON.stringify(cells[wrong])}, no ${type}`, {
          op: "jsonLines",
          expected: type,
          hint: `Give ${name} the type "text" in \`schema\`, or leave it out there.`,
        });
      }
      const values = type === "text" ? cells.map(cell => (cell === null ? null : String(cell))) : cells;
      return [name, columnOf(type, values)] as const;
    });
    return new Table<S & Schema>(new Map(columns));
  }

  #add(text: string): void {
    this.#line++;
    if (text.trim() === "") return;
    for (const [name, cell] of Object.entries(objectOf(text, this.#line))) {
      if (cell === null) {
        this.#column(name);
        continue;
      }
      if (typeof cell === "object") {
        const kind = Array.isArray(cell) ? "a list" : "an object";
        throw new ValueError(`${JSON.stringify(name)} in line ${this.#line} is ${kind}`, {
          op: "jsonLines",
          hint: "A table holds numbers, truth values and texts.",
        });
      }
      const cells = this.#column(name);
      while (cells.length < this.#length) cells.push(null);
      cells.push(cell as Cell);
    }
    this.#length++;
  }

  /** @throws ValueError when almost all would be missing: a short line with a new key may not cost as much as all lines */
  #column(name: string): (Cell | null)[] {
    let cells = this.#columns.get(name);
    if (cells !== undefined) return cells;
    cells = [];
    this.#columns.set(name, cells);
    if (this.#length * this.#columns.size <= mostCellsPerCharacter * this.#characters) return cells;
    throw new ValueError(`${this.#length} rows have ${this.#columns.size} different keys, almost all missing`, {
      op: "jsonLines",
      hint: "Keys are columns here: put what varies into values.",
    });
  }
}

function objectOf(text: string, line: number): object {
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch (error) {
    throw new ValueError(`line ${line} is no JSON: ${(error as Error).message}`, {
      op: "jsonLines",
      hint: "Every line must be one JSON object.",
    });
  }
  if (typeof value === "object" && value !== null && !Array.isArray(value)) return value;
  throw new ValueError(`line ${line} is no JSON object`, { op: "jsonLines", hint: 'Write lines as {"name": value}.' });
}
