import type { Table } from "./table.js";

/** A table as CSV (RFC 4180) with a header. */
export function csvOf(table: Table): string {
  const lines = [table.names.map(quoted).join(",")];
  // A line of one empty cell would be a blank line, which readers skip.
  const missing = table.names.length === 1 ? '""' : "";
  for (const row of table) {
    lines.push(table.names.map(name => (row[name] === null ? missing : quoted(String(row[name])))).join(","));
  }
  return `${lines.join("\n")}\n`;
}

function quoted(text: string): string {
  return /[",\r\n]|^\s|\s$|^$/.test(text) ? `"${text.replaceAll('"', '""')}"` : text;
}
