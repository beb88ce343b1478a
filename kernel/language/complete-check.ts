import { parseSync } from "oxc-parser";

/** Whether a cell can run as it is, needs more lines, or is wrong; `indent` is what its next line should begin with. */
export interface Completeness {
  status: "complete" | "incomplete" | "invalid";
  indent?: string;
}

/**
 * Decides for a console whether Enter runs the code or begins a new line.
 *
 * @example isComplete("for (const x of xs) {") // { status: "incomplete", indent: "  " }
 */
export function isComplete(code: string): Completeness {
  const attempts = [
    firstError(code, "ts"),
    ...(/^\s*\{/.test(code) ? [firstError(`(${code.trimEnd()})`, "ts")] : []),
    ...(/<\/|\/>/.test(code) ? [firstError(code, "tsx")] : []),
  ];
  if (attempts.includes(undefined)) return { status: "complete" };
  const { message, start } = attempts[0]!;
  const text = /^Unterminated (string|multiline comment)/.test(message) && /^(`|\/\*)/.test(code.slice(start));
  if (text) return { status: "incomplete", indent: "" };
  // What is wrong at the very end may be right after another line.
  return start >= code.trimEnd().length ? { status: "incomplete", indent: nextIndent(code) } : { status: "invalid" };
}

interface SyntaxProblem {
  message: string;
  start: number;
}

function firstError(code: string, lang: "ts" | "tsx"): SyntaxProblem | undefined {
  const { errors } = parseSync(`cell.${lang}`, code, { lang, sourceType: "module" });
  const error = errors.find(e => e.severity === "Error");
  return error && { message: error.message, start: error.labels[0]?.start ?? 0 };
}

/** The indent of the last line that has text, one step deeper after an opening bracket or an arrow. */
function nextIndent(code: string): string {
  const last =
    code
      .trimEnd()
      .split(/\r\n|\r|\n/)
      .pop() ?? "";
  const indent = /^[ \t]*/.exec(last)![0];
  const open = /([{([]|=>|:)$/.test(last.replace(/\/\/.*$/, "").trimEnd());
  return open ? `${indent}${indent.includes("\t") ? "\t" : "  "}` : indent;
}
