import type { CellDiagnostic } from "../language/service.js";

/** Whose notebooks a kernel runs: its own, or those written for tslab in TypeScript or in JavaScript. */
export type Dialect = "gradbook" | "tslab" | "jslab";

/** The dialects in which a type error keeps a cell from running, and types are as loose as tslab has them. */
export function isTslab(dialect: Dialect): boolean {
  return dialect !== "gradbook";
}

/**
 * What TypeScript objects to in JavaScript that is right: properties that are added to an object or a class later (2339,
 * 2551, 2353), arguments left out (2554), functions used as classes (7009, 2683), and mixed values in one variable (2322).
 */
const rightInJavaScript = new Set([2322, 2339, 2351, 2353, 2551, 2554, 2683, 7009]);

/** The type errors that keep a cell of the dialect from running. */
export function blocking(dialect: Dialect, diagnostics: CellDiagnostic[]): CellDiagnostic[] {
  if (!isTslab(dialect)) return [];
  // Below 2000 are errors of syntax, which the cell reports itself.
  const errors = diagnostics.filter(({ severity, code }) => severity === "error" && code >= 2000);
  return dialect === "jslab" ? errors.filter(({ code }) => !rightInJavaScript.has(code)) : errors;
}
