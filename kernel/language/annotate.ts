import type {
  ArrowFunctionExpression,
  Class,
  ClassElement,
  Expression,
  Function as FunctionNode,
  MethodDefinition,
  Node,
  ParamPattern,
  PropertyDefinition,
  Statement,
} from "oxc-parser";
import { signaturesOf } from "./printed-type.js";

/** What the compiler printed for each question, in the order they were asked; undefined where it could not. */
export type Answers = readonly (string | undefined)[];

/** Collects what has to be asked about a cell. */
export interface Inquiry {
  readonly text: string;
  /** The type of the name at an offset of the text; gives the question's number. */
  askAt(offset: number): number;
  /** The type of an expression, evaluated in the scope of the cell. */
  askAbout(expression: string): number;
}

/** A change of the source text that waits for answers. */
export interface Edit {
  start: number;
  end: number;
  text(answers: Answers): string;
}

/** A declaration beside the one that is annotated, such as the computed base of a class. */
export interface Annotations {
  edits: Edit[];
  before: ((answers: Answers) => string)[];
}

/**
 * Finds the places of a function, class or namespace where a type is inferred and has to be written, so that a
 * declaration can be made of it without knowing any other file.
 */
export function annotate(statement: Statement, inquiry: Inquiry): Annotations {
  const annotator = new Annotator(inquiry);
  annotator.statement(statement);
  return annotator.result;
}

class Annotator {
  readonly result: Annotations = { edits: [], before: [] };
  readonly #inquiry: Inquiry;
  readonly #text: string;

  constructor(inquiry: Inquiry) {
    this.#inquiry = inquiry;
    this.#text = inquiry.text;
  }

  statement(node: Statement): void {
    switch (node.type) {
      case "FunctionDeclaration":
        if (node.id) this.#signature(node, node.id.end, this.#later(node.id.start));
        return;
      case "ClassDeclaration":
        this.#class(node);
        return;
      case "TSModuleDeclaration":
        if (node.body?.type === "TSModuleBlock")
          for (const inner of node.body.body) this.#inNamespace(inner as Statement);
        return;
    }
  }

