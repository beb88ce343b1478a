import MagicString from "magic-string";
import {
  type Class,
  type ExportDefaultDeclaration,
  type Expression,
  type Function as FunctionNode,
  type ImportDeclaration,
  type Node,
  type Program,
  parseSync,
  type Statement,
  type VariableDeclaration,
} from "oxc-parser";
import type { FoundMagic } from "../magics/find.js";
import { analyseCell, type CellAnalysis, type Loop } from "./analysis.js";
import { isMarker, MagicStatements } from "./magic-statements.js";

/** The function that a cell's script calls with its body; see `runCell` in `execute.ts`. */
export const entryName = "$gradbook$run";

/** A binding that a cell gives a builtin's name lives under this prefix, so that packages keep the builtin. */
export const renamePrefix = "$user$";

/** Names that every cell sees though the realm does not have them. */
const cellNames: Record<string, string> = { require: "$g.require", __dirname: "$g.dirname", __filename: "$g.filename" };

export interface RewriteContext {
  /** Names of the realm's builtins; a cell that declares one gets a binding of its own. */
  builtins: ReadonlySet<string>;
  /** Builtins that earlier cells redeclared. */
  shadowed: ReadonlySet<string>;
  /** Check every loop, also where a signal can stop it (Windows has no such signal). */
  checkAllLoops: boolean;
  /** Names of `enum` declarations, whose emitted form would merge with the value of an earlier cell. */
  enums: ReadonlySet<string>;
  /** The magics whose markers stand in the code, in order. */
  magics: readonly FoundMagic[];
}

export interface Rewritten {
  text: MagicString;
  /** Bindings to create before the cell runs. */
  names: string[];
  /** Builtins that this cell shadows from now on. */
  shadows: string[];
  waits: boolean;
  /** Syntax that only esbuild lowers. */
  decorated: boolean;
  nestedUsing: boolean;
  /** See `CellAnalysis`. */
  mayHang: boolean;
}

/**
 * Turns the JavaScript of a cell into a script whose top-level declarations are assignments to bindings that all cells
 * share, whose imports are awaited calls, and whose last expression is its value.
 */
export function rewriteCell(code: string, context: RewriteContext): Rewritten {
  const program = parseSync("cell.js", code, { lang: "js", sourceType: "module" }).program;
  return new Rewriter(code, program, context).run();
}

class Rewriter {
  readonly #code: string;
  readonly #program: Program;
  readonly #text: MagicString;
  readonly #context: RewriteContext;
  readonly #analysis: CellAnalysis;
  readonly #renamed: Set<string>;
  readonly #magics: MagicStatements;
  #imports = 0;
  #disposes: "no" | "sync" | "async" = "no";

