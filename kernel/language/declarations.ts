import type { Comment, Program, Statement, TSType, VariableDeclaration, VariableDeclarator } from "oxc-parser";
import { isolatedDeclarationSync } from "oxc-transform";
import { type Annotations, type Answers, annotate, type Edit } from "./annotate.js";
import { assignedGlobals, bindingNames, type CellSource, keywordOf, nestedVars } from "./cell-source.js";
import { checkedType, signaturesOf } from "./printed-type.js";

/** What has to be known to turn a cell into declarations, and how to do it then. */
export interface DeclarationPlan {
  /** Constants to put behind the cell, whose only purpose is that their types can be asked for. */
  probes: string;
  /** Offsets of names in the cell with its probes; the type of each is wanted. */
  questions: readonly number[];
  /** The body of a declaration file, given the printed types. Without an answer a type is `any`. */
  write(answers: Answers): string;
}

type Part = (answers: Answers) => string;

/**
 * Plans the declarations of a cell: everything that it declares at its top level, exported, without its code. A cell that
 * cannot be read declares nothing.
 *
 * @example
 * const plan = planDeclarations(readCell("const a = f()"));
 * plan.write(["number"]); // "export declare const a: number;"
 */
export function planDeclarations(source: CellSource): DeclarationPlan {
  const { program } = source;
  return program ? new Planner({ ...source, program }).plan() : { probes: "", questions: [], write: () => "" };
}

class Planner {
  readonly text: string;
  readonly #program: Program;
  readonly #comments: Comment[];
  /** Names of the cell's own classes and interfaces: they are types without members to narrow to. */
  readonly #objectTypes: ReadonlySet<string>;
  readonly #questions: number[] = [];
  readonly #parts: Part[] = [];
  readonly #imported: string[] = [];
  #probes = "";

  constructor({ program, text, comments }: CellSource & { program: Program }) {
    this.text = text;
    this.#program = program;
    this.#comments = comments.filter(c => c.type === "Block" && text.startsWith("/**", c.start));
    this.#objectTypes = new Set(program.body.flatMap(statement => objectType(unexported(statement)?.node) ?? []));
  }

  plan(): DeclarationPlan {
    const statements = this.#program.body.map(unexported).filter(s => s !== undefined);
    for (let i = 0; i < statements.length; i++) {
      // The overloads of a function and its body make one declaration.
      let next = i + 1;
      while (statements[i]!.node.type === "TSDeclareFunction" && sameFunction(statements[i]!, statements[next])) next++;
      if (next > i + 1) this.#overloads(statements.slice(i, next));
      else this.#statement(statements[i]!);
      i = next - 1;
    }
    this.#globals();
    return {
      probes: this.#probes,
      questions: this.#questions,
      write: answers => this.#write(answers.map(checkedType)),
    };
  }

  #write(answers: Answers): string {
    const lines = this.#parts.map(part => part(answers));
    if (this.#imported.length > 0) lines.push(`export { ${this.#imported.join(", ")} };`);
    return lines.join("\n");
  }

  askAt(offset: number): number {
    return this.#questions.push(offset) - 1;
  }

  askAbout(expression: string): number {
    // Without such a constant the text stays what has been checked before, and the server has its types already.
    if (this.#probes === "") this.#probes = "\n";
    const offset = this.text.length + this.#probes.length + "const ".length;
    this.#probes += `const __asked_${this.#questions.length} = (${expression});\n`;
    return this.askAt(offset);
  }

  #statement({ node, start }: Unexported): void {
    switch (node.type) {
      case "ImportDeclaration":
        for (const { local } of node.specifiers) this.#imported.push(local.name);
        this.#parts.push(() => this.text.slice(node.start, node.end));
        return;
      case "TSImportEqualsDeclaration":
        this.#imported.push(node.id.name);
        this.#parts.push(() => this.text.slice(node.start, node.end));
        return;
      case "VariableDeclaration":
        this.#variables(node, start);
        return;
      case "TSInterfaceDeclaration":
      case "TSTypeAliasDeclaration":
        this.#parts.push(() => `${this.#doc(start)}export ${this.text.slice(node.start, node.end)}`);
        return;
      case "TSModuleDeclaration":
        if (node.kind === "global" || node.id.type !== "Identifier")
          this.#parts.push(() => this.text.slice(node.start, node.end));
        else this.#parts.push(this.#isolated(node, start));
        return;
      case "FunctionDeclaration":
        if (node.id) this.#function(node, start, node.id.name);
        return;
      case "TSDeclareFunction":
      case "ClassDeclaration":
      case "TSEnumDeclaration":
        if (node.id) this.#parts.push(this.#isolated(node, start));
        return;
      default:
        for (const { name, start: at } of nestedVars(node)) this.#variable("var", name, this.askAt(at), "");
    }
  }

