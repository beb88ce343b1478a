import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { JupyterHome, python, root } from "./environment.js";
import { plainOutput, readNotebook } from "./notebooks.js";

const folder = join(root, "notebooks");
const names = readdirSync(folder).filter(name => name.endsWith(".ipynb"));

/** What the notebooks promise, beside that they run. */
const promises: Record<string, (printed: string) => void> = {
  "00-tour.ipynb": printed => {
    expect(Number(/final loss (\S+)/.exec(printed)?.[1])).toBeLessThan(0.05);
    expect(printed).toContain("matmul: inner sizes differ: [2, 3] x [4, 5]");
  },
  "03-softmax-regression.ipynb": printed => {
    expect(printed.match(/(?<!graph )step \d+00: loss [\d.]+$/gm)).toHaveLength(10);
    expect(Number(/^test accuracy (\S+)$/m.exec(printed)?.[1])).toBeGreaterThanOrEqual(0.92);
    // The program in the style of TensorFlow 1: it begins at 100 log 10, stays finite, and learns.
    const losses = [...printed.matchAll(/^graph step \d+: loss (\S+)$/gm)].map(([, loss]) => Number(loss));
    expect(losses).toHaveLength(10);
    expect(losses[0]).toBeCloseTo(230.3, 1);
    expect(losses.every(Number.isFinite)).toBe(true);
    expect(Number(/^graph test accuracy (\S+)$/m.exec(printed)?.[1])).toBeGreaterThanOrEqual(0.85);
    expect(printed).toContain("log of softmax -Infinity,0, logSoftmax -200,0");
  },
  "04-mlp.ipynb": printed => {
    expect(Number(/^test accuracy (\S+)$/m.exec(printed)?.[1])).toBeGreaterThanOrEqual(0.93);
    // Overfitting: at the end the validation loss lies well above its best, and held back it lies lower.
    const [, last, best, held] = /last: as it is (\S+) \(best (\S+)\), held back (\S+)/.exec(printed) ?? [];
    expect(Number(last)).toBeGreaterThan(1.02 * Number(best));
    expect(Number(held)).toBeLessThan(Number(last));
    expect(Number(/stopped after (\d+) of 200 epochs/.exec(printed)?.[1])).toBeLessThan(200);
  },
  "06-cnn-augmentation.ipynb": printed => {
    expect(Number(/largest difference (\S+)/.exec(printed)?.[1])).toBeLessThan(1e-5);
    expect(printed).toContain("the same seed, the same pictures: true");
    const tested = (trained: string) => {
      const [, upright, tilted] =
        new RegExp(`test, trained ${trained}: upright (\\S+), tilted (\\S+)`).exec(printed) ?? [];
      return { upright: Number(upright), tilted: Number(tilted) };
    };
    const [plain, augmented] = [tested("as they are"), tested("augmented")];
    expect(plain.upright).toBeGreaterThanOrEqual(0.97);
    expect(augmented.upright).toBeGreaterThanOrEqual(0.95);
    expect(augmented.tilted).toBeGreaterThan(plain.tilted + 0.05);
    // Told that digits may stand on their heads, it can no longer tell 6 from 9.
    const [, right, fooled] = /6 taken for 9 or 9 for 6: augmented (\d+), upside down (\d+)/.exec(printed) ?? [];
    expect(Number(fooled)).toBeGreaterThan(10 + Number(right));
  },
};

describe("the notebooks", () => {
  let home: JupyterHome;
  beforeAll(() => {
    home = new JupyterHome();
  });
  afterAll(() => home.close());

  test("are there", () => expect(names).toEqual(expect.arrayContaining(Object.keys(promises))));

  const runs = async (name: string) => {
    const path = join(folder, name);
    const before = readFileSync(path, "utf8");
    const output = join(home.work, name);
    const { code, stderr } = await home.gradbook(["run", path, "-o", output, "--timeout", "100"]);
    expect(code, stderr).toBe(0);
    expect(readFileSync(path, "utf8")).toBe(before);
    const { cells, metadata } = readNotebook(output);
    expect(metadata.kernelspec?.name).toBe("gradbook");
    const printed = cells.map(plainOutput).join("\n");
    promises[name]?.(printed);
    const outputs = cells.flatMap(c => c.outputs ?? []);
    const complaints = outputs.filter(o => o.name === "stderr").map(o => [o.text].flat().join(""));
    // The only thing that may be said is how a download goes on.
    expect(complaints.filter(text => !text.includes("ubyte"))).toEqual([]);
    if (!python) return;
    const valid = await home.python(["-c", "import sys, nbformat; nbformat.read(sys.argv[1], 4)", output]);
    expect(valid.code, valid.stderr).toBe(0);
  };

  test.each(names)("%s runs from top to bottom with `gradbook run`", runs);

  if (process.env.GRADBOOK_DATA) {
    const digitReaders = ["03-softmax-regression.ipynb", "04-mlp.ipynb", "06-cnn-augmentation.ipynb"];
    test.each(digitReaders)("%s runs without the real digits, too", async name => {
      home.env.GRADBOOK_DATA = "";
      await runs(name);
    });
  }
});
