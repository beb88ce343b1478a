import { mkdirSync, mkdtempSync, readFileSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { gzipSync } from "node:zlib";
import { transform } from "esbuild";
import { afterAll, beforeAll, describe, expect, test, vi } from "vitest";
import * as gb from "../../engine/index.js";
import { display } from "../../widgets/display.js";
import { show, views } from "../../widgets/show.js";
import { exampleValues } from "./example-values.js";
import { examplesIn, withChecks } from "./examples.js";

const root = fileURLToPath(new URL("../..", import.meta.url));

type Names = Record<string, unknown>;
const AsyncFunction = (async () => {}).constructor as new (...parts: string[]) => (...values: unknown[]) => unknown;

/** Runs an example in a scope that has the package, what its own module exports, and the values that examples take for granted. */
async function run(code: string, scope: Names): Promise<void> {
  const { code: script } = await transform(withChecks(code), { loader: "ts", target: "es2022" });
  const used = Object.keys(scope).filter(name => new RegExp(`\\b${name}\\b`).test(script));
  await new AsyncFunction(...used, `{ ${script} }`)(...used.map(name => scope[name]));
}

/** The value of an expression as the comment beside it would write it. */
function plain(value: unknown): unknown {
  return value instanceof gb.Tensor ? value.toArray() : value;
}

const check = (value: unknown, promised: unknown) => {
  const got = plain(value);
  if (typeof got === "number" && typeof promised === "number") expect(got).toBeCloseTo(promised, 5);
  else expect(got).toEqual(promised);
};

/** The files that examples read: a small set in the format of MNIST, and a model. */
function writeFiles(folder: string): void {
  mkdirSync(join(folder, "mnist"));
  const idx = (shape: number[]) => {
    const size = shape.reduce((product, n) => product * n, 1);
    const header = Buffer.from([0, 0, 8, shape.length, ...shape.flatMap(n => [0, 0, n >> 8, n & 255])]);
    return gzipSync(Buffer.concat([header, Buffer.alloc(size, 1)]));
  };
  writeFileSync(join(folder, "mnist", "t10k-images-idx3-ubyte.gz"), idx([10, 28, 28]));
  writeFileSync(join(folder, "mnist", "t10k-labels-idx1-ubyte.gz"), idx([10]));
  const { model } = JSON.parse(readFileSync(join(root, "test", "fixtures", "onnx.json"), "utf8")) as { model: string };
  writeFileSync(join(folder, "classifier.onnx"), Buffer.from(model, "base64"));
}

describe("the examples of the docs run, and give what their comments promise", () => {
  const before = process.cwd();
  beforeAll(() => {
    const folder = mkdtempSync(join(tmpdir(), "gradbook-examples-"));
    writeFiles(folder);
    vi.stubEnv("GRADBOOK_DATA", folder);
    process.chdir(folder);
  });
  afterAll(() => {
    process.chdir(before);
    vi.unstubAllEnvs();
  });

  for (const { place, file, code } of examplesIn(root, ["engine", "widgets"])) {
    test(`${place}: ${code.split("\n")[0]}`, async () => {
      const own = (await import(file)) as Names;
      const values = Object.fromEntries(Object.entries(exampleValues).map(([name, make]) => [name, make()]));
      await run(code, { ...gb, gb, display, show, views, ...own, ...values, check });
    });
  }
});
