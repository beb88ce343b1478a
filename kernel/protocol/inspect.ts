import type { JsonObject } from "../wire/message.js";
import { codeAndCursor } from "./cursor.js";
import type { Request } from "./request.js";
import type { Session } from "./session.js";

/**
 * How long the evaluator may take to say what a name holds, in milliseconds. While a cell spins it cannot, and the whole
 * answer should come within 50; one that awaits needs 2.
 */
const valueTimeout = { idle: 1500, busy: 25 };

/** `inspect_request`: the type and documentation at the cursor and, when the evaluator is free, the value it has now. */
export async function inspect(session: Session, { message }: Request): Promise<JsonObject> {
  const { code, offset } = codeAndCursor(message.content);
  const data = await inspectAt(session, code, offset);
  return { status: "ok", found: data !== undefined, data: data ?? {}, metadata: {} };
}

/** What is known about the place in the code, in several forms. */
export async function inspectAt(session: Session, code: string, offset: number): Promise<JsonObject | undefined> {
  const path = pathAt(code, offset);
  const timeout = session.shells.busy ? valueTimeout.busy : valueTimeout.idle;
  const tools = await session.language;
  const [typed, live] = await Promise.all([
    tools?.service.inspect(code, offset),
    path === undefined ? undefined : session.evaluators.describe(path, timeout),
  ]);
  const value = live?.found ? String((live.data as JsonObject)["text/plain"] ?? "") : "";
  // That an unknown name is `any` is no news.
  const known = typed !== undefined && (typed.signature !== "any" || typed.documentation !== "");
  if (!known && !value) return undefined;
  const { signature = "", documentation = "" } = typed ?? {};
  return forms(signature, documentation, value);
}

function forms(signature: string, documentation: string, value: string): JsonObject {
  // Its signature says more about a function than its name again.
  if (signature && /^\[(?:Function|AsyncFunction|class)\b[^\n]*\]$/.test(value))
    return forms(signature, documentation, "");
  const plain = withoutFences(documentation);
  const text = [signature, plain, value && `value: ${value}`].filter(Boolean).join("\n\n");
  const markdown = [fenced("ts", signature), documentation, value && `Value\n${fenced("", value)}`];
  const pre = (code: string) => code && `<pre><code>${escapeHtml(code)}</code></pre>`;
  const prose = plain && `<p style="white-space: pre-wrap">${escapeHtml(plain)}</p>`;
  return {
    "text/plain": text,
    "text/markdown": markdown.filter(Boolean).join("\n\n"),
    "text/html": `<div>${pre(signature)}${prose}${value && `<p>Value</p>${pre(value)}`}</div>`,
  };
}

function fenced(language: string, code: string): string {
  // A longer fence than any in the code.
  const fence = "`".repeat(Math.max(3, ...[...code.matchAll(/`+/g)].map(([run]) => run.length + 1)));
  return code && `${fence}${language}\n${code}\n${fence}`;
}

/** Documentation for readers of plain text: code is indented instead of fenced, and at most one line is left blank. */
function withoutFences(markdown: string): string {
  return markdown
    .replace(/^(`{3,})[\w-]*\n([\s\S]*?)^\1[ \t]*$/gm, (_, _fence, code: string) => code.replace(/^(?=.)/gm, "  "))
    .replace(/\n{3,}/g, "\n\n")
    .trim();
}

function escapeHtml(text: string): string {
  return text.replaceAll("&", "&amp;").replaceAll("<", "&lt;").replaceAll(">", "&gt;");
}

/** The name or member path whose last name the cursor is in or behind: `a.b|c.d` gives `a.bc`. */
export function pathAt(code: string, offset: number): string | undefined {
  const rest = /^[\p{ID_Continue}$]*/u.exec(code.slice(offset))![0];
  const before = code.slice(0, offset + rest.length);
  const path = /(?:[\p{ID_Start}$_][\p{ID_Continue}$]*)(?:(?:\?\.|\.)[\p{ID_Start}$_][\p{ID_Continue}$]*|\[\d+\])*$/u;
  const found = path.exec(before)?.[0];
  // A member of something that is no path (`f().x`) would be mistaken for a variable.
  const start = before.length - (found?.length ?? 0);
  return found && !/[.\])}"'`\p{ID_Continue}$]\s*$/u.test(before.slice(0, start).slice(-1)) ? found : undefined;
}
