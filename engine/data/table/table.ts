import { ValueError } from "../../errors.js";
import { tensor } from "../../ops/create.js";
import type { Tensor } from "../../tensor.js";
import { type Column, cellAt, columnAt, columnOf, isMissing, typeOfCells } from "./column.js";
import { csvOf } from "./csv-write.js";
import { type FillStrategy, typicalValue } from "./fill.js";
import { tableText } from "./format.js";
import type { Cell, ColumnType, NumericName, Row, Schema } from "./schema.js";

/** A column that a table does not have, or values that are none. */
function refuse(op: string, problem: string, hint: string): ValueError {
  return new ValueError(problem, { op: `Table.${op}`, hint });
}

/** How `Table.tensor` stores numbers. */
export interface TableTensorOptions<D extends "float32" | "float64" | "int32" = "float32"> {
  /** Truth values become 0 and 1 (default float32). */
  dtype?: D;
}

/**
 * Rows with named, typed columns in which values may be missing, as `pandas.DataFrame`. A table never changes; every method
 * gives a new one. `Missing` is `never` in the type of a table that has no missing values.
 * @example
 * const people = data.table({ name: ["Ada", "Bo", "Cy"], age: [36, null, 41] });
 * people.missing(); // { "name": 0, "age": 1 }
 * people.fillMissing({ age: 40 }).tensor("age").toArray(); // [36, 40, 41]
 */
export class Table<S extends Schema = Schema, Missing extends null = null> implements Iterable<Row<S, Missing>> {
  /** The types of the columns by name, in their order. */
  readonly schema: S;
  /** Number of rows. */
  readonly length: number;
  readonly #columns: ReadonlyMap<string, Column>;

  /** Columns of equal length; `data.table` makes one of arrays. */
  constructor(columns: ReadonlyMap<string, Column>) {
    this.#columns = columns;
    this.schema = Object.fromEntries([...columns].map(([name, column]) => [name, column.type])) as S;
    this.length = columns.values().next().value?.values.length ?? 0;
  }

