import type { PreparedCell } from "./workspace.js";

/** A place in a document of the server: both count from 0, characters in UTF-16 units. */
export interface ServerPosition {
  line: number;
  character: number;
}

/** Where an offset of the cell's own code stands in the document that the server has. */
export function serverPosition(code: string, offset: number, cell: PreparedCell): ServerPosition {
  const before = code.slice(0, Math.max(0, Math.min(offset, code.length)));
  const lines = before.split(/\r\n|\r|\n/);
  return { line: cell.headerLines + lines.length - 1, character: lines[lines.length - 1]!.length };
}

/** The offset in the cell's own code of a place in the document; undefined when it lies outside of the cell. */
export function cellOffset(code: string, position: ServerPosition, cell: PreparedCell): number | undefined {
  const line = position.line - cell.headerLines;
  if (line < 0) return undefined;
  const starts = [0, ...[...code.matchAll(/\r\n|\r|\n/g)].map(match => match.index + match[0].length)];
  const start = starts[line];
  return start === undefined ? undefined : Math.min(start + position.character, code.length);
}
