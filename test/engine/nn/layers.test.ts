import { describe, expect, test } from "vitest";
import * as gb from "../../../engine/index.js";
import type { Tensor } from "../../../engine/tensor.js";
import { numbers } from "../samples.js";
import { testLayers } from "./oracle-layers.js";

const { nn } = gb;

testLayers("layers.json");

describe("buffers", () => {
  test("are state but no parameters, and are found inside other modules", () => {
    const model = new nn.Sequential(new nn.Conv2d(1, 2, 3, { bias: false }), new nn.BatchNorm2d(2));
    expect(model.namedBuffers().map(([name]) => name)).toEqual([
      "1.running_mean",
      "1.running_var",
      "1.num_batches_tracked",
    ]);
    expect(model.namedParameters().map(([name]) => name)).toEqual(["0.weight", "1.weight", "1.bias"]);
    expect(() => model.loadStateDict({})).toThrow("missing 0.weight, 1.weight, 1.bias, 1.running_mean");
  });

  test("a batch changes them in training only", () => {
    const layer = new nn.BatchNorm1d(2);
    expect(layer.training).toBe(true);
    const x = gb.tensor([
      [1, 5],
      [3, 5],
    ]);
    layer.eval();
    layer(x);
    expect(layer.num_batches_tracked.item()).toBe(0);
    layer.train();
    layer(x);
    expect(layer.num_batches_tracked.item()).toBe(1);
    expect(numbers(layer.running_mean)[0]).toBeCloseTo(0.2, 6);
    expect(numbers(layer.running_var)).toEqual([expect.closeTo(0.9 + 0.1 * 2, 6), expect.closeTo(0.9, 6)]);
  });
});

describe("dropout", () => {
  test("keeps the mean, scales what stays, and the same seed drops the same", () => {
    const layer = new nn.Dropout(0.25, { generator: new gb.Generator(3) });
    const x = gb.ones([200, 100]);
    const values = numbers(layer(x));
    expect(new Set(values)).toEqual(new Set([0, Math.fround(1 / 0.75)]));
    const dropped = values.filter(v => v === 0).length / values.length;
    expect(dropped).toBeGreaterThan(0.24);
    expect(dropped).toBeLessThan(0.26);
    expect(numbers(new nn.Dropout(0.25, { generator: new gb.Generator(3) })(x))).toEqual(values);
    expect(numbers(layer(x))).not.toEqual(values);
  });

  test("does nothing in evaluation, and its gradient is its mask", () => {
    const layer = new nn.Dropout(0.5);
    const x = gb.ones([50], { requiresGrad: true });
    const y = layer(x);
    y.sum().backward();
    expect(numbers(x.grad as Tensor)).toEqual(numbers(y));
    expect(layer.eval()).toBe(layer);
    expect(layer(x)).toBe(x);
  });
});

describe("layers start as PyTorch's do", () => {
  test.each([
    ["Conv2d", new nn.Conv2d(8, 16, 3, { groups: 2 }), 1 / Math.sqrt(36)],
    ["ConvTranspose2d", new nn.ConvTranspose2d(8, 16, 3), 1 / Math.sqrt(144)],
    ["LSTM", new nn.LSTM(5, 25), 0.2],
  ] as const)("%s: uniform up to its limit", (_, layer, limit) => {
    for (const parameter of layer.parameters()) {
      const largest = Math.max(...numbers(parameter).map(Math.abs));
      expect(largest).toBeLessThanOrEqual(limit);
      expect(largest).toBeGreaterThan(0.7 * limit);
    }
  });
});

describe("refused", () => {
  test.each([
    ["channels that are no number", () => new nn.Conv2d(0, 1, 3), "inputs is 0"],
    ["groups that do not divide", () => new nn.Conv2d(3, 4, 3, { groups: 2 }), "3 channels and 4 filters in 2 groups"],
    ["a kernel of 0", () => new nn.Conv1d(3, 4, 0), "kernel is 0"],
    ["heads that do not divide", () => new nn.MultiheadAttention(10, 3), "10 features in 3 heads"],
    ["a rate above 1", () => new nn.Dropout(2), "rate is 2"],
    ["images with other channels", () => new nn.Conv2d(3, 4, 3)(gb.zeros([1, 2, 5, 5]) as never), "has 2 channels"],
    ["sequences with other features", () => new nn.LSTM(3, 4)(gb.zeros([1, 2, 5]) as never), "[1, 2, 5] does not fit"],
    ["a batch of one", () => new nn.BatchNorm1d(3)(gb.zeros([1, 3])), "one value per channel"],
    ["images for a 1d norm", () => new nn.BatchNorm1d(3)(gb.zeros([2, 3, 4, 4])), "has 4 axes"],
    ["an index outside the table", () => new nn.Embedding(3, 2)(gb.tensor([3], { dtype: "int32" })), "3"],
    ["an unknown nonlinearity", () => new nn.RNN(2, 3, { nonlinearity: "sin" as never }), "no nonlinearity sin"],
  ])("%s", (_, call, message) => {
    expect(call).toThrow(gb.EngineError);
    expect(call).toThrow(message);
  });
});

test("a small network of convolutions learns in the plain loop", () => {
  gb.manualSeed(5);
  const model = new nn.Sequential(
    new nn.Conv2d(1, 4, 3, { padding: 1 }),
    new nn.BatchNorm2d(4),
    new nn.ReLU(),
    new nn.MaxPool2d(2),
    new nn.Flatten(),
    new nn.Linear(4 * 16, 2),
  );
  // Which half of the image is brighter.
  const x = gb.rand([64, 1, 8, 8]);
  const labels = x
    .at(gb.slice(), 0, gb.slice(), gb.slice(0, 4))
    .sum([1, 2])
    .gt(x.at(gb.slice(), 0, gb.slice(), gb.slice(4)).sum([1, 2]) as never);
  const target = (labels as Tensor).cast("int32");
  const optimizer = new gb.optim.Adam(model.parameters(), { lr: 0.01 });
  let loss = 0;
  for (let step = 0; step < 60; step++) {
    optimizer.zeroGrad();
    const value = gb.crossEntropy(model(x), target);
    value.backward();
    optimizer.step();
    loss = value.item() as number;
  }
  expect(loss).toBeLessThan(0.15);
});
