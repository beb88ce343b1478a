import { execFileSync } from "node:child_process";
import { mkdirSync, readFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { beforeAll, expect, test } from "vitest";
import { operators } from "../../../engine/io/onnx/operators/index.js";
import { type OnnxCase, runCase } from "./onnx-cases.js";

/** Set by `npm test`, which installs what test/requirements.txt names. */
const python = process.env.GRADBOOK_TEST_PYTHON;

/** ONNX data types that the engine has. */
const ours = new Set([1, 2, 3, 6, 7, 9, 10, 11, 12, 16]);

/** numpy's generator drew what these expect; which elements drop is ours to draw. */
const random = /^test_training_dropout(_default)?(_mask)?$/;

let cases: OnnxCase[] = [];

beforeAll(() => {
  if (!python) return;
  const path = fileURLToPath(new URL("../../output/onnx-nodes.json", import.meta.url));
  mkdirSync(new URL("../../output", import.meta.url), { recursive: true });
  execFileSync(python, [fileURLToPath(new URL("../../fixtures/make_onnx_nodes.py", import.meta.url)), path], {
    stdio: ["ignore", "ignore", "inherit"],
    timeout: 100_000,
  });
  cases = JSON.parse(readFileSync(path, "utf8"));
});

test.skipIf(!python)("the node tests of ONNX", async () => {
  const score = new Map<string, { passed: number; all: number }>();
  const failures: string[] = [];
  for (const one of cases) {
    const problem = await runCase(one);
    const row = score.get(one.op) ?? { passed: 0, all: 0 };
    score.set(one.op, { passed: row.passed + (problem === undefined ? 1 : 0), all: row.all + 1 });
    const supported = one.op.split("+").every(op => Object.hasOwn(operators, op));
    if (problem !== undefined && supported && !random.test(one.name) && one.dtypes.every(code => ours.has(code))) {
      failures.push(`${one.name}: ${problem}`);
    }
  }
  const rows = [...score].sort(([a], [b]) => (a < b ? -1 : 1)).map(([op, { passed, all }]) => `${op} ${passed}/${all}`);
  const passed = [...score.values()].reduce((total, row) => total + row.passed, 0);
  console.log(`ONNX node tests: ${passed} of ${cases.length} pass\n${rows.join(", ")}`);
  expect(failures).toEqual([]);
  expect(passed).toBeGreaterThanOrEqual(990);
});
