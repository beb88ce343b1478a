import { execFileSync } from "node:child_process";
import { mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { expect, test } from "vitest";
import { concat, io, nn, type Tensor } from "../../../engine/index.js";
import { outputsOf } from "../../../engine/io/onnx/export/trace.js";
import { exportCases } from "./onnx-export-cases.js";

/** Set by `npm test`, which installs what test/requirements.txt names. */
const python = process.env.GRADBOOK_TEST_PYTHON;

const plain = (x: Tensor) => ({
  dtype: x.dtype,
  shape: x.shape,
  values: Array.from(x.data() as ArrayLike<number | bigint>, Number),
});

test.skipIf(!python)("exported models pass ONNX's checker and give in onnxruntime what they give here", () => {
  const folder = fileURLToPath(new URL("../../output/onnx-export", import.meta.url));
  mkdirSync(folder, { recursive: true });
  const cases = Object.entries(exportCases()).flatMap(([name, { model, inputs }]) => {
    if (model instanceof nn.Module) model.eval();
    const free = name !== "twoInputs";
    writeFileSync(join(folder, `${name}.onnx`), io.onnx.encode(model, inputs, { batch: free ? "free" : "fixed" }));
    // Batches of another length than that of the export.
    const more = Object.fromEntries(
      Object.entries(inputs).map(([key, x]) => [key, free ? (concat([x, x, x]) as Tensor) : x]),
    );
    const outputs = outputsOf(model(...(Object.values(more) as never[])));
    return { name, file: `${name}.onnx`, inputs: more, outputs };
  });
  const described = cases.map(({ file, inputs }) => ({
    file,
    inputs: Object.fromEntries(Object.entries(inputs).map(([key, x]) => [key, plain(x)])),
  }));
  writeFileSync(join(folder, "cases.json"), JSON.stringify(described));
  const script = fileURLToPath(new URL("../../fixtures/run_onnx.py", import.meta.url));
  execFileSync(python!, [script, folder], { stdio: ["ignore", "ignore", "inherit"], timeout: 100_000 });
  const answers = JSON.parse(readFileSync(join(folder, "answers.json"), "utf8")) as Record<
    string,
    { shape: number[]; values: number[] }
  >[];
  for (const [i, { name, outputs }] of cases.entries()) {
    expect(Object.keys(answers[i]!), name).toEqual(Object.keys(outputs));
    for (const [key, y] of Object.entries(outputs)) {
      const { shape, values } = plain(y);
      const answer = answers[i]![key]!;
      expect(answer.shape, `${name}.${key}`).toEqual(shape);
      const worst = values.reduce((most, value, k) => Math.max(most, Math.abs(value - Number(answer.values[k]))), 0);
      expect(worst, `${name}.${key}`).toBeLessThan(1e-4);
    }
  }
});