  /** Declares what the cell assigned to `globalThis`. */
  #globals(): void {
    for (const { name, value } of assignedGlobals(this.#program)) {
      const question = this.askAbout(this.text.slice(value.start, value.end));
      this.#parts.push(answers => `export declare var ${name}: ${ofVariable(answers[question])};`);
    }
  }

  #variables(node: VariableDeclaration, start: number): void {
    const keyword = keywordOf(node);
    let doc = this.#doc(start);
    for (const declarator of node.declarations) {
      const { id } = declarator;
      doc = this.#doc(id.start) || doc;
      if (id.type === "Identifier" && id.typeAnnotation) {
        this.#annotated(keyword, id.name, id.start, id.typeAnnotation.typeAnnotation, doc);
      } else {
        for (const { name, start: at } of bindingNames(id)) {
          this.#variable(keyword, name, this.askAt(at), doc, keyword === "const" ? declarator : undefined);
        }
      }
      doc = "";
    }
  }

  /** Keeps the type as it was written, unless a constant of a union type is known to be one of its members. */
  #annotated(keyword: string, name: string, start: number, written: TSType, doc: string): void {
    const type = this.text.slice(written.start, written.end);
    const mayNarrow =
      keyword === "const" &&
      /^TS(TypeReference|UnionType|BooleanKeyword)$/.test(written.type) &&
      !this.#objectTypes.has(type);
    const [declared, narrowed] = mayNarrow ? [this.askAt(start), this.askAbout(name)] : [-1, -1];
    this.#parts.push(answers => {
      const known = answers[narrowed] !== answers[declared] ? answers[narrowed] : undefined;
      return `${doc}export declare ${keyword} ${name}: ${known ?? type};`;
    });
  }

  #variable(keyword: string, name: string, question: number, doc: string, constant?: VariableDeclarator): void {
    const literal = constant?.id.type === "Identifier" && isLiteral(constant.init);
    const written = constant?.init ? this.text.slice(constant.init.start, constant.init.end) : "";
    this.#parts.push(answers => {
      const type = answers[question] ?? "any";
      // As a value and not as a type, a literal stays one that widens: `let b = a` is a number, not 1.
      const fresh = literal ? isLiteralText(type) : type === written && /^[\w$]+(\.[\w$]+)+$/.test(written);
      return `${doc}export declare ${keyword} ${name}${fresh ? ` = ${type}` : `: ${type}`};`;
    });
  }

  #function(node: Statement & { id: { start: number } | null }, start: number, name: string): void {
    const question = this.askAt(node.id!.start);
    const isolated = this.#isolated(node, start);
    this.#parts.push(answers => {
      const type = answers[question];
      // Properties that were assigned to a function only fit into the type of a constant.
      if (type === undefined || signaturesOf(type)) return isolated(answers);
      return `${this.#doc(start)}export declare const ${name}: ${type};`;
    });
  }

  #overloads(group: Unexported[]): void {
    const text = group.map(({ node, start }) => `${this.#doc(start)}export ${this.text.slice(node.start, node.end)}`);
    this.#parts.push(() => isolate(text.join("\n")) ?? widened(group[0]!.node));
  }

  #isolated(node: Statement, start: number): Part {
    const { edits, before }: Annotations = annotate(node, this);
    return answers => {
      const text = `export ${applied(this.text, node.start, node.end, edits, answers)}`;
      const declaration = isolate(text);
      if (declaration === undefined) return widened(node);
      return [...before.map(part => part(answers)), this.#doc(start) + declaration].join("\n");
    };
  }

  /** The documentation comment right before an offset, ready to stand before a declaration. */
  #doc(start: number): string {
    const comment = this.#comments.find(c => c.end <= start && /^\s*$/.test(this.text.slice(c.end, start)));
    return comment ? `${this.text.slice(comment.start, comment.end)}\n` : "";
  }
}

