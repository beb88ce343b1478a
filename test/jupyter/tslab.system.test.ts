import { copyFileSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { stripVTControlCharacters } from "node:util";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { JupyterHome, python, root } from "./environment.js";
import { plainOutput, readNotebook, type WrittenCell } from "./notebooks.js";

const folder = join(root, "test", "jupyter", "tslab");

/** What each cell of a notebook shows: its streams, results and displays by type. */
function shown(cells: WrittenCell[]): string[] {
  return cells
    .filter(cell => cell.cell_type === "code")
    .map(cell => {
      const types = (cell.outputs ?? [])
        .filter(o => o.output_type === "display_data")
        .map(o => Object.keys(o.data!)[0]);
      return types.length > 0 ? types.join(" ") : stripVTControlCharacters(plainOutput(cell)).trimEnd();
    });
}

/** What tslab itself shows, but for the values that it prints in its own way and the browser cell, which it does not run. */
const expected: Record<string, string[]> = {
  "language.ipynb": [
    "[ 'hello ann', 'hello bob' ]",
    "",
    "corner 6 6 Green",
    "1",
    "",
    "[ 'some', 'text' ]",
    "[ 3, 2, 1 ]",
    "true closed",
    "null",
    "{ a: 1, rest: { b: 2, c: [ 3, 4 ] }, first: 10, third: 30 }",
  ],
  "display.ipynb": [
    "",
    "text/html text/markdown text/latex",
    "image/svg+xml text/plain text/javascript",
    "image/png text/x-own",
    "text/html",
    "'stringstringstring'",
  ],
  "modules.ipynb": ["", "9", "", "14", "", "", "text/html", "", "42", "application/javascript"],
  "javascript.ipynb": ["[Function (anonymous)]", "[ 2, 2 ]", "text/html"],
};

describe("notebooks written for tslab", () => {
  let home: JupyterHome;
  beforeAll(async () => {
    home = new JupyterHome();
    const { code, stderr } = await home.gradbook(["install", "--tslab", "--prefix", home.prefix]);
    expect(code, stderr).toBe(0);
  });
  afterAll(() => home.close());

  test.skipIf(!python).each(Object.keys(expected))("%s runs through nbclient unchanged", async name => {
    const path = join(home.work, name);
    copyFileSync(join(folder, name), path);
    const { code, stderr } = await home.python(["-m", "jupyter", "execute", "--inplace", path]);
    expect(code, stderr).toBe(0);
    const { cells } = readNotebook(path);
    expect(shown(cells)).toEqual(expected[name]);
    expect(cells.flatMap(c => c.outputs ?? []).filter(o => o.name === "stderr")).toEqual([]);
  });

  test("`gradbook run` keeps to tslab's rules where the notebook names its kernel", async () => {
    const path = join(home.work, "wrong.ipynb");
    copyFileSync(join(folder, "language.ipynb"), path);
    const out = join(home.work, "out.ipynb");
    expect((await home.gradbook(["run", path, "-o", out])).code).toBe(0);
    expect(shown(readNotebook(out).cells)).toEqual(expected["language.ipynb"]);
    const text = readFileSync(path, "utf8").replace("let greeting: string", "let greeting: number");
    writeFileSync(path, text);
    const { code, stderr } = await home.gradbook(["run", path, "-o", out]);
    expect(code).toBe(1);
    expect(stderr).toContain("TypeCheckError");
  });
});
