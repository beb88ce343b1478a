import { plainMessage, shapeMessage } from "./plain-message.js";
import type { CellDiagnostic } from "./service.js";
import type { TypeServer } from "./type-server.js";
import type { PreparedCell } from "./workspace.js";

interface Position {
  line: number;
  character: number;
}

interface ServerDiagnostic {
  range: { start: Position; end: Position };
  severity?: number;
  code?: number | string;
  message: string;
}

/**
 * Messages that help in a file of a project and only disturb in a notebook: types that are left open on purpose (7xxx),
 * packages without declarations (7016), JSX without React (2874).
 */
const unwanted = new Set([
  2874, 7005, 7006, 7008, 7010, 7011, 7016, 7018, 7019, 7022, 7023, 7024, 7026, 7031, 7034, 7044, 7045, 7046, 7047,
  7050,
]);

const cannotAssignToImport = 2632;
const cannotAssignToConstant = 2588;

/** Asks for the type errors of a cell that the server already has. Places are those of the cell as it was written. */
export async function askDiagnostics(
  server: TypeServer,
  cell: PreparedCell,
  timeout: number,
): Promise<CellDiagnostic[]> {
  const answer = await server.rpc.request<{ items?: ServerDiagnostic[] }>(
    "textDocument/diagnostic",
    { textDocument: { uri: cell.uri } },
    timeout,
  );
  const result: CellDiagnostic[] = [];
  for (const { range, severity = 1, code, message } of answer.items ?? []) {
    // 3 and 4 are hints: an unused name is no news in a cell.
    if (severity > 2 || unwanted.has(Number(code)) || range.start.line < cell.headerLines) continue;
    const imported = Number(code) === cannotAssignToImport;
    result.push({
      severity: severity === 1 ? "error" : "warning",
      // Names of earlier cells are imported; whoever wrote the cells knows them as constants.
      code: imported ? cannotAssignToConstant : Number(code),
      message: shapeMessage(message) ?? plainMessage(imported ? message.replace("an import", "a constant") : message),
      line: range.start.line - cell.headerLines + 1,
      column: range.start.character + 1,
      endLine: range.end.line - cell.headerLines + 1,
      endColumn: range.end.character + 1,
    });
  }
  return result.sort((a, b) => a.line - b.line || a.column - b.column);
}
