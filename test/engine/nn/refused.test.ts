import { describe, expect, test } from "vitest";
import * as gb from "../../../engine/index.js";
import type { Tensor } from "../../../engine/tensor.js";
import { numbers } from "../samples.js";

const { nn, zeros } = gb;

const x = (...shape: number[]) => zeros(shape) as Tensor;
const flags = (...shape: number[]) => x(...shape).cast("bool") as Tensor;

describe("layers refuse what does not fit, and name themselves", () => {
  test.each([
    ["a kernel of 0", () => new nn.MaxPool3d(0)(x(1, 1, 2, 2, 2)), "maxPool3d: kernel is 0"],
    ["images for volumes", () => new nn.AvgPool3d(2)(x(1, 1, 2, 2)), "avgPool3d: the input [1, 1, 2, 2] has 4 axes"],
    ["an order of 0", () => new nn.LPPool1d(0, 2), "LPPool: order is 0"],
    ["sequences for images", () => new nn.GlobalMaxPool2d()(x(1, 1, 2)), "GlobalMaxPool2d: the input [1, 1, 2] has 3"],
    ["an unknown form of GELU", () => new nn.GELU({ approximate: "erf" as never }), "GELU: no form erf"],
    ["a beta of 0", () => new nn.Softplus({ beta: 0 }), "Softplus: beta is 0"],
    ["an alpha of 0", () => new nn.CELU({ alpha: 0 }), "CELU: alpha is 0"],
    ["limits the wrong way round", () => new nn.Hardtanh({ min: 1, max: -1 }), "Hardtanh: min 1 is not below max -1"],
    [
      "slopes for other channels",
      () => new nn.PReLU({ channels: 3 })(x(1, 2)),
      "PReLU: the input [1, 2] does not have",
    ],
    ["softmax of what is no image", () => new nn.Softmax2d()(x(1, 2)), "Softmax2d: the input [1, 2] is no batch"],
    ["a rate above 1", () => new nn.Dropout2d(1.5), "Dropout2d: rate is 1.5"],
    ["a rate of 1 where all would go", () => new nn.AlphaDropout(1), "AlphaDropout: rate is 1"],
    ["dropping channels of a matrix", () => new nn.Dropout1d()(x(2, 3)), "Dropout1d: the input [2, 3] has 2 axes"],
    ["a deviation below 0", () => new nn.GaussianNoise(-1), "GaussianNoise: std is -1"],
    ["an unknown mode of depth", () => new nn.StochasticDepth(0.1, { mode: "each" as never }), "no mode each"],
    ["noise on integers", () => new nn.GaussianNoise(1)(x(2).cast("int32")), "GaussianNoise: the input holds int32"],
    [
      "other channels in a norm",
      () => new nn.InstanceNorm1d(3)(x(1, 2, 5) as never),
      "InstanceNorm1d: the input [1, 2, 5]",
    ],
    ["images for a norm of volumes", () => new nn.BatchNorm3d(3)(x(1, 3, 5, 5) as never), "BatchNorm3d: the input"],
    [
      "a local norm without channels",
      () => new nn.LocalResponseNorm(3)(x(2, 3)),
      "LocalResponseNorm: the input [2, 3]",
    ],
    ["no new size", () => new nn.Upsample({}), "Upsample: one of size and scale"],
    ["two factors for one axis", () => new nn.Upsample({ scale: [2, 2] })(x(1, 1, 4)), "2 factors for 1 spatial axes"],
    [
      "channels that make no pixels",
      () => new nn.PixelShuffle(2)(x(1, 6, 2, 2)),
      "axis 1 of [1, 6, 2, 2] does not divide",
    ],
    ["pixels that make no channels", () => new nn.PixelUnshuffle(2)(x(1, 1, 3, 2)), "axis 2 of [1, 1, 3, 2] does not"],
    ["groups that do not divide", () => new nn.ChannelShuffle(2)(x(1, 3, 2, 2)), "does not divide by 2"],
    ["padding of other keys", () => attend({ keyPaddingMask: flags(2, 4) }), "the padding [2, 4] does not fit"],
    [
      "keys with other features",
      () => new nn.MultiheadAttention(4, 2, { keyFeatures: 3 })(x(1, 2, 4)),
      "[1, 2, 4] does",
    ],
    ["an unknown activation", () => encoderLayer({ activation: "elu" as never }), "no activation elu"],
    ["a layer in place of its maker", () => new nn.TransformerEncoder(encoderLayer({}) as never, 2), "makes no layers"],
    [
      "a maker of other layers",
      () => new nn.TransformerDecoder((() => encoderLayer({})) as never, 2),
      "makes no layers",
    ],
    ["a count of 0", () => new nn.TransformerEncoder(() => encoderLayer({}), 0), "TransformerEncoder: count is 0"],
    [
      "a state of another batch",
      () => new nn.GRUCell(3, 4)(x(2, 3), x(1, 4)),
      "GRUCell: the state [1, 4] does not fit",
    ],
    ["a step with other features", () => new nn.LSTMCell(3, 4)(x(2, 2)), "LSTMCell: the input [2, 2] does not fit"],
    ["an unknown nonlinearity", () => new nn.RNNCell(3, 4, { nonlinearity: "sin" as never }), "no nonlinearity sin"],
    [
      "more steps than there are",
      () => new nn.GRU(3, 4)(x(1, 5, 3) as never, { lengths: [6] }),
      "GRU: lengths [6] for 1",
    ],
    ["a length too few", () => new nn.LSTM(3, 4)(x(2, 5, 3) as never, { lengths: [5] }), "lengths [5] for 2 sequences"],
    ["an odd number of features", () => new nn.SinusoidalPositions(3), "half of size is 1.5"],
    [
      "other features to turn",
      () => new nn.RotaryEmbedding(4)(x(2, 6)),
      "RotaryEmbedding: the input [2, 6] does not fit",
    ],
    ["more steps than positions", () => new nn.LearnedPositions(3, 4)(x(1, 5, 4)), "5 steps, but 3 positions"],
    ["fewer keys than queries", () => nn.alibi(2, 4, 3), "alibi: 3 keys for 4 queries"],
    [
      "two batches for a bilinear form",
      () => new nn.Bilinear(2, 3, 4)(x(1, 2), x(2, 3)),
      "Bilinear: the inputs [1, 2] and",
    ],
    ["an unknown bag", () => new nn.EmbeddingBag(3, 2, { mode: "min" as never }), "EmbeddingBag: no mode min"],
    ["a flat bag without offsets", () => new nn.EmbeddingBag(3, 2)(x(4).cast("int32")), "the index [4] does not fit"],
    ["offsets that fall", () => bag([0, 3, 2]), "offsets [0, 3, 2] of 4 indices"],
    ["offsets that begin late", () => bag([1, 3]), "offsets [1, 3] of 4 indices"],
    ["no layer for the steps", () => new nn.TimeDistributed(3 as never), "TimeDistributed: no module"],
    ["no steps", () => new nn.TimeDistributed(new nn.ReLU() as never)(x(2, 3)), "TimeDistributed: the input [2, 3]"],
    ["a multiplier of 0", () => new nn.DepthwiseConv2d(3, 3, { multiplier: 0 }), "DepthwiseConv2d: multiplier is 0"],
  ])("%s", (_, call, message) => {
    expect(call).toThrow(gb.EngineError);
    expect(call).toThrow(message);
  });
});