  /** The names of the columns. */
  get names(): (keyof S & string)[] {
    return [...this.#columns.keys()];
  }

  /** The values of a column; null where one is missing. @throws ValueError for a name that is no column */
  column<K extends keyof S & string>(name: K): (Cell<S[K]> | Missing)[] {
    const column = this.#named("column", name);
    return Array.from({ length: this.length }, (_, row) => cellAt(column, row)) as (Cell<S[K]> | Missing)[];
  }

  /** The values of a row; negative counts from the end. @throws ValueError for a row that is not there */
  row(index: number): Row<S, Missing> {
    const row = index < 0 ? index + this.length : index;
    if (!Number.isInteger(row) || row < 0 || row >= this.length) {
      throw refuse("row", `there is no row ${index}`, `The table has ${this.length} rows.`);
    }
    return this.#rowAt(row);
  }

  /** Every row in turn. */
  *[Symbol.iterator](): Generator<Row<S, Missing>> {
    for (let row = 0; row < this.length; row++) yield this.#rowAt(row);
  }

  /** The table with these columns only, in this order. @throws ValueError for a name that is no column */
  select<K extends keyof S & string>(...names: readonly K[]): Table<Pick<S, K>, Missing> {
    return new Table(new Map(names.map(name => [name, this.#named("select", name)])));
  }

  /** The table without these columns. @throws ValueError for a name that is no column */
  drop<K extends keyof S & string>(...names: readonly K[]): Table<Omit<S, K>, Missing> {
    for (const name of names) this.#named("drop", name);
    return new Table(new Map([...this.#columns].filter(([name]) => !names.includes(name as K))));
  }

  /** The rows for which `keep` says true. */
  filter(keep: (row: Row<S, Missing>, index: number) => boolean): Table<S, Missing> {
    return this.#rows(index => keep(this.#rowAt(index), index));
  }

  /** The rows from `first` up to, not including, `end`; negative counts from the end, as `Array.slice`. */
  slice(first = 0, end = this.length): Table<S, Missing> {
    const [from, to] = [first, end].map(i => (i < 0 ? Math.max(0, i + this.length) : i));
    return this.#rows(index => index >= from! && index < to!);
  }

  /** The first rows (default 5). */
  head(count = 5): Table<S, Missing> {
    return this.slice(0, count);
  }

  /** The rows in the order of a column's values; rows without one come last. @throws ValueError for a name that is no column */
  sortBy(name: keyof S & string, { descending = false }: { descending?: boolean } = {}): Table<S, Missing> {
    const column = this.#named("sortBy", name);
    const sign = descending ? -1 : 1;
    const order = Int32Array.from({ length: this.length }, (_, row) => row).sort((a, b) => {
      const [left, right] = [cellAt(column, a), cellAt(column, b)];
      if (left === null || right === null) return Number(left === null) - Number(right === null) || a - b;
      return (left < right ? -sign : left > right ? sign : 0) || a - b;
    });
    return this.#at(order);
  }

  /**
   * The table with one more column, or another one of that name: values, or what a function gives for every row.
   * @throws ValueError when there are not as many values as rows
   */
  with<K extends string, C extends Cell | null>(
    name: K,
    values: readonly C[] | ((row: Row<S, Missing>, index: number) => C),
  ): Table<Omit<S, K> & Record<K, TypeOfCell<C>>, Missing | Extract<C, null>> {
    const cells = typeof values === "function" ? Array.from(this, values) : values;
    if (cells.length !== this.length && this.#columns.size > 0) {
      throw refuse("with", `${cells.length} values for ${this.length} rows`, "Give one value per row.");
    }
    return new Table(new Map(this.#columns).set(name, columnOf(typeOfCells(cells), cells)));
  }

  /** How many values are missing, by column. */
  missing(): Record<keyof S & string, number> {
    const counts = [...this.#columns].map(([name, column]) => {
      let count = 0;
      for (let row = 0; row < this.length; row++) if (isMissing(column, row)) count++;
      return [name, count] as const;
    });
    return Object.fromEntries(counts) as Record<keyof S & string, number>;
  }

  /** The rows that have a value in all of these columns (default: in all). @throws ValueError for a name that is no column */
  dropMissing(): Table<S, never>;
  dropMissing(...names: readonly (keyof S & string)[]): Table<S, Missing>;
  dropMissing(...names: readonly (keyof S & string)[]): Table<S, Missing> {
    const columns = (names.length > 0 ? names : this.names).map(name => this.#named("dropMissing", name));
    return this.#rows(row => !columns.some(column => isMissing(column, row)));
  }

  /**
   * The table with a value in the place of each missing one, by column; `fillValues` finds such values.
   * @throws ValueError for a name that is no column, and for a value of another type than the column
   */
  fillMissing(values: { readonly [K in keyof S]?: Cell<S[K]> }): Table<S, Missing> {
    const columns = new Map(this.#columns);
    for (const [name, value] of Object.entries(values) as [string, Cell][]) {
      const column = this.#named("fillMissing", name);
      if (typeOfCells([value]) !== column.type || Number.isNaN(value)) {
        throw refuse(
          "fillMissing",
          `${JSON.stringify(value)} for ${name}, which holds ${column.type}`,
          "Give a value of the same type.",
        );
      }
      const cells = Array.from({ length: this.length }, (_, row) => cellAt(column, row) ?? value);
      columns.set(name, columnOf(column.type, cells));
    }
    return new Table(columns);
  }

  /**
   * A typical value of each column for `fillMissing`: those of the training rows also fill the test rows. "mean" and "median"
   * are of the number columns, "mostFrequent" (of equals the first) of all.
   * @throws ValueError for a column without any value, and for the mean of what is no number
   * @example
   * const people = data.table({ age: [20, 30, null, 90] });
   * people.fillValues("median"); // { "age": 30 }
   */
  fillValues(strategy: FillStrategy, ...names: readonly (keyof S & string)[]): { [K in keyof S]?: Cell<S[K]> } {
    const chosen =
      names.length > 0 || strategy === "mostFrequent"
        ? names.length > 0
          ? names
          : this.names
        : this.names.filter(name => this.schema[name] === "number");
    const entries = chosen.map(name => [name, typicalValue(this.#named("fillValues", name), strategy, name)]);
    return Object.fromEntries(entries) as { [K in keyof S]?: Cell<S[K]> };
  }

  /**
   * Columns as a tensor: one name gives [rows], a list of names [rows, columns].
   * @throws ValueError for a column of text, for missing values (it says in which rows), and for fractions in an int32
   * @example
   * const points = data.table({ x: [1, 2], y: [3, 4] });
   * points.tensor(["x", "y"]).toArray(); // [[1, 3], [2, 4]]
   */
  tensor<D extends "float32" | "float64" | "int32" = "float32">(
    name: NumericName<S>,
    options?: TableTensorOptions<D>,
  ): Tensor<[number], D>;
  tensor<D extends "float32" | "float64" | "int32" = "float32">(
    names: readonly NumericName<S>[],
    options?: TableTensorOptions<D>,
  ): Tensor<[number, number], D>;
  tensor(
    names: string | readonly string[],
    { dtype = "float32" }: TableTensorOptions<"float32" | "float64" | "int32"> = {},
  ): Tensor {
    const list = typeof names === "string" ? [names] : names;
    const arrays = { float32: Float32Array, float64: Float64Array, int32: Int32Array };
    const values = new arrays[dtype](this.length * list.length);
    list.forEach((name, at) => {
      const column = this.#numeric(name, dtype);
      for (let row = 0; row < this.length; row++) values[row * list.length + at] = column.values[row] as number;
    });
    return tensor(values, { shape: typeof names === "string" ? [this.length] : [this.length, list.length], dtype });
  }

  /** The table as CSV with a header; missing values are empty. */
  toCsv(): string {
    return csvOf(this as unknown as Table);
  }

  /** The first rows as text. */
  toString(): string {
    return tableText(this as unknown as Table);
  }

  [Symbol.for("nodejs.util.inspect.custom")](): string {
    return this.toString();
  }

  #rowAt(row: number): Row<S, Missing> {
    return Object.fromEntries([...this.#columns].map(([name, column]) => [name, cellAt(column, row)])) as Row<
      S,
      Missing
    >;
  }

  #rows(keep: (row: number) => boolean): Table<S, Missing> {
    return this.#at(Int32Array.from({ length: this.length }, (_, row) => row).filter(keep));
  }

  #at(rows: Int32Array): Table<S, Missing> {
    return new Table(new Map([...this.#columns].map(([name, column]) => [name, columnAt(column, rows)])));
  }

  #named(op: string, name: string): Column {
    const column = this.#columns.get(name);
    if (column !== undefined) return column;
    throw refuse(op, `there is no column ${JSON.stringify(name)}`, `The columns are ${this.names.join(", ")}.`);
  }

  /** @throws ValueError when a tensor of that type cannot hold the column */
  #numeric(name: string, dtype: string): Column {
    const column = this.#named("tensor", name);
    if (column.type === "text") {
      throw refuse("tensor", `${name} holds text`, "Number its classes: new data.LabelEncoder().fit(...).encode(...).");
    }
    const rows: number[] = [];
    let fraction = -1;
    for (let row = 0; row < this.length; row++) {
      if (isMissing(column, row)) rows.push(row);
      else if (dtype === "int32" && column.values[row] !== ((column.values[row] as number) | 0)) fraction = row;
    }
    if (rows.length > 0) {
      const some = `${rows.slice(0, 5).join(", ")}${rows.length > 5 ? ", ..." : ""}`;
      const problem = `${name} has no value in ${rows.length} of ${this.length} rows (${some})`;
      throw refuse("tensor", problem, "Use dropMissing() or fillMissing() first.");
    }
    if (fraction >= 0) {
      const problem = `${name} is ${column.values[fraction]} in row ${fraction}, which no int32 is`;
      throw refuse("tensor", problem, 'Leave out dtype: "int32".');
    }
    return column;
  }
}

/** The type of the column that holds values of a TypeScript type. */
export type TypeOfCell<C> = [Exclude<C, null>] extends [number]
  ? "number"
  : [Exclude<C, null>] extends [boolean]
    ? "boolean"
    : [Exclude<C, null>] extends [string]
      ? "text"
      : ColumnType;

/** Arrays by name, as `table` takes them. */
export type CellArrays = Readonly<Record<string, readonly (Cell | null)[]>>;

/**
 * A table of arrays, one per column; null (and NaN) is a missing value. Where kinds mix, all becomes text.
 * @throws ValueError when the arrays differ in length
 * @example data.table({ height: [1.8, 1.7], left: [true, false] }).schema; // { "height": "number", "left": "boolean" }
 */
export function table<const C extends CellArrays>(
  columns: C,
): Table<{ [K in keyof C]: TypeOfCell<C[K][number]> }, Extract<C[keyof C][number], null>> {
  const entries = Object.entries(columns);
  for (const [name, cells] of entries) {
    if (cells.length === entries[0]![1].length) continue;
    throw new ValueError(`${name} has ${cells.length} values, ${entries[0]![0]} has ${entries[0]![1].length}`, {
      op: "table",
      hint: "Give every column the same number of values; null stands for a missing one.",
    });
  }
  return new Table(
    new Map(
      entries.map(([name, cells]) => {
        const type = typeOfCells(cells);
        return [name, columnOf(type, type === "text" ? cells.map(c => (c === null ? null : String(c))) : cells)];
      }),
    ),
  );
}
