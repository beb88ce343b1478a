import { type Node, parseSync } from "oxc-parser";

/** One call of a function type, as a declaration writes it: `<T>(x: T): T[]`. */
export type PrintedSignature = string;

/** Longer printed types cost more to read than they are worth to anyone. */
const longest = 100_000;

/** The type, if it is TypeScript that can be written into a declaration; the printer has spellings that are not. */
export function checkedType(printed: string | undefined): string | undefined {
  return printed !== undefined && printed.length <= longest && typeNode(printed) ? printed : undefined;
}

/** The signatures of a printed function type; undefined when it is anything else or has properties too. */
export function signaturesOf(printed: string): PrintedSignature[] | undefined {
  const parsed = typeNode(printed);
  if (!parsed) return undefined;
  const { node, text } = parsed;
  if (node.type === "TSFunctionType") {
    const returns = node.returnType.typeAnnotation;
    const head = text.slice(node.start, returns.start).replace(/\s*=>\s*$/, "");
    return [`${head}: ${text.slice(returns.start, node.end)}`];
  }
  if (node.type !== "TSTypeLiteral") return undefined;
  const signatures: string[] = [];
  for (const member of node.members) {
    if (member.type !== "TSCallSignatureDeclaration") return undefined;
    signatures.push(text.slice(member.start, member.end).replace(/;$/, ""));
  }
  return signatures.length > 0 ? signatures : undefined;
}

function typeNode(printed: string): { node: Node; text: string } | undefined {
  // `unique symbol` may only be written at a declaration.
  const text = `type T = ${printed === "unique symbol" ? "symbol" : printed};`;
  const { program, errors } = parseSync("type.ts", text, { lang: "ts", sourceType: "module" });
  const statement = program.body[0];
  if (errors.length > 0 || program.body.length !== 1 || statement?.type !== "TSTypeAliasDeclaration") return undefined;
  return { node: statement.typeAnnotation, text };
}
