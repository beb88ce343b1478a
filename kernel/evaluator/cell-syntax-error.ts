/** Code that cannot be read: where, and what the line says. Nothing of the cell has run. */
export class CellSyntaxError extends SyntaxError {
  override readonly name = "SyntaxError";
  readonly title: string;
  /** Counted from 1. */
  readonly line: number;
  /** Counted from 1, in UTF-16 units. */
  readonly column: number;
  /** The text of the line. */
  readonly source: string;

  constructor(message: string, title: string, code: string, offset: number) {
    super(message);
    const before = code.slice(0, offset);
    const start = before.lastIndexOf("\n") + 1;
    const end = code.indexOf("\n", offset);
    this.title = title;
    this.line = before.split("\n").length;
    this.column = offset - start + 1;
    this.source = code.slice(start, end < 0 ? undefined : end);
  }
}
