import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { createLanguageService } from "../../../kernel/language/index.js";

/** What hovering says about expressions of the notebooks and the README, with the package's real declarations. */

const timeout = 20_000;
let cwd: string;
let service: ReturnType<typeof createLanguageService>;

beforeAll(async () => {
  cwd = mkdtempSync(join(tmpdir(), "gradbook-hover-"));
  service = createLanguageService({ cwd });
  await service.diagnostics("zeros([1])", { timeout });
});

afterAll(() => {
  service.dispose();
  rmSync(cwd, { recursive: true });
});

/** Inspects at `|`, which stands for nothing else in these cells. */
function inspect(marked: string) {
  return service.inspect(marked.replace("|", ""), marked.indexOf("|"));
}

test.each([
  ["tensor([[1, 2, 3], [4, 5, 6]])", 'Tensor<[2, 3], "float32">'],
  ["tensor([1, 2], { dtype: 'int32' })", 'Tensor<[2], "int32">'],
  ["zeros([784, 10])", 'Tensor<[784, 10], "float32">'],
  ["randn([32, 784]).matmul(zeros([784, 10]))", 'Tensor<[32, 10], "float32">'],
  ["randn([32, 784]).relu()", 'Tensor<[32, 784], "float32">'],
  ["gb.relu(randn([2, 3]))", 'Tensor<[2, 3], "float32">'],
  ["randn([32, 784]).softmax(-1).argMax(-1)", 'Tensor<[32], "int32">'],
  ["randn([32, 10]).sum(-1).mean().neg()", 'Tensor<[], "float32">'],
  ["randn([32, 10]).mul(2).sub(1).square()", 'Tensor<[32, 10], "float32">'],
  ["tensor(new Int32Array(4)).add(1.5)", 'Tensor<[number], "float32">'],
  ["tensor(new Int32Array(4)).add(1)", 'Tensor<[number], "int32">'],
  ["randn([2, 3]).transpose()", 'Tensor<[3, 2], "float32">'],
  ["gb.linspace(-1, 1, 200).reshape([200, 1])", 'Tensor<[200, 1], "float32">'],
  ["gb.linspace(-1, 1, 200).mul(2).sum()", 'Tensor<[], "float32">'],
  ["zeros([2, 3]).eq(0)", 'Tensor<[2, 3], "bool">'],
  ["zeros([2, 3]).eq(0).mean()", 'Tensor<[], "float32">'],
  ["zeros([2, 3]).cast('int32')", 'Tensor<[2, 3], "int32">'],
  ["new nn.Linear(784, 10)", "nn.Linear<784, 10>"],
  ["new nn.Linear(784, 10)(zeros([32, 784]) as Tensor<[number, 784], 'float32'>)", 'Tensor<[number, 10], "float32">'],
  ["new nn.Sequential(new nn.Linear(1, 32), new nn.Tanh())", "nn.Sequential"],
  ["new optim.Adam(new nn.Linear(1, 1).parameters(), { lr: 0.02 })", "optim.Adam"],
  ["gb.crossEntropy(zeros([4, 10]), tensor(new Int32Array(4)))", 'Tensor<[], "float32">'],
  ["gb.oneHot(tensor(new Int32Array(3)), 10)", 'Tensor<[number, 10], "float32">'],
  ["zeros([2, 3]).item()", "number"],
  ["zeros([2, 3]).toArray()", "number[][]"],
  ["zeros([2, 3]).shape", "[2, 3]"],
  ["data.digits({ count: 50 }).train.images", 'Tensor<[number, number, number], "float32">'],
  ["grad((x: Tensor) => x.pow(3).sub(x))", "(params: Tensor | number) => Tensor"],
  [
    "valueAndGrad((w: Tensor) => w.square().sum())",
    "(params: Tensor | number) => {\n    value: Tensor<[]>;\n    grad: Tensor;\n}",
  ],
])("%s is %s", async (expression, type) => {
  expect((await inspect(`const value = ${expression}; value|`))?.signature).toBe(`const value: ${type}`);
});

describe("a function of the package", () => {
  test.each([
    ["gb.relu|", "function relu(x: Tensor): Tensor"],
    [
      "gb.crossEntropy|",
      "function crossEntropy(logits: Tensor, target: Tensor, options?: CrossEntropyOptions): Tensor<[]>",
    ],
    ["zeros|([2, 3])", 'function zeros(shape: [2, 3], options?: CreateOptions<"float32">): Tensor<[2, 3], "float32">'],
    ["zeros([2, 3]).add|(1)", '(method) add(b: 1): Tensor<[2, 3], "float32">'],
    ["zeros([2, 3]).sum|(0)", '(method) sum(axis?: 0, options?: ReduceOptions<false>): Tensor<[3], "float32">'],
    ["const l = new nn.Linear(2, 3); l|(zeros([1, 2]))", 'const l: (x: Tensor<[1, 2]>) => Tensor<[1, 3], "float32">'],
    ["zeros([2, 3]).relu|", '(method) relu(): Tensor<[2, 3], "float32">'],
    [
      "zeros([2, 3]).sum|",
      '(method) sum(axis?: number | readonly number[], options?: ReduceOptions<false>): Tensor<[], "float32">',
    ],
    ["zeros([2, 3]).matmul|", /^\(method\) matmul\(b: Tensor\): Tensor<number\[\]/],
    ["zeros([2, 3]).softmax|", '(method) softmax(axis?: number): Tensor<[2, 3], "float32">'],
    ["new nn.Linear|(2, 3)", /^constructor Linear\(inputs: 2, outputs: 3, .*\): nn\.Linear<2, 3>$/],
    ["const f = (x: Tensor) => x|", "(parameter) x: Tensor"],
  ])("%s", async (marked, signature) => {
    const found = (await inspect(marked))?.signature;
    if (typeof signature === "string") expect(found).toBe(signature);
    else expect(found).toMatch(signature);
  });

  test("is documented as a function, as a method and between its parentheses", async () => {
    const text = "max(x, 0). Its derivative at 0 is taken as 0.";
    expect((await inspect("gb.relu|"))?.documentation).toBe(text);
    expect((await inspect("zeros([1]).relu|()"))?.documentation).toBe(text);
    expect((await inspect("zeros([1]).relu(|)"))?.documentation).toContain(text);
    const layer = "Here: `outputs: number`\n\nx times the transposed weight";
    expect((await inspect("new nn.Linear(2, |"))?.documentation.slice(0, layer.length)).toBe(layer);
  });

  test("shows no name that only the package's own files know", async () => {
    for (const name of ["add", "sum", "matmul", "softmax", "reshape", "at", "where", "exp", "eq"]) {
      const signature = (await inspect(`gb.${name}|`))?.signature;
      expect(signature, name).toMatch(new RegExp(`^function ${name}[<(]`));
      expect(signature, name).not.toMatch(/Unary|Binary|Reduction|__gradbook|import\(|\bthis:/);
    }
  });
});
