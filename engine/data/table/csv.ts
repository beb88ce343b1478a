import { ValueError } from "../../errors.js";
import { CsvColumns, type CsvLayout, type CsvOptions, CsvRows, cellReader, TypeInference } from "./csv-rows.js";
import { type EncodingOptions, fileText } from "./file-text.js";
import type { Schema } from "./schema.js";
import { Table } from "./table.js";

/**
 * A table of CSV text. Types that `schema` leaves open are inferred of all values: numbers, true and false, else text; so are
 * digits that a number would lose, as 007.
 * @throws ValueError for a row with too few or too many fields, a quote that is never closed, and a value that is not of the
 * type given, always with the line
 * @example
 * const people = data.parseCsv("name,age\nAda,36\nBo,\n", { schema: { name: "text", age: "number" } });
 * people.column("age"); // [36, null]
 */
export function parseCsv<const S extends Schema = Schema>(
  text: string,
  options: CsvOptions<S> = {},
): Table<S & Schema> {
  const layout = openTypes(options) ? inferred([text], options) : undefined;
  const sink = sinkOf(options, layout);
  sink.rows.push(text);
  return sink.end();
}

/**
 * The table of a CSV file, read in pieces: twice where types have to be inferred, so that the text is never held as a whole.
 * @param path of the file; decompressed when it ends in .gz
 * @throws as `parseCsv`; ValueError when there is no such file or it is of another encoding
 * @example
 * const titanic = await data.readCsv("titanic.csv");
 * titanic.dropMissing("age").tensor(["age", "fare"]);
 */
export async function readCsv<const S extends Schema = Schema>(
  path: string | URL,
  options: CsvOptions<S> & EncodingOptions = {},
): Promise<Table<S & Schema>> {
  let layout: CsvLayout | undefined;
  if (openTypes(options)) {
    const pass = inference(options);
    for await (const text of fileText("readCsv", path, options)) pass.rows.push(text);
    layout = pass.end();
  }
  const sink = sinkOf(options, layout);
  for await (const text of fileText("readCsv", path, options)) sink.rows.push(text);
  return sink.end();
}

/**
 * Tables of up to `rows` rows each of a CSV file that may be larger than memory. Types that `schema` leaves open are inferred
 * of the first `rows` rows.
 * @throws as `readCsv`; ValueError for a later value that is not of the type inferred
 * @example
 * for await (const part of data.streamCsv("large.csv.gz", { rows: 1000 })) part.length;
 */
export async function* streamCsv<const S extends Schema = Schema>(
  path: string | URL,
  { rows = 10_000, ...options }: CsvOptions<S> & EncodingOptions & { rows?: number } = {},
): AsyncGenerator<Table<S & Schema>> {
  if (!Number.isSafeInteger(rows) || rows < 1) {
    throw new ValueError(`rows is ${rows}`, { op: "streamCsv", hint: "Give a whole number, 1 or more." });
  }
  const reader = cellReader(options);
  const waiting: [fields: readonly string[], line: number][] = [];
  const source = new CsvRows(options, (fields, line) => waiting.push([fields, line]));
  let columns: CsvColumns | undefined;
  const next = () => {
    const part = waiting.splice(0, rows);
    if (columns === undefined) {
      const types = new TypeInference(reader);
      for (const [fields] of part) types.see(fields);
      columns = new CsvColumns(types.layout(source.names!, options.schema), reader);
    }
    for (const [fields, line] of part) columns.add(fields, line);
    return new Table<S & Schema>(columns.take());
  };
  for await (const text of fileText("streamCsv", path, options)) {
    source.push(text);
    while (waiting.length >= rows) yield next();
  }
  source.end();
  while (waiting.length > 0) yield next();
}

function openTypes({ schema = {}, header }: CsvOptions): boolean {
  return !Array.isArray(header) || header.some(name => !Object.hasOwn(schema, name));
}

function inferred(texts: Iterable<string>, options: CsvOptions): CsvLayout {
  const pass = inference(options);
  for (const text of texts) pass.rows.push(text);
  return pass.end();
}

/** A pass that only finds names and types. */
function inference(options: CsvOptions): { rows: CsvRows; end: () => CsvLayout } {
  const types = new TypeInference(cellReader(options));
  const rows = new CsvRows(options, fields => types.see(fields));
  return {
    rows,
    end: () => {
      rows.end();
      return types.layout(rows.names!, options.schema);
    },
  };
}

/** A pass that gathers the values. */
function sinkOf<S extends Schema>(
  options: CsvOptions<S>,
  layout: CsvLayout | undefined,
): { rows: CsvRows; end: () => Table<S & Schema> } {
  const reader = cellReader(options);
  const given = layout ?? new TypeInference(reader).layout(options.header as readonly string[], options.schema);
  const columns = new CsvColumns(given, reader);
  const rows = new CsvRows(options, (fields, line) => columns.add(fields, line));
  return {
    rows,
    end: () => {
      rows.end();
      return new Table<S & Schema>(columns.take());
    },
  };
}
