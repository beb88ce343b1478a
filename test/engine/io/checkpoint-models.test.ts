import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, expect, test } from "vitest";
import { io, nn, randn, slice, type Tensor, zeros } from "../../../engine/index.js";
import { buildArchitecture } from "../../../engine/io/checkpoint/architecture.js";
import { numbers } from "../samples.js";

const folder = mkdtempSync(join(tmpdir(), "gradbook-models-"));
afterAll(() => rmSync(folder, { recursive: true }));
const path = join(folder, "model.safetensors");

async function again(model: nn.Module): Promise<nn.Module> {
  await io.save(model, path);
  return (await io.load(path)).model;
}

const call = (model: unknown, ...args: unknown[]) => (model as (...args: unknown[]) => unknown)(...args);

test.each<[string, () => nn.Module, () => Tensor]>([
  [
    "dense, convolution, norm and pool",
    () =>
      nn.sequential([
        nn.conv2d(4, [3, 2], { strides: 2, padding: "same", activation: "relu", kernelRegularizer: "l2" }),
        nn.batchNormalization({ momentum: 0.9 }),
        nn.maxPooling2d(2, { strides: 1 }),
        nn.averagePooling2d(2, { padding: "same" }),
        nn.zeroPadding2d([[1, 0], 2]),
        nn.cropping2d([[1, 0], 2]),
        nn.conv2dTranspose(2, 3, { strides: 2 }),
        nn.layerNormalization({ center: false }),
        nn.globalAveragePooling2d(),
        nn.reshape([2, 1]),
        nn.permute([2, 1]),
        nn.flatten(),
        nn.repeatVector(3),
        nn.activation("tanh"),
        nn.dropout(0.2),
        new nn.Residual(nn.dense(2, { kernelInitializer: shape => randn([...shape]) as Tensor })),
        nn.dense(3, { useBias: false }),
      ]),
    () => randn([2, 8, 9, 3]) as Tensor,
  ],
  [
    "recurrent layers that learn their size",
    () =>
      nn.sequential([
        nn.embedding(10, 4),
        nn.lstm(5, { returnSequences: true, goBackwards: true }),
        nn.gru(4, { returnSequences: true }),
        nn.simpleRnn(3, { activation: "relu" }),
      ]),
    () => zeros([2, 6], { dtype: "int32" }) as Tensor,
  ],
])("a sequential model is made anew: %s", async (_, make, input) => {
  const model = make();
  const x = input();
  call(model, x);
  const loaded = await again(model);
  for (const each of [model, loaded]) each.eval();
  expect(numbers(call(loaded, x) as Tensor)).toEqual(numbers(call(model, x) as Tensor));
  expect(loaded.namedModules().map(([name, m]) => [name, m.describe()])).toEqual(
    model.namedModules().map(([name, m]) => [name, m.describe()]),
  );
});

test.each<[string, nn.Module]>([
  ["LSTM", new nn.LSTM(4, 3, { layers: 2, bidirectional: true, dropout: 0.1 }) as never],
  ["GRU", new nn.GRU(4, 3, { bias: false }) as never],
  ["RNN", new nn.RNN(4, 3, { nonlinearity: "relu" }) as never],
])("an explicit recurrent layer is made anew: %s", async (_, model) => {
  const x = randn([2, 5, 4]);
  const loaded = await again(model);
  for (const each of [model, loaded]) each.eval();
  const outputOf = (each: nn.Module) => numbers((call(each, x) as { output: Tensor }).output);
  expect(outputOf(loaded)).toEqual(outputOf(model));
  expect(loaded.config()).toEqual(model.config());
});

test("a functional model is made anew, with shared and nested layers, operations and names", async () => {
  const [a, b] = [nn.input([5, 4], { name: "a" }), nn.input([4], { name: "b" })];
  const shared = nn.dense(3, { name: "shared" });
  const step = nn.input([3]);
  const tower = nn.model({ inputs: step, outputs: nn.dense(2, { activation: "relu" })(step), name: "tower" });
  const { output } = new nn.LSTM(3, 3)(shared(a));
  const last = output.at(slice(), -1) as Tensor<[number, 3], "float32">;
  const both = nn.add([last, shared(b)]).mul(0.5) as Tensor<[number, 3], "float32">;
  const model = nn.model({ inputs: { a, b }, outputs: { low: tower(both), high: nn.concatenate([both, last]) } });
  const data = { a: randn([2, 5, 4]), b: randn([2, 4]) };
  const loaded = await again(model);
  const [before, after] = [model, loaded].map(each => call(each, data) as Record<string, Tensor>);
  for (const name of ["low", "high"]) expect(numbers(after![name]!)).toEqual(numbers(before![name]!));
  expect((loaded as nn.GraphModel).connections()).toEqual(model.connections());
});

test("what plain data cannot hold is said on loading", async () => {
  await io.save(nn.sequential([nn.dense(2, { activation: x => x, inputShape: [3] })]), path);
  await expect(io.load(path)).rejects.toThrow("a Dense cannot be made from the file");
});

const graph = (calls: unknown[], outputs: unknown = { $tensor: 1 }) => ({
  class: "GraphModel",
  names: ["dense"],
  layers: [{ class: "Dense", args: [2, {}] }],
  wiring: { inputs: [{ name: "x", shape: [null, 3], dtype: "float32" }], form: "one", calls, outputs },
});
const wired = (index: unknown) => [{ layer: "dense", args: [{ $tensor: index }], outputs: 1 }];

test("an honest graph is built", () => {
  expect(buildArchitecture(graph(wired(0)), 100)).toBeInstanceOf(nn.GraphModel);
});

test.each<[string, unknown]>([
  ["a cycle", graph(wired(1))],
  ["a wire to nowhere", graph(wired(7))],
  ["a wire that is no number", graph(wired("0"))],
  ["an output from nowhere", graph(wired(0), { $tensor: 2 })],
  ["an unknown layer", graph([{ layer: "conv", args: [], outputs: 1 }])],
  ["an unknown operation", graph([{ operation: "constructor", args: [], outputs: 1 }])],
  ["no inputs", { ...graph(wired(0)), wiring: { inputs: [], form: "one", calls: [], outputs: 0 } }],
  ["names of another number", { ...graph(wired(0)), names: [] }],
  ["a name of every object", { ...graph(wired(0)), names: ["__proto__"] }],
  ["a size in the options", { class: "Dense", args: [1e9, { inputShape: [1e9] }] }],
])("a damaged architecture is refused: %s", (_, data) => {
  expect(() => buildArchitecture(data, 100)).toThrow("the architecture is damaged");
});

test("nothing is allocated for a lie about sizes", () => {
  const huge = buildArchitecture({ class: "Dense", args: [1e9, {}] }, 100);
  expect(() => huge.loadStateDict({ weight: zeros([2, 3]) as Tensor, bias: zeros([2]) as Tensor })).toThrow(
    "has no parameters yet",
  );
  expect(() => buildArchitecture({ class: "LSTM", args: [4, 1e6, {}] }, 100)).toThrow("a LSTM is larger than the file");
  expect(() => buildArchitecture({ class: "EmbeddingTable", args: [1e6, 1e3, {}] }, 100)).toThrow(
    "larger than the file",
  );
});
