import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { JupyterHome, python, root } from "./environment.js";
import { plainOutput, readNotebook } from "./notebooks.js";

const folder = join(root, "notebooks");
const names = readdirSync(folder).filter(name => name.endsWith(".ipynb"));

describe("the notebooks", () => {
  let home: JupyterHome;
  beforeAll(() => {
    home = new JupyterHome();
  });
  afterAll(() => home.close());

  test("are there", () =>
    expect(names).toEqual(expect.arrayContaining(["00-tour.ipynb", "03-softmax-regression.ipynb"])));

  test.each(names)("%s runs from top to bottom with `gradbook run`", async name => {
    const path = join(folder, name);
    const before = readFileSync(path, "utf8");
    const output = join(home.work, name);
    const { code, stderr } = await home.gradbook(["run", path, "-o", output, "--timeout", "100"]);
    expect(code, stderr).toBe(0);
    expect(readFileSync(path, "utf8")).toBe(before);
    const { cells, metadata } = readNotebook(output);
    expect(metadata.kernelspec?.name).toBe("gradbook");
    expect(cells.some(c => plainOutput(c) !== "")).toBe(true);
    if (!python) return;
    const valid = await home.python(["-c", "import sys, nbformat; nbformat.read(sys.argv[1], 4)", output]);
    expect(valid.code, valid.stderr).toBe(0);
  });
});
