/** What a column of a table holds. Numbers are float64, so integers are exact up to 2^53. */
export type ColumnType = "number" | "boolean" | "text";

/** The types of columns by name. */
export type Schema = Readonly<Record<string, ColumnType>>;

/** A value of a column of that type. */
export type Cell<T extends ColumnType = ColumnType> = T extends "number"
  ? number
  : T extends "boolean"
    ? boolean
    : string;

/** A row: values by column; `Missing` is null where values may be missing, and never where none is. */
export type Row<S extends Schema = Schema, Missing extends null = null> = {
  readonly [K in keyof S]: Cell<S[K]> | Missing;
};

/** The names of the columns that a tensor can hold. */
export type NumericName<S extends Schema> = {
  [K in keyof S]: S[K] extends "text" ? never : K;
}[keyof S] &
  string;
