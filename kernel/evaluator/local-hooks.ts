import { readFileSync } from "node:fs";
import { dirname, extname } from "node:path";
import { type MessagePort, receiveMessageOnPort } from "node:worker_threads";
import { findImport, localSource, setModuleCell, versionedPath, versionedUrl } from "./local-modules.js";

/** Modules that the running notebook answers itself, name to URL. */
export type OwnModules = Record<string, string>;

interface Resolved {
  url: string;
  shortCircuit: true;
}

interface Loaded {
  format: "module";
  source: string;
  shortCircuit: true;
}

export interface HooksData {
  own: OwnModules;
  /** Where the module cells come from, when the hooks run in a thread of their own. */
  moduleCells?: MessagePort;
}

let own: OwnModules = {};
let moduleCells: MessagePort | undefined;

/** Called by Node with the data of `module.register`. */
export function initialize(data: HooksData): void {
  ({ own, moduleCells } = data);
  moduleCells?.unref();
}

/** Takes the module cells that came since; what was posted before an import is there when it is resolved. */
function receiveModuleCells(): void {
  while (moduleCells) {
    const received = receiveMessageOnPort(moduleCells) as { message: [path: string, text: string] } | undefined;
    if (!received) return;
    setModuleCell(...received.message);
  }
}

/** Where an import inside a local file leads, when it is not Node's own business. */
export function resolveSync(specifier: string, parent: string | undefined): Resolved | undefined {
  // Already found, perhaps as a module cell, of which Node's own way would find no file.
  if (versionedPath(specifier)) return { url: specifier, shortCircuit: true };
  const from = parent && versionedPath(parent);
  if (!from) return undefined;
  const ownUrl = own[specifier];
  if (ownUrl) return { url: ownUrl, shortCircuit: true };
  const path = findImport(specifier, dirname(from));
  return path ? { url: versionedUrl(path), shortCircuit: true } : undefined;
}

/** The source of a local file. */
export function loadSync(url: string): Loaded | undefined {
  const path = versionedPath(url);
  if (!path) return undefined;
  const source = extname(path) === ".json" ? `export default ${readFileSync(path, "utf8")};` : localSource(path);
  return { format: "module", source, shortCircuit: true };
}

type Next<C, R> = (specifier: string, context: C) => R;

/** Node's asynchronous hook. */
export async function resolve(
  specifier: string,
  context: { parentURL?: string },
  next: Next<object, Promise<unknown>>,
): Promise<unknown> {
  receiveModuleCells();
  return resolveSync(specifier, context.parentURL) ?? next(specifier, context);
}

/** Node's asynchronous hook. */
export async function load(url: string, context: object, next: Next<object, Promise<unknown>>): Promise<unknown> {
  return loadSync(url) ?? next(url, context);
}
