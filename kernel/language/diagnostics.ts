import { adviceOn, type Mistake, shortened } from "./advice.js";
import type { ServerPosition } from "./places.js";
import { plainMessage, shapeMessage } from "./plain-message.js";
import type { CellDiagnostic } from "./service.js";
import { readableTypes } from "./signature-text.js";
import type { Suggestions } from "./suggestions.js";
import type { TypeServer } from "./type-server.js";
import type { PreparedCell } from "./workspace.js";

interface Range {
  start: ServerPosition;
  end: ServerPosition;
}

interface ServerDiagnostic {
  range: Range;
  severity?: number;
  code?: number | string;
  message: string;
  relatedInformation?: { message: string }[];
}

/**
 * Messages that help in a file of a project and only disturb in a notebook: types that are left open on purpose (7xxx, among
 * them `globalThis.x = 1`), packages without declarations (7016), JSX without React (2874).
 */
const unwanted = new Set([
  2874, 7005, 7006, 7008, 7010, 7011, 7016, 7017, 7018, 7019, 7022, 7023, 7024, 7026, 7031, 7034, 7044, 7045, 7046,
  7047, 7050,
]);

function isUnwanted(code: number, message: string): boolean {
  return unwanted.has(code) || (code === 7053 && /type 'typeof globalThis'/.test(message));
}

const cannotAssignToImport = 2632;
const cannotAssignToConstant = 2588;
/** Its text is about `readonly` itself. */
const cannotAssignReadonly = 4104;

/** Of many mistakes only the first get suggestions, because each costs the server a question. */
const mostSuggestions = 5;

/** The part of the time for an answer that all suggestions together may take: messages must not come late for them. */
const suggesting = 0.1;

/** Asks for the type errors of a cell that the server already has. Places are those of the cell as it was written. */
export async function askDiagnostics(
  server: TypeServer,
  cell: PreparedCell,
  suggestions: Suggestions,
  left: () => number,
): Promise<CellDiagnostic[]> {
  const answer = await server.rpc.request<{ items?: ServerDiagnostic[] }>(
    "textDocument/diagnostic",
    { textDocument: { uri: cell.uri } },
    left(),
  );
  // 3 and 4 are hints: an unused name is no news in a cell.
  const found = (answer.items ?? []).filter(({ severity = 1, code, range: { start }, message }) => {
    const within = start.line >= cell.headerLines && start.line < cell.endLine;
    return within && severity <= 2 && !isUnwanted(Number(code), message);
  });
  found.sort((a, b) => a.range.start.line - b.range.start.line || a.range.start.character - b.range.start.character);
  const result: CellDiagnostic[] = [];
  const end = performance.now() + suggesting * left();
  const suggest = async (mistake: Mistake, at: ServerPosition) => {
    const time = end - performance.now();
    return time > 0 ? await suggestions.about(mistake, cell, at, time) : undefined;
  };
  for (const [i, { range, severity = 1, code, message, relatedInformation = [] }] of found.entries()) {
    const imported = Number(code) === cannotAssignToImport;
    const mistake: Mistake = {
      // Names of earlier cells are imported; whoever wrote the cells knows them as constants.
      code: imported ? cannotAssignToConstant : Number(code),
      message: readable(imported ? message.replace("an import", "a constant") : message, Number(code)),
      ...around(cell.text, range),
      related: relatedInformation.map(r => r.message),
    };
    const told = /\bDid you mean\b/.test(message);
    const advice = told
      ? undefined
      : (adviceOn(mistake) ?? (i < mostSuggestions ? await suggest(mistake, range.start) : undefined));
    result.push({
      severity: severity === 1 ? "error" : "warning",
      code: mistake.code,
      message: shapeMessage(message) ?? withAdvice(shortened(mistake), advice),
      line: range.start.line - cell.headerLines + 1,
      column: range.start.character + 1,
      endLine: range.end.line - cell.headerLines + 1,
      endColumn: range.end.character + 1,
    });
  }
  return result;
}

function readable(message: string, code: number): string {
  const plain = plainMessage(message);
  return code === cannotAssignReadonly ? plain : readableTypes(plain);
}

/** Advice stands behind the first sentence; lines below that only give reasons. */
function withAdvice(message: string, advice: string | undefined): string {
  if (advice === undefined) return message;
  const [first, ...rest] = message.split("\n");
  return [`${first} ${advice}`, ...rest].join("\n");
}

/** What a range of a document holds, and what stands around it. */
function around(document: string, { start, end }: Range): Pick<Mistake, "text" | "before" | "after"> {
  const lines = [0, ...[...document.matchAll(/\r\n|\r|\n/g)].map(match => match.index + match[0].length)];
  const [from, to] = [start, end].map(at => (lines[at.line] ?? document.length) + at.character);
  return { text: document.slice(from, to), before: document.slice(0, from), after: document.slice(to) };
}
