/**
 * A message of the type checker about a cell, with what was probably meant or what to do, where that can be told. Lines and
 * columns count from 1, columns in UTF-16 units.
 */
export interface CellDiagnostic {
  severity: "error" | "warning";
  code: number;
  message: string;
  line: number;
  column: number;
  endLine: number;
  endColumn: number;
}

export interface Completion {
  text: string;
  /** `function`, `class`, `property`, `variable`, `keyword`, `module`, ... as the Language Server Protocol names kinds. */
  kind: string;
  /** Short type or signature, when the service gave one. */
  detail?: string;
}

/** Completions for a range of the code, in UTF-16 offsets. */
export interface CompletionList {
  start: number;
  end: number;
  items: Completion[];
}

/** What hovering over a name says, or asking between the parentheses of a call. */
export interface Inspection {
  /** TypeScript code: the signature or type; of a function with several forms each on a line, in a call the fitting one first. */
  signature: string;
  /** Markdown: in a call first the parameter that is being written (`Here: ...`), then the documentation comment. */
  documentation: string;
}

/**
 * The TypeScript 7 language service of one session. Every method resolves within its time-out (default 1.5 s, completion and
 * diagnostics bounded by the caller too) and never rejects for what the user typed: a service that is starting, busy or gone
 * answers empty. If the server process dies it is started again and the committed cells are given back to it.
 */
export interface LanguageService {
  /** Begins to start in the background; calls before it is ready wait for it, within their time-out. */
  start(): void;
  /** Type errors of the cell against everything committed so far. Does not commit. */
  diagnostics(code: string, options?: { timeout?: number }): Promise<CellDiagnostic[]>;
  /** Adds an executed cell: its declarations are frozen and visible to later cells. Returns at once; work happens off the reply path. */
  commit(code: string, executionCount: number): void;
  complete(code: string, offset: number): Promise<CompletionList>;
  inspect(code: string, offset: number): Promise<Inspection | undefined>;
  /** Forgets all cells (kernel restart or a lost evaluator). */
  reset(): void;
  dispose(): void;
}
