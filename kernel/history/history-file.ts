import { randomUUID } from "node:crypto";
import { appendFileSync, mkdirSync, openSync, readFileSync, renameSync, writeFileSync } from "node:fs";
import { homedir } from "node:os";
import { dirname, join } from "node:path";
import type { HistoryEntry, HistoryStore } from "./history.js";

/** Size from which a file is halved when it is read. */
const mostBytes = 2 * 1024 * 1024;
/** Longest text that is kept of one input or output. */
const longest = 100_000;

type Line = HistoryEntry | { session: number; line: number; output: string } | Claim;

/** Says that a kernel has taken the number of a session. */
interface Claim {
  session: number;
  claim: string;
}

/**
 * History in a file of JSON lines, one per cell, added to as cells begin. Lines that a crash cut short are skipped; where
 * nothing can be written (a read-only home), history lives as long as the kernel.
 */
export class HistoryFile implements HistoryStore {
  readonly #path: string;
  readonly #log: (line: string) => void;
  #file: number | undefined;
  #failed = false;
  #lastSession = 0;
  /** How much of the file has been read. */
  #bytes = 0;

  constructor(path: string, log: (line: string) => void = () => {}) {
    this.#path = path;
    this.#log = log;
  }

  load(): HistoryEntry[] {
    let text = this.#read();
    this.#bytes = Buffer.byteLength(text);
    if (text.length > mostBytes) text = this.#halve(text);
    const entries: HistoryEntry[] = [];
    const places = new Map<string, HistoryEntry>();
    for (const line of text.split("\n")) {
      const read = parse(line);
      if (!read) continue;
      this.#lastSession = Math.max(this.#lastSession, read.session);
      if ("claim" in read) continue;
      const key = `${read.session}/${read.line}`;
      if ("input" in read) {
        entries.push(read);
        places.set(key, read);
      } else {
        const entry = places.get(key);
        if (entry) entry.output = read.output;
      }
    }
    return entries;
  }

  /**
   * Takes the number of a new session, after `load`. Two kernels that begin at the same time both write a claim; the first
   * one in the file has the number, and the other goes on to the next.
   */
  claim(): number {
    const claim = randomUUID();
    for (let session = this.#lastSession + 1; ; session++) {
      this.#write({ session, claim });
      if (this.#failed) return session;
      const claims = this.#read(this.#bytes).split("\n").map(parse);
      const first = claims.find(line => line && "claim" in line && line.session === session) as Claim | undefined;
      // None: the file was written anew by another kernel in this very moment.
      if (first === undefined || first.claim === claim) return session;
    }
  }

  append(entry: HistoryEntry): void {
    this.#write({ ...entry, input: entry.input.slice(0, longest) });
  }

  appendOutput(session: number, line: number, output: string): void {
    this.#write({ session, line, output: output.slice(0, longest) });
  }

  /** What the file holds from a place on; nothing where it cannot be read. */
  #read(from = 0): string {
    try {
      return readFileSync(this.#path).toString("utf8", from);
    } catch {
      return "";
    }
  }

  #write(line: Line): void {
    if (this.#failed) return;
    try {
      this.#file ??= this.#open();
      // A single write that begins with a line end: what a crash left unfinished spoils nothing after it.
      appendFileSync(this.#file, `\n${JSON.stringify(line)}`);
    } catch (error) {
      this.#failed = true;
      this.#log(`history is not kept: ${(error as Error).message}`);
    }
  }

  #open(): number {
    mkdirSync(dirname(this.#path), { recursive: true });
    return openSync(this.#path, "a", 0o600);
  }

  /** Keeps the newer half, written whole before it takes the place of the old file. */
  #halve(text: string): string {
    const newer = text.slice(text.indexOf("\n", text.length / 2));
    try {
      const draft = `${this.#path}.${process.pid}`;
      writeFileSync(draft, newer, { mode: 0o600 });
      renameSync(draft, this.#path);
      this.#bytes = Buffer.byteLength(newer);
    } catch {
      // It stays as it is and is read in part.
    }
    return newer;
  }
}

function parse(line: string): Line | undefined {
  if (line === "") return undefined;
  try {
    const read = JSON.parse(line) as Partial<HistoryEntry & Claim>;
    const said = typeof read.input === "string" || typeof read.output === "string";
    const valid =
      Number.isInteger(read.session) && ((Number.isInteger(read.line) && said) || typeof read.claim === "string");
    return valid ? (read as Line) : undefined;
  } catch {
    return undefined;
  }
}

/** The file of this user's history: `GRADBOOK_STATE`, else where the system keeps the state of programs. */
export function historyPath(env: NodeJS.ProcessEnv = process.env, home = homedir()): string {
  return join(stateFolder(env, home), "history.jsonl");
}

function stateFolder(env: NodeJS.ProcessEnv, home: string): string {
  if (env.GRADBOOK_STATE) return env.GRADBOOK_STATE;
  if (process.platform === "darwin") return join(home, "Library", "Application Support", "gradbook");
  if (process.platform === "win32") return join(env.LOCALAPPDATA || join(home, "AppData", "Local"), "gradbook");
  return join(env.XDG_STATE_HOME || join(home, ".local", "state"), "gradbook");
}
