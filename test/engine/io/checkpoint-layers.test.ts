import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, expect, test } from "vitest";
import { io, nn, ones, randn, type Tensor, tensor, zeros } from "../../../engine/index.js";
import { architectureOf, buildArchitecture } from "../../../engine/io/checkpoint/architecture.js";
import { mapLeaves } from "../../../engine/tree.js";

import { numbers } from "../samples.js";

const x = (...shape: number[]) => randn(shape) as Tensor;
const images = () => x(2, 4, 6, 6);
const volumes = () => x(2, 4, 5, 5, 5);
const sequences = () => x(2, 4, 9);
const rows = () => x(3, 4);
const words = () => tensor(Int32Array.from([1, 0, 3, 2, 4, 1]), { shape: [2, 3] }) as Tensor;

const onRows = (...names: string[]) => names.map(name => [name, () => make(name), rows()] as const);
const make = (name: string, ...args: unknown[]) =>
  new (nn as unknown as Record<string, new (...given: unknown[]) => nn.Module>)[name]!(...args);
const spatial = (name: (n: string) => string, ...args: unknown[]) =>
  [sequences(), images(), volumes()].map((input, i) => {
    return [name(`${i + 1}d`), () => make(name(`${i + 1}d`), ...args), input] as const;
  });

/** Every layer with other settings than its own, so that what a checkpoint forgets shows. */
const cases: readonly (readonly [name: string, make: () => unknown, ...inputs: Tensor[]])[] = [
  ...onRows("CELU", "ELU", "GELU", "Hardshrink", "Hardsigmoid", "Hardswish", "Hardtanh", "LeakyReLU", "LogSigmoid"),
  ...onRows("Mish", "ReLU", "ReLU6", "SELU", "SiLU", "Sigmoid", "Softplus", "Softshrink", "Softsign", "Tanh"),
  ...onRows("Tanhshrink", "Flatten"),
  ["CELU", () => new nn.CELU({ alpha: 2 }), rows()],
  ["ELU", () => new nn.ELU({ alpha: 2 }), rows()],
  ["GELU", () => new nn.GELU({ approximate: "tanh" }), rows()],
  ["Hardshrink", () => new nn.Hardshrink({ lambda: 1 }), rows()],
  ["Hardtanh", () => new nn.Hardtanh({ min: -0.2, max: 0.1 }), rows()],
  ["LeakyReLU", () => new nn.LeakyReLU({ slope: 0.3 }), rows()],
  ["Softplus", () => new nn.Softplus({ beta: 2 }), rows()],
  ["Softshrink", () => new nn.Softshrink({ lambda: 0.1 }), rows()],
  ["Threshold", () => new nn.Threshold({ threshold: 0.2, value: 7 }), rows()],
  ["Softmax", () => new nn.Softmax(0), rows()],
  ["LogSoftmax", () => new nn.LogSoftmax(0), rows()],
  ["Softmin", () => new nn.Softmin(0), rows()],
  ["Softmax2d", () => new nn.Softmax2d(), images()],
  ["GLU", () => new nn.GLU(1), rows()],
  ["SwiGLU", () => new nn.SwiGLU(4, 6, { bias: true }), rows()],
  ["PReLU", () => new nn.PReLU({ channels: 4 }), images()],
  ...spatial(n => `MaxPool${n}`, 2, { stride: 1 }),
  ...spatial(n => `AvgPool${n}`, 2, { stride: 1, ceilMode: true }),
  ...spatial(n => `LPPool${n}`, 3, 2, { stride: 1 }),
  ...spatial(n => `AdaptiveAvgPool${n}`, 2),
  ...spatial(n => `AdaptiveMaxPool${n}`, 2),
  ...spatial(n => `GlobalAvgPool${n}`),
  ...spatial(n => `GlobalMaxPool${n}`),
  ...spatial(n => `Dropout${n}`, 0.25),
  ...spatial(n => `BatchNorm${n}`, 4, { epsilon: 1e-2, affine: false }),
  ...spatial(n => `InstanceNorm${n}`, 4, { epsilon: 1e-2, affine: true, bias: false }),
  ...spatial(n => `Conv${n}`, 4, 6, 2, { groups: 2, stride: 2, bias: false }),
  ...spatial(n => `ConvTranspose${n}`, 4, 6, 3, { groups: 2, stride: 2, outputPadding: 1 }),
  ["DepthwiseConv1d", () => new nn.DepthwiseConv1d(4, 3, { multiplier: 2, stride: 2 }), sequences()],
  ["DepthwiseConv2d", () => new nn.DepthwiseConv2d(4, [3, 2], { multiplier: 2, bias: false }), images()],
  ["SeparableConv1d", () => new nn.SeparableConv1d(4, 5, 3, { multiplier: 2, padding: 1 }), sequences()],
  ["SeparableConv2d", () => new nn.SeparableConv2d(4, 5, [3, 2], { stride: 2, bias: false }), images()],
  ["Linear", () => new nn.Linear(4, 2, { bias: false }), rows()],
  ["Bilinear", () => new nn.Bilinear(4, 3, 2, { bias: false }), rows(), x(3, 3)],
  ["Embedding", () => new nn.Embedding(5, 3), words()],
  ["Embedding", () => new nn.Embedding(5, 3, { paddingIndex: 1 }), words()],
  ["EmbeddingBag", () => new nn.EmbeddingBag(5, 3, { mode: "max" }), words()],
  ["LayerNorm", () => new nn.LayerNorm([2, 4], { epsilon: 1e-2, affine: false }), x(3, 2, 4)],
  ["RMSNorm", () => new nn.RMSNorm(4, { epsilon: 1e-2, affine: false }), rows()],
  ["GroupNorm", () => new nn.GroupNorm(2, 4, { epsilon: 1e-2, affine: false }), images()],
  ["LocalResponseNorm", () => new nn.LocalResponseNorm(3, { alpha: 0.5, beta: 0.5, k: 2 }), images()],
  ["Dropout", () => new nn.Dropout(0.25), rows()],
  ["AlphaDropout", () => new nn.AlphaDropout(0.25), rows()],
  ["GaussianDropout", () => new nn.GaussianDropout(0.25), rows()],
  ["GaussianNoise", () => new nn.GaussianNoise(0.25), rows()],
  ["StochasticDepth", () => new nn.StochasticDepth(0.25, { mode: "batch" }), rows()],
  ["PixelShuffle", () => new nn.PixelShuffle(2), images()],
  ["PixelUnshuffle", () => new nn.PixelUnshuffle(3), images()],
  ["ChannelShuffle", () => new nn.ChannelShuffle(2), images()],
  ["Upsample", () => new nn.Upsample({ scale: 2, mode: "bilinear" }), images()],
  ["Upsample", () => new nn.Upsample({ size: [3, 4] }), images()],
  ["ZeroPad1d", () => new nn.ZeroPad1d([[2, 1]]), sequences()],
  ["ZeroPad2d", () => new nn.ZeroPad2d([1, [2, 0]], { dataFormat: "channelsLast" }), images()],
  ["ReflectionPad2d", () => new nn.ReflectionPad2d([1, [2, 0]]), images()],
  ["Cropping2d", () => new nn.Cropping2d([1, [2, 0]]), images()],
  ["Reshape", () => new nn.Reshape([2, -1]), rows()],
  ["Permute", () => new nn.Permute([2, 1]), sequences()],
  ["RepeatVector", () => new nn.RepeatVector(3), rows()],
  ["CosineSimilarity", () => new nn.CosineSimilarity({ axis: 0 }), rows(), rows()],
  ["PairwiseDistance", () => new nn.PairwiseDistance({ order: 1, keepDims: true }), rows(), rows()],
  ["SinusoidalPositions", () => new nn.SinusoidalPositions(4, { base: 100 }), x(2, 3, 4)],
  ["LearnedPositions", () => new nn.LearnedPositions(5, 4), x(2, 3, 4)],
  ["RotaryEmbedding", () => new nn.RotaryEmbedding(4, { base: 100, interleaved: true }), x(2, 3, 4)],
  ["LSTMCell", () => new nn.LSTMCell(4, 3, { bias: false }), rows()],
  ["GRUCell", () => new nn.GRUCell(4, 3, { bias: false }), rows()],
  ["RNNCell", () => new nn.RNNCell(4, 3, { nonlinearity: "relu" }), rows()],
  ["LSTM", () => new nn.LSTM(4, 3, { layers: 2, bidirectional: true, dropout: 0.1 }), x(2, 3, 4)],
  ["GRU", () => new nn.GRU(4, 3, { bias: false }), x(2, 3, 4)],
  ["RNN", () => new nn.RNN(4, 3, { nonlinearity: "relu" }), x(2, 3, 4)],
  [
    "MultiheadAttention",
    () => new nn.MultiheadAttention(8, 2, { batchFirst: false, bias: false, keyFeatures: 3, valueFeatures: 5 }),
    x(4, 2, 8),
    x(6, 2, 3),
    x(6, 2, 5),
  ],
  [
    "TransformerEncoderLayer",
    () => new nn.TransformerEncoderLayer(8, 2, { feedForward: 12, activation: "gelu", normFirst: true, bias: false }),
    x(2, 3, 8),
  ],
  [
    "TransformerDecoderLayer",
    () => new nn.TransformerDecoderLayer(8, 2, { feedForward: 12, epsilon: 1e-2, batchFirst: false }),
    x(3, 2, 8),
    x(4, 2, 8),
  ],
  [
    "TransformerEncoder",
    () =>
      new nn.TransformerEncoder(() => new nn.TransformerEncoderLayer(8, 2, { feedForward: 4 }), 2, {
        norm: new nn.LayerNorm(8),
      }),
    x(2, 3, 8),
  ],
  [
    "TransformerDecoder",
    () => new nn.TransformerDecoder(() => new nn.TransformerDecoderLayer(8, 2, { feedForward: 4 }), 2),
    x(2, 3, 8),
    x(2, 4, 8),
  ],
  [
    "Transformer",
    () => new nn.Transformer(8, 2, { encoderLayers: 1, decoderLayers: 2, feedForward: 4, normFirst: true }),
    x(2, 3, 8),
    x(2, 4, 8),
  ],
  ["Sequential", () => new nn.Sequential(new nn.Linear(4, 3), new nn.Tanh()), rows()],
  ["Residual", () => new nn.Residual(new nn.Linear(4, 3), { shortcut: new nn.Linear(4, 3) }), rows()],
  ["WeightNorm", () => new nn.WeightNorm(new nn.Conv2d(4, 3, 2), { axis: 1 }), images()],
  ["WeightNorm", () => new nn.WeightNorm(new nn.GRUCell(4, 3), { name: "weight_hh" }), rows()],
  ["SpectralNorm", () => new nn.SpectralNorm(new nn.Linear(4, 3), { iterations: 2, epsilon: 1e-6 }), rows()],
  ["SpectralNorm", () => new nn.SpectralNorm(nn.dense(3)), rows()],
  ["TimeDistributed", () => new nn.TimeDistributed(new nn.Linear(4, 3)), x(2, 3, 4)],
  ["Dense", () => nn.dense(3, { activation: "relu", useBias: false }), rows()],
  ["Convolution1d", () => nn.conv1d(4, 3, { strides: 2, padding: "same" }), sequences()],
  ["Convolution2d", () => nn.conv2d(4, 3, { groups: 2, dataFormat: "channelsFirst" }), images()],
  ["Convolution3d", () => nn.conv3d(2, 2, { dilationRate: 2 }), volumes()],
  ["Convolution2dTranspose", () => nn.conv2dTranspose(2, 3, { strides: 2 }), images()],
  ["DepthwiseConvolution1d", () => nn.depthwiseConv1d(3, { strides: 2, depthMultiplier: 2 }), sequences()],
  ["DepthwiseConvolution2d", () => nn.depthwiseConv2d([3, 2], { padding: "same", activation: "relu" }), images()],
  ["SeparableConvolution1d", () => nn.separableConv1d(5, 3, { depthMultiplier: 2, useBias: false }), sequences()],
  ["SeparableConvolution2d", () => nn.separableConv2d(5, 3, { dataFormat: "channelsFirst" }), images()],
  ["EmbeddingTable", () => nn.embedding(5, 3), words()],
  ["BatchNormalization", () => nn.batchNormalization({ axis: 1, epsilon: 1e-2, center: false }), images()],
  ["LayerNormalization", () => nn.layerNormalization({ epsilon: 1e-2, scale: false }), rows()],
  ["MaxPooling1d", () => nn.maxPooling1d(3, { padding: "same" }), sequences()],
  ["MaxPooling2d", () => nn.maxPooling2d(3, { strides: 1 }), images()],
  ["AveragePooling1d", () => nn.averagePooling1d(3, { padding: "same" }), sequences()],
  ["AveragePooling2d", () => nn.averagePooling2d(3, { dataFormat: "channelsFirst" }), images()],
  ["GlobalPooling", () => nn.globalMaxPooling2d({ dataFormat: "channelsFirst" }), images()],
  ["LSTMLayer", () => nn.lstm(3, { returnSequences: true, goBackwards: true }), x(2, 3, 4)],
  ["GRULayer", () => nn.gru(3, { useBias: false }), x(2, 3, 4)],
  ["SimpleRNNLayer", () => nn.simpleRnn(3, { activation: "relu" }), x(2, 3, 4)],
  ["ActivationLayer", () => nn.activation("tanh"), rows()],
  ["MaxPooling3d", () => nn.maxPooling3d(2, { strides: 1 }), volumes()],
  ["AveragePooling3d", () => nn.averagePooling3d(2, { padding: "same" }), volumes()],
  ["GroupNormalization", () => nn.groupNormalization({ groups: 3, center: false }), images()],
  ["Bidirectional", () => nn.bidirectional(nn.gru(3, { returnSequences: true }), { mergeMode: "mul" }), x(2, 3, 4)],
  ["MSELoss", () => new nn.MSELoss({ reduction: "sum" }), rows(), rows()],
];

