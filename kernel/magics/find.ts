import { declaredNames, readCell } from "../language/cell-source.js";
import { firstError, parses, readsPast, reserved } from "./grammar.js";
import type { Magic } from "./magic.js";
import { findMagic, suggestMagic } from "./table.js";

/** Stands in a cell's text for a magic, as a statement of its own. No keyboard types it by accident. */
export const marker = "ǃ";

/** A magic as it stands in a cell. */
export interface FoundMagic {
  magic: Magic;
  args: string;
  body: string;
  /** How many statements after the marker belong to it; only magics with `code` have some. */
  statements: number;
  /** Where its lines begin and end in the cell. */
  start: number;
  end: number;
}

/** A cell taken apart. Both texts have every other character of the cell where it was. */
export interface MagicCell {
  /** The cell with a marker statement for each magic. */
  marked: string;
  /** The TypeScript that is left. */
  plain: string;
  magics: FoundMagic[];
  /** A line that can only be meant as a magic but is none. */
  problem?: { message: string; offset: number };
}

/** Lines that could hold a magic; a cell without any is not looked at further. */
const suspicious = /^[ \t]*[%!?]|\?[ \t]*\r?$/m;

/**
 * Finds the magics of a cell. Where the TypeScript before a line can go on with it, and what it says means something in
 * scope, the line is TypeScript.
 *
 * @param isName whether a name is known to the notebook: declared by a cell, preloaded, or a global
 * @example findMagics("%time fit()", () => false).plain // ";     fit()"
 */
export function findMagics(code: string, isName: (name: string) => boolean): MagicCell {
  if (!suspicious.test(code)) return { marked: code, plain: code, magics: [] };
  return new Finder(code, isName).find();
}

/** What one line means. */
type Reading = Pick<FoundMagic, "magic" | "args"> & { payload?: number };

class Finder {
  readonly #code: string;
  readonly #isName: (name: string) => boolean;
  /** The cell so far, magics made blank. */
  #plain = "";
  readonly #magics: FoundMagic[] = [];
  #own: ReadonlyMap<string, unknown> | undefined;
  #problem: MagicCell["problem"];

  constructor(code: string, isName: (name: string) => boolean) {
    this.#code = code;
    this.#isName = isName;
  }

