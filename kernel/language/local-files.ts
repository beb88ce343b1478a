import { existsSync, readFileSync, statSync } from "node:fs";
import { dirname, join, resolve } from "node:path";
import { pathToFileURL } from "node:url";
import type { TypeServer } from "./type-server.js";

/** `FileChangeType` of the Language Server Protocol. */
const created = 1;
const changed = 2;
const deleted = 3;

const endings = ["", ".ts", ".tsx", ".d.ts", ".js", ".jsx", ".mjs", "/index.ts", "/index.js"];
const specifier = /\b(?:from|import|require)\s*\(?\s*["']([^"'\n]+)["']/g;

/**
 * Tells the server about files on disk that it has read before and that are others now: the server watches nothing itself.
 * These are the notebook's own modules (`./net.ts` and what they import) and packages installed while the session runs.
 */
export class LocalFiles {
  readonly #cwd: string;
  /** Modification times by path; 0 for a file that was looked for and is not there. */
  readonly #seen = new Map<string, number>();
  readonly #missing = new Set<string>();

  constructor(cwd: string) {
    this.#cwd = cwd;
  }

  /** Looks at the modules that a cell imports. @returns whether the server was told anything */
  refresh(server: TypeServer, code: string): boolean {
    for (const name of specifiers(code)) if (isLocal(name)) this.#follow(resolve(this.#cwd, name));
    const changes: { uri: string; type: number }[] = [];
    for (const [path, before] of this.#seen) {
      const now = modified(path);
      if (now === before) continue;
      this.#seen.set(path, now);
      if (now > 0) this.#scan(path);
      changes.push({ uri: pathToFileURL(path).href, type: now === 0 ? deleted : before === 0 ? created : changed });
    }
    for (const name of this.#missing) {
      const folder = installed(this.#cwd, name);
      if (!folder) continue;
      this.#missing.delete(name);
      changes.push({ uri: pathToFileURL(join(folder, "package.json")).href, type: created });
    }
    if (changes.length > 0) server.rpc.notify("workspace/didChangeWatchedFiles", { changes });
    return changes.length > 0;
  }

  /** Remembers packages that a cell imports and that are not there yet, to notice when they are installed. */
  watchFor(code: string): void {
    for (const name of specifiers(code)) {
      if (isLocal(name) || name.startsWith("node:")) continue;
      const parts = name.split("/");
      const bare = name.startsWith("@") ? parts.slice(0, 2).join("/") : parts[0]!;
      if (!installed(this.#cwd, bare)) this.#missing.add(bare);
    }
  }

  /** A new server has read everything afresh. */
  clear(): void {
    this.#seen.clear();
    this.#missing.clear();
  }

  #follow(base: string): void {
    const candidates = [...endings.map(e => base + e), base.replace(/\.(m?)js$/, ".$1ts")];
    if (candidates.some(path => this.#seen.has(path))) return;
    const path = candidates.find(p => modified(p) > 0) ?? `${base}.ts`;
    this.#seen.set(path, modified(path));
    this.#scan(path);
  }

  #scan(path: string): void {
    if (!/\.[cm]?[jt]sx?$/.test(path) || !existsSync(path)) return;
    try {
      for (const name of specifiers(readFileSync(path, "utf8"))) {
        if (isLocal(name)) this.#follow(resolve(dirname(path), name));
      }
    } catch {
      // It went away between two looks; the next refresh reports that.
    }
  }
}

function specifiers(code: string): string[] {
  return [...code.matchAll(specifier)].map(match => match[1]!);
}

function isLocal(name: string): boolean {
  return /^\.{1,2}\//.test(name);
}

function modified(path: string): number {
  const stats = statSync(path, { throwIfNoEntry: false });
  return stats?.isFile() ? stats.mtimeMs : 0;
}

function installed(cwd: string, name: string): string | undefined {
  for (let folder = cwd; ; folder = dirname(folder)) {
    const path = join(folder, "node_modules", name);
    if (existsSync(join(path, "package.json"))) return path;
    if (folder === dirname(folder)) return undefined;
  }
}