/** Layers that are called with a list. */
const merging: readonly (readonly [name: string, make: () => unknown])[] = [
  ...["Add", "Average", "Maximum", "Minimum", "Multiply", "Subtract"].map(name => [name, () => make(name)] as const),
  ["Concatenate", () => new nn.Concatenate(0)],
  ["Dot", () => new nn.Dot(1, { normalize: true })],
];

/** Not made from plain data, or bases; and containers that are not called. */
const others = ["DeferredLayer", "Augment", "Lambda", "Module", "GraphModel", "ModuleDict", "ModuleList"];

test("every layer of nn is in the list", () => {
  const isLayer = (value: unknown) =>
    typeof value === "function" && (value as { prototype?: unknown }).prototype instanceof nn.Module;
  const all = Object.entries(nn).filter(([name, value]) => isLayer(value) && !name.endsWith("Loss"));
  const known = new Set([...cases, ...merging].map(([name]) => name));
  expect(all.map(([name]) => name).filter(name => !known.has(name) && !others.includes(name))).toEqual([]);
});

const folder = mkdtempSync(join(tmpdir(), "gradbook-layers-"));
afterAll(() => rmSync(folder, { recursive: true }));
const path = join(folder, "layer.safetensors");

async function compare(model: nn.Module, inputs: readonly unknown[]): Promise<void> {
  const call = (layer: nn.Module) => {
    const found: number[][] = [];
    const result = (layer as unknown as (...args: unknown[]) => unknown)(...inputs);
    mapLeaves(result, leaf => found.push(numbers(leaf as Tensor) as number[]));
    return found;
  };
  model.eval();
  call(model);
  for (const p of model.parameters()) nn.init.assign(p, randn(p.shape) as Tensor);
  await io.save(model, path);
  const loaded = (await io.load(path)).model.eval();
  expect(call(loaded)).toEqual(call(model));
  expect(loaded.describe()).toEqual(model.describe());
  expect(architectureOf(loaded)).toEqual(architectureOf(model));
}

