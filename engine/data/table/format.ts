import type { Table } from "./table.js";

const shownRows = 10;
const widestCell = 24;

/** The first rows of a table in aligned columns, and its size. */
export function tableText(table: Table): string {
  const rows = [...table.slice(0, shownRows)].map(row => table.names.map(name => cellText(row[name]!)));
  const columns = table.names.map((name, at) => {
    const cells = [shortened(name), ...rows.map(row => row[at]!)];
    const width = Math.max(...cells.map(cell => cell.length));
    const left = table.schema[name] === "text";
    return cells.map(cell => (left ? cell.padEnd(width) : cell.padStart(width)));
  });
  const lines = Array.from({ length: rows.length + 1 }, (_, line) =>
    columns
      .map(cells => cells[line])
      .join("  ")
      .trimEnd(),
  );
  const more = table.length > shownRows ? ["..."] : [];
  return [...lines, ...more, `${table.length} rows x ${table.names.length} columns`].join("\n");
}

function cellText(cell: string | number | boolean | null): string {
  return cell === null ? "-" : shortened(String(cell));
}

function shortened(text: string): string {
  const line = text.replace(/\s+/g, " ");
  return line.length > widestCell ? `${line.slice(0, widestCell - 3)}...` : line;
}
