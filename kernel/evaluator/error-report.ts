import { inspect } from "node:util";
import { CellSyntaxError } from "./cell-syntax-error.js";
import type { ErrorReport } from "./frames.js";
import { shownPath } from "./loader.js";
import { unrename } from "./rewrite.js";
import type { Stacks } from "./stacks.js";

// Front ends show errors on red, light or dark: none of the terminal's colours can be read on both.
const bold = (text: string) => `\x1b[1m${text}\x1b[22m`;
const dim = (text: string) => `\x1b[2m${text}\x1b[22m`;

/** Longest message that a report carries. */
const longestMessage = 20_000;
/** Errors of an `AggregateError` that are shown, and causes that are followed. */
const mostNested = 5;

/** `name (file:line:column)` or `async file:line:column`, where the file is a cell or a path. */
const framePattern = /^(.* \(|async |)((?:In\[\d+\]|user expression |\/|file:|[A-Za-z]:[\\/]).*?):(\d+):(\d+)\)?$/;

interface Frame {
  text: string;
  /** Set for code of the notebook: a cell or a local file. */
  own?: { place: string; line: number; column: number };
}

/** Makes what the front end shows of a thrown value: name, message, the line with a caret, frames, causes. */
export class ErrorReporter {
  readonly #stacks: Stacks;
  readonly #folder: string;
  /** Paths below it are the package's own and folded. */
  readonly #packageFolder: string;

  constructor(stacks: Stacks, folder: string, packageFolder: string) {
    this.#stacks = stacks;
    this.#folder = folder;
    this.#packageFolder = packageFolder;
  }