/** The name of a class or interface. */
function objectType(node: Statement | undefined): string | undefined {
  return node?.type === "ClassDeclaration" || node?.type === "TSInterfaceDeclaration" ? node.id?.name : undefined;
}

/** A statement without its `export`, and where the whole begins. */
interface Unexported {
  node: Statement;
  start: number;
}

function unexported(statement: Statement): Unexported | undefined {
  switch (statement.type) {
    case "ExportNamedDeclaration":
      return statement.declaration ? { node: statement.declaration as Statement, start: statement.start } : undefined;
    case "ExportDefaultDeclaration":
      return /^(Function|Class)Declaration$/.test(statement.declaration.type)
        ? { node: statement.declaration as unknown as Statement, start: statement.start }
        : undefined;
    case "ExportAllDeclaration":
    case "ExpressionStatement":
      return undefined;
    default:
      return { node: statement, start: statement.start };
  }
}

function sameFunction(first: Unexported, next: Unexported | undefined): boolean {
  if (first.node.type !== "TSDeclareFunction" || !next) return false;
  const { node } = next;
  return (
    (node.type === "TSDeclareFunction" || node.type === "FunctionDeclaration") && node.id?.name === first.node.id?.name
  );
}

function applied(text: string, start: number, end: number, edits: Edit[], answers: Answers): string {
  let result = "";
  let at = start;
  for (const edit of [...edits].sort((a, b) => a.start - b.start || a.end - b.end)) {
    if (edit.start < at) continue;
    result += text.slice(at, edit.start) + edit.text(answers);
    at = edit.end;
  }
  return result + text.slice(at, end);
}

/** The declaration of one exported statement whose types are all written out. */
function isolate(text: string): string | undefined {
  try {
    const { code } = isolatedDeclarationSync("cell.ts", text);
    return code.trim() || undefined;
  } catch {
    return undefined;
  }
}

/** What stands for a declaration that could not be made: everything is allowed with it. */
function widened(node: Statement): string {
  const name = "id" in node && node.id && "name" in node.id ? String(node.id.name) : undefined;
  if (name === undefined) return "";
  const value = `export declare const ${name}: any;`;
  if (node.type !== "ClassDeclaration" && node.type !== "TSEnumDeclaration") return value;
  const parameters = node.type === "ClassDeclaration" ? (node.typeParameters?.params ?? []) : [];
  const list = parameters.map(p => `${p.name.name} = any`).join(", ");
  return `${value}\nexport type ${name}${list ? `<${list}>` : ""} = any;`;
}

/** The type that a variable has which is given a value of a type: of a literal, not the literal. */
function ofVariable(type = "any"): string {
  if (/^-?\d/.test(type)) return type.endsWith("n") ? "bigint" : "number";
  if (/^"(?:[^"\\]|\\.)*"$/.test(type)) return "string";
  return /^(true|false)$/.test(type) ? "boolean" : type;
}

function isLiteral(node: VariableDeclarator["init"]): boolean {
  if (node?.type === "UnaryExpression") return node.operator === "-" && node.argument.type === "Literal";
  return node?.type === "Literal" || (node?.type === "TemplateLiteral" && node.expressions.length === 0);
}

function isLiteralText(type: string): boolean {
  return /^(-?\d[\w.]*|true|false|"(?:[^"\\\n]|\\.)*")$/.test(type);
}
