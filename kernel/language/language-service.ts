import { join } from "node:path";
import { ownPackage } from "../cli/package-root.js";
import { moduleFile } from "../tslab/cell-tags.js";
import { type CellSource, declaredNames, readCell } from "./cell-source.js";
import { askCompletions } from "./completion.js";
import { planDeclarations } from "./declarations.js";
import { askDiagnostics } from "./diagnostics.js";
import { Freezer } from "./freeze.js";
import { askInspection } from "./inspection.js";
import { LocalFiles } from "./local-files.js";
import type { CellDiagnostic, CompletionList, Inspection, LanguageService } from "./service.js";
import { Suggestions } from "./suggestions.js";
import { TypeServer } from "./type-server.js";
import { type PreparedCell, Workspace } from "./workspace.js";

export interface LanguageServiceOptions {
  /** The notebook's folder: imports of cells resolve from here. */
  cwd: string;
  /** Where the declarations of the package "gradbook" are; default: those of this copy. */
  typesFolder?: string;
  /** Checks as loosely as tslab does: `strict` off. Default: strict. */
  loose?: boolean;
}

const defaultTimeout = 1_500;

/** Milliseconds that an executed cell waits for a server; without one its types become `any`. */
const freezePatience = 10_000;

/** Milliseconds before the next start, after a server died 0, 1, 2, ... times without answering anything. */
const restartDelays = [0, 200, 1_000, 5_000, 30_000];

const unknownModule = 2307;

/**
 * Makes the language service of one session.
 *
 * @example
 * const service = createLanguageService({ cwd: "notebooks" });
 * service.start();
 * await service.diagnostics("const x: string = 1");
 */
export function createLanguageService(options: LanguageServiceOptions): TypeScriptService {
  return new TypeScriptService(options);
}

/** What is alive while a server is. */
interface Running {
  server: TypeServer;
  freezer: Freezer;
  suggestions: Suggestions;
}

export class TypeScriptService implements LanguageService {
  readonly #workspace: Workspace;
  readonly #files: LocalFiles;
  #running: Promise<Running> | undefined;
  #current: Running | undefined;
  /** Everything that touches the documents happens one after the other. */
  #queue: Promise<unknown> = Promise.resolve();
  #failures = 0;
  #restart: NodeJS.Timeout | undefined;
  #disposed = false;
  /** What was found in the cell that was checked last, and what the workspace held then. */
  #checked: { code: string; version: number; found: CellDiagnostic[] } | undefined;
  /** Counts resets, so that a cell committed before one is not added after it. */
  #generation = 0;

  constructor({ cwd, typesFolder, loose = false }: LanguageServiceOptions) {
    const types = typesFolder ?? join(ownPackage().root, "dist", "types");
    this.#workspace = new Workspace({ cwd, typesFolder: types, loose });
    this.#files = new LocalFiles(this.#workspace.cwd);
  }

  start(): void {
    this.#server().catch(() => undefined);
  }

