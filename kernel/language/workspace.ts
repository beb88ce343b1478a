import { existsSync } from "node:fs";
import { createRequire } from "node:module";
import { dirname, join, resolve } from "node:path";
import { pathToFileURL } from "node:url";
import { type RuntimeConfig, runtimeConfig } from "../evaluator/tsconfig.js";
import { packageName, preludeDeclarations } from "../prelude.js";
import type { CellTags } from "../tslab/cell-tags.js";
import { assignedGlobals, type CellSource, declaredNames, type NameKind } from "./cell-source.js";
import { FrozenCells, listDocument } from "./frozen-cells.js";
import { importsOf, Names } from "./names.js";
import type { TypeServer } from "./type-server.js";

export interface WorkspaceOptions {
  /** The notebook's folder. */
  cwd: string;
  /** Where the declarations of the package are. */
  typesFolder: string;
  /** Whether what `strict` adds is left out. */
  loose?: boolean;
}

/** A cell as it stands in a document of the server, with what is needed to map positions. */
export interface PreparedCell {
  path: string;
  uri: string;
  /** Lines and UTF-16 units before the cell's own text. */
  headerLines: number;
  headerLength: number;
  /** Lines up to the end of the cell; what is behind them is not the user's. */
  endLine: number;
  text: string;
  languageId: "typescript" | "typescriptreact";
  own: ReadonlyMap<string, NameKind>;
}

/**
 * The documents that the server sees: a project of its own in the notebook's folder, so that imports resolve as they do when
 * the cell runs. All of them exist in the server's memory only.
 */
export class Workspace {
  readonly names = new Names();
  readonly cwd: string;
  readonly #typesFolder: string;
  readonly #loose: boolean;
  /** Cells that are modules, by the names of the files they stand for. */
  readonly #modules = new Map<string, string>();
  readonly #frozen = new FrozenCells();
  #nextCell = 1;
  #version = 0;
  /** What was read last of the folder's `tsconfig.json`. */
  #settings: RuntimeConfig | undefined;

  constructor(options: WorkspaceOptions) {
    this.cwd = resolve(options.cwd);
    this.#typesFolder = resolve(options.typesFolder);
    this.#loose = options.loose ?? false;
  }

  /** Changes whenever what a cell can see changes. */
  get version(): number {
    return this.#version;
  }

