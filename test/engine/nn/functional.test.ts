import { readFileSync } from "node:fs";
import { expect, test } from "vitest";
import * as gb from "../../../engine/index.js";
import type { Tensor } from "../../../engine/tensor.js";
import { numbers } from "../samples.js";

const { nn, train } = gb;
const file = new URL("../../fixtures/keras_layers.json", import.meta.url);
const { counts } = JSON.parse(readFileSync(file, "utf8")) as {
  counts: Record<string, { total: number; trainable: number }>;
};
const sizes = (named: [string, Tensor][]) => named.reduce((n, [, x]) => n + x.size, 0);

function resnet() {
  const image = nn.input([16, 16, 3], { name: "image" });
  const shared = nn.conv2d(8, 3, { padding: "same", activation: "relu", name: "shared" });
  let x = nn.batchNormalization()(nn.conv2d(8, 3, { padding: "same" })(image)) as Tensor;
  x = nn.add([x, shared(x) as Tensor]) as Tensor;
  x = nn.add([x, shared(x) as Tensor]) as Tensor;
  return nn.model({ inputs: image, outputs: nn.dense(10)(nn.globalAveragePooling2d()(x)) });
}

function twoInputs() {
  const [left, right] = [nn.input([10]), nn.input([6])];
  const joined = nn.concatenate([
    nn.dense(8, { activation: "relu" })(left),
    nn.dense(4, { activation: "relu" })(right),
  ]);
  return nn.model({
    inputs: [left, right],
    outputs: [nn.dense(1)(joined), nn.dense(3, { activation: "softmax" })(joined)],
  });
}

test("a residual network with a shared layer has the parameters of Keras'", () => {
  const model = resnet();
  const trainable = sizes(model.namedParameters());
  expect({ total: trainable + sizes(model.namedBuffers()), trainable }).toEqual(counts.resnet);
  const { flops } = train.summary(model, [1, 16, 16, 3]);
  expect(flops).toBe(2 * (256 * 8 * 27 + 2 * 256 * 8 * 72 + 80));
});

test("a model of two inputs and outputs has the parameters of Keras', and is typed", () => {
  const model = twoInputs();
  expect(sizes(model.namedParameters())).toBe(counts.two!.total);
  const [a, b]: readonly [Tensor<[number, 1], "float32">, Tensor<[number, 3], "float32">] = model(
    gb.zeros([2, 10]),
    gb.zeros([2, 6]),
  );
  expect([a.shape, b.shape]).toEqual([
    [2, 1],
    [2, 3],
  ]);
  const { flops } = train.summary(model, [1, 10], [1, 6]);
  expect(flops).toBe(2 * (10 * 8 + 6 * 4 + 12 + 36));
});

test("computes what its layers compute, operations included", () => {
  const x = nn.input([3]);
  const dense = nn.dense(4);
  const model = nn.model({ inputs: x, outputs: dense(x).relu().mul(2) });
  const value = gb.randn([5, 3]);
  expect(numbers(model(value) as Tensor)).toEqual(numbers(dense(value).relu().mul(2) as Tensor));
  expect(Object.keys(model.stateDict())).toEqual(["layers.dense.weight", "layers.dense.bias"]);
});

test("symbolic shapes: the samples are open, and axes that follow an open one", () => {
  const x = nn.input([null, 8]);
  expect(x.shape).toEqual([null, null, 8]);
  const y = nn.conv1d(4, 3, { strides: 2 })(x);
  expect([y.shape, nn.lstm(5)(y).shape]).toEqual([
    [null, null, 4],
    [null, 5],
  ]);
  expect(String(y)).toBe("SymbolicTensor(Convolution1d, [null, null, 4], float32)");
  expect(nn.embedding(10, 3)(nn.input([7], { dtype: "int32" })).shape).toEqual([null, 7, 3]);
});

test("a model can be a layer of another, twice", () => {
  const inner = (() => {
    const x = nn.input([4]);
    return nn.model({ inputs: x, outputs: nn.dense(3)(x), name: "tower" });
  })();
  const [a, b] = [nn.input([4]), nn.input([4])];
  const outer = nn.model({ inputs: { a, b }, outputs: nn.dot([inner(a), inner(b)], { axes: 1 }) });
  expect(outer.parameters()).toHaveLength(2);
  expect(outer({ a: gb.ones([2, 4]), b: gb.ones([2, 4]) }).shape).toEqual([2, 1]);
  expect(outer.namedParameters()[0]![0]).toBe("layers.tower.layers.dense.weight");
});

test("explicit layers and recurrences with several results take part", () => {
  const x = nn.input([5, 6]);
  const { output, hidden } = new nn.LSTM(6, 4)(x);
  expect([output.shape, hidden.shape]).toEqual([
    [null, 5, 4],
    [null, 1, 4],
  ]);
  const model = nn.model({ inputs: x, outputs: new nn.Linear(4, 2)(output.at(gb.slice(), -1) as Tensor<[number, 4]>) });
  expect(model(gb.zeros([3, 5, 6])).shape).toEqual([3, 2]);
});

