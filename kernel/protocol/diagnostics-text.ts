import type { CellDiagnostic } from "../language/service.js";

// As in errors: bold can be read on every background, the terminal's colours cannot.
const bold = (text: string) => `\x1b[1m${text}\x1b[22m`;
const dim = (text: string) => `\x1b[2m${text}\x1b[22m`;

/** Most messages that are shown for one cell. */
const most = 10;

/**
 * The type errors of a cell as a terminal shows them: place, message, the line with its error marked. Empty when there is
 * nothing to say. Errors of syntax are left out: they stop the cell, which then reports them itself.
 *
 * @param title how the cell is called, `In[3]`
 */
export function diagnosticsText(diagnostics: CellDiagnostic[], code: string, title: string): string {
  const shown = diagnostics.filter(({ code }) => code < 1000 || code >= 2000);
  const lines = code.split("\n");
  const texts = shown.slice(0, most).map(diagnostic => {
    const { line, column, severity, message } = diagnostic;
    const kind = bold(severity);
    const head = `${bold(title)}:${line}:${column} - ${kind} ${dim(`TS${diagnostic.code}`)}: ${message}`;
    return `${head}\n${excerpt(lines[line - 1], diagnostic)}`;
  });
  if (shown.length > most) texts.push(`... and ${shown.length - most} more\n`);
  return texts.join("");
}

function excerpt(source: string | undefined, { line, column, endLine, endColumn }: CellDiagnostic): string {
  if (source === undefined) return "";
  const number = String(line);
  const end = endLine === line ? endColumn : source.length + 1;
  const before = source.slice(0, column - 1).replace(/[^\t]/g, " ");
  const mark = "~".repeat(Math.max(1, Math.min(end, source.length + 1) - column));
  return `${dim(`${number} |`)} ${source}\n${dim(`${" ".repeat(number.length)} |`)} ${before}${bold(mark)}\n`;
}
