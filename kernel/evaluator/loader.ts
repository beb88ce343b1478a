import { readFileSync } from "node:fs";
import * as nodeModule from "node:module";
import { basename, dirname, extname, join, relative } from "node:path";
import { pathToFileURL } from "node:url";
import { constants, Script } from "node:vm";
import { initialize, loadSync, type OwnModules, resolveSync } from "./local-hooks.js";
import { findImport, findLocal, isLocal, versionedUrl, watchModuleCells } from "./local-modules.js";

type Namespace = Record<string, unknown> & { default?: unknown };
type Import = (specifier: string, options?: ImportCallOptions) => Promise<Namespace>;

/** Hooks that run in the same thread: Node 22.15 and later. */
interface SynchronousHooks {
  registerHooks?(hooks: {
    resolve(specifier: string, context: { parentURL?: string }, next: (s: string, c: object) => unknown): unknown;
    load(url: string, context: object, next: (u: string, c: object) => unknown): unknown;
  }): void;
}

export interface LoaderOptions {
  /** The notebook's folder: packages and local files are looked up from here. */
  folder: string;
  /** Modules that the notebook answers itself, name to URL: the running instance, never a second one. */
  own: OwnModules;
  /** Where the compiled hooks lie, for Node versions that run them in a thread of their own. */
  hooksUrl: string;
  /** The signal of the cell whose code is executing. */
  signal: () => AbortSignal;
}

/** Answers `import`, `import()`, `require` and `import.meta` of cells. */
export class Loader {
  readonly dirname: string;
  readonly filename: string;
  readonly require: NodeJS.Require;
  readonly meta: object;
  readonly #options: LoaderOptions;
  readonly #import: Import;
  #hooked = false;

