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

/** Keras counts running statistics among the parameters that are not trained. */
function countsOf(model: gb.nn.Module) {
  const size = (named: [string, Tensor][]) => named.reduce((n, [, x]) => n + x.size, 0);
  const trainable = size(model.namedParameters());
  return { total: trainable + size(model.namedBuffers()), trainable };
}

test("LeNet has the parameters of Keras'", () => {
  const model = nn.sequential(
    [
      nn.conv2d(6, 5, { padding: "same", activation: "tanh" }),
      nn.averagePooling2d(2),
      nn.conv2d(16, 5, { activation: "tanh" }),
      nn.averagePooling2d(2),
      nn.flatten(),
      nn.dense(120, { activation: "tanh" }),
      nn.dense(84, { activation: "tanh" }),
      nn.dense(10, { activation: "softmax" }),
    ],
    { inputShape: [28, 28, 1] },
  );
  expect(countsOf(model)).toEqual(counts.lenet);
  const { flops, parameters } = train.summary(model, [1, 28, 28, 1]);
  expect(parameters.total).toBe(counts.lenet!.trainable);
  // By hand: 28² * 6 * 25, 10² * 16 * 150, 400 * 120, 120 * 84, 84 * 10.
  expect(flops).toBe(2 * (784 * 6 * 25 + 100 * 16 * 150 + 48000 + 10080 + 840));
});

test("the MLP of the article has the parameters of Keras'", () => {
  const model = nn.sequential(
    [
      nn.dense(64, { activation: "relu" }),
      nn.dense(32, { activation: "relu" }),
      nn.dense(10, { activation: "softmax" }),
    ],
    { inputShape: [784] },
  );
  expect(countsOf(model)).toEqual(counts.mlp);
  expect(train.summary(model, [3, 784]).flops).toBe(2 * 3 * (784 * 64 + 64 * 32 + 32 * 10));
});

test("an LSTM classifier has the parameters of Keras'", () => {
  const model = nn.sequential([
    nn.embedding(100, 16),
    nn.lstm(32, { returnSequences: true }),
    nn.gru(24),
    nn.dense(2, { activation: "softmax" }),
  ]);
  model(gb.zeros([1, 20], { dtype: "int32" }) as Tensor);
  expect(countsOf(model)).toEqual(counts.lstm);
  const { flops } = train.summary(model, gb.zeros([1, 20], { dtype: "int32" }) as Tensor);
  expect(flops).toBe(2 * (20 * 4 * 32 * (16 + 32) + 20 * 3 * 24 * (32 + 24) + 24 * 2));
});

test("means at the edge count what is there", () => {
  const pooled = nn.averagePooling1d(2, { padding: "same" })(gb.tensor([[[1], [2], [3]]]));
  expect(numbers(pooled as Tensor)).toEqual([1.5, 3]);
});

test("forget gates begin open", () => {
  const { bias } = nn.lstm(2, { inputShape: [null, 3] });
  expect(numbers(bias as unknown as Tensor)).toEqual([0, 0, 1, 1, 0, 0, 0, 0]);
});

test("channels may come first", () => {
  const x = gb.randn([2, 3, 8, 8]);
  const layer = nn.conv2d(4, 3, { padding: "same", dataFormat: "channelsFirst" });
  const y: Tensor<[2, 4, number, number], "float32"> = layer(x);
  const last = nn.conv2d(4, 3, { padding: "same" });
  last.loadStateDict(layer.stateDict());
  const z: Tensor<[2, number, number, 4], "float32"> = last(x.permute([0, 2, 3, 1]));
  expect(numbers(z.permute([0, 3, 1, 2]) as Tensor)).toEqual(numbers(y as Tensor));
  const pooled: Tensor<[2, 3, number, number], "float32"> = nn.maxPooling2d(2, { dataFormat: "channelsFirst" })(x);
  expect(pooled.shape).toEqual([2, 3, 4, 4]);
  const mean: Tensor<[2, 3], "float32"> = nn.globalAveragePooling2d({ dataFormat: "channelsFirst" })(x);
  expect(mean.shape).toEqual([2, 3]);
});

test("outputs of recurrent layers are typed by returnSequences", () => {
  const x = gb.randn([2, 5, 3]);
  const last: Tensor<[2, 4], "float32"> = nn.lstm(4)(x);
  const all: Tensor<[2, number, 4], "float32"> = nn.gru(4, { returnSequences: true })(x);
  expect([last.shape, all.shape]).toEqual([
    [2, 4],
    [2, 5, 4],
  ]);
});

test("a convolutional model trains, its steps replayed, from the first batch on", async () => {
  const model = nn.sequential([
    nn.conv2d(8, 3, { padding: "same", activation: "relu" }),
    nn.batchNormalization(),
    nn.maxPooling2d(2),
    nn.flatten(),
    nn.dropout(0.1),
    nn.dense(3, { activation: "softmax" }),
  ]);
  model.compile({ optimizer: "adam", loss: "sparseCategoricalCrossentropy", metrics: ["accuracy"] });
  const labels = gb.randint(0, 3, [96]) as Tensor;
  const x = gb.randn([96, 8, 8, 1]).add(labels.reshape([96, 1, 1, 1]).cast("float32") as never) as Tensor;
  const { history, eager } = await model.fit(x, labels, { epochs: 8, batchSize: 16, verbose: 0 });
  expect(eager).toBeUndefined();
  expect(history.loss!.at(-1)).toBeLessThan(0.7 * history.loss![0]!);
  const { runningMean } = model.layers[1] as gb.nn.BatchNormalization;
  expect(numbers(runningMean as Tensor).some(value => value !== 0)).toBe(true);
});

test.each<[string, () => unknown, string]>([
  ["filters", () => nn.conv2d(0, 3), "filters is 0"],
  ["a kernel", () => nn.conv2d(3, 0), "kernelSize is 0"],
  ["a padding", () => nn.conv2d(3, 3, { padding: "full" as never }), "padding is full"],
  ["a padding of a pool", () => nn.maxPooling2d(2, { padding: "full" as never }), "padding is full"],
  ["a format", () => nn.conv2d(3, 3, { dataFormat: "NHWC" as never }), "dataFormat is NHWC"],
  ["groups", () => nn.conv2d(4, 3, { groups: 2 })(gb.ones([1, 5, 5, 3])), "3 channels and 4 filters in 2 groups"],
  ["axes", () => nn.conv2d(4, 3)(gb.ones([5, 5, 3])), "the input [5, 5, 3] has 3 axes"],
  ["axes of a pool", () => nn.maxPooling2d(2)(gb.ones([5, 5, 3])), "the input [5, 5, 3] does not fit"],
  ["axes of a global pool", () => nn.globalMaxPooling2d()(gb.ones([5, 5, 3])), "the input [5, 5, 3] does not fit"],
  ["an axis", () => nn.batchNormalization({ axis: 2 as never }), "axis is 2"],
  ["a momentum", () => nn.batchNormalization({ momentum: 2 }), "momentum is 2"],
  ["units", () => nn.lstm(-1), "units is -1"],
  ["no steps", () => nn.lstm(4)(gb.ones([2, 3])), "the input [2, 3] has 2 axes"],
  ["an activation of steps", () => nn.simpleRnn(4, { activation: "gelu" as never }), 'no activation "gelu"'],
  ["a vocabulary", () => nn.embedding(0, 4), "count is 0"],
  ["an activation", () => nn.activation("rely" as never), 'no activation "rely"'],
])("clear error: %s", (_, run, message) => {
  expect(run).toThrow(message);
});