  find(): MagicCell {
    if (!this.#cellMagic()) {
      for (let at = 0; at < this.#code.length; ) at = this.#line(at);
    }
    let marked = this.#plain;
    for (const { start } of this.#magics) {
      const at = start + /^\s*/.exec(this.#code.slice(start))![0].length;
      marked = `${marked.slice(0, at)}${marker};${marked.slice(at + marker.length + 1)}`;
    }
    const problem = this.#problem && { problem: this.#problem };
    return { marked, plain: this.#plain, magics: this.#magics, ...problem };
  }

  /** A magic in the first line that has text, with the rest of the cell as its body. */
  #cellMagic(): boolean {
    const found = /^(\s*)%%(\w+)[ \t]*([^\r\n]*)/.exec(this.#code);
    if (!found) return false;
    const [head, space = "", name = "", args = ""] = found;
    const magic = findMagic(name);
    if (!magic?.cell) {
      const meant = magic?.line ? `write ${magic.line}, on a line of its own` : suggestMagic(name, "cell");
      this.#problem = { message: `%%${name} is no magic for a cell: ${meant}`, offset: space.length };
      this.#plain = blank(this.#code);
      return true;
    }
    const lineEnd = this.#code.indexOf("\n", head.length);
    const body = lineEnd < 0 ? "" : this.#code.slice(lineEnd + 1);
    const code = magic.code !== undefined;
    this.#plain = code ? blank(this.#code.slice(0, head.length)) + this.#code.slice(head.length) : blank(this.#code);
    const statements = code ? Number.POSITIVE_INFINITY : 0;
    const end = code ? head.length : this.#code.length;
    this.#magics.push({ magic, args: args.trim(), body: code ? "" : body, statements, start: 0, end });
    if (code && body.trim() === "") {
      this.#problem = { message: `%%${name}: the lines below it are timed, and there are none`, offset: space.length };
    }
    return true;
  }

  /** Reads the line at `start` and returns where the next one begins. */
  #line(start: number): number {
    const newline = this.#code.indexOf("\n", start);
    let end = newline < 0 ? this.#code.length : newline;
    const shell = /^\s*(!|%sh\s)/.test(this.#code.slice(start, end));
    // A shell goes on in the next line after a backslash.
    while (shell && this.#code.slice(start, end).trimEnd().endsWith("\\") && end < this.#code.length) {
      const next = this.#code.indexOf("\n", end + 1);
      end = next < 0 ? this.#code.length : next;
    }
    const line = this.#code.slice(start, end).trim();
    const next = Math.min(end + 1, this.#code.length);
    const reading = suspicious.test(line) && parses(this.#plain) ? this.#read(line, start, end) : undefined;
    if (!reading) {
      this.#plain += this.#code.slice(start, next);
      return next;
    }
    const { magic, args, payload } = reading;
    const statements = payload === undefined ? 0 : countStatements(this.#code.slice(payload, end));
    this.#plain += blank(this.#code.slice(start, payload ?? end)) + this.#code.slice(payload ?? end, next);
    this.#magics.push({ magic, args, body: "", statements, start, end: payload ?? end });
    return next;
  }

  #read(line: string, start: number, end: number): Reading | undefined {
    const indent = this.#code.indexOf(line, start);
    if (line.startsWith("%")) return this.#percent(line, indent, end);
    if (line.startsWith("!")) return this.#exclamation(line, indent, end);
    return this.#question(line, end);
  }

  #percent(line: string, offset: number, end: number): Reading | undefined {
    const found = /^(%%?)([A-Za-z]\w*)(?=$|\s)\s*/.exec(line);
    if (!found) return undefined;
    const [head, signs, name = ""] = found;
    const continues = this.#continues(end);
    if (continues && this.#known(name)) return undefined;
    const magic = findMagic(name);
    if (signs === "%%" || !magic?.line) {
      // A reader of TypeScript would stumble over it too, but could not say why.
      if (!magic && !this.#isMistake(offset, end)) return undefined;
      const meant = !magic
        ? suggestMagic(name, "line")
        : magic.cell
          ? `write ${magic.cell} as the first line of a cell`
          : `write ${magic.line}`;
      this.#problem ??= { message: `${signs}${name} is no magic for a line: ${meant}`, offset };
      return undefined;
    }
    const rest = line.slice(head.length);
    if (!magic.code) return { magic, args: rest };
    const flags = magic.code === "timeit" ? /^(?:-[nr]\s*\d+(?:\s+|$))*/.exec(rest)![0] : "";
    if (rest === flags) {
      this.#problem ??= { message: `%${name} times what stands behind it: ${magic.line}`, offset };
      return undefined;
    }
    return { magic, args: flags.trim(), payload: offset + head.length + flags.length };
  }

  #exclamation(line: string, offset: number, end: number): Reading | undefined {
    const command = line.slice(1);
    const word = /^[\p{ID_Start}_][\p{ID_Continue}$]*/u.exec(command)?.[0];
    const shell = { magic: findMagic("sh")!, args: command };
    if (word === undefined) return /^[./~]/.test(command) && !this.#continues(end) ? shell : undefined;
    if (reserved.has(word) || command.charAt(word.length) === "(") return undefined;
    if (!this.#known(word)) return shell;
    if (this.#isMistake(offset, end)) {
      this.#problem ??= {
        message: `"${word}" is a name in this notebook, so this is read as TypeScript. To run a program of that name, write %sh ${command}`,
        offset,
      };
    }
    return undefined;
  }

  #question(line: string, end: number): Reading | undefined {
    const found =
      /^\?{1,2}\s*([\p{ID_Start}$_][\p{ID_Continue}$.[\]]*)$|^([\p{ID_Start}$_][\p{ID_Continue}$.[\]]*)\?{1,2}$/u;
    const match = found.exec(line);
    const args = match?.[1] ?? match?.[2];
    if (args === undefined || this.#continues(end)) return undefined;
    return { magic: findMagic("inspect")!, args };
  }

  /** True when the TypeScript before the line goes on with it as it stands. */
  #continues(end: number): boolean {
    return readsPast(this.#rest(), end);
  }

  /** True when TypeScript finds its first mistake in the line itself. */
  #isMistake(start: number, end: number): boolean {
    const error = firstError(this.#rest());
    return error !== undefined && error >= start && error < end;
  }

  /** The cell with the magics found so far made blank. */
  #rest(): string {
    return this.#plain + this.#code.slice(this.#plain.length);
  }

  #known(name: string): boolean {
    if (this.#isName(name)) return true;
    this.#own ??= declaredNames(readCell(this.#code.replace(/^[ \t]*[%!?].*$/gm, line => blank(line))));
    return this.#own.has(name);
  }
}

/** The same lengths and lines with nothing on them but a `;`, which keeps the statements around it apart. */
function blank(text: string): string {
  const spaces = text.replace(/[^\r\n]/g, " ");
  const at = /^\s*/.exec(text)![0].length;
  return at < text.length ? `${spaces.slice(0, at)};${spaces.slice(at + 1)}` : spaces;
}

/** The statements that begin on a line; one that goes on below counts as one. Types leave nothing that could be timed. */
function countStatements(line: string): number {
  const { program } = readCell(line);
  if (!program) return 1;
  return program.body.filter(s => !/^TS(Interface|TypeAlias)Declaration$|^EmptyStatement$/.test(s.type)).length;
}
