import { readFileSync } from "node:fs";
import { dirname, extname } from "node:path";
import { findLocal, isLocal, localSource, versionedPath, versionedUrl } from "./local-modules.js";

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

let own: OwnModules = {};

/** Called by Node with the data of `module.register`. */
export function initialize(modules: OwnModules): void {
  own = modules;
}

/** Where an import inside a local file leads, when it is not Node's own business. */
export function resolveSync(specifier: string, parent: string | undefined): Resolved | undefined {
  const from = parent && versionedPath(parent);
  if (!from) return undefined;
  const ownUrl = own[specifier];
  if (ownUrl) return { url: ownUrl, shortCircuit: true };
  const path = isLocal(specifier) ? findLocal(specifier, dirname(from)) : undefined;
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
  return resolveSync(specifier, context.parentURL) ?? next(specifier, context);
}

/** Node's asynchronous hook. */
export async function load(url: string, context: object, next: Next<object, Promise<unknown>>): Promise<unknown> {
  return loadSync(url) ?? next(url, context);
}
