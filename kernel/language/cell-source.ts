import {
  type BindingPattern,
  type Comment,
  type Node,
  type Program,
  parseSync,
  type Statement,
  type VariableDeclaration,
} from "oxc-parser";
import { type CellTags, cellTags } from "../tslab/cell-tags.js";

/** A cell as the language service reads it. */
export interface CellSource {
  /** What is checked: the cell, or the cell in parentheses when it is an object literal rather than a block. */
  text: string;
  lang: "ts" | "tsx";
  /** True when `text` is the cell between an opening parenthesis line and a closing one. */
  wrapped: boolean;
  /** The syntax tree of `text`; undefined when it cannot be read, as is usual while someone types. */
  program: Program | undefined;
  comments: readonly Comment[];
  /** What tslab's tags make of the cell, if it has some. */
  tags?: CellTags;
}

/** What was read last: a cell is read for its check, for its names and for its declarations. */
let last: { code: string; source: CellSource } | undefined;

/** Reads a cell the way the evaluator does: an object literal before a block, TypeScript before JSX. */
export function readCell(code: string): CellSource {
  if (last?.code !== code) last = { code, source: read(code) };
  return last.source;
}

function read(code: string): CellSource {
  const tags = cellTags(code);
  if (!tags) return readPlain(code);
  const lang = tags.jsx ? "tsx" : "ts";
  return tags.jsx ? { text: code, lang, wrapped: false, ...parse(code, lang), tags } : { ...readPlain(code), tags };
}

function readPlain(code: string): CellSource {
  if (/^\s*\{/.test(code) && /\}\s*$/.test(code)) {
    const text = `(\n${code}\n)`;
    const parsed = parse(text, "ts");
    if (parsed.program) return { text, lang: "ts", wrapped: true, ...parsed };
  }
  const parsed = parse(code, "ts");
  if (!parsed.program && /<\/|\/>/.test(code)) {
    const jsx = parse(code, "tsx");
    if (jsx.program) return { text: code, lang: "tsx", wrapped: false, ...jsx };
  }
  return { text: code, lang: "ts", wrapped: false, ...parsed };
}

function parse(text: string, lang: "ts" | "tsx"): Pick<CellSource, "program" | "comments"> {
  const result = parseSync(`cell.${lang}`, text, { lang, sourceType: "module" });
  const readable = !result.errors.some(e => e.severity === "Error");
  return { program: readable ? result.program : undefined, comments: result.comments };
}

const identifier = /[\p{ID_Start}$_][\p{ID_Continue}$\u200c\u200d]*/gu;

/** Every word of the text that could be a name. Words in strings and comments are among them: that does no harm. */
export function wordsOf(text: string): Set<string> {
  return new Set(text.match(identifier));
}

/** What a declaration of a name is; decides how later cells get to it. */
export type NameKind = "const" | "let" | "var" | "function" | "class" | "enum" | "namespace" | "type" | "import";

/** The names that a cell declares at its top level, nested `var` included. */
export function declaredNames(source: CellSource): Map<string, NameKind> {
  if (!source.program) return guessNames(source.text);
  const names = statementNames(source.program);
  for (const { name } of assignedGlobals(source.program)) names.set(name, "var");
  return names;
}

function statementNames(program: Program): Map<string, NameKind> {
  const names = new Map<string, NameKind>();
  for (const statement of program.body) declare(statement, names);
  return names;
}

/** A statement `globalThis.name = value`, which declares a name for all cells after it. */
export interface AssignedGlobal {
  name: string;
  value: { start: number; end: number };
}

/**
 * The globals that a cell makes by assignment alone. Those that every realm has keep the type that is known of them, and a
 * declaration says more than an assignment.
 */
export function assignedGlobals(program: Program): AssignedGlobal[] {
  const declared = statementNames(program);
  const found: AssignedGlobal[] = [];
  for (const statement of program.body) {
    if (statement.type !== "ExpressionStatement" || statement.expression.type !== "AssignmentExpression") continue;
    const { left, right, operator } = statement.expression;
    if (operator !== "=" || left.type !== "MemberExpression" || left.property.type !== "Identifier" || left.computed) {
      continue;
    }
    const { name } = left.property;
    if (left.object.type !== "Identifier" || left.object.name !== "globalThis" || name in globalThis) continue;
    if (!declared.has(name) && !found.some(other => other.name === name)) found.push({ name, value: right });
  }
  return found;
}