  constructor(options: LoaderOptions) {
    this.#options = options;
    this.dirname = options.folder;
    this.filename = join(options.folder, "notebook.ts");
    // A module in the notebook's folder that does nothing but import: this is what makes lookups start there.
    this.#import = new Script("(specifier, options) => import(specifier, options)", {
      filename: this.filename,
      importModuleDynamically: constants.USE_MAIN_CONTEXT_DEFAULT_LOADER,
    }).runInThisContext() as Import;
    this.require = this.#makeRequire();
    this.meta = this.#makeMeta();
  }

  /** Imports a module for a cell. @throws Error that says what to install or which file is missing. */
  readonly load = async (specifier: unknown, options?: ImportCallOptions): Promise<Namespace> => {
    const name = String(specifier);
    const own = this.#options.own[name];
    if (own) return this.#import(own);
    if (isLocal(name)) return this.#loadLocal(name);
    const mapped = findImport(name, this.dirname);
    if (mapped) return this.#loadLocal(mapped);
    const bare = name.startsWith("npm:") ? packageOf(name.slice(4)) : name;
    try {
      return await this.#import(bare, options);
    } catch (error) {
      if (isCode(error, "ERR_IMPORT_ATTRIBUTE_MISSING", "ERR_IMPORT_ASSERTION_TYPE_MISSING")) {
        return namespaceOf(this.require(bare));
      }
      throw this.#explain(error, bare);
    }
  };

  /**
   * Binds one imported name. A name that the module does not have is an error when the cell uses it as a value, and else
   * taken as a type, which leaves nothing at run time.
   */
  readonly pick = (
    module: Namespace,
    name: string,
    source: string,
    used: boolean,
    assign: (value: unknown) => void,
  ): void => {
    // A CommonJS module has its names on the default export when Node could not tell them from its source.
    const holder = [module, module.default].find(m => m && Object(m) === m && name in (m as Namespace)) as Namespace;
    if (holder) {
      assign(holder[name]);
      return;
    }
    const problem = `the module "${source}" has no export named "${name}"`;
    if (used || source.startsWith("node:") || nodeModule.isBuiltin(source)) throw new SyntaxError(problem);
    // Of what TypeScript has the types itself the type check speaks, if it is no type there either.
    if (this.#options.own[source] || isLocal(source)) return;
    process.stderr.write(`${problem}; taken as a type (write "import type" to say so)\n`);
  };

  async #loadLocal(specifier: string): Promise<Namespace> {
    const path = findLocal(specifier, this.dirname);
    if (!path) {
      throw new Error(`Cannot find "${specifier}" in ${this.dirname}. Check the path: it is relative to the notebook.`);
    }
    if (extname(path) === ".json") return namespaceOf(JSON.parse(readFileSync(path, "utf8")));
    this.#hook();
    const url = versionedUrl(path);
    if (!url.includes("?")) {
      delete this.require.cache[path];
      return namespaceOf(this.require(path));
    }
    loadSync(url);
    return this.#import(url);
  }

  /** Local files need hooks (types, versions, left-out endings); they are installed by the first import of one. */
  #hook(): void {
    if (this.#hooked) return;
    this.#hooked = true;
    const { registerHooks } = nodeModule as SynchronousHooks;
    const { own } = this.#options;
    initialize({ own });
    if (registerHooks) {
      registerHooks({
        resolve: (specifier, context, next) => resolveSync(specifier, context.parentURL) ?? next(specifier, context),
        load: (url, context, next) => loadSync(url) ?? next(url, context),
      });
    } else {
      const { port1, port2 } = new MessageChannel();
      port1.unref();
      watchModuleCells((path, text) => port1.postMessage([path, text]));
      nodeModule.register(this.#options.hooksUrl, { data: { own, moduleCells: port2 }, transferList: [port2] });
    }
  }

  #makeRequire(): NodeJS.Require {
    const original = nodeModule.createRequire(this.filename);
    const require = (specifier: string): unknown => {
      if (this.#options.own[specifier]) {
        throw new Error(
          `require("${specifier}"): write import instead; "${specifier}" is an ES module with top-level await`,
        );
      }
      const path = findImport(specifier, this.dirname);
      if (path && /\.[mc]?tsx?$/.test(path)) {
        throw new Error(`require("${specifier}"): a TypeScript file; write import instead`);
      }
      try {
        return original(path ?? specifier) as unknown;
      } catch (error) {
        throw this.#explain(error, specifier);
      }
    };
    return Object.assign(require, original);
  }

  #makeMeta(): object {
    const { dirname: folder, filename, require } = this;
    const { signal } = this.#options;
    const meta = Object.create(null) as object;
    return Object.defineProperties(meta, {
      url: { enumerable: true, value: pathToFileURL(filename).href },
      dirname: { enumerable: true, value: folder },
      filename: { enumerable: true, value: filename },
      resolve: { enumerable: true, value: (name: string) => toUrl(require.resolve(name)) },
      /** Aborted when the cell is stopped: pass it to `fetch` and timers. */
      signal: { enumerable: true, get: signal },
    });
  }

  /** Says what to do about a package that is not there. */
  #explain(error: unknown, specifier: string): unknown {
    if (!isCode(error, "ERR_MODULE_NOT_FOUND", "MODULE_NOT_FOUND")) return error;
    const { message } = error as Error;
    const missing = /Cannot find (?:package|module) '([^']+)'/.exec(message)?.[1];
    const name = missing && packageOf(missing);
    if (!name || isLocal(name)) return error;
    const from = name === packageOf(specifier) ? "" : ` (imported by "${specifier}")`;
    return Object.assign(
      new Error(
        `Cannot find the package "${name}"${from}. Install it: npm install ${name}   in ${this.installFolder()}`,
      ),
      { code: "ERR_MODULE_NOT_FOUND" },
    );
  }

  /** The nearest folder that is a package, where npm would install; else the notebook's own. */
  installFolder(): string {
    for (let folder = this.dirname; ; folder = dirname(folder)) {
      try {
        readFileSync(join(folder, "package.json"));
        return folder;
      } catch {
        if (folder === dirname(folder)) return this.dirname;
      }
    }
  }
}

/** `chalk` of `chalk@5/source`, `@scope/name` of `@scope/name/part`. */
function packageOf(specifier: string): string {
  const parts = specifier.split("/");
  const name = specifier.startsWith("@") ? parts.slice(0, 2).join("/") : parts[0]!;
  return name.replace(/(?<=.)@.*$/, "");
}

function namespaceOf(value: unknown): Namespace {
  const keys = value !== null && typeof value === "object" && !Array.isArray(value) ? value : {};
  return { ...keys, default: value };
}

function toUrl(path: string): string {
  return basename(path) === path ? path : pathToFileURL(path).href;
}

function isCode(error: unknown, ...codes: string[]): boolean {
  return error instanceof Error && codes.includes((error as NodeJS.ErrnoException).code ?? "");
}

/** A path as the reader of a notebook knows it. */
export function shownPath(path: string, folder: string): string {
  const near = relative(folder, path);
  return near.startsWith("..") ? path : `./${near}`;
}