  /** Gives a new server everything: the project, the prelude and the cells frozen so far. */
  open(server: TypeServer): void {
    this.#version++;
    server.setDocument(this.#uri(configFile), JSON.stringify(this.#config()), "json");
    server.setDocument(this.#uri(preludeFile), this.#prelude());
    this.#write(server, this.#frozen.documents());
    for (const name of this.#modules.keys()) this.#writeModule(server, name);
    server.setDocument(this.#uri(`${editFile}.ts`), "");
    server.setDocument(this.#uri(`${editFile}.tsx`), "", "typescriptreact");
  }

  /** Reads the `tsconfig.json` of the folder again, as the evaluator does for each cell. @returns whether it is another now */
  refreshConfig(server: TypeServer): boolean {
    // The same object for as long as the file is the same.
    if (runtimeConfig(this.cwd) === this.#settings) return false;
    const uri = this.#uri(configFile);
    if (!server.setDocument(uri, JSON.stringify(this.#config()), "json")) return false;
    this.#version++;
    server.rpc.notify("workspace/didChangeWatchedFiles", { changes: [{ uri, type: fileChanged }] });
    return true;
  }

  /** Prepares a cell for questions about it; `show` gives it to a server. @param probes what stands behind the cell */
  prepare(source: CellSource, probes = ""): PreparedCell {
    const own = declaredNames(source);
    const header = this.names.header(source.text, own);
    const globals = source.program ? assignedGlobals(source.program) : [];
    // Their types are known after the cell has run; within it, any use of them is right.
    const open = globals.map(({ name }) => ` declare var ${name}: any;`).join("");
    const line = source.tags ? taggedHeader(source.tags) : `${importsOf(header)} ${header.aliases}${open}`;
    const name = `${editFile}.${source.lang}`;
    const lines = line.split("\n").length;
    return {
      path: this.#path(name),
      uri: this.#uri(name),
      headerLines: lines + (source.wrapped ? 1 : 0),
      endLine: lines + source.text.split(/\r\n|\r|\n/).length,
      headerLength: line.length + (source.wrapped ? 3 : 1),
      text: `${line}\n${source.text}${probes}`,
      languageId: source.lang === "tsx" ? "typescriptreact" : "typescript",
      own,
    };
  }

  show(server: TypeServer, cell: PreparedCell): void {
    server.setDocument(cell.uri, cell.text, cell.languageId);
  }

  /** Adds an executed cell; from now on its names mean what it declares. Resolves when the server knows. */
  async add(server: TypeServer | undefined, body: string, own: ReadonlyMap<string, NameKind>): Promise<void> {
    this.#version++;
    const cell = this.#nextCell++;
    const document = this.#frozen.add(cell, this.names.header(body, own), body);
    for (const [name, kind] of own) this.names.declare(name, { cell, kind });
    // Running one cell again and again must not fill the memory with what it declared before.
    const changed = this.#frozen.keepReachable(this.names.cells());
    if (server) await this.#writeSettled(server, new Set([listDocument, document, ...changed]));
  }

  /** Makes the text of a cell a module that cells can import. */
  addModule(server: TypeServer | undefined, name: string, text: string): void {
    this.#version++;
    this.#modules.set(name, text);
    if (server) this.#writeModule(server, name);
  }

  /** Forgets all cells but those that are modules. */
  clear(server: TypeServer | undefined): void {
    this.#version++;
    const documents = this.#frozen.documents();
    this.#frozen.clear();
    this.names.clear();
    if (server) this.#write(server, documents);
  }

  /** How many executed cells are kept. */
  get size(): number {
    return this.#frozen.size;
  }

  #write(server: TypeServer, documents: Iterable<string>): void {
    for (const document of documents) this.#writeOne(server, document);
  }

  /** Makes the server look at each document before the next one changes. */
  async #writeSettled(server: TypeServer, documents: Iterable<string>): Promise<void> {
    for (const document of documents) {
      if (!this.#writeOne(server, document)) continue;
      const there = this.#frozen.text(document) === undefined ? listDocument : document;
      // A server that has gone is noticed by the next question.
      await server.settled(this.#uri(there), settleTimeout).catch(() => undefined);
    }
  }

  /** @returns whether the server had something else */
  #writeOne(server: TypeServer, document: string): boolean {
    const text = this.#frozen.text(document);
    return text === undefined
      ? server.closeDocument(this.#uri(document))
      : server.setDocument(this.#uri(document), text);
  }

  #writeModule(server: TypeServer, name: string): void {
    const uri = this.#uri(name);
    server.setDocument(uri, this.#modules.get(name)!, name.endsWith("x") ? "typescriptreact" : "typescript");
    // A cell may have looked for it before it was there.
    server.rpc.notify("workspace/didChangeWatchedFiles", { changes: [{ uri, type: fileCreated }] });
  }

  #path(name: string): string {
    return join(this.cwd, name).replaceAll("\\", "/");
  }

  #uri(name: string): string {
    return pathToFileURL(join(this.cwd, name)).href;
  }

  #prelude(): string {
    // Without built declarations everything of the package is `any`, and no import of it is an error.
    const missing = existsSync(this.#indexFile)
      ? ""
      : `declare module "${packageName}";\ndeclare module "${packageName}/*";\n`;
    const node = this.#nodeTypes() === undefined ? withoutNodeTypes : "";
    return preludeDeclarations() + missing + node;
  }

  get #indexFile(): string {
    return join(this.#typesFolder, "widgets", "index.d.ts");
  }

  /** The folder that holds the types of Node: the notebook's, or the one this package came with. */
  #nodeTypes(): string | undefined {
    for (const from of [join(this.cwd, "x.js"), import.meta.url]) {
      try {
        return dirname(dirname(createRequire(from).resolve("@types/node/package.json")));
      } catch {
        // Not here: look in the next place.
      }
    }
    return undefined;
  }

  #config(): unknown {
    const nodeTypes = this.#nodeTypes();
    // What decides how a cell runs must decide what is an error in it.
    const user = runtimeConfig(this.cwd);
    this.#settings = user;
    const tslab = join(this.#typesFolder, "kernel", "tslab", "index.d.ts");
    const paths: Record<string, string[]> = existsSync(this.#indexFile)
      ? {
          [packageName]: [this.#indexFile],
          [`${packageName}/*`]: [join(this.#typesFolder, "*", "index.d.ts")],
        }
      : {};
    return {
      compilerOptions: {
        target: "esnext",
        lib: [ecmaVersion, "esnext.disposable", ...(nodeTypes === undefined ? ["dom"] : [])],
        module: "esnext",
        moduleResolution: "bundler",
        moduleDetection: "force",
        allowImportingTsExtensions: true,
        allowJs: true,
        resolveJsonModule: true,
        jsx: "preserve",
        ...user.syntax,
        strict: !this.#loose,
        allowUnreachableCode: true,
        allowUnusedLabels: true,
        skipLibCheck: true,
        noEmit: true,
        types: nodeTypes === undefined ? [] : ["node"],
        ...(nodeTypes === undefined ? {} : { typeRoots: [nodeTypes] }),
        paths: { ...user.paths, ...paths, ...(existsSync(tslab) ? { tslab: [tslab] } : {}) },
      },
      typeAcquisition: { enable: false },
      files: [`${editFile}.ts`, `${editFile}.tsx`, listDocument, preludeFile].map(name => this.#path(name)),
    };
  }
}

/** What this Node runs: `Object.groupBy` and others came with 22. */
const ecmaVersion = Number.parseInt(process.versions.node, 10) >= 22 ? "es2024" : "es2023";

/** Milliseconds for the server to read a changed document. */
const settleTimeout = 5_000;

/** `FileChangeType` of the Language Server Protocol. */
const fileCreated = 1;
const fileChanged = 2;

/** What stands before a cell that is no part of the others: nothing of them, and in a browser what a page has. */
function taggedHeader({ browser }: CellTags): string {
  return browser ? '/// <reference lib="dom" />\ndeclare const element: HTMLElement; export {};' : "export {};";
}

const configFile = "tsconfig.json";
const editFile = "__gradbook_edit__";
const preludeFile = "__gradbook_prelude__.d.ts";

/** What Node provides and browsers do not, for folders where nobody installed its types. */
const withoutNodeTypes = `
declare var process: any, Buffer: any, require: any, global: any;
declare module "node:*";
`;
