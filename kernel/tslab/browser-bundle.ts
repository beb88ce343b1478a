import { dirname, extname } from "node:path";
import type { BuildFailure, Loader, Plugin } from "esbuild";
import { CellSyntaxError } from "../evaluator/cell-syntax-error.js";
import { isLocal } from "../evaluator/local-modules.js";

export interface BrowserCell {
  code: string;
  title: string;
  /** Packages are looked up from here. */
  folder: string;
  /** The path of a local module, module cells among them. */
  find(specifier: string, folder: string): string | undefined;
  /** The text of such a module. */
  read(path: string): string;
}

/**
 * Bundles a cell and everything it imports into one script for the page. The page gives it `element`, the place below the
 * cell.
 *
 * @throws CellSyntaxError where the cell cannot be bundled: an import that leads nowhere, a module that only Node has
 */
export async function bundleForBrowser(cell: BrowserCell): Promise<string> {
  const { build } = await import("esbuild");
  try {
    const { outputFiles } = await build({
      stdin: { contents: cell.code, resolveDir: cell.folder, sourcefile: cell.title, loader: loaderOf(cell.code) },
      bundle: true,
      write: false,
      format: "iife",
      platform: "browser",
      target: "es2022",
      logLevel: "silent",
      plugins: [localModules(cell)],
    });
    return outputFiles[0]!.text;
  } catch (error) {
    throw asSyntaxError(error, cell);
  }
}

function localModules({ find, read, folder }: BrowserCell): Plugin {
  return {
    name: "modules of the notebook",
    setup(build) {
      build.onResolve({ filter: /^[./]/ }, ({ path, importer, namespace }) => {
        if (!isLocal(path)) return undefined;
        const found = find(path, namespace === "notebook" ? dirname(importer) : folder);
        return found === undefined ? undefined : { path: found, namespace: "notebook" };
      });
      build.onLoad({ filter: /.*/, namespace: "notebook" }, ({ path }) => {
        const contents = read(path);
        const loader = loaders[extname(path)] ?? loaderOf(contents);
        return { contents, loader, resolveDir: dirname(path) };
      });
    },
  };
}

const loaders: Record<string, Loader> = { ".tsx": "tsx", ".jsx": "jsx", ".json": "json", ".css": "css", ".ts": "ts" };

function loaderOf(code: string): Loader {
  return /<\/|\/>/.test(code) ? "tsx" : "ts";
}

function asSyntaxError(error: unknown, { code, title }: BrowserCell): unknown {
  const first = (error as Partial<BuildFailure>).errors?.[0];
  if (!first) return error;
  const { location, text } = first;
  if (location?.file !== title) return new Error(location ? `${location.file}:${location.line}: ${text}` : text);
  const lines = code.split("\n");
  const before = lines.slice(0, location.line - 1).join("\n").length + (location.line > 1 ? 1 : 0);
  // Columns of esbuild count bytes.
  const column = Buffer.from(lines[location.line - 1] ?? "").toString("utf8", 0, location.column).length;
  return new CellSyntaxError(text, title, code, before + column);
}
