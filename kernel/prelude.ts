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
  "io",
  "metrics",
  "graph",
  "grad",
  "valueAndGrad",
  "compile",
  "manualSeed",
  "setDevice",
  "show",
  "display",
  "clearOutput",
  "widget",
  "control",
] as const;

/** Names that only a notebook has: the evaluator provides them, the package does not export them. */
export const notebookNames = ["prompt", "password", "notebook"] as const;

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
  for (const declaration of notebookDeclarations) lines.push(`declare ${declaration}`);
  return `${lines.join("\n")}\n`;
}

/**
 * The same for files outside of a notebook, where an editor or `tsc` reads them: the text of `gradbook-env.d.ts`. Names are
 * aliases here, so that `nn.Linear` is a type too.
 */
export function environmentDeclarations(version: string): string {
  const aliases = ["gb", ...preloadedNames].map(name => {
    return `  export import ${name} = ${name === "gb" ? fileNamespace : `${fileNamespace}.${name}`};`;
  });
  const types = preloadedTypes.map(type => `  ${type.replace("import(PACKAGE)", fileNamespace)}`);
  return `// The names that every cell of a gradbook notebook has, for editors and tsc. Written by \`gradbook types\`, version ${version}:
// run that again instead of changing this file. Where "${packageName}" is not found, as on another machine, either
// \`npm install ${packageName}\` or \`npx ${packageName} types\` in this folder brings it.
import * as ${fileNamespace} from "${packageName}";

declare global {
${aliases.join("\n")}
${types.join("\n")}
${notebookDeclarations.map(declaration => `  ${declaration}`).join("\n")}
}
`;
}

const fileNamespace = "__gradbook";

/** Types of `notebookNames`. */
const notebookDeclarations = [
  "function prompt(question?: string, initial?: string): string | null;",
  "function password(question?: string): string | null;",
  "const notebook: { page(content: unknown): void; setNextInput(code: string, options?: { replace?: boolean }): void };",
];