  report(thrown: unknown): ErrorReport {
    const { ename, evalue } = nameAndMessage(thrown);
    try {
      return { ename, evalue, traceback: this.#lines(thrown, new Set()) };
    } catch {
      // A proxy or getter that throws when it is looked at must not take the report with it.
      return { ename, evalue, traceback: [`${bold(ename)}: ${evalue}`] };
    }
  }

  #lines(thrown: unknown, seen: Set<unknown>): string[] {
    const { ename, evalue } = nameAndMessage(thrown);
    const lines = [`${bold(ename)}: ${evalue}`];
    if (thrown === null || typeof thrown !== "object") return lines;
    seen.add(thrown);
    if (thrown instanceof CellSyntaxError) {
      const { title, line, column, source } = thrown;
      lines.push(`    at ${bold(this.#shown(title))}:${line}:${column}`, ...excerpt([source], line, line, column));
      return lines;
    }
    const frames = this.#frames(thrown);
    const first = frames.find(frame => frame.own)?.own;
    if (first) lines.push(...this.#excerpt(first));
    lines.push(...fold(frames));
    return [...lines, ...this.#nested(thrown, seen)];
  }

  #nested(thrown: object, seen: Set<unknown>): string[] {
    const { cause, errors } = thrown as { cause?: unknown; errors?: unknown };
    const lines: string[] = [];
    if (Array.isArray(errors)) {
      errors.slice(0, mostNested).forEach((error, i) => {
        if (!seen.has(error)) lines.push("", dim(`error ${i + 1} of ${errors.length}:`), ...this.#lines(error, seen));
      });
    }
    if (cause !== undefined && !seen.has(cause) && seen.size <= mostNested) {
      lines.push("", dim("caused by:"), ...this.#lines(cause, seen));
    }
    return lines;
  }

  #frames(thrown: object): Frame[] {
    let stack: unknown;
    try {
      stack = (thrown as { stack?: unknown }).stack;
    } catch {
      return [];
    }
    if (typeof stack !== "string") return [];
    return stack
      .split("\n")
      .filter(line => /^ {4}at /.test(line))
      .map(line => this.#frame(line.slice(7)));
  }

  #frame(text: string): Frame {
    const found = framePattern.exec(text);
    if (!found) return { text: text.replace(/^.*node:/, "node:") };
    const [, name = "", file = "", line, column] = found;
    const path = file.replace(/^file:\/\//, "").replace(/\?.*$/, "");
    const foreign = /[\\/]node_modules[\\/]/.test(path) || path.startsWith(this.#packageFolder);
    if (foreign) return { text: library(path) };
    const place = `${bold(this.#shown(path))}:${line}:${column}`;
    return {
      text: name.endsWith("(") ? `${name}${place})` : `${name}${place}`,
      own: { place: path, line: Number(line), column: Number(column) },
    };
  }

  #excerpt({ place, line, column }: { place: string; line: number; column: number }): string[] {
    const source = this.#stacks.source(place)?.split("\n");
    if (!source || line > source.length) return [];
    const from = Math.max(1, line - 1);
    return excerpt(source.slice(from - 1, line), from, line, column);
  }

  #shown(place: string): string {
    return /^(\/|[A-Za-z]:\\)/.test(place) ? shownPath(place, this.#folder) : place;
  }
}

/** Source lines with numbers, a mark at the line that matters and a caret below its column. */
function excerpt(lines: string[], firstNumber: number, markedNumber: number, column: number): string[] {
  const width = String(firstNumber + lines.length - 1).length;
  return lines.flatMap((line, i) => {
    const number = firstNumber + i;
    const marked = number === markedNumber;
    const numbered = `${marked ? bold(">") : " "} ${dim(`${String(number).padStart(width)} |`)} ${line}`;
    if (!marked) return [numbered];
    const before = line.slice(0, column - 1).replace(/[^\t]/g, " ");
    return [numbered, `  ${dim(`${" ".repeat(width)} |`)} ${before}${bold("^")}`];
  });
}

/** The name of the package that a path belongs to. */
function library(path: string): string {
  const parts = path.split(/[\\/]node_modules[\\/]/);
  const last = parts[parts.length - 1]!;
  if (parts.length < 2) return "gradbook";
  return last.startsWith("@") ? last.split(/[\\/]/).slice(0, 2).join("/") : last.split(/[\\/]/)[0]!;
}

/** Keeps the notebook's own frames and says in one line what lies between them. */
function fold(frames: Frame[]): string[] {
  const lines: string[] = [];
  let hidden: string[] = [];
  const close = (): void => {
    if (hidden.length === 0) return;
    const names = [...new Set(hidden.map(text => (text.startsWith("node:") ? "node" : text)))].slice(0, 3).join(", ");
    lines.push(dim(`    ... ${hidden.length} ${hidden.length === 1 ? "frame" : "frames"} in ${names}`));
    hidden = [];
  };
  for (const frame of frames) {
    if (frame.own) {
      close();
      lines.push(`    at ${frame.text}`);
    } else if (!/^(new )?Promise|^native|^<anonymous>/.test(frame.text)) {
      hidden.push(frame.text.length > 60 ? "native code" : frame.text);
    }
  }
  // What is left at the end is how the notebook called the cell.
  if (lines.length === 0) close();
  return lines;
}

function nameAndMessage(thrown: unknown): { ename: string; evalue: string } {
  try {
    if (thrown !== null && typeof thrown === "object" && "message" in thrown && typeof thrown.message === "string") {
      const name = "name" in thrown && typeof thrown.name === "string" && thrown.name ? thrown.name : "Error";
      return { ename: name, evalue: shorten(unrename(thrown.message)) };
    }
    const type = thrown === null || typeof thrown !== "object" ? typeof thrown : (thrown.constructor?.name ?? "object");
    return { ename: `Uncaught ${type}`, evalue: shorten(typeof thrown === "string" ? thrown : inspect(thrown)) };
  } catch {
    return { ename: "Error", evalue: "a value that cannot be inspected was thrown" };
  }
}

function shorten(message: string): string {
  return message.length > longestMessage ? `${message.slice(0, longestMessage)} ...` : message;
}
