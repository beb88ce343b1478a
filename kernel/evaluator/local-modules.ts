import { createHash } from "node:crypto";
import { existsSync, readFileSync, statSync } from "node:fs";
import { dirname, extname, resolve } from "node:path";
import { fileURLToPath, pathToFileURL } from "node:url";
import { parseSync } from "oxc-parser";
import { type Stripped, stripTypes } from "./strip.js";
import { runtimeConfig } from "./tsconfig.js";

/** Marks the URL of a local file with the version of what it and its own local imports hold. */
const versionKey = "gradbook";

const typed = new Set([".ts", ".tsx", ".mts", ".jsx"]);
const modules = new Set([...typed, ".js", ".mjs"]);

/** Endings that may be left out, in the order in which they are tried. */
const endings = [
  "",
  ".ts",
  ".tsx",
  ".mts",
  ".js",
  ".mjs",
  ".cjs",
  ".jsx",
  ".json",
  "/index.ts",
  "/index.tsx",
  "/index.js",
  "/index.mjs",
];

/** Modules that cells are (`@module`), by the path of the file they stand for; such a file need not be there. */
const moduleCells = new Map<string, string>();

/** Makes the text of a cell the module at a path. */
export function setModuleCell(path: string, text: string): void {
  moduleCells.set(path, text);
  onModuleCell?.(path, text);
}

let onModuleCell: ((path: string, text: string) => void) | undefined;

/** Tells a listener of every module cell that there is and will be. */
export function watchModuleCells(listener: (path: string, text: string) => void): void {
  onModuleCell = listener;
  for (const [path, text] of moduleCells) listener(path, text);
}

/** The text of a local module: a cell's, or the file's. */
export function localText(path: string): string {
  return moduleCells.get(path) ?? readFileSync(path, "utf8");
}

/** True for `./x`, `../x`, `/x` and `file:` URLs: files of the notebook, not packages. */
export function isLocal(specifier: string): boolean {
  return /^(\.{1,2}(\/|$)|\/|file:)/.test(specifier);
}

/** The file behind a local specifier as TypeScript writes them: ending left out, or `.js` where the file is `.ts`. */
export function findLocal(specifier: string, folder: string): string | undefined {
  const path = specifier.startsWith("file:") ? fileURLToPath(specifier) : resolve(folder, specifier);
  const swapped = path.replace(/\.(m?)js$/, ".$1ts");
  const candidates = [...endings.map(e => path + e), swapped, swapped.replace(/\.ts$/, ".tsx")];
  return candidates.find(c => moduleCells.has(c)) ?? candidates.find(c => existsSync(c) && statSync(c).isFile());
}

/** The file behind any import, if it is one of the notebook's: a local path, or a path that `tsconfig.json` names. */
export function findImport(specifier: string, folder: string): string | undefined {
  if (isLocal(specifier)) return findLocal(specifier, folder);
  for (const candidate of runtimeConfig(folder).candidates(specifier)) {
    const path = findLocal(candidate, folder);
    if (path) return path;
  }
  return undefined;
}

/** The URL under which a local file is imported: another one whenever the file or anything local below it changed. */
export function versionedUrl(path: string): string {
  const url = pathToFileURL(path);
  if (extname(path) === ".json" || (modules.has(extname(path)) && isModule(path)))
    url.searchParams.set(versionKey, versionOf(path));
  return url.href;
}

/** The path of a URL that `versionedUrl` made. */
export function versionedPath(url: string): string | undefined {
  if (!url.startsWith("file:") || !url.includes(`?${versionKey}=`)) return undefined;
  return fileURLToPath(url);
}

/** The JavaScript of a local file, with its source map inside. @throws CellSyntaxError naming the file. */
export function localSource(path: string): string {
  const text = localText(path);
  return typed.has(extname(path)) ? stripFile(text, path).code : text;
}

/** Removes the types of a local file, as the settings of its folder say. @throws CellSyntaxError naming the file */
export function stripFile(text: string, path: string): Stripped {
  return stripTypes(text, path, { file: true, syntax: runtimeConfig(dirname(path)).syntax });
}

const interop = new Set([".cjs", ".json"]);

/** True when Node should read the file as an ES module; a CommonJS file keeps Node's own way. */
function isModule(path: string): boolean {
  if (typed.has(extname(path)) || extname(path) === ".mjs") return true;
  return parseSync(path, readFileSync(path, "utf8"), { sourceType: "unambiguous" }).module.hasModuleSyntax;
}

function versionOf(path: string): string {
  const hash = createHash("sha1");
  const seen = new Set<string>();
  const visit = (file: string): void => {
    if (seen.has(file)) return;
    seen.add(file);
    const text = localText(file);
    hash.update(file).update("\0").update(text).update("\0");
    if (!interop.has(extname(file))) for (const specifier of localImports(file, text)) visit(specifier);
  };
  visit(path);
  return hash.digest("hex").slice(0, 12);
}

function localImports(file: string, text: string): string[] {
  const { module } = parseSync(file, text, { sourceType: "unambiguous" });
  const sources = [
    ...module.staticImports.map(i => i.moduleRequest.value),
    ...module.staticExports.flatMap(e => e.entries.flatMap(n => (n.moduleRequest ? [n.moduleRequest.value] : []))),
  ];
  return sources.map(s => findImport(s, dirname(file))).filter(p => p !== undefined);
}
