/**
 * The only list of names that are preloaded in every cell, besides `gb`, which is the whole package.
 * The evaluator binds exactly these; the language service declares exactly these; `gradbook types` writes exactly these.
 * A cell may redeclare any of them.
 */
export const preloadedNames = [
  "tensor",
  "zeros",
  "ones",
  "randn",
  "arange",
  "nn",
  "optim",
  "train",
  "data",
  "grad",
  "valueAndGrad",
  "manualSeed",
  "show",
  "display",
  "clearOutput",
] as const;

/** Names that only a notebook has: the evaluator provides them, the package does not export them. */
export const notebookNames = ["prompt"] as const;

/** Types that can be written in every cell without an import: `(x: Tensor) => x.relu()`. */
export const preloadedTypes = [
  "type Shape = import(PACKAGE).Shape;",
  "type DType = import(PACKAGE).DType;",
  "type Tensor<S extends Shape = Shape, D extends DType = DType> = import(PACKAGE).Tensor<S, D>;",
] as const;

/** The package a cell's `import ... from "gradbook"` gives: the running instance, never a second one. */
export const packageName = "gradbook";

/** TypeScript that declares the preloaded names, given how to write the package in an import type. */
export function preludeDeclarations(from = packageName): string {
  const lines = [`declare const gb: typeof import("${from}");`];
  for (const name of preloadedNames) lines.push(`declare const ${name}: typeof import("${from}").${name};`);
  for (const type of preloadedTypes) lines.push(type.replace("PACKAGE", JSON.stringify(from)));
  lines.push("declare function prompt(question?: string, initial?: string): string | null;");
  return `${lines.join("\n")}\n`;
}
