import { extname } from "node:path";
import { fileURLToPath } from "node:url";
import { originalPositionFor, TraceMap } from "@jridgewell/trace-mapping";
import { localText, stripFile, versionedPath } from "./local-modules.js";
import { entryName, unrename } from "./rewrite.js";
import { cellPrefix } from "./runs.js";
import type { Position, TransformedCell } from "./transform.js";

/** Most frames that a stack keeps. */
const stackLimit = 30;

interface KnownCell {
  title: string;
  code: string;
  cell: TransformedCell;
}

/** Remembers the cells that ran, and makes every `error.stack` speak of their lines instead of the script's. */
export class Stacks {
  readonly #cells = new Map<string, KnownCell>();
  readonly #titles = new Map<string, string>();
  readonly #files = new Map<string, TraceMap | undefined>();

  /** Adds the script of a run. */
  add(file: string, title: string, code: string, cell: TransformedCell): void {
    this.#cells.set(file, { title, code, cell });
    this.#titles.set(title, code);
  }

  /** The text of a cell by its title, or of a local file by its path. */
  source(place: string): string | undefined {
    const code = this.#titles.get(place);
    if (code !== undefined || !/^(\/|[A-Za-z]:)/.test(place)) return code;
    try {
      return localText(place);
    } catch {
      return undefined;
    }
  }

  /** Maps stacks from now on. */
  install(): void {
    Error.stackTraceLimit = stackLimit;
    Error.prepareStackTrace = (error, sites) => this.#format(error, sites);
  }

  #format(error: Error, sites: NodeJS.CallSite[]): string {
    const lines = sites.map(site => this.#line(site));
    const entry = sites.findIndex(site => site.getFunctionName() === entryName);
    // How the notebook called the cell is nobody's business.
    const below = entry < 0 ? sites : sites.slice(0, entry);
    const last = below.findLastIndex(site => site.getFileName()?.startsWith(cellPrefix));
    const kept = entry < 0 ? lines : lines.slice(0, last + 1);
    return [headline(error), ...kept.map(line => `    at ${line}`)].join("\n");
  }

  #line(site: NodeJS.CallSite): string {
    const text = String(site);
    const file = site.getFileName();
    const line = site.getLineNumber();
    const column = site.getColumnNumber();
    if (!file || line === null || column === null) return text;
    const place = this.#place(file, { line, column });
    return place ? unrename(text.replace(`${file}:${line}:${column}`, place)) : text;
  }

  /** `In[3]:2:7` for a place in a cell's script, `/path/x.ts:2:7` for one in a local file. */
  #place(file: string, position: Position): string | undefined {
    if (file.startsWith(cellPrefix)) {
      const known = this.#cells.get(file);
      if (!known) return undefined;
      const at = known.cell.original(position);
      return at ? `${known.title}:${at.line}:${at.column}` : known.title;
    }
    const path = versionedPath(file);
    if (!path) return undefined;
    const map = this.#fileMap(file, path);
    if (!map) return `${path}:${position.line}:${position.column}`;
    const at = originalPositionFor(map, { line: position.line, column: position.column - 1 });
    return at.line === null ? path : `${path}:${at.line}:${at.column + 1}`;
  }

  #fileMap(url: string, path: string): TraceMap | undefined {
    if (this.#files.has(url)) return this.#files.get(url);
    let map: TraceMap | undefined;
    try {
      if (/^\.(tsx?|mts|jsx)$/.test(extname(path))) {
        map = new TraceMap(stripFile(localText(fileURLToPath(url)), path).map);
      }
    } catch {
      // The file changed or went away after it was imported; its own positions are the best there is.
    }
    this.#files.set(url, map);
    return map;
  }
}

function headline(error: unknown): string {
  try {
    return unrename(Error.prototype.toString.call(error));
  } catch {
    return "Error";
  }
}
