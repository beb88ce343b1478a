import { expect, test } from "vitest";
import { nn } from "../../../engine/index.js";
import { architectureOf, buildArchitecture } from "../../../engine/io/checkpoint/architecture.js";

test.each([
  new nn.MaxPool3d(2, { stride: 1, ceilMode: true }),
  new nn.AvgPool3d([1, 2, 2], { divisorOverride: 3 }),
  new nn.AdaptiveAvgPool1d(3),
  new nn.AdaptiveMaxPool3d([1, 2, 3]),
  new nn.GlobalMaxPool2d(),
  new nn.Dropout3d(0.3),
  new nn.GaussianNoise(0.2),
  new nn.StochasticDepth(0.1, { mode: "batch" }),
  new nn.PixelShuffle(2),
  new nn.ChannelShuffle(4),
  new nn.BatchNorm3d(4, { momentum: 0.3 }),
  new nn.InstanceNorm1d(4, { affine: true, bias: false }),
  new nn.InstanceNorm3d(4),
  new nn.LayerNorm(4, { bias: false }),
  new nn.MultiheadAttention(8, 2, { batchFirst: false }),
  new nn.GELU({ approximate: "tanh" }),
  new nn.Softplus({ beta: 2 }),
  new nn.Hardtanh({ min: -2, max: 3 }),
  new nn.PReLU({ channels: 5 }),
  new nn.GLU(1),
])("a layer from its description: $constructor.name", layer => {
  const data = JSON.parse(JSON.stringify(architectureOf(layer as nn.Module))) as unknown;
  const made = buildArchitecture(data, 1000);
  expect(made.constructor).toBe(layer.constructor);
  expect(made.describe()).toBe(layer.describe());
  expect(Object.keys(made.stateDict())).toEqual(Object.keys(layer.stateDict()));
});

test("a parameter that is larger than the file is refused", () => {
  const data = { class: "PReLU", args: [{ channels: 1e9 }] };
  expect(() => buildArchitecture(data, 1000)).toThrow("a PReLU is larger than the file");
});
