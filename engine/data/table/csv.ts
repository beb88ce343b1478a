import { ValueError } from "../../errors.js";
import {
  CsvColumns,
  type CsvLayout,
  type CsvOptions,
  CsvRows,
  cellReader,
  TypeInference,
  WrongGuess,
} from "./csv-rows.js";
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
  const read = (sink: Sink<S>) => {
    sink.rows.push(text);
    return sink.end();
  };
  try {
    return read(guessingSink(options));
  } catch (error) {
    if (!(error instanceof WrongGuess)) throw error;
  }
  const pass = inference(options);
  pass.rows.push(text);
  return read(sinkOf(options, pass.end()));
}

/**
 * The table of a CSV file, read in pieces: again where the first rows let guess wrong types, so that the text is never held as a whole.
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
  const read = async (sink: Sink<S>) => {
    for await (const text of fileText("readCsv", path, options)) sink.rows.push(text);
    return sink.end();
  };
  try {
    return await read(guessingSink(options));
  } catch (error) {
    if (!(error instanceof WrongGuess)) throw error;
  }
  const pass = inference(options);
  for await (const text of fileText("readCsv", path, options)) pass.rows.push(text);
  return read(sinkOf(options, pass.end()));
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

/** A pass over the rows that ends in a table. */
interface Sink<S extends Schema> {
  readonly rows: CsvRows;
  end(): Table<S & Schema>;
}

/** Rows of which types are guessed. */
const sample = 1000;

/** A pass that guesses types of the first rows. It throws WrongGuess when a later value is of another type. */
function guessingSink<S extends Schema>(options: CsvOptions<S>): Sink<S> {
  const { schema = {} } = options;
  const reader = cellReader(options);
  const types = new TypeInference(reader);
  let first: [fields: readonly string[], line: number][] | undefined = [];
  let columns: CsvColumns | undefined;
  const begin = (): CsvColumns => {
    columns = new CsvColumns(types.layout(rows.names!, schema), reader, schema);
    for (const [fields, line] of first!) columns.add(fields, line);
    first = undefined;
    return columns;
  };
  const rows = new CsvRows(options, (fields, line) => {
    if (first === undefined) {
      columns!.add(fields, line);
      return;
    }
    types.see(fields);
    first.push([fields, line]);
    if (first.length === sample) begin();
  });
  return {
    rows,
    end: () => {
      rows.end();
      return new Table<S & Schema>((columns ?? begin()).take());
    },
  };
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
function sinkOf<S extends Schema>(options: CsvOptions<S>, layout: CsvLayout): Sink<S> {
  const columns = new CsvColumns(layout, cellReader(options));
  const rows = new CsvRows(options, (fields, line) => columns.add(fields, line));
  return {
    rows,
    end: () => {
      rows.end();
      return new Table<S & Schema>(columns.take());
    },
  };
}
