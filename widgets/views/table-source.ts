import { data } from "../../engine/index.js";
import { isTensorLike, numbersOf } from "./tensor-like.js";

/** Rows and columns, read cell by cell: a table of millions of rows costs no more than a short one. */
export interface TableSource {
  readonly names: readonly string[];
  readonly length: number;
  /** What a column is known to hold; undefined where only its cells tell. */
  typeOf(name: string): string | undefined;
  cell(row: number, name: string): unknown;
}

/** Reads a value as a table. @throws TypeError when it is none, or columns differ in length */
export function tableSource(value: unknown): TableSource {
  if (value instanceof data.Table) return ofTable(value);
  if (isTensorLike(value)) return ofMatrix(value.shape, value.dtype, numbersOf(value));
  if (Array.isArray(value)) return ofRows(value);
  if (typeof value !== "object" || value === null) throw wrong(`got ${value === null ? "null" : `a ${typeof value}`}`);
  return ofColumns(value);
}

function ofTable(table: data.Table): TableSource {
  let row: { index: number; cells: Readonly<Record<string, unknown>> } | undefined;
  return {
    names: table.names,
    length: table.length,
    typeOf: name => (Object.hasOwn(table.schema, name) ? table.schema[name] : undefined),
    cell(index, name) {
      if (row?.index !== index) row = { index, cells: table.row(index) };
      return row.cells[name];
    },
  };
}

function ofMatrix(shape: readonly number[], dtype: string, values: ArrayLike<number>): TableSource {
  if (shape.length !== 2) throw wrong(`a tensor of shape [${shape.join(", ")}] has no rows and columns`);
  const [length, columns] = shape as [number, number];
  const names = Array.from({ length: columns }, (_, j) => String(j));
  return { names, length, typeOf: () => dtype, cell: (row, name) => values[row * columns + Number(name)] };
}

function ofRows(rows: readonly unknown[]): TableSource {
  const names = new Set<string>();
  rows.forEach((row, i) => {
    if (typeof row !== "object" || row === null)
      throw wrong(`row ${i} is ${row === null ? "null" : `a ${typeof row}`}`);
    for (const name of Object.keys(row)) names.add(name);
  });
  const cell = (row: number, name: string) => {
    const cells = rows[row] as Readonly<Record<string, unknown>>;
    return Object.hasOwn(cells, name) ? cells[name] : undefined;
  };
  return { names: [...names], length: rows.length, typeOf: () => undefined, cell };
}

function ofColumns(value: object): TableSource {
  const columns = new Map<string, { cells: ArrayLike<unknown>; type: string | undefined }>();
  for (const [name, cells] of Object.entries(value) as [string, unknown][]) {
    if (isTensorLike(cells) && cells.shape.length === 1)
      columns.set(name, { cells: numbersOf(cells), type: cells.dtype });
    else if (Array.isArray(cells)) columns.set(name, { cells, type: undefined });
    else if (ArrayBuffer.isView(cells) && !(cells instanceof DataView)) {
      const type = cells.constructor.name.replace("Array", "").toLowerCase();
      columns.set(name, { cells: cells as unknown as ArrayLike<unknown>, type });
    } else throw wrong(`column "${name}" is not a list`);
  }
  const [first] = columns;
  const length = first?.[1].cells.length ?? 0;
  const other = [...columns].find(([, { cells }]) => cells.length !== length);
  if (other) {
    throw wrong(`columns differ in length: "${first![0]}" has ${length}, "${other[0]}" has ${other[1].cells.length}`);
  }
  return {
    names: [...columns.keys()],
    length,
    typeOf: name => columns.get(name)?.type,
    cell: (row, name) => columns.get(name)?.cells[row],
  };
}

function wrong(problem: string): TypeError {
  return new TypeError(
    `show.table: ${problem}. Give an array of objects or arrays, an object of columns, a matrix, or a data.Table.`,
  );
}