  diagnostics(code: string, options: { timeout?: number } = {}): Promise<CellDiagnostic[]> {
    const source = readCell(code);
    // The evaluator's own message about the syntax is better than what the checker makes of the rest.
    if (!source.program) return Promise.resolve([]);
    return this.#within(options.timeout, [], async ({ server, suggestions }, left) => {
      const unchanged = !this.#refresh(server, code) && this.#checked?.version === this.#workspace.version;
      // The same cell again, as it often is executed.
      if (unchanged && this.#checked?.code === code) return this.#checked.found;
      // With the probes, so that the text is still the same when the cell is frozen.
      const cell = this.#show(server, source, planDeclarations(source).probes);
      const found = await askDiagnostics(server, cell, suggestions, left);
      if (found.some(d => d.code === unknownModule)) this.#files.watchFor(code);
      this.#checked = { code, version: this.#workspace.version, found };
      return found;
    });
  }

  commit(code: string, _executionCount: number): void {
    const source = readCell(code);
    if (!source.program) return;
    const generation = this.#generation;
    const { tags } = source;
    if (tags) {
      // What it declares belongs to a module or to a page, not to the cells.
      if (tags.module !== undefined) {
        this.#enqueue(async () => this.#workspace.addModule(this.#current?.server, moduleFile(tags), code));
      }
      return;
    }
    const names = declaredNames(source);
    if (names.size === 0) return;
    this.#enqueue(async () => {
      const body = await this.#freeze(source);
      if (generation !== this.#generation || this.#disposed) return;
      await this.#workspace.add(this.#current?.server, body, names);
    });
  }

  complete(code: string, place: number): Promise<CompletionList> {
    const offset = Math.max(0, Math.min(place, code.length));
    const nothing = { start: offset, end: offset, items: [] };
    return this.#within(undefined, nothing, ({ server }, left) => {
      this.#refresh(server, code);
      const cell = this.#show(server, readUnfinished(code, offset));
      return askCompletions(server, this.#workspace, cell, code, offset, left());
    });
  }

  inspect(code: string, offset: number): Promise<Inspection | undefined> {
    return this.#within(undefined, undefined, ({ server }, left) => {
      this.#refresh(server, code);
      const cell = this.#show(server, readCell(code));
      return askInspection({ server, workspace: this.#workspace, cell, code, timeout: left() }, offset);
    });
  }

  reset(): void {
    this.#generation++;
    this.#enqueue(async () => this.#workspace.clear(this.#current?.server));
  }

  dispose(): void {
    this.#disposed = true;
    clearTimeout(this.#restart);
    this.#current?.freezer.close();
    this.#current?.server.stop();
    this.#running?.then(({ server }) => server.stop()).catch(() => undefined);
  }

  /** Process id of the server, while there is one. */
  get pid(): number | undefined {
    return this.#current?.server.pid;
  }

  /** How many executed cells are kept; those whose every name has been declared anew are not. */
  get cells(): number {
    return this.#workspace.size;
  }

  /** Tells the server what has changed on disk. @returns whether anything has that it must know */
  #refresh(server: TypeServer, code: string): boolean {
    const settings = this.#workspace.refreshConfig(server);
    return this.#files.refresh(server, code) || settings;
  }

  #show(server: TypeServer, source: CellSource, probes = ""): PreparedCell {
    const cell = this.#workspace.prepare(source, probes);
    this.#workspace.show(server, cell);
    return cell;
  }

  /** The declarations of an executed cell; asked a second time when the server died over the first. */
  async #freeze(source: CellSource): Promise<string> {
    for (let attempt = 0; attempt < 2 && !this.#disposed; attempt++) {
      try {
        const running = await Promise.race([this.#server(), pause(freezePatience)]);
        if (!running) break;
        return await running.freezer.freeze(source);
      } catch {
        // Gone. The next round waits for the new one.
      }
    }
    return planDeclarations(source).write([]);
  }

  #enqueue<T>(work: () => Promise<T>): Promise<T> {
    const result = this.#queue.then(work);
    this.#queue = result.catch(() => undefined);
    return result;
  }

  /**
   * Does something with the server, after what was asked before. When the time is over the answer is `otherwise`, and what
   * has not begun by then does not begin.
   */
  async #within<T>(
    timeout = defaultTimeout,
    otherwise: T,
    work: (running: Running, left: () => number) => Promise<T>,
  ): Promise<T> {
    if (this.#disposed) return otherwise;
    const deadline = performance.now() + timeout;
    const left = () => Math.max(1, deadline - performance.now());
    let timer: NodeJS.Timeout | undefined;
    const late = new Promise<T>(resolve => {
      timer = setTimeout(() => resolve(otherwise), timeout);
    });
    const done = this.#enqueue(async () => {
      // The start can take longer than this question may; it must not hold the queue for the next one.
      const running = await Promise.race([this.#server(), late.then(() => undefined)]);
      if (!running || performance.now() >= deadline) return otherwise;
      const answer = await work(running, left);
      this.#failures = 0;
      return answer;
    }).catch(() => otherwise);
    try {
      return await Promise.race([done, late]);
    } finally {
      clearTimeout(timer);
    }
  }

  #server(): Promise<Running> {
    if (this.#disposed) return Promise.reject(new Error("the language service is disposed"));
    this.#running ??= this.#launch();
    return this.#running;
  }

  async #launch(): Promise<Running> {
    const delay = restartDelays[Math.min(this.#failures, restartDelays.length - 1)]!;
    if (delay > 0) await pause(delay);
    const server = await TypeServer.start(this.#workspace.cwd, () => this.#ended());
    this.#files.clear();
    this.#workspace.open(server);
    this.#current = {
      server,
      freezer: new Freezer(server, this.#workspace),
      suggestions: new Suggestions(server, this.#workspace),
    };
    if (this.#disposed) server.stop();
    return this.#current;
  }

  /** The server is gone: a new one is started at once, and is given everything when it is there. */
  #ended(): void {
    this.#current?.freezer.close();
    this.#current = undefined;
    this.#running = undefined;
    this.#failures++;
    if (!this.#disposed && this.#failures < restartDelays.length) this.start();
  }
}

/** A cell with a word in place of the one being typed, because `x.` alone cannot be read and hides what is declared. */
function readUnfinished(code: string, offset: number): CellSource {
  const source = readCell(code);
  if (source.program) return source;
  const patched = readCell(`${code.slice(0, offset)}_${code.slice(offset)}`);
  return { ...source, program: patched.program };
}

function pause(milliseconds: number): Promise<undefined> {
  return new Promise(resolve => {
    setTimeout(() => resolve(undefined), milliseconds).unref();
  });
}
