import { formatColumn, formatQuantity } from "../format.js";
import { html } from "../html.js";
import { card, table } from "../theme.js";
import { isTensorLike, numbersOf } from "./tensor-like.js";
import { View } from "./view.js";

/** How `show.table` draws. */
export interface TableOptions {
  /** Heading of the card. */
  title?: string;
  /** Which columns, in which order; by default all that the rows have. */
  columns?: readonly string[];
}

/** The most rows at each end, columns, and characters of a cell that are shown. */
const ends = 10;
const mostColumns = 20;
const longestCell = 80;

interface Column {
  cells: string[];
  words: boolean;
}

/**
 * Shows rows as a table: an array of objects, an array of arrays, or an object of columns. Long tables show both ends.
 *
 * @throws TypeError when the value is none of these, or columns differ in length
 * @example
 * show.table([{ model: "linear", accuracy: 0.92 }, { model: "cnn", accuracy: 0.99 }]);
 */
export function tableView(value: object, options: TableOptions = {}): View {
  const rows = rowsOf(value);
  const names = options.columns ?? [...new Set(rows.flatMap(row => Object.keys(row)))];
  const shownNames = names.slice(0, mostColumns);
  const positions = Array.from({ length: Math.min(rows.length, 2 * ends) }, (_, i) =>
    rows.length <= 2 * ends || i < ends ? i : rows.length - 2 * ends + i,
  );
  const columns = shownNames.map(name => column(positions.map(i => rows[i]![name])));
  const words = columns.flatMap((c, j) => (c.words ? [j + 1] : []));
  const head = ["", ...shownNames];
  const lines = positions.map((position, i) => [String(position), ...columns.map(c => c.cells[i]!)]);
  if (rows.length > 2 * ends)
    lines.splice(
      ends,
      0,
      head.map(() => "…"),
    );
  const facts = [{ text: formatQuantity(rows.length, "row") }, { text: formatQuantity(names.length, "column") }];
  const left = names.length - shownNames.length;
  const note = left > 0 ? html`<small>${formatQuantity(left, "more column")} not shown</small>` : undefined;
  const body =
    rows.length > 0
      ? html`<div style="overflow-x:auto">${table(head, lines, { words })}</div>`
      : html`<small>no rows</small>`;
  const shown = card({ title: options.title ?? "Table", facts, body: [body, note], styles: ["table"] });
  return new View(shown.text, textTable([head, ...lines]));
}

function column(values: readonly unknown[]): Column {
  const numbers = values.every(v => typeof v === "number" || v === null || v === undefined);
  if (!numbers) return { cells: values.map(cellText), words: true };
  const formatted = formatColumn(values.filter((v): v is number => typeof v === "number"));
  let next = 0;
  return { cells: values.map(v => (typeof v === "number" ? formatted[next++]! : "")), words: false };
}

function cellText(value: unknown): string {
  if (value === null || value === undefined) return "";
  let text: string;
  try {
    text = isTensorLike(value)
      ? `${value.dtype}[${value.shape.join(", ")}]`
      : typeof value === "object"
        ? JSON.stringify(value)
        : String(value);
  } catch {
    // A value that refuses to become text still has its place in the table.
    text = `(${typeof value})`;
  }
  const line = (text ?? "").replace(/\s+/g, " ");
  return line.length > longestCell ? `${line.slice(0, longestCell - 1)}…` : line;
}

type Row = Readonly<Record<string, unknown>>;

function rowsOf(value: unknown): readonly Row[] {
  if (isTensorLike(value)) return matrixRows(value.shape, numbersOf(value));
  if (Array.isArray(value)) {
    return value.map((row: unknown, i): Row => {
      if (typeof row !== "object" || row === null) {
        throw wrong(`row ${i} is ${row === null ? "null" : `a ${typeof row}`}`);
      }
      return ArrayBuffer.isView(row) ? { ...Array.from(row as Float64Array) } : ({ ...row } as Row);
    });
  }
  if (typeof value !== "object" || value === null) throw wrong(`got ${value === null ? "null" : `a ${typeof value}`}`);
  const columns = Object.entries(value).map(([name, cells]): [string, ArrayLike<unknown>] => {
    if (isTensorLike(cells) && cells.shape.length === 1) return [name, numbersOf(cells)];
    if (Array.isArray(cells) || (ArrayBuffer.isView(cells) && !(cells instanceof DataView))) {
      return [name, cells as ArrayLike<unknown>];
    }
    throw wrong(`column "${name}" is not a list`);
  });
  const length = columns[0]?.[1].length ?? 0;
  const other = columns.find(([, cells]) => cells.length !== length);
  if (other) {
    throw wrong(`columns differ in length: "${columns[0]![0]}" has ${length}, "${other[0]}" has ${other[1].length}`);
  }
  return Array.from({ length }, (_, i) => Object.fromEntries(columns.map(([name, cells]) => [name, cells[i]])));
}

function matrixRows(shape: readonly number[], values: ArrayLike<number>): readonly Row[] {
  if (shape.length !== 2) throw wrong(`a tensor of shape [${shape.join(", ")}] has no rows and columns`);
  const [rows, columns] = shape as [number, number];
  return Array.from({ length: rows }, (_, i) =>
    Object.fromEntries(Array.from({ length: columns }, (_, j) => [String(j), values[i * columns + j]])),
  );
}

function wrong(problem: string): TypeError {
  return new TypeError(
    `show.table: ${problem}. Give an array of objects or arrays, an object of columns, or a matrix.`,
  );
}

/** The table as text, columns aligned. */
export function textTable(lines: readonly (readonly string[])[]): string {
  const widths = lines[0]!.map((_, j) => Math.max(...lines.map(line => line[j]!.length)));
  return lines
    .map(line =>
      line
        .map((cell, j) => cell.padStart(widths[j]!))
        .join("  ")
        .trimEnd(),
    )
    .join("\n");
}