const attend = (options: gb.nn.AttendOptions) =>
  new nn.MultiheadAttention(4, 2)(x(2, 3, 4), x(2, 3, 4), x(2, 3, 4), options);
const encoderLayer = (options: gb.nn.TransformerLayerOptions) => new nn.TransformerEncoderLayer(4, 2, options);
const bag = (offsets: number[]) => new nn.EmbeddingBag(3, 2)(x(4).cast("int32") as Tensor, { offsets });

describe("layers say what they are and what they cost", () => {
  test.each([
    ["MaxPool3d", new nn.MaxPool3d(2, { stride: 1 }), "kernel 2, stride 1"],
    ["AdaptiveAvgPool1d", new nn.AdaptiveAvgPool1d(3), "size 3"],
    ["LPPool2d", new nn.LPPool2d(2, 3), "kernel 3, order 2"],
    ["PReLU", new nn.PReLU({ channels: 3 }), "3 channels"],
    ["ConvTranspose3d", new nn.ConvTranspose3d(2, 3, 2, { stride: 2 }), "2 -> 3, kernel 2 x 2 x 2, stride 2"],
    ["SwiGLU", new nn.SwiGLU(4, 8), "4 -> 8 -> 4"],
    ["MultiheadAttention", new nn.MultiheadAttention(4, 2, { keyFeatures: 3 }), "4 in 2 heads, keys 3, values 4"],
    [
      "TransformerEncoderLayer",
      new nn.TransformerEncoderLayer(4, 2, { feedForward: 8 }),
      "4 in 2 heads, feed-forward 8",
    ],
    ["GRUCell", new nn.GRUCell(3, 4, { bias: false }), "3 -> 4, no bias"],
    ["EmbeddingBag", new nn.EmbeddingBag(5, 3), "5 x 3, mean"],
    ["Bilinear", new nn.Bilinear(2, 3, 4), "2, 3 -> 4"],
    ["InstanceNorm3d", new nn.InstanceNorm3d(4), "4 channels"],
  ] as const)("%s", (_, layer, words) => {
    expect(layer.describe()).toBe(words);
  });

  test("multiplications", () => {
    expect(new nn.ConvTranspose3d(2, 3, 2).multiplyAdds([1, 2, 3, 3, 3], [1, 3, 4, 4, 4])).toBe(2 * 27 * 3 * 8);
    expect(new nn.LSTMCell(3, 5).multiplyAdds([2, 3], [2, 5])).toBe(2 * 4 * 5 * (3 + 5));
    expect(new nn.Bilinear(2, 3, 4).multiplyAdds([5, 2], [5, 4])).toBe(5 * 4 * (2 * 3 + 3));
    const attention = new nn.MultiheadAttention(4, 2, { batchFirst: false });
    expect(attention.multiplyAdds([6, 2, 4], [6, 2, 4])).toBe(2 * 6 * 4 * (3 * 4 + 2 * 6));
    expect(new nn.DepthwiseConv2d(3, 3).multiplyAdds([1, 3, 5, 5], [1, 3, 3, 3])).toBe(27 * 9);
  });
});

test("slopes of linear biases as in the paper: eight heads, and six", () => {
  const slopes = (heads: number) => numbers(nn.alibi(heads, 2).at(gb.slice(), 1, 0) as Tensor).map(v => -Math.log2(-v));
  expect(slopes(8)).toEqual([1, 2, 3, 4, 5, 6, 7, 8]);
  expect(slopes(6)).toEqual([2, 4, 6, 8, 1, 3]);
  // The last of two queries stands at the last of four keys.
  expect(numbers(nn.alibi(1, 2, 4).at(0, 1) as Tensor)).toEqual([-3 / 256, -2 / 256, -1 / 256, 0]);
});
