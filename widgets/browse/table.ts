import { formatCount } from "../format.js";
import { rowsView, type TableOptions } from "../views/table.js";
import { type TableSource, tableSource } from "../views/table-source.js";
import { Pages } from "./pages.js";

/** Rows on a page, and columns to sort by. */
const rowsOfPage = 12;
const mostColumns = 40;

/**
 * A table page by page, as it is or sorted by a column; what is missing comes last.
 *
 * @throws TypeError as `show.table`, or when there are no rows
 */
export function browseTable(value: object, options: TableOptions = {}): Pages {
  const source = tableSource(value);
  const { length } = source;
  if (length === 0) throw new TypeError("show.browse: the table has no rows. Show it with show.table.");
  const names = (options.columns ?? source.names).slice(0, mostColumns);
  const orders = new Map<number, readonly number[]>();
  const orderOf = (order: number) => {
    const made = orders.get(order) ?? sorted(source, names[(order - 1) >> 1]!, order % 2 === 1 ? 1 : -1);
    orders.set(order, made);
    return made;
  };
  const rowsAt = (page: number, order: number): number[] => {
    const first = page * rowsOfPage;
    const positions = Array.from({ length: Math.min(rowsOfPage, length - first) }, (_, i) => first + i);
    return order === 0 ? positions : positions.map(i => orderOf(order)[i]!);
  };
  const pages = Math.ceil(length / rowsOfPage);
  return new Pages({
    name: options.title ?? "Table",
    choices: [
      { name: "page", count: pages },
      {
        name: "order",
        count: 1 + 2 * names.length,
        options: ["as it is", ...names.flatMap(name => [`${name} ↑`, `${name} ↓`])],
      },
    ],
    say: (_, page) =>
      `rows ${formatCount(page * rowsOfPage)} to ${formatCount(Math.min(length, (page + 1) * rowsOfPage) - 1)} of ${formatCount(length)}`,
    draw: ([page, order]) => rowsView(source, rowsAt(page!, order!), options),
  });
}

/** The rows by the cells of a column: numbers and times by size, all else as text; equal ones stay in order. */
function sorted(source: TableSource, name: string, direction: 1 | -1): number[] {
  const cells = Array.from({ length: source.length }, (_, row) => source.cell(row, name));
  const missing = cells.map(cell => cell === null || cell === undefined || Number.isNaN(cell));
  const sized = cells.every(
    (cell, i) => missing[i] || /^(number|bigint|boolean)$/.test(typeof cell) || cell instanceof Date,
  );
  const keys = sized ? cells.map(Number) : cells.map(String);
  const text = new Intl.Collator("en", { numeric: true });
  const compare = sized
    ? (a: number, b: number) => (keys[a] as number) - (keys[b] as number)
    : (a: number, b: number) => text.compare(keys[a] as string, keys[b] as string);
  return cells
    .map((_, row) => row)
    .sort((a, b) => Number(missing[a]) - Number(missing[b]) || direction * (missing[a] ? 0 : compare(a, b)) || a - b);
}
