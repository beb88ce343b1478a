import { execFileSync } from "node:child_process";
import { cpSync, mkdirSync, mkdtempSync, readFileSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
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

/** The files that examples read: small sets in the formats of the named ones, tables, and a model. */
function writeFiles(folder: string): void {
  mkdirSync(join(folder, "mnist"));
  const idx = (shape: number[]) => {
    const size = shape.reduce((product, n) => product * n, 1);
    const header = Buffer.from([0, 0, 8, shape.length, ...shape.flatMap(n => [0, 0, n >> 8, n & 255])]);
    return gzipSync(Buffer.concat([header, Buffer.alloc(size, 1)]));
  };
  writeFileSync(join(folder, "mnist", "t10k-images-idx3-ubyte.gz"), idx([10, 28, 28]));
  writeFileSync(join(folder, "mnist", "t10k-labels-idx1-ubyte.gz"), idx([10]));
  cpSync(join(folder, "mnist"), join(folder, "fashion-mnist"), { recursive: true });
  writeTables(folder);
  const records = Buffer.alloc(3073);
  const batches = ["data_batch_1", "data_batch_2", "data_batch_3", "data_batch_4", "data_batch_5", "test_batch"];
  archive(folder, "cifar10/cifar-10-binary.tar.gz", Object.fromEntries(batches.map(name => [`${name}.bin`, records])));
  const reviews = ["train/pos/0_9.txt", "test/neg/0_1.txt"].map(name => [`aclImdb/${name}`, Buffer.from("A film.")]);
  archive(folder, "imdb/aclImdb_v1.tar.gz", Object.fromEntries(reviews));
  const { model } = JSON.parse(readFileSync(join(root, "test", "fixtures", "onnx.json"), "utf8")) as { model: string };
  writeFileSync(join(folder, "classifier.onnx"), Buffer.from(model, "base64"));
}

/** Tables of one row each in every format. */
function writeTables(folder: string): void {
  const put = (name: string, content: string | Uint8Array) => {
    mkdirSync(dirname(join(folder, name)), { recursive: true });
    writeFileSync(join(folder, name), content);
  };
  const [irisNames, irisRow] = ["sepal_length,sepal_width,petal_length,petal_width,species", "5,3,1,0.2,setosa"];
  put("tables/iris.csv", `${irisNames}\n${irisRow}\n`);
  const penguin =
    "species,island,bill_length_mm,bill_depth_mm,flipper_length_mm,body_mass_g,sex\nA,T,39,18,181,3750,MALE\n";
  put("tables/penguins.csv", penguin);
  const titanic =
    "survived,pclass,sex,age,sibsp,parch,fare,embarked,class,who,adult_male,deck,embark_town,alive,alone\n" +
    "0,3,male,22,1,0,7.25,S,Third,man,True,,Southampton,no,False\n";
  put("tables/titanic.csv", titanic);
  put("titanic.csv", titanic);
  put("text/tinyshakespeare.txt", "To be, or not to be");
  put("large.csv.gz", gzipSync(penguin));
  put("reviews.jsonl", '{"text": "A film.", "good": true}\n');
  const columnar = join(root, "test", "fixtures", "columnar");
  put("penguins.arrow", readFileSync(join(columnar, "people.arrow")));
  put("penguins.parquet", readFileSync(join(columnar, "people-snappy.parquet")));
}

/** A compressed archive at `path`, made by the system's tar. */
function archive(folder: string, path: string, files: Record<string, Uint8Array>): void {
  const content = mkdtempSync(join(tmpdir(), "gradbook-archive-"));
  for (const [name, bytes] of Object.entries(files)) {
    mkdirSync(dirname(join(content, name)), { recursive: true });
    writeFileSync(join(content, name), bytes);
  }
  mkdirSync(dirname(join(folder, path)), { recursive: true });
  execFileSync("tar", ["--format=ustar", "-czf", join(folder, path), "-C", content, ...Object.keys(files)]);
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