test.each([...cases])("%s gives the same after saving and loading", async (name, makeLayer, ...inputs) => {
  const layer = (makeLayer as () => nn.Module)();
  expect(layer.constructor.name).toBe(name);
  await compare(layer, inputs as Tensor[]);
});

test.each(merging)("%s gives the same after saving and loading", async (_, makeLayer) => {
  await compare(makeLayer() as nn.Module, [[rows(), rows()]]);
});

test("lists and dictionaries of layers are made anew", () => {
  const held = new nn.ModuleDict({
    list: new nn.ModuleList([new nn.Linear(2, 3) as never]),
    act: new nn.ReLU() as never,
  });
  const again = buildArchitecture(JSON.parse(JSON.stringify(architectureOf(held))), 100);
  expect(again.namedModules().map(([name, m]) => [name, m.constructor.name])).toEqual(
    held.namedModules().map(([name, m]) => [name, m.constructor.name]),
  );
});

test("a loss without tensors is made anew, one with weights is not", () => {
  expect(architectureOf(new nn.CrossEntropyLoss({ labelSmoothing: 0.1 })).args).toEqual([{ labelSmoothing: 0.1 }]);
  expect(architectureOf(new nn.CrossEntropyLoss({ weight: ones([3]) as Tensor })).args).toBeUndefined();
});

