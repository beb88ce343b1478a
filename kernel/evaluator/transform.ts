import { LEAST_UPPER_BOUND, originalPositionFor, TraceMap } from "@jridgewell/trace-mapping";
import { findMagics } from "../magics/find.js";
import { CellSyntaxError } from "./cell-syntax-error.js";
import { type RewriteContext, rewriteCell } from "./rewrite.js";
import { stripTypes } from "./strip.js";
import type { SyntaxOptions } from "./tsconfig.js";

export interface CellContext extends Omit<RewriteContext, "enums" | "magics"> {
  /** Whether the notebook knows a name, so that a line which uses it is TypeScript rather than a magic. */
  isName(name: string): boolean;
  /** What the notebook's folder says of decorators and JSX. */
  syntax(): SyntaxOptions;
  /** The engine cannot read `using` and needs it lowered. */
  lowerUsing: boolean;
}

/** A place in a cell, counted from 1; columns in UTF-16 units. */
export interface Position {
  line: number;
  column: number;
}

/** A cell as a script that can run, with the way back to its text. */
export interface TransformedCell {
  script: string;
  names: string[];
  shadows: string[];
  waits: boolean;
  /** False when the script is over at once, so that nobody need be able to stop it. */
  mayHang: boolean;
  /** Maps a place in `script` to the place in the cell. */
  original(position: Position): Position | undefined;
}

/**
 * Makes a script of a TypeScript cell.
 *
 * @throws CellSyntaxError when the cell cannot be read.
 * @example const cell = await transformCell("let x: number = 1; x + 1", "In[1]", context);
 */
export function transformCell(
  code: string,
  title: string,
  context: CellContext,
): TransformedCell | Promise<TransformedCell> {
  const { marked, magics, problem } = findMagics(code, context.isName);
  if (problem) throw new CellSyntaxError(problem.message, title, code, problem.offset);
  const syntax = /[@<]/.test(code) ? context.syntax() : {};
  const stripped = stripTypes(marked, title, { objectFirst: true, shown: code, syntax });
  const enums = new Set([...marked.matchAll(/\benum\s+([\p{ID_Start}$_][\p{ID_Continue}$]*)/gu)].map(m => m[1]!));
  const rewritten = rewriteCell(stripped.code, { ...context, enums, magics });
  const { text, names, shadows, waits, mayHang } = rewritten;

  let maps: TraceMap[] | undefined;
  const finish = (script: string, lowered?: string): TransformedCell => ({
    script,
    names,
    shadows,
    waits,
    mayHang,
    original(position) {
      maps ??= [
        ...(lowered ? [lowered] : []),
        text.generateMap({ hires: "boundary", source: "cell.js", includeContent: false }).toString(),
        stripped.map,
      ].map(map => new TraceMap(map));
      return traceBack(position, maps, stripped.shift);
    },
  });

  if (rewritten.decorated || (rewritten.nestedUsing && context.lowerUsing)) {
    return lower(text.toString(), context.lowerUsing).then(({ code: script, map }) => finish(script, map));
  }
  return finish(text.toString());
}

function traceBack(position: Position, maps: TraceMap[], shift: number): Position | undefined {
  let { line, column } = { line: position.line, column: position.column - 1 };
  for (const map of maps) {
    let found = originalPositionFor(map, { line, column });
    // In what was put at the beginning of a line: the first of the cell that follows is meant.
    if (found.line === null) found = originalPositionFor(map, { line, column, bias: LEAST_UPPER_BOUND });
    if (found.line === null) return undefined;
    ({ line, column } = found);
  }
  return { line, column: Math.max(0, line === 1 ? column - shift : column) + 1 };
}

/** Lowers decorators, and `using` where the engine lacks it. esbuild is loaded by the first cell that needs it. */
async function lower(script: string, lowerUsing: boolean): Promise<{ code: string; map: string }> {
  const { transform } = await import("esbuild");
  return transform(script, {
    loader: "js",
    format: "iife",
    target: "es2024",
    supported: { decorators: false, using: !lowerUsing },
    sourcemap: "external",
    sourcefile: "cell.js",
    legalComments: "none",
  });
}