  #inNamespace(node: Statement): void {
    if (node.type !== "ExportNamedDeclaration" || !node.declaration) return;
    const declaration = node.declaration as Statement;
    if (declaration.type !== "VariableDeclaration") {
      this.statement(declaration);
      return;
    }
    for (const { id } of declaration.declarations) {
      if (id.type === "Identifier" && !id.typeAnnotation) this.#insertType(id.end, this.#inquiry.askAt(id.start));
    }
  }

  #later(offset: number): () => number {
    return () => this.#inquiry.askAt(offset);
  }

  #edit(start: number, end: number, text: (answers: Answers) => string): void {
    this.result.edits.push({ start, end, text });
  }

  #insertType(at: number, question: number): void {
    this.#edit(at, at, answers => `: ${answers[question] ?? "any"}`);
  }

  /** Replaces the head of a function that leaves any type open by the one that the compiler prints. */
  #signature(node: FunctionNode | ArrowFunctionExpression, from: number, ask: () => number): void {
    if (node.returnType && node.params.every(isAnnotated)) return;
    const start = node.typeParameters?.start ?? this.#text.indexOf("(", from);
    const end = node.body?.start ?? node.end;
    const question = ask();
    this.#edit(start, end, answers => {
      const [signature] = signaturesOf(answers[question] ?? "") ?? [];
      return `${signature ?? "(...args: any[]): any"} `;
    });
  }

  #class(node: Class): void {
    for (const { start, end } of node.decorators) this.#edit(start, end, () => "");
    const name = node.id?.name ?? "";
    if (node.superClass && !isEntityName(node.superClass)) this.#base(name, node.superClass);
    const overloaded = new Set(
      node.body.body.filter(m => isMethod(m) && !m.value.body).map(m => this.#keyText(m as MethodDefinition)),
    );
    for (const member of node.body.body) {
      if ("decorators" in member) for (const { start, end } of member.decorators) this.#edit(start, end, () => "");
      if (isProperty(member)) this.#property(name, member);
      else if (isMethod(member) && !overloaded.has(this.#keyText(member))) this.#method(name, member);
    }
  }

  /** A base that is computed gets a name of its own, because a declaration can only extend a name. */
  #base(name: string, base: Expression): void {
    const question = this.#inquiry.askAbout(this.#text.slice(base.start, base.end));
    const baseName = `__base_of_${name}`;
    this.#edit(base.start, base.end, () => baseName);
    this.result.before.push(answers => `declare const ${baseName}: ${answers[question] ?? "any"};`);
  }

  #keyText(member: MethodDefinition): string {
    return `${member.static ? "static " : ""}${this.#text.slice(member.key.start, member.key.end)}`;
  }

  #property(className: string, member: PropertyDefinition): void {
    if (member.typeAnnotation || member.key.type === "PrivateIdentifier" || member.accessibility === "private") return;
    if (member.readonly && member.value?.type === "Literal") return;
    let at = member.computed ? this.#text.indexOf("]", member.key.end) + 1 : member.key.end;
    if (member.optional || member.definite) at = this.#text.indexOf(member.optional ? "?" : "!", at) + 1;
    this.#insertType(at, this.#askMember(className, member));
  }

  #method(className: string, member: MethodDefinition): void {
    if (member.key.type === "PrivateIdentifier" || member.accessibility === "private") return;
    const { value } = member;
    switch (member.kind) {
      case "constructor":
      case "set":
        for (const parameter of value.params) this.#parameter(parameter);
        return;
      case "get":
        if (!value.returnType) {
          this.#insertType(this.#text.indexOf(")", value.start) + 1, this.#askMember(className, member));
        }
        return;
      default:
        this.#signature(value, value.start, () => this.#askMember(className, member));
    }
  }

  #parameter(node: ParamPattern): void {
    const inner = node.type === "TSParameterProperty" ? node.parameter : node;
    const target = inner.type === "AssignmentPattern" ? inner.left : inner;
    if (target.type === "RestElement" ? target.typeAnnotation : isAnnotated(target)) return;
    const name = target.type === "RestElement" ? target.argument : target;
    if (name.type !== "Identifier") {
      this.#edit(target.end, target.end, () => ": any");
      return;
    }
    const optional = "optional" in target && target.optional && this.#text[target.end - 1] !== "?";
    const at = optional ? this.#text.indexOf("?", target.end) + 1 : target.end;
    this.#insertType(at, this.#inquiry.askAt(name.start));
  }

  /** The name of a computed member is an expression of another type, so the member is asked for by its use. */
  #askMember(className: string, member: MethodDefinition | PropertyDefinition): number {
    if (!member.computed) return this.#inquiry.askAt(member.key.start);
    const key = this.#text.slice(member.key.start, member.key.end);
    return this.#inquiry.askAbout(`${className}${member.static ? "" : ".prototype"}[${key}]`);
  }
}

function isAnnotated(node: ParamPattern | Node): boolean {
  if (node.type === "TSParameterProperty") return isAnnotated(node.parameter);
  if (node.type === "AssignmentPattern") return isAnnotated(node.left);
  return "typeAnnotation" in node && Boolean(node.typeAnnotation);
}

function isEntityName(node: Expression): boolean {
  if (node.type === "MemberExpression") return !node.computed && isEntityName(node.object);
  return node.type === "Identifier";
}

function isProperty(member: ClassElement): member is PropertyDefinition {
  return /^(PropertyDefinition|AccessorProperty|TSAbstractPropertyDefinition)$/.test(member.type);
}

function isMethod(member: ClassElement): member is MethodDefinition {
  return /^(MethodDefinition|TSAbstractMethodDefinition)$/.test(member.type);
}