function declare(statement: Statement, names: Map<string, NameKind>): void {
  const add = (name: string, kind: NameKind) => {
    // An interface beside a class or a constant of the same name adds to it.
    if (kind !== "type" || !names.has(name)) names.set(name, kind);
  };
  switch (statement.type) {
    case "ImportDeclaration":
      for (const { local } of statement.specifiers) add(local.name, "import");
      return;
    case "TSImportEqualsDeclaration":
      add(statement.id.name, "import");
      return;
    case "ExportNamedDeclaration":
      if (statement.declaration) declare(statement.declaration as Statement, names);
      return;
    case "ExportDefaultDeclaration":
      if (/^(Function|Class)Declaration$/.test(statement.declaration.type)) {
        declare(statement.declaration as unknown as Statement, names);
      }
      return;
    case "VariableDeclaration": {
      const kind = keywordOf(statement);
      for (const { id } of statement.declarations) for (const { name } of bindingNames(id)) add(name, kind);
      return;
    }
    case "FunctionDeclaration":
    case "TSDeclareFunction":
      if (statement.id) add(statement.id.name, "function");
      return;
    case "ClassDeclaration":
      if (statement.id) add(statement.id.name, "class");
      return;
    case "TSEnumDeclaration":
      add(statement.id.name, "enum");
      return;
    case "TSModuleDeclaration":
      if (statement.id.type === "Identifier") add(statement.id.name, "namespace");
      return;
    case "TSInterfaceDeclaration":
    case "TSTypeAliasDeclaration":
      add(statement.id.name, "type");
      return;
    default:
      for (const { name } of nestedVars(statement)) add(name, "var");
  }
}

/** How the names of a declaration behave: `using` binds like `const`. */
export function keywordOf(node: VariableDeclaration): "const" | "let" | "var" {
  return node.kind === "let" || node.kind === "var" ? node.kind : "const";
}

/** The names of `var` declarations inside of a block or loop; they belong to the whole cell. */
export function nestedVars(statement: Statement): { name: string; start: number }[] {
  const found = new Map<string, number>();
  const visit = (value: unknown): void => {
    if (Array.isArray(value)) {
      value.forEach(visit);
    } else if (typeof value === "object" && value !== null) {
      const node = value as Node;
      if (/Function|^Class/.test(node.type)) return;
      if (node.type === "VariableDeclaration" && node.kind === "var") {
        for (const { id } of node.declarations) {
          for (const { name, start } of bindingNames(id)) if (!found.has(name)) found.set(name, start);
        }
      }
      Object.values(node).forEach(visit);
    }
  };
  visit(statement);
  return [...found].map(([name, start]) => ({ name, start }));
}

/** The identifiers that a pattern binds, with the places where they stand. */
export function bindingNames(pattern: BindingPattern | Node): { name: string; start: number }[] {
  switch (pattern.type) {
    case "Identifier":
      return [{ name: pattern.name, start: pattern.start }];
    case "ObjectPattern":
      return pattern.properties.flatMap(p => bindingNames(p.type === "Property" ? (p.value as Node) : p.argument));
    case "ArrayPattern":
      return pattern.elements.flatMap(element => (element ? bindingNames(element) : []));
    case "AssignmentPattern":
      return bindingNames(pattern.left);
    case "RestElement":
      return bindingNames(pattern.argument);
    default:
      return [];
  }
}

/** Names that an unfinished cell seems to declare, so that a half-typed line does not clash with an earlier cell. */
function guessNames(text: string): Map<string, NameKind> {
  const names = new Map<string, NameKind>();
  const simple =
    /^[ \t]*(?:export\s+)?(?:declare\s+)?(?:abstract\s+)?(?:async\s+)?(const\s+enum|const|let|var|function\s*\*?|class|enum|namespace|type|interface)\s+([\p{ID_Start}$_][\p{ID_Continue}$]*)/gmu;
  for (const [, word = "", name = ""] of text.matchAll(simple)) {
    const kind = kinds[word.split(/[\s*]/)[0]!];
    if (kind) names.set(name, kind);
  }
  for (const [, kind, pattern = ""] of text.matchAll(/^[ \t]*(const|let|var)\s*[{[]([^=]*?)[}\]]\s*=/gm)) {
    for (const name of wordsOf(pattern)) names.set(name, kind as NameKind);
  }
  for (const [, clause = ""] of text.matchAll(/^[ \t]*import\s+([^"';]*?)\s+from\b/gm)) {
    for (const name of wordsOf(clause)) if (!/^(type|as)$/.test(name)) names.set(name, "import");
  }
  return names;
}

const kinds: Record<string, NameKind | undefined> = {
  const: "const",
  let: "let",
  var: "var",
  function: "function",
  class: "class",
  enum: "enum",
  namespace: "namespace",
  type: "type",
  interface: "type",
};