test("a layer that two parts share stays shared", async () => {
  const shared = new nn.Linear(4, 4) as unknown as nn.Module;
  const part = () => new nn.Sequential(shared, new nn.Tanh() as unknown as nn.Module);
  const model = new nn.Sequential(part(), part(), shared);
  await compare(model, [rows()]);
  const { model: loaded } = await io.load(path);
  const [first, second, third] = (loaded as nn.Sequential).layers as nn.Sequential[];
  expect(second!.layers[0]).toBe(first!.layers[0]);
  expect(third).toBe(first!.layers[0]);
  expect(loaded.parameters().length).toBe(2);
});

const relu = { class: "ReLU", args: [] };
/** Sequential parts, each made of the one before and of it again. */
const doubled = (times: number, outermost = times): unknown =>
  times === 0
    ? relu
    : { class: "Sequential", layers: [doubled(times - 1, outermost), { class: "", shared: outermost - times + 1 }] };

test.each<[string, unknown]>([
  ["to itself", { class: "Sequential", layers: [{ class: "Sequential", shared: 0 }] }],
  ["to nowhere", { class: "Sequential", layers: [relu, { class: "ReLU", shared: 9 }] }],
  ["that is no place", { class: "Sequential", layers: [relu, { class: "ReLU", shared: "length" }] }],
  ["that doubles for ever", doubled(60)],
])("a reference %s is refused", (_, data) => {
  expect(() => buildArchitecture(data, 100)).toThrow("the architecture is damaged");
});

test.each<[string, unknown[]]>([
  ["Transformer", [8, 2, { encoderLayers: 1e9, feedForward: 1 }]],
  ["TransformerEncoderLayer", [8, 2, { feedForward: 1e9 }]],
  ["SeparableConv2d", [1e5, 1e5, 3]],
  ["ConvTranspose3d", [1e3, 1e3, 100]],
  ["Bilinear", [1e3, 1e3, 1e3]],
  ["LearnedPositions", [1e6, 1e6]],
  ["GRUCell", [1e6, 1e6]],
  ["LSTM", [1, 1, { layers: 1e9 }]],
  ["LayerNorm", [[1e4, 1e4]]],
])("a %s that is larger than the file is refused", (name, args) => {
  expect(() => buildArchitecture({ class: name, args }, 1000)).toThrow(`a ${name} is larger than the file`);
});

test("nothing stays limited after a refusal", () => {
  expect(() => buildArchitecture({ class: "Linear", args: [1e4, 1e4] }, 10)).toThrow();
  expect(zeros([1000, 1000]).shape).toEqual([1000, 1000]);
});
