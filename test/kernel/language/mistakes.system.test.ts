import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, beforeEach, expect, test } from "vitest";
import { createLanguageService } from "../../../kernel/language/index.js";

/** The commonest mistakes against the package's real declarations: what the reader is told. */

const timeout = 20_000;
let cwd: string;
let service: ReturnType<typeof createLanguageService>;

beforeAll(async () => {
  cwd = mkdtempSync(join(tmpdir(), "gradbook-mistakes-"));
  service = createLanguageService({ cwd });
  await service.diagnostics("relu", { timeout });
});

beforeEach(() => service.reset());

afterAll(() => {
  service.dispose();
  rmSync(cwd, { recursive: true });
});

async function messages(code: string): Promise<string[]> {
  return (await service.diagnostics(code, { timeout })).map(d => d.message);
}

const awaiting = "Did you forget to use 'await'?";
const item = "item() gives the number that is in a tensor of one element.";

test.each([
  // Shapes
  ["zeros([2, 3]).add(zeros([4]))", "cannot broadcast [2, 3] with [4]"],
  ["zeros([2, 3]).matmul(zeros([4, 5]))", "matmul: inner sizes differ: [2, 3] x [4, 5] (3 and 4)"],
  ["new nn.Linear(2, 3)(zeros([4, 5]))", "Linear: expects 2 features on the last axis, got 5"],
  [
    "const x: Tensor<[2]> = zeros([3])",
    "Type 'Tensor<[3]>' is not assignable to type 'Tensor<[2]>'.\n  Type '[3]' is not assignable to type '[2]'.",
  ],
  [
    "zeros(2, 3)",
    "Argument of type 'number' is not assignable to parameter of type 'Shape'. Write the lengths as one array: [2, 3].",
  ],
  ["zeros([2, 3]).reshape(3, 2)", "Expected 1 arguments, but got 2. Lengths and axes are one array: [2, 3]."],
  // Names
  ["zeross([1])", "Cannot find name 'zeross'. Did you mean 'zeros'?"],
  ["relu(zeros([1]))", "Cannot find name 'relu'. Did you mean 'gb.relu'?"],
  ["new Linear(2, 3)", "Cannot find name 'Linear'. Did you mean 'nn.Linear'?"],
  ["new Adam([])", "Cannot find name 'Adam'. Did you mean 'optim.Adam'?"],
  ["mnist()", "Cannot find name 'mnist'. Did you mean 'data.mnist'?"],
  ["nn.Lineer", "Property 'Lineer' does not exist on type 'typeof nn'. Did you mean 'Linear'?"],
  ["nn.Linear(2, 3)", "Value of type 'typeof Linear' is not callable. Did you mean to include 'new'?"],
  ["zeros([1]).mena()", "Property 'mena' does not exist on type 'Tensor<[1], \"float32\">'. Did you mean 'mean'?"],
  [
    "zeros([1]).view([1])",
    "Property 'view' does not exist on type 'Tensor<[1], \"float32\">'. Did you mean 'reshape'?",
  ],
  ["zeros([1]).length", "Property 'length' does not exist on type 'Tensor<[1], \"float32\">'. Did you mean 'size'?"],
  ["nothingLikeThat", "Cannot find name 'nothingLikeThat'."],
  ["document.title", "Cannot find name 'document'. Cells run in Node, where there is no page."],
  // Options
  [
    "randn([2], { seed: 1 })",
    /^Object literal may only specify known properties, and 'seed' does not exist in type 'RandomOptions<"float32">'\. It has .*\bdtype\b/,
  ],
  [
    "new optim.Adam([], { learningRate: 0.1 })",
    /'learningRate' does not exist in type 'AdamOptions'\. Did you mean 'lr'\?$/,
  ],
  ["new optim.Adam([], { weight_decay: 0.1 })", /Did you mean to write 'weightDecay'\?$/],
  ["zeros([2], { dtype: 'flaot32' })", /Did you mean '"float32"'\?$/],
  ["zeros([2], 'float64')", /Write it as an option: \{ dtype: 'float64' \}\.$/],
  ["zeros([2]).sum({ axis: 0 })", /Give the axis itself: sum\(0\)\.$/],
  ["new nn.Linear(2)", "Expected 2-3 arguments, but got 1. An argument for 'outputs' was not provided."],
  // Promises
  [
    "const d = data.mnist(); d.train",
    new RegExp(`^Property 'train' does not exist on type 'Promise<.*${escaped(awaiting)}$`),
  ],
  [
    "const t = zeros([2]).read(); t[0]",
    new RegExp(`^Property '0' does not exist on type 'Promise<.*${escaped(awaiting)}$`),
  ],
  ["for (const x of data.mnist()) {}", new RegExp(`${escaped(awaiting)}$`)],
  // Tensors are no numbers and no arrays
  ["tensor([1]) + 1", /^Operator '\+' cannot be applied .* Tensors have methods for that: a\.add\(b\)\.$/],
  ["if (tensor([1]) > 3) {}", /Tensors have methods for that: a\.gt\(b\)\.$/],
  ["const n: number = zeros([1]).sum()", `Type 'Tensor<[], "float32">' is not assignable to type 'number'. ${item}`],
  ["Math.sqrt(zeros([1]))", new RegExp(`${escaped(item)}$`)],
  [
    "zeros([2])[0]",
    "Property '0' does not exist on type 'Tensor<[2], \"float32\">'. at(...) takes a part of a tensor: x.at(0).",
  ],
  [
    "const w: Tensor = [1, 2]",
    "Type 'number[]' is not assignable to type 'Tensor'. Make a tensor of it with tensor(...).",
  ],
  [
    "gb.mseLoss(zeros([2]), [1, 2])",
    "Argument of type 'number[]' is not assignable to parameter of type 'Operand'. Make a tensor of it with tensor(...).",
  ],
])("%s", async (code, message) => {
  const [first, ...more] = await messages(code);
  expect(more).toEqual([]);
  if (typeof message === "string") expect(first).toBe(message);
  else expect(first).toMatch(message);
});

test("operators between tensors name the method, and between other things they do not", async () => {
  const [left, right] = await messages("const a = tensor([1]); a / a.add(gb.abs(a));");
  expect(left).toMatch(/Tensors have methods for that: a\.div\(b\)\.$/);
  expect(right).toMatch(/Tensors have methods for that: a\.div\(b\)\.$/);
  expect(await messages('"a" * 2')).toEqual([expect.not.stringContaining("Tensors")]);
});

test("what has nothing to do with tensors gets no advice about them", async () => {
  const code = "const o: { [k: string]: number } = {}; Math.sqrt(1, 2); o[zeros([1])]; ''.at(1, 2)";
  const found = await messages(code);
  expect(found.length).toBeGreaterThanOrEqual(3);
  for (const message of found) expect(message).not.toMatch(/one array|at\(\.\.\.\)|tensor\(/);
});

test("names of earlier cells are suggested", async () => {
  service.commit("const learningRate = 0.1;", 1);
  expect(await messages("learningrate * 2")).toEqual(["Cannot find name 'learningrate'. Did you mean 'learningRate'?"]);
});

test("a cell full of mistakes is answered in time", async () => {
  const code = Array.from({ length: 200 }, (_, i) => `missing${i}.thing; zeros([1]).gone${i}`).join("\n");
  const began = performance.now();
  const found = await messages(code);
  expect(found).toHaveLength(400);
  expect(performance.now() - began).toBeLessThan(5_000);
});

function escaped(text: string): string {
  return text.replace(/[.*+?^${}()|[\]\\]/g, "\\$&");
}
