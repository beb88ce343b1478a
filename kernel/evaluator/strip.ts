import { type HelperMode, type JsxOptions, type OxcError, transformSync } from "oxc-transform";
import { CellSyntaxError } from "./cell-syntax-error.js";
import type { SyntaxOptions } from "./tsconfig.js";

/** JavaScript made from TypeScript, with the way back. */
export interface Stripped {
  code: string;
  /** A version 3 source map, as JSON. */
  map: string;
  /** Columns that were put in front of the first line. */
  shift: number;
}

/**
 * Removes the types of a cell or file and lowers what is TypeScript's own: enums, namespaces, parameter properties, JSX.
 *
 * @param options.syntax what the notebook's folder says of decorators and JSX; standard decorators are kept
 * @param options.shown what the user wrote, where something of the same length stands in its place
 * @throws CellSyntaxError with line, column, source line and caret.
 */
export function stripTypes(
  code: string,
  title: string,
  options: { objectFirst?: boolean; file?: boolean; shown?: string; syntax?: SyntaxOptions } = {},
): Stripped {
  const { file = false, syntax = {} } = options;
  const attempt = (text: string, lang: "ts" | "tsx") => transform(text, lang, file, syntax);
  if (options.objectFirst && /^\s*\{/.test(code) && /\}\s*$/.test(code)) {
    const expression = attempt(`(${code})`, "ts");
    if (expression.errors.length === 0) return { code: expression.code, map: expression.map, shift: 1 };
  }
  let result = attempt(code, "ts");
  if (result.errors.length > 0 && /<\/|\/>/.test(code)) {
    const jsx = attempt(code, "tsx");
    if (jsx.errors.length === 0) result = jsx;
  }
  const error = result.errors[0];
  if (error) throw syntaxError(error, code, title, options.shown ?? code);
  return { code: result.code, map: result.map, shift: 0 };
}

/** In a file, imports that only serve as types go; in a cell they stay, because a later cell may use them. */
function transform(
  code: string,
  lang: "ts" | "tsx",
  file: boolean,
  syntax: SyntaxOptions,
): { code: string; map: string; errors: OxcError[] } {
  const result = transformSync(`cell.${lang}`, code, {
    lang,
    sourceType: "module",
    sourcemap: true,
    target: "esnext",
    typescript: { onlyRemoveTypeImports: !file },
    jsx: jsxOptions(syntax),
    ...(syntax.experimentalDecorators
      ? {
          decorator: { legacy: true, emitDecoratorMetadata: syntax.emitDecoratorMetadata === true },
          helpers: { mode: "External" as HelperMode },
        }
      : {}),
  });
  return { code: result.code, map: result.map ? JSON.stringify(result.map) : "", errors: result.errors };
}

function jsxOptions({ jsx, jsxFactory, jsxFragmentFactory, jsxImportSource }: SyntaxOptions): JsxOptions {
  if (jsx?.startsWith("react-jsx")) {
    return { runtime: "automatic", pure: false, ...(jsxImportSource ? { importSource: jsxImportSource } : {}) };
  }
  return {
    runtime: "classic",
    pure: false,
    ...(jsxFactory ? { pragma: jsxFactory } : {}),
    ...(jsxFragmentFactory ? { pragmaFrag: jsxFragmentFactory } : {}),
  };
}

function syntaxError(error: OxcError, code: string, title: string, shown: string): CellSyntaxError {
  // The last label of "already declared" is the one to look at. Labels count UTF-8 bytes.
  const label = error.labels[error.labels.length - 1];
  const offset = label ? Buffer.from(code).toString("utf8", 0, label.start).length : code.length;
  const message = error.message.replace(/^TS\(\d+\):\s*/, "");
  const hint = error.helpMessage ? `. ${error.helpMessage}` : "";
  return new CellSyntaxError(message + hint, title, shown, offset);
}
