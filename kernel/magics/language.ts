import { declaredNames, readCell } from "../language/cell-source.js";
import type { Completeness } from "../language/complete-check.js";
import type { CompletionList, Inspection, LanguageService } from "../language/service.js";
import { notebookNames, preloadedNames } from "../prelude.js";
import { findMagics, type MagicCell } from "./find.js";
import { parses } from "./grammar.js";
import { magicHelp } from "./help.js";
import type { Magic } from "./magic.js";
import { completePath } from "./paths.js";
import { findMagic, magics } from "./table.js";

/**
 * A language service that understands magics: TypeScript's own is given what is left of a cell without them, in the same
 * places, and what concerns the magics themselves is answered here.
 *
 * @param service that of TypeScript
 */
export function withMagics(service: LanguageService): LanguageService {
  return new MagicLanguage(service);
}

class MagicLanguage implements LanguageService {
  readonly #service: LanguageService;
  /** The names that cells have declared. */
  readonly #names = new Set<string>();

  constructor(service: LanguageService) {
    this.#service = service;
  }

  start(): void {
    this.#service.start();
  }

  diagnostics(code: string, options?: { timeout?: number }) {
    return this.#service.diagnostics(this.#find(code).plain, options);
  }

  commit(code: string, executionCount: number): void {
    const { plain } = this.#find(code);
    for (const name of declaredNames(readCell(plain)).keys()) this.#names.add(name);
    this.#service.commit(plain, executionCount);
  }

  async complete(code: string, offset: number): Promise<CompletionList> {
    const cell = this.#find(code);
    const names = completeName(code, cell, offset);
    if (names.items.length > 0) return names;
    const within = cell.magics.find(({ start, end }) => offset > start && offset <= end);
    if (within && within.magic.name !== "inspect") {
      return within.body === "" ? completePath(code, offset) : { start: offset, end: offset, items: [] };
    }
    return this.#service.complete(asked(code, cell), offset);
  }

  async inspect(code: string, offset: number): Promise<Inspection | undefined> {
    const cell = this.#find(code);
    const magic = nameAt(code, cell, offset);
    if (!magic) return this.#service.inspect(asked(code, cell), offset);
    const [signature = "", ...rest] = magicHelp(magic).split("\n\n");
    return { signature, documentation: rest.join("\n\n") };
  }

  reset(): void {
    this.#names.clear();
    this.#service.reset();
  }

  dispose(): void {
    this.#service.dispose();
  }

  #find(code: string): MagicCell {
    return findMagics(code, name => this.#names.has(name) || everywhere.has(name) || name in globalThis);
  }
}

const everywhere = new Set<string>(["gb", "require", "__dirname", "__filename", ...preloadedNames, ...notebookNames]);

/**
 * Whether a cell can run as it is, for consoles.
 *
 * @param isComplete the same question about TypeScript
 */
export function isCompleteWithMagics(code: string, isComplete: (code: string) => Completeness): Completeness {
  const { plain, magics, problem } = findMagics(code, name => everywhere.has(name) || name in globalThis);
  const [first] = magics;
  const lines = code.split("\n");
  if (first?.magic.cell && /^\s*%%/.test(code)) {
    // Only an empty line says that the body is over.
    if (lines.length < 2 || lines.at(-1)!.trim() !== "") return { status: "incomplete", indent: "" };
    if (!first.magic.code) return { status: "complete" };
  } else if (problem) {
    return { status: "invalid" };
  } else if (/^\s*(!|%sh\s)/.test(lines.at(-1)!) && code.endsWith("\\")) {
    return { status: "incomplete", indent: "  " };
  }
  return isComplete(plain);
}

/** The cell as TypeScript may be asked about it: the name of a `?name` stays. */
function asked(code: string, { plain, magics }: MagicCell): string {
  let text = plain;
  for (const { magic, start, end } of magics) {
    if (magic.name !== "inspect") continue;
    const line = code.slice(start, end).replace(/\?+|^\s*%inspect(?=\s)/g, signs => " ".repeat(signs.length));
    text = text.slice(0, start) + line + text.slice(end);
  }
  return text;
}

/** The names of magics that begin with what stands before the cursor. */
function completeName(code: string, { plain }: MagicCell, offset: number): CompletionList {
  const lineStart = code.lastIndexOf("\n", offset - 1) + 1;
  const [, space = "", signs = "", prefix = ""] = /^([ \t]*)(%%?)(\w*)$/.exec(code.slice(lineStart, offset)) ?? [];
  const start = lineStart + space.length;
  const first = code.slice(0, start).trim() === "";
  if (signs === "" || !(signs === "%%" ? first : parses(plain.slice(0, lineStart)))) {
    return { start: offset, end: offset, items: [] };
  }
  const items = magics
    .filter(magic => magic.name.startsWith(prefix))
    .flatMap(({ name, line, cell }) => [
      ...(line && signs === "%" ? [{ text: `%${name}`, kind: "function", detail: line }] : []),
      ...(cell && first ? [{ text: `%%${name}`, kind: "function", detail: cell }] : []),
    ]);
  return { start, end: offset, items };
}

/** The magic whose name the offset is in. */
function nameAt(code: string, { magics }: MagicCell, offset: number): Magic | undefined {
  const within = magics.find(({ start, end }) => offset >= start && offset <= end);
  const [head, name = ""] = within ? (/^\s*%%?(\w+)/.exec(code.slice(within.start, within.end)) ?? []) : [];
  return head !== undefined && within && offset <= within.start + head.length ? findMagic(name) : undefined;
}
