import { ValueError } from "../../errors.js";
import { columnOf, typeOfCells } from "./column.js";
import { optionalPackage } from "./optional.js";
import type { Cell } from "./schema.js";
import { Table } from "./table.js";

// Only what is used of the two packages, so that their types need not be installed.
interface ArrowVector {
  [Symbol.iterator](): Iterator<unknown>;
}
interface ArrowPackage {
  tableFromIPC(bytes: Uint8Array): {
    schema: { fields: { name: string }[] };
    getChild(name: string): ArrowVector | null;
  };
}
interface ParquetPackage {
  parquetReadObjects(options: { file: ArrayBuffer; compressors?: object }): Promise<Record<string, unknown>[]>;
  parquetSchema(metadata: object): { children: { element: { name: string } }[] };
  parquetMetadata(file: ArrayBuffer): object;
}

/**
 * The table of an Apache Arrow file or stream (Feather version 2), read by the package `apache-arrow`, which has to be installed.
 * Dates become milliseconds since 1970, 64-bit integers numbers.
 * @throws MissingPackageError without the package; ValueError for a damaged file, and for a column of lists or objects
 * @example (await data.readArrow("penguins.arrow")).schema;
 */
export async function readArrow(path: string | URL): Promise<Table> {
  const { tableFromIPC } = (await optionalPackage("readArrow", "apache-arrow")) as ArrowPackage;
  const bytes = await fileBytes("readArrow", path);
  const arrow = await reading("readArrow", path, async () => tableFromIPC(bytes));
  return tableOf(
    "readArrow",
    arrow.schema.fields.map(({ name }) => [name, Array.from(arrow.getChild(name) ?? [])]),
  );
}

/**
 * The table of a Parquet file, read by the package `hyparquet`, which has to be installed; files that are not compressed by
 * Snappy need `hyparquet-compressors` as well. Dates become milliseconds since 1970, 64-bit integers numbers.
 * @throws as `readArrow`
 * @example (await data.readParquet("penguins.parquet")).schema;
 */
export async function readParquet(path: string | URL): Promise<Table> {
  const parquet = (await optionalPackage("readParquet", "hyparquet")) as ParquetPackage;
  const compressors = await optionalPackage("readParquet", "hyparquet-compressors").then(
    found => (found as { compressors: object }).compressors,
    () => undefined,
  );
  const bytes = await fileBytes("readParquet", path);
  const file = bytes.buffer.slice(bytes.byteOffset, bytes.byteOffset + bytes.byteLength) as ArrayBuffer;
  const [names, rows] = await reading("readParquet", path, async () => {
    const { children } = parquet.parquetSchema(parquet.parquetMetadata(file));
    const objects = await parquet.parquetReadObjects({ file, ...(compressors ? { compressors } : {}) });
    return [children.map(child => child.element.name), objects] as const;
  });
  return tableOf(
    "readParquet",
    names.map(name => [name, rows.map(row => row[name])]),
  );
}

async function fileBytes(op: string, path: string | URL): Promise<Uint8Array> {
  const { readFile } = await import("node:fs/promises");
  try {
    return await readFile(path);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== "ENOENT") throw error;
    throw new ValueError(`there is no file ${path}`, { op, hint: "Check the path." });
  }
}

/** What a package throws for a damaged file says little of which file. */
async function reading<T>(op: string, path: string | URL, read: () => Promise<T>): Promise<T> {
  try {
    return await read();
  } catch (error) {
    throw new ValueError(`${path} cannot be read: ${(error as Error).message}`, {
      op,
      hint: "Check that it is such a file; for other compressions than Snappy install hyparquet-compressors.",
    });
  }
}

function tableOf(op: string, columns: readonly (readonly [name: string, values: readonly unknown[]])[]): Table {
  return new Table(
    new Map(
      columns.map(([name, values]) => {
        const cells = values.map((value, row) => cellOf(op, name, value, row));
        const type = typeOfCells(cells);
        return [name, columnOf(type, type === "text" ? cells.map(c => (c === null ? null : String(c))) : cells)];
      }),
    ),
  );
}

function cellOf(op: string, name: string, value: unknown, row: number): Cell | null {
  if (value === null || value === undefined) return null;
  if (typeof value === "number" || typeof value === "boolean" || typeof value === "string") return value;
  if (typeof value === "bigint") return Number.isSafeInteger(Number(value)) ? Number(value) : String(value);
  if (value instanceof Date) return value.getTime();
  throw new ValueError(`${name} holds lists or objects (row ${row})`, { op, hint: "Flatten the column first." });
}
