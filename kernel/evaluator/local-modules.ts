import { createHash } from "node:crypto";
import { existsSync, readFileSync, statSync } from "node:fs";
import { dirname, extname, resolve } from "node:path";
import { fileURLToPath, pathToFileURL } from "node:url";
import { parseSync } from "oxc-parser";
import { stripTypes } from "./strip.js";

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

/** True for `./x`, `../x`, `/x` and `file:` URLs: files of the notebook, not packages. */
export function isLocal(specifier: string): boolean {
  return /^(\.{1,2}(\/|$)|\/|file:)/.test(specifier);
}

/** The file behind a local specifier as TypeScript writes them: ending left out, or `.js` where the file is `.ts`. */
export function findLocal(specifier: string, folder: string): string | undefined {
  const path = specifier.startsWith("file:") ? fileURLToPath(specifier) : resolve(folder, specifier);
  const swapped = path.replace(/\.(m?)js$/, ".$1ts");
  const candidates = [...endings.map(e => path + e), swapped, swapped.replace(/\.ts$/, ".tsx")];
  return candidates.find(c => existsSync(c) && statSync(c).isFile());
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
  const text = readFileSync(path, "utf8");
  return typed.has(extname(path)) ? stripTypes(text, path, { file: true }).code : text;
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
    const text = readFileSync(file, "utf8");
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
  return sources
    .filter(isLocal)
    .map(s => findLocal(s, dirname(file)))
    .filter(p => p !== undefined);
}
