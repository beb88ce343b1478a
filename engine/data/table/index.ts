/** Tables and the files that hold them. */
export { readArrow, readParquet } from "./columnar.js";
export { parseCsv, readCsv, streamCsv } from "./csv.js";
export type { CsvOptions } from "./csv-rows.js";
export type { EncodingOptions } from "./file-text.js";
export type { FillStrategy } from "./fill.js";
export { type JsonLinesOptions, parseJsonLines, readJsonLines } from "./json-lines.js";
export { MissingPackageError } from "./optional.js";
export type { Cell, ColumnType, NumericName, Row, Schema } from "./schema.js";
export { type CellArrays, Table, type TableTensorOptions, type TypeOfCell, table } from "./table.js";