  constructor(code: string, program: Program, context: RewriteContext) {
    this.#code = code;
    this.#program = program;
    this.#text = new MagicString(code);
    this.#context = context;
    this.#analysis = analyseCell(program);
    this.#magics = new MagicStatements(program, context.magics, this.#analysis);
    if (this.#magics.wait) this.#analysis.waits = true;
    this.#renamed = new Set(context.shadowed);
    for (const name of this.#analysis.declared) {
      if (context.builtins.has(name) || name in cellNames) this.#renamed.add(name);
    }
  }

  run(): Rewritten {
    const { declared, waits, decorated, nestedUsing, mayHang } = this.#analysis;
    this.#rename();
    this.#instrument();
    for (const { node, parent } of this.#analysis.nestedVars) this.#nestedVar(node, parent);
    const body = this.#program.body.filter(s => s.type !== "EmptyStatement" && !isEmptyExport(s));
    const last = body[body.length - 1];
    for (const statement of this.#program.body) {
      this.#statement(statement, statement === last);
      this.#magics.close(statement, this.#text, statement === last);
    }
    this.#wrap(waits);
    return {
      text: this.#text,
      names: [...declared].map(name => this.#bindingName(name)),
      shadows: [...declared].filter(name => this.#renamed.has(name)),
      waits,
      decorated,
      nestedUsing,
      mayHang,
    };
  }

  #bindingName(name: string): string {
    return this.#renamed.has(name) ? renamePrefix + name : name;
  }

  #rename(): void {
    for (const { name, start, end, shorthand } of this.#analysis.outer) {
      const target = this.#renamed.has(name) ? renamePrefix + name : cellNames[name];
      if (target) this.#text.update(start, end, shorthand ? `${name}: ${target}` : target);
    }
  }

  /** Puts cancel checks into loops and function entries, and a look at every wake-up from an `await`. */
  #instrument(): void {
    const { loops, functions, awaits, dynamicImports, metas, waits } = this.#analysis;
    // From the inside out: where two insertions meet, the later one lies outside.
    for (const node of awaits) {
      this.#text.prependRight(node.start, "$a(");
      this.#text.appendLeft(node.end, ")");
    }
    for (const { node, inFunction } of loops) {
      if (inFunction || waits || this.#context.checkAllLoops) this.#checkLoop(node);
    }
    for (const node of functions) {
      if (node.body?.type !== "BlockStatement") continue;
      const directives = node.body.body.filter(
        s => s.type === "ExpressionStatement" && "directive" in s && s.directive,
      );
      const at = directives[directives.length - 1]?.end ?? node.body.start + 1;
      this.#text.appendLeft(at, check);
    }
    for (const node of dynamicImports) this.#text.update(node.start, node.start + "import".length, "$g.load");
    for (const node of metas) this.#text.update(node.start, node.end, "$g.meta");
  }

  #checkLoop(loop: Loop): void {
    const extra = loop.type === "ForOfStatement" && loop.await ? `${check} $a();` : check;
    if (loop.body.type === "BlockStatement") {
      this.#text.appendLeft(loop.body.start + 1, extra);
    } else {
      this.#text.prependRight(loop.body.start, `{${extra}`);
      this.#text.appendLeft(loop.body.end, "}");
    }
  }

  #statement(node: Statement, isLast: boolean): void {
    switch (node.type) {
      case "ImportDeclaration":
        this.#import(node);
        return;
      case "ExportNamedDeclaration":
        if (node.declaration) {
          this.#text.remove(node.start, node.declaration.start);
          this.#declaration(node.declaration as Statement);
        } else {
          this.#text.update(node.start, node.end, node.source ? `;$a(await $g.load(${node.source.raw}));` : ";");
        }
        return;
      case "ExportAllDeclaration":
        this.#text.update(node.start, node.end, `;$a(await $g.load(${node.source.raw}));`);
        return;
      case "ExportDefaultDeclaration":
        this.#exportDefault(node, isLast);
        return;
      case "ExpressionStatement":
        if (isMarker(node)) this.#magics.open(node, this.#text);
        else if (isLast && this.#magics.hasValue(node)) this.#value(node, node.expression, this.#magics.clock(node));
        return;
      default:
        this.#declaration(node);
    }
  }

  #declaration(node: Statement): void {
    if (node.type === "VariableDeclaration") this.#variables(node);
    else if (node.type === "FunctionDeclaration") this.#functionDeclaration(node);
    else if (node.type === "ClassDeclaration") this.#classDeclaration(node);
  }

