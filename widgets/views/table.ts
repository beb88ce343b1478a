import { formatColumn, formatCount, formatQuantity } from "../format.js";
import { type Html, html } from "../html.js";
import { isolated } from "../isolated.js";
import { card, scrolled, table } from "../theme.js";
import { type TableSource, tableSource } from "./table-source.js";
import { isTensorLike } from "./tensor-like.js";
import { View } from "./view.js";

/** How `show.table` draws. */
export interface TableOptions {
  /** Heading of the card. */
  title?: string;
  /** Which columns, in which order; by default all that the rows have. */
  columns?: readonly string[];
}

/** The most rows at each end, columns, and characters of a cell that are shown. */
const ends = 5;
const mostColumns = 20;
const longestCell = 80;
/** The same for a line and a cell of text. */
const longestLine = 120;
const longestTextCell = 24;

/** The cells of a column that are shown. */
interface Column {
  name: string;
  type: string;
  cells: string[];
  /** By cell: nothing is there. */
  missing: boolean[];
  words: boolean;
}

/**
 * Shows rows as a table with the type of each column: an array of objects, an array of arrays, an object of columns, a matrix or
 * a `data.Table`. Long tables show both ends.
 *
 * @throws TypeError when the value is none of these, or columns differ in length
 * @example
 * show.table([{ model: "linear", accuracy: 0.92 }, { model: "cnn", accuracy: 0.99 }]);
 */
export function tableView(value: object, options: TableOptions = {}): View {
  const source = tableSource(value);
  const { length } = source;
  const positions = Array.from({ length: Math.min(length, 2 * ends) }, (_, i) =>
    length <= 2 * ends || i < ends ? i : length - 2 * ends + i,
  );
  return rowsView(source, positions, options, length > positions.length ? ends : undefined);
}

/**
 * Some rows of a table.
 *
 * @param positions which, from 0
 * @param cut after how many of them others are left out
 */
export function rowsView(
  source: TableSource,
  positions: readonly number[],
  options: TableOptions = {},
  cut?: number,
): View {
  const { length } = source;
  const names = options.columns ?? source.names;
  const columns = names.slice(0, mostColumns).map(name =>
    column(
      name,
      source.typeOf(name),
      positions.map(i => source.cell(i, name)),
    ),
  );
  const facts = [{ text: formatQuantity(length, "row") }, { text: formatQuantity(names.length, "column") }];
  const left = names.length - columns.length;
  const note = left > 0 ? html`<small>${formatQuantity(left, "more column")} not shown</small>` : undefined;
  const body = columns.length > 0 ? scrolled(htmlTable(columns, positions, cut)) : undefined;
  const empty = length === 0 ? html`<small>no rows</small>` : undefined;
  const shown = card({ title: options.title ?? "Table", facts, body: [body, note, empty], styles: ["table"] });
  const size = `${formatQuantity(length, "row")} x ${formatQuantity(names.length, "column")}`;
  return new View(shown.text, columns.length > 0 ? `${size}\n${boxTable(columns, positions, cut, left)}` : size);
}

function htmlTable(columns: readonly Column[], positions: readonly number[], cut: number | undefined): Html {
  const heads = columns.map(
    ({ name, type }) => html`${isolated(name)}<br><small style="font-weight:400">${type}</small>`,
  );
  const lines: (string | Html)[][] = positions.map((position, i) => [
    formatCount(position),
    ...columns.map(({ cells, missing }) => (missing[i] ? html`<small>${cells[i]!}</small>` : isolated(cells[i]!))),
  ]);
  if (cut !== undefined) lines.splice(cut, 0, ["…", ...columns.map(() => "…")]);
  return table(["", ...heads], lines, { words: columns.flatMap(({ words }, j) => (words ? [j + 1] : [])) });
}

/** The same cells in a box of lines, as far as a line of text holds them. */
function boxTable(
  columns: readonly Column[],
  positions: readonly number[],
  cut: number | undefined,
  left: number,
): string {
  const index = ["", "", ...positions.map(formatCount)];
  const strips = [
    { lines: index, words: false },
    ...columns.map(({ name, type, cells, words }) => ({ lines: [name, type, ...cells].map(shortened), words })),
  ].map(({ lines, words }) => {
    const all = cut === undefined ? lines : [...lines.slice(0, cut + 2), "…", ...lines.slice(cut + 2)];
    const width = Math.max(1, ...all.map(line => line.length));
    return { width, lines: all.map(line => (words ? line.padEnd(width) : line.padStart(width))) };
  });
  let room = longestLine;
  const fitting = strips.filter(({ width }, i) => {
    room -= width + 3;
    return i < 2 || room > 0;
  });
  const rule = (from: string, between: string, to: string) =>
    from + fitting.map(({ width }) => "─".repeat(width + 2)).join(between) + to;
  const row = (i: number) => `│ ${fitting.map(({ lines }) => lines[i]).join(" │ ")} │`;
  const rows = Array.from({ length: strips[0]!.lines.length }, (_, i) => row(i));
  const hidden = left + strips.length - fitting.length;
  return [
    rule("┌", "┬", "┐"),
    ...rows.slice(0, 2),
    rule("├", "┼", "┤"),
    ...rows.slice(2),
    rule("└", "┴", "┘"),
    ...(hidden > 0 ? [`${formatQuantity(hidden, "more column")} not shown`] : []),
  ].join("\n");
}

function shortened(text: string): string {
  return text.length > longestTextCell ? `${text.slice(0, longestTextCell - 1)}…` : text;
}

function column(name: string, type: string | undefined, values: readonly unknown[]): Column {
  const missing = values.map(value => value === null || value === undefined);
  const there = values.filter((_, i) => !missing[i]);
  const isNumber = there.every(value => typeof value === "number");
  const words = there.some(value => typeof value !== "number" && typeof value !== "bigint");
  const formatted = isNumber ? formatColumn(there as number[]) : there.map(cellText);
  let next = 0;
  const cells = missing.map(none => (none ? "null" : formatted[next++]!));
  return { name: oneLine(name), type: type ?? typeOfCells(there), cells, missing, words };
}

/** What the cells are, in a word. */
function typeOfCells(values: readonly unknown[]): string {
  const types = new Set(values.map(value => (isTensorLike(value) ? value.dtype : typeof value)));
  if (types.size === 0) return "empty";
  const [type] = types;
  return types.size > 1 ? "mixed" : type === "string" ? "text" : type!;
}

function cellText(value: unknown): string {
  try {
    if (isTensorLike(value)) return `${value.dtype}[${value.shape.join(", ")}]`;
    return oneLine((typeof value === "object" ? JSON.stringify(value) : String(value)) ?? "");
  } catch {
    // A value that refuses to become text still has its place in the table.
    return `(${typeof value})`;
  }
}

function oneLine(text: string): string {
  const line = text.replace(/[\s\p{Cc}]+/gu, " ");
  return line.length > longestCell ? `${line.slice(0, longestCell - 1)}…` : line;
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