test("fit, evaluate and predict with outputs by name, their losses, weights and metrics", async () => {
  const x = nn.input([4], { name: "x" });
  const h = nn.dense(16, { activation: "relu" })(x);
  const model = nn.model({
    inputs: { x },
    outputs: { price: nn.dense(1)(h), kind: nn.dense(3, { activation: "softmax" })(h) },
  });
  model.compile({
    optimizer: "adam",
    loss: { price: "mse", kind: "sparseCategoricalCrossentropy" },
    lossWeights: { price: 0.5, kind: 2 },
    metrics: { kind: ["accuracy"] },
  });
  const data = gb.randn([64, 4]) as Tensor;
  const targets = {
    price: data.sum(1, { keepDims: true }) as Tensor,
    kind: data.at(gb.slice(), gb.slice(0, 3)).argMax(1) as Tensor,
  };
  const { history, eager } = await model.fit({ x: data }, targets, { epochs: 100, verbose: 0 });
  expect(eager).toBeUndefined();
  expect(Object.keys(history)).toEqual(expect.arrayContaining(["loss", "price_loss", "kind_loss", "kind_accuracy"]));
  const at = (name: string, i: number) => history[name]!.at(i)!;
  expect(at("loss", 0)).toBeCloseTo(0.5 * at("price_loss", 0) + 2 * at("kind_loss", 0), 4);
  expect(at("loss", -1)).toBeLessThan(0.7 * at("loss", 0));
  expect((await model.evaluate({ x: data }, targets)).kind_accuracy).toBeGreaterThan(0.5);
  expect(model.predict({ x: data }).kind.shape).toEqual([64, 3]);
});

test("an own trainStep is used by fit", async () => {
  class Net extends nn.Module {
    readonly layer = nn.dense(1);
    steps = 0;
    forward(x: Tensor) {
      return this.layer(x) as Tensor;
    }
    override trainStep(batch: gb.train.Batch, { optimizer, outputsOf, lossOf }: gb.train.StepTools) {
      optimizer.zeroGrad();
      const loss = lossOf(outputsOf(batch), batch);
      loss.backward();
      optimizer.step();
      return { mine: loss.mul(2) as Tensor };
    }
  }
  const model = new Net();
  model.compile({ optimizer: "sgd", loss: "mse" });
  const x = gb.randn([32, 3]) as Tensor;
  const { history } = await model.fit(x, x.sum(1, { keepDims: true }) as Tensor, { epochs: 20, verbose: 0 });
  expect(Object.keys(history)).toContain("mine");
  expect(history.mine!.at(-1)).toBeLessThan(history.mine![0]!);
});

test("the summary shows who reads what", () => {
  const text = String(train.summary(resnet(), [1, 16, 16, 3]));
  expect(text).toContain("reads");
  expect(text).toMatch(/convolution2d\s+Convolution2d.*input image/);
  expect(text).toMatch(/shared\s+Convolution2d.*batchNormalization, add /);
});

const [a, b] = [nn.input([3], { name: "a" }), nn.input([4], { name: "b" })];
test.each<[string, () => unknown, string]>([
  ["a broken shape", () => nn.input([0]), "shape is [0]"],
  ["a wrong layer", () => nn.dense(2, { inputShape: [4], name: "head" })(a), "called with [null, 3]"],
  ["a wrong layer's name", () => nn.dense(2, { inputShape: [4], name: "head" })(a), "(layer head (Dense)"],
  ["a wrong operation", () => a.reshape([7, 7]), "(operation reshape, called with [null, 3])"],
  [
    "an input that is missing",
    () => nn.model({ inputs: a, outputs: nn.concatenate([a, b]) }),
    "layer Concatenate needs the input b [null, 4]",
  ],
  [
    "an input that is not used",
    () => nn.model({ inputs: [a, b], outputs: nn.dense(1)(a) }),
    "no output depends on input b",
  ],
  ["an input twice", () => nn.model({ inputs: [a, a], outputs: nn.dense(1)(a) }), "one input is given twice"],
  [
    "a result as input",
    () => nn.model({ inputs: nn.dense(1)(a), outputs: nn.dense(1)(a) }),
    "input 0 is a result of Dense",
  ],
  ["values", () => nn.model({ inputs: a, outputs: gb.zeros([2, 3]) }), "outputs 0 is no symbolic tensor"],
  ["no outputs", () => nn.model({ inputs: a, outputs: [] }), "there are no outputs"],
  [
    "a name twice",
    () => nn.model({ inputs: a, outputs: nn.dense(1, { name: "h" })(nn.dense(2, { name: "h" })(a)) }),
    "two layers are called h",
  ],
  ["values of a symbolic tensor", () => a.item(), "a symbolic tensor has no item"],
  [
    "a shape that does not fit",
    () => nn.model({ inputs: a, outputs: nn.dense(1)(a) })(gb.zeros([2, 5]) as never),
    "input a takes [null, 3], got [2, 5]",
  ],
  [
    "an input that is no tensor",
    () => nn.model({ inputs: { a }, outputs: nn.dense(1)(a) })({} as never),
    "input a is no tensor",
  ],
  [
    "too many inputs",
    () =>
      (nn.model({ inputs: a, outputs: nn.dense(1)(a) }) as unknown as (...x: unknown[]) => unknown)(
        gb.zeros([1, 3]),
        gb.zeros([1, 3]),
      ),
    "2 inputs instead of 1",
  ],
])("clear error: %s", (_, run, message) => {
  expect(run).toThrow(message);
});
