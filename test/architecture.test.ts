import { readdirSync, readFileSync } from "node:fs";
import { dirname, join, normalize, relative } from "node:path";
import { fileURLToPath } from "node:url";
import { describe, expect, test } from "vitest";

const root = fileURLToPath(new URL("..", import.meta.url));
const rooms = ["engine", "widgets", "kernel"];

interface Source {
  path: string;
  lines: number;
  /** Module specifiers; relative ones as paths from the repository's root. */
  imports: string[];
}

function sources(folder: string): Source[] {
  return readdirSync(join(root, folder), { withFileTypes: true }).flatMap(entry => {
    const path = join(folder, entry.name);
    if (entry.isDirectory()) return sources(path);
    if (!/\.(ts|cc|h|mjs)$/.test(entry.name)) return [];
    const text = readFileSync(join(root, path), "utf8");
    const imports = [...text.matchAll(/^\s*(?:import|export)\b[^;"']*?from\s+"([^"]+)"|^\s*import\s+"([^"]+)"/gm)].map(
      m => {
        const specifier = (m[1] ?? m[2])!;
        return specifier.startsWith(".") ? normalize(join(dirname(path), specifier)) : specifier;
      },
    );
    return [{ path, lines: text.split("\n").length, imports: path.endsWith(".ts") ? imports : [] }];
  });
}

const all = rooms.flatMap(sources);

/** Folders of the engine from the lowest up; a file may import its own level and those below. */
const engineLevels = [["backend"], ["ops"], ["nn", "optim", "data", "io", "compile"], ["train"]];

function engineLevel(path: string): number | undefined {
  const folder = relative("engine", path).split("/")[0]!;
  const level = engineLevels.findIndex(names => names.includes(folder));
  return level < 0 ? undefined : level;
}

describe("the house", () => {
  test("has sources to look at", () => {
    expect(all.length).toBeGreaterThan(50);
    expect(all.some(s => s.imports.length > 0)).toBe(true);
  });

  test("imports go downwards only: kernel, widgets, engine", () => {
    const upward = all.flatMap(s =>
      s.imports
        .filter(i => {
          const from = rooms.indexOf(s.path.split("/")[0]!);
          const to = rooms.indexOf(i.split("/")[0]!);
          return to > from;
        })
        .map(i => `${s.path} imports ${i}`),
    );
    expect(upward).toEqual([]);
  });

  test("imports go downwards inside the engine: train, nn and optim, ops, backend", () => {
    const upward = all.flatMap(s => {
      const from = engineLevel(s.path);
      if (!s.path.startsWith("engine/") || from === undefined) return [];
      return s.imports
        .filter(i => i.startsWith("engine/") && (engineLevel(i) ?? -1) > from)
        .map(i => `${s.path} imports ${i}`);
    });
    expect(upward).toEqual([]);
  });

  test("widgets know the engine by its public face, plain-data contracts and nothing else", () => {
    const deep = all.flatMap(s =>
      s.path.startsWith("widgets/")
        ? s.imports
            .filter(
              i => i.startsWith("engine/") && !/^engine\/(index|tensor|dtype|train\/(events|summary))\.js$/.test(i),
            )
            .map(i => `${s.path} imports ${i}`)
        : [],
    );
    expect(deep).toEqual([]);
  });

  test("the engine uses Node built-ins only in io, data, distributed and backend loading", () => {
    const node = all.flatMap(s =>
      s.path.startsWith("engine/") && !/^engine\/(io|data|distributed|backend)\//.test(s.path)
        ? s.imports.filter(i => i.startsWith("node:")).map(i => `${s.path} imports ${i}`)
        : [],
    );
    expect(node).toEqual([]);
  });

  test("every file can be read in one sitting", () => {
    expect(all.filter(s => s.lines > 600).map(s => `${s.path}: ${s.lines} lines`)).toEqual([]);
  });

  test("no file or folder is named after nothing", () => {
    expect(all.filter(s => /(^|\/)(utils?|helpers?|misc|common)([./]|$)/.test(s.path)).map(s => s.path)).toEqual([]);
  });
});
