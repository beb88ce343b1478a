import { existsSync, readFileSync, statSync } from "node:fs";
import { createRequire } from "node:module";
import { dirname, join, resolve } from "node:path";

/** How decorators and JSX are meant, in the words of `compilerOptions`. */
export interface SyntaxOptions {
  /** Decorators as TypeScript had them before they were standardised. */
  experimentalDecorators?: boolean;
  emitDecoratorMetadata?: boolean;
  /** `react-jsx` imports its factories by itself; anything else means `React.createElement` or the factory named here. */
  jsx?: string;
  jsxFactory?: string;
  jsxFragmentFactory?: string;
  jsxImportSource?: string;
}

/** What the running of a notebook, and the check of its types, takes from a `tsconfig.json`. */
export interface RuntimeConfig {
  syntax: SyntaxOptions;
  /** `paths` with absolute targets; what `baseUrl` means is among them. */
  paths: Readonly<Record<string, readonly string[]>>;
  /** Paths that an import which is no relative one may mean, best first. */
  candidates(specifier: string): string[];
}

interface CompilerOptions extends SyntaxOptions {
  baseUrl?: string;
  paths?: Record<string, string[]>;
}

const none: RuntimeConfig = { syntax: {}, paths: {}, candidates: () => [] };

/** The options that are read, beside the paths, with the type that each must have. */
const syntaxOptions: Readonly<Record<keyof SyntaxOptions, "boolean" | "string">> = {
  experimentalDecorators: "boolean",
  emitDecoratorMetadata: "boolean",
  jsx: "string",
  jsxFactory: "string",
  jsxFragmentFactory: "string",
  jsxImportSource: "string",
};

/** Files that were read, with the time of their last change. */
const read = new Map<string, { changed: number; config: RuntimeConfig }>();

/** The settings of the nearest `tsconfig.json` in a folder or above it. One that cannot be read sets nothing. */
export function runtimeConfig(folder: string): RuntimeConfig {
  const file = nearest(folder);
  if (!file) return none;
  const changed = statSync(file).mtimeMs;
  const known = read.get(file);
  if (known?.changed === changed) return known.config;
  const config = makeConfig(readOptions(file, 0));
  read.set(file, { changed, config });
  return config;
}

function nearest(folder: string): string | undefined {
  for (let at = folder; ; at = dirname(at)) {
    const file = join(at, "tsconfig.json");
    if (existsSync(file)) return file;
    if (at === dirname(at)) return undefined;
  }
}

/** The options of a file and of those that it extends, with absolute paths. */
function readOptions(file: string, depth: number): CompilerOptions {
  let json: { extends?: unknown; compilerOptions?: Record<string, unknown> };
  try {
    json = parseJsonWithComments(readFileSync(file, "utf8")) as typeof json;
  } catch {
    return {};
  }
  const folder = dirname(file);
  const bases = (Array.isArray(json?.extends) ? json.extends : [json?.extends]).filter(b => typeof b === "string");
  const inherited = depth < 10 ? bases.map(base => readOptions(findBase(base, folder), depth + 1)) : [];
  const given = json?.compilerOptions ?? {};
  const { baseUrl, paths } = given;
  const own: CompilerOptions = Object.fromEntries(
    Object.entries(syntaxOptions).flatMap(([name, type]) => (typeof given[name] === type ? [[name, given[name]]] : [])),
  );
  if (typeof baseUrl === "string") own.baseUrl = resolve(folder, baseUrl);
  if (paths !== null && typeof paths === "object") own.paths = absolute(paths, own.baseUrl ?? folder);
  return Object.assign({}, ...inherited, own) as CompilerOptions;
}

function findBase(base: string, folder: string): string {
  if (/^\.{0,2}\//.test(base)) {
    const path = resolve(folder, base);
    return existsSync(path) ? path : `${path}.json`;
  }
  try {
    return createRequire(join(folder, "tsconfig.json")).resolve(base);
  } catch {
    return join(folder, base);
  }
}

function absolute(paths: object, folder: string): Record<string, string[]> {
  const lists = Object.entries(paths).filter(([, targets]) => Array.isArray(targets)) as [string, unknown[]][];
  return Object.fromEntries(lists.map(([pattern, targets]) => [pattern, targets.map(t => resolve(folder, String(t)))]));
}

function makeConfig({ baseUrl, paths = {}, ...syntax }: CompilerOptions): RuntimeConfig {
  // The pattern with the longest text before its star wins; one without a star beats them all.
  const rank = (pattern: string) => (pattern.includes("*") ? pattern.indexOf("*") : Number.POSITIVE_INFINITY);
  const patterns = Object.entries(paths).sort(([a], [b]) => rank(b) - rank(a));
  return {
    syntax,
    paths: { ...(baseUrl === undefined ? {} : { "*": [join(baseUrl, "*")] }), ...paths },
    candidates(specifier) {
      for (const [pattern, targets] of patterns) {
        const matched = match(pattern, specifier);
        if (matched !== undefined) return targets.map(target => target.replace("*", () => matched));
      }
      return baseUrl === undefined ? [] : [join(baseUrl, specifier)];
    },
  };
}

/** What the star of a pattern stands for in a specifier that it matches. */
function match(pattern: string, specifier: string): string | undefined {
  const [before = "", after] = pattern.split("*");
  if (after === undefined) return pattern === specifier ? "" : undefined;
  const fits = specifier.startsWith(before) && specifier.endsWith(after);
  return fits && specifier.length >= before.length + after.length
    ? specifier.slice(before.length, specifier.length - after.length)
    : undefined;
}

/** JSON as `tsconfig.json` may be: with comments and commas at the end of lists. */
function parseJsonWithComments(text: string): unknown {
  const bare = text.replace(/("(?:\\.|[^"\\])*")|\/\/[^\n]*|\/\*[\s\S]*?\*\//g, (_, string?: string) => string ?? "");
  return JSON.parse(bare.replace(/("(?:\\.|[^"\\])*")|,(?=\s*[}\]])/g, (_, string?: string) => string ?? ""));
}
