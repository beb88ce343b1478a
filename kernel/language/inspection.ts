import { packageNamespace } from "./names.js";
import { type ServerPosition, serverPosition } from "./places.js";
import type { Inspection } from "./service.js";
import { readableSignature } from "./signature-text.js";
import type { TypeServer } from "./type-server.js";
import type { PreparedCell, Workspace } from "./workspace.js";

type Markup = string | { value: string };

interface Hover {
  contents: Markup | Markup[];
}

interface SignatureHelp {
  signatures: {
    label: string;
    documentation?: Markup;
    parameters?: { label: string | [number, number]; documentation?: Markup }[];
    activeParameter?: number;
  }[];
  activeSignature?: number;
  activeParameter?: number;
}

/** What is needed to ask about a cell. */
export interface InspectionContext {
  server: TypeServer;
  workspace: Workspace;
  cell: PreparedCell;
  code: string;
  timeout: number;
}

/**
 * Asks what stands at an offset of a cell that the server already has: the name under or right before it, else the
 * function whose arguments are being written there.
 */
export async function askInspection(context: InspectionContext, offset: number): Promise<Inspection | undefined> {
  const { code } = context;
  const namePart = /[\p{ID_Continue}$#]/u;
  const places = [offset, offset - 1].filter(at => at >= 0 && namePart.test(code[at] ?? ""));
  for (const at of places) {
    const inspection = await hoverAt(context, at);
    if (inspection) return completed(context, inspection, nameEnd(code, at));
  }
  return askCall(context, offset);
}

/** Tells about the call whose arguments stand at an offset, and about the argument there. */
async function askCall(context: InspectionContext, offset: number): Promise<Inspection | undefined> {
  const help = await ask<SignatureHelp>(context, "textDocument/signatureHelp", offset);
  if (!help || help.signatures.length === 0) return undefined;
  const active = help.signatures[help.activeSignature ?? 0] ?? help.signatures[0]!;
  const others = help.signatures.filter(s => s !== active);
  const index = active.activeParameter ?? help.activeParameter ?? 0;
  const parameter = active.parameters?.[Math.min(index, active.parameters.length - 1)];
  const open = openParenthesis(context.code, offset, /^[\w$]*/.exec(active.label)![0]);
  const documented = active.documentation
    ? documentation(active.documentation)
    : open === undefined
      ? ""
      : ((await hoverAt(context, open - 1).then(i => i && completed(context, i, open)))?.documentation ?? "");
  return {
    signature: [active, ...others].map(s => readableSignature(s.label)).join("\n"),
    documentation: [parameter && aboutParameter(parameter, active.label), documented].filter(Boolean).join("\n\n"),
  };
}

function aboutParameter(
  { label, documentation: doc }: NonNullable<SignatureHelp["signatures"][number]["parameters"]>[number],
  signature: string,
): string {
  const text = typeof label === "string" ? label : signature.slice(...label);
  // The end of a parameter list is part of what the rules of a signature look for.
  const readable = readableSignature(`(${text})`).slice(1, -1);
  return `Here: \`${readable}\`${doc ? `. ${documentation(doc)}` : ""}`;
}

/** Adds what the server leaves out of the package's operations, whose types have names that no cell can write. */
async function completed(context: InspectionContext, found: Inspection, end: number): Promise<Inspection> {
  const { workspace, cell } = context;
  const constant = /^const ([\w$]+): ([A-Z]\w*)(?:<.*>)?$/.exec(found.signature);
  if (constant && !cell.own.has(constant[2]!) && !workspace.names.all().has(constant[2]!)) {
    const help = await askAfter<SignatureHelp>(context, "textDocument/signatureHelp", end, "(");
    const signatures = (help?.signatures ?? []).map(s => `function ${readableSignature(s.label)}`);
    if (signatures.length > 0) return { ...found, signature: signatures.join("\n") };
  }
  const method = /^\(method\) (\w+)(<)?[\s\S]*\bTensor\b/.exec(found.signature);
  if (!method || found.documentation !== "") return found;
  const function_ = `;${packageNamespace}.${method[1]}`;
  const hover = await askAfter<Hover>(context, "textDocument/hover", end, function_);
  const documentation = (hover && readHover(hover))?.documentation ?? "";
  // Without a call the type parameters are still open, and say less than what this tensor makes of them.
  const help = method[2] ? await askAfter<SignatureHelp>(context, "textDocument/signatureHelp", end, "(") : undefined;
  const called = help?.signatures[0];
  return { signature: called ? `(method) ${readableSignature(called.label)}` : found.signature, documentation };
}

async function hoverAt(context: InspectionContext, at: number): Promise<Inspection | undefined> {
  const hover = await ask<Hover>(context, "textDocument/hover", at);
  return hover ? readHover(hover) : undefined;
}

function ask<T>({ server, cell, code, timeout }: InspectionContext, method: string, at: number): Promise<T | null> {
  const position: ServerPosition = serverPosition(code, at, cell);
  return server.rpc.request<T | null>(method, { textDocument: { uri: cell.uri }, position }, timeout);
}

/** Asks about the end of a text that is put in place of the rest of the cell. Without an answer there is less to tell. */
async function askAfter<T>(context: InspectionContext, method: string, end: number, text: string): Promise<T | null> {
  const { server, workspace, cell } = context;
  const code = context.code.slice(0, end) + text;
  const shown = { ...cell, text: cell.text.slice(0, cell.headerLength + end) + text };
  workspace.show(server, shown);
  const at = method === "textDocument/hover" ? code.length - 1 : code.length;
  return ask<T>({ ...context, cell: shown, code }, method, at).catch(() => null);
}

function nameEnd(code: string, at: number): number {
  return at + /^[\p{ID_Continue}$]*/u.exec(code.slice(at))![0].length;
}

/** The parenthesis behind a function's name whose arguments an offset is among. */
function openParenthesis(code: string, offset: number, name: string): number | undefined {
  let depth = 0;
  for (let at = offset - 1; name !== "" && at >= 0; at--) {
    const char = code[at]!;
    if (")]}".includes(char)) depth++;
    else if ("([{".includes(char)) {
      // An unclosed bracket or brace only begins the argument.
      if (depth === 0 && char === "(") return code.slice(0, at).endsWith(name) ? at : undefined;
      if (depth > 0) depth--;
    }
  }
  return undefined;
}

function readHover(hover: Hover): Inspection | undefined {
  const text = [hover.contents].flat().map(documentation).join("\n\n");
  const fence = /^```\w*\n([\s\S]*?)\n```[ \t]*\n?/.exec(text);
  if (!fence) return text.trim() ? { signature: "", documentation: text.trim() } : undefined;
  return { signature: readableSignature(fence[1]!), documentation: text.slice(fence[0].length).trim() };
}

/** Markdown as a notebook can show it: links into files of the compiler lead nowhere there. */
function documentation(markup: Markup): string {
  const text = typeof markup === "string" ? markup : markup.value;
  return text.replace(/\[([^[\]\n]+)\]\(file:[^\s()]*\)/g, "$1").replace(/^\*@(\w+)\*/gm, "@$1");
}
