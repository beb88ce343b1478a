import { readdirSync, readFileSync } from "node:fs";
import { join, relative } from "node:path";

/** An `@example` of a doc comment. */
export interface Example {
  /** The file, relative to the root, and the line of the comment. */
  readonly place: string;
  readonly file: string;
  readonly code: string;
}

/** Every example in the TypeScript files of these folders. */
export function examplesIn(root: string, folders: readonly string[]): Example[] {
  return folders.flatMap(folder =>
    readdirSync(join(root, folder), { recursive: true, encoding: "utf8" })
      .filter(name => name.endsWith(".ts"))
      .sort()
      .flatMap(name => examplesOf(root, join(root, folder, name))),
  );
}

function examplesOf(root: string, file: string): Example[] {
  const source = readFileSync(file, "utf8");
  return [...source.matchAll(/\/\*\*([\s\S]*?)\*\//g)].flatMap(comment => {
    const text = comment[1]!.replace(/^\s*\* ?/gm, "");
    return text
      .split("@example")
      .slice(1)
      .map(part => ({
        place: `${relative(root, file)}:${source.slice(0, comment.index).split("\n").length}`,
        file,
        code: part
          .split(/^@/m)[0]!
          .replace(/^```\w*$/gm, "")
          .trim(),
      }));
  });
}

/** A line that ends in an expression and, as a comment, its value: `x.shape; // [2, 3]`. */
const promise = /^(?<before>.*?)(?<expression>[^;]+?);?\s*\/\/ (?<value>\S.*)$/;

/**
 * The code with every promised value checked: `check(expression, value)` stands in the place of the expression. Comments that
 * are no JSON value are prose.
 */
export function withChecks(code: string): string {
  return code
    .split("\n")
    .map(line => {
      const { before, expression, value } = promise.exec(line)?.groups ?? {};
      if (expression === undefined || !isJson(value!) || /^\s*(const|let|return|for|\})/.test(expression)) return line;
      return `${before}check(${expression.trim()}, ${value});`;
    })
    .join("\n");
}

function isJson(text: string): boolean {
  try {
    JSON.parse(text);
    return true;
  } catch {
    return false;
  }
}