  #exportDefault(node: ExportDefaultDeclaration, isLast: boolean): void {
    const { declaration } = node;
    this.#text.remove(node.start, declaration.start);
    if (declaration.type === "FunctionDeclaration" && declaration.id) this.#functionDeclaration(declaration);
    else if (declaration.type === "ClassDeclaration" && declaration.id) this.#classDeclaration(declaration);
    else if (isLast) this.#value({ start: declaration.start, end: node.end }, declaration as Expression);
    else {
      this.#text.prependRight(declaration.start, ";(");
      this.#text.appendLeft(declaration.end, ");");
    }
  }

  /** @param through a function that the value goes through */
  #value(statement: { start: number; end: number }, expression: Expression, through = ""): void {
    this.#text.prependRight(expression.start, `${through}(`);
    this.#text.appendLeft(expression.end, ")]");
    // Parentheses around the expression are part of the statement only.
    this.#text.prependRight(statement.start, ";return [");
    if (statement.start !== expression.start) this.#closeOutside(statement, expression);
  }

  #closeOutside(statement: { start: number; end: number }, expression: Expression): void {
    const tail = this.#code.slice(expression.end, statement.end);
    const close = tail.lastIndexOf(")");
    if (close < 0) return;
    // `return [((expr)] )` would not parse: the bracket belongs behind the last parenthesis.
    this.#text.update(expression.end, expression.end + close + 1, `${tail.slice(0, close + 1)}]`);
  }

  #variables(node: VariableDeclaration): void {
    const using = node.kind === "using" || node.kind === "await using";
    if (using) this.#disposes = node.kind === "await using" || this.#disposes === "async" ? "async" : "sync";
    this.#text.update(node.start, node.declarations[0]!.start, ";");
    for (const { id, init, start, end } of node.declarations) {
      if (id.type !== "Identifier") {
        this.#text.prependRight(start, "(");
        this.#text.appendLeft(end, ")");
      } else if (!init && node.kind === "let") {
        this.#text.appendLeft(end, " = void 0");
      } else if (init && using) {
        this.#text.prependRight(init.start, `$u.use(${node.kind === "await using"}, `);
        this.#text.appendLeft(end, ")");
      }
    }
    if (this.#code[node.end - 1] !== ";") this.#text.appendLeft(node.end, ";");
  }

  #nestedVar(node: VariableDeclaration, parent: Node): void {
    const first = node.declarations[0]!;
    const head = parent.type.startsWith("For") && "body" in parent && parent.body !== node;
    const inList = parent.type === "BlockStatement" || parent.type === "SwitchCase";
    this.#text.update(node.start, first.start, inList ? ";" : "");
    if (head && parent.type !== "ForStatement") return;
    for (const { id, start, end } of node.declarations) {
      if (id.type === "Identifier") continue;
      this.#text.prependRight(start, "(");
      this.#text.appendLeft(end, ")");
    }
    if (!head && this.#code[node.end - 1] !== ";") this.#text.appendLeft(node.end, ";");
  }

  /** A function becomes an assignment at the very top, without a name of its own, so that it can be bound anew. */
  #functionDeclaration(node: FunctionNode): void {
    const id = node.id!;
    this.#text.remove(id.start, id.end);
    const renamed = this.#renamed.has(id.name);
    this.#text.prependRight(node.start, renamed ? `;${renamePrefix}${id.name} = ({ ${id.name}: ` : `;${id.name} = `);
    this.#text.appendLeft(node.end, renamed ? ` }).${id.name};` : ";");
    if (node.start > 0) this.#text.move(node.start, node.end, 0);
  }

  #classDeclaration(node: Class): void {
    const start = Math.min(node.start, ...node.decorators.map(d => d.start));
    this.#text.prependRight(start, `;${this.#bindingName(node.id!.name)} = `);
    this.#text.appendLeft(node.end, ";");
  }

  #import(node: ImportDeclaration): void {
    const source = node.source.raw;
    const attributes = node.attributes.map(a => `${this.#code.slice(a.start, a.end)}`).join(", ");
    const load = `$a(await $g.load(${source}${attributes ? `, { with: { ${attributes} } }` : ""}))`;
    const module = `$m${this.#imports++}`;
    const used = new Set(this.#analysis.outer.map(r => r.name));
    const lines = node.specifiers.map(specifier => {
      const local = specifier.local.name;
      const target = this.#bindingName(local);
      if (specifier.type === "ImportNamespaceSpecifier") return `${target} = ${module};`;
      const { imported } = specifier.type === "ImportSpecifier" ? specifier : { imported: undefined };
      const name = imported ? ("name" in imported ? imported.name : imported.value) : "default";
      return `$g.pick(${module}, ${JSON.stringify(name)}, ${source}, ${used.has(local)}, v => { ${target} = v; });`;
    });
    const text = node.specifiers.length ? `;const ${module} = ${load}; ${lines.join(" ")}` : `;${load};`;
    this.#text.update(node.start, node.end, text);
    const { body } = this.#program;
    const before = body.slice(0, body.indexOf(node));
    // What an `%install` before it installs may be what it imports.
    if (before.some(s => s.type !== "ImportDeclaration" && !isMarker(s))) this.#text.move(node.start, node.end, 0);
  }

  #wrap(waits: boolean): void {
    const resets = [...this.#context.enums]
      .filter(name => this.#analysis.declared.has(name))
      .map(name => `${this.#bindingName(name)} = void 0;`)
      .join("");
    const [open, close] = this.#disposal(waits);
    const kind = waits ? "async " : "";
    this.#text.prepend(`${entryName}(${kind}($g, $c, $a, $k) => { "use strict"; ${resets}${open}`);
    this.#text.append(`\n${close}});`);
  }

  #disposal(waits: boolean): [string, string] {
    if (this.#disposes === "no") return ["", ""];
    const dispose = this.#disposes === "async" && waits ? "await $u.disposeAsync();" : "$u.dispose();";
    return ["const $u = $g.disposals(); try { ", `} catch ($e) { $u.failed($e); } finally { ${dispose} }`];
  }
}

const check = "if ($c[0] !== 0) $k();";

function isEmptyExport(node: Statement): boolean {
  return node.type === "ExportNamedDeclaration" && !node.declaration && node.specifiers.length === 0 && !node.source;
}

/** Gives names back as the user wrote them, in a message that the engine made from the script. */
export function unrename(message: string): string {
  return message.replaceAll(renamePrefix, "");
}
