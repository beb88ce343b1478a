import { nn } from "../../../engine/index.js";
import { testLayers } from "./oracle-layers.js";

/** A layer by its name. */
function layerOf(name: string, args: readonly unknown[]): nn.Module {
  return new (nn as unknown as Record<string, new (...args: readonly unknown[]) => nn.Module>)[name]!(...args);
}

testLayers("nn.json", {
  TransformerEncoder: (size, heads, count, options) =>
    new nn.TransformerEncoder(() => new nn.TransformerEncoderLayer(size, heads, options), count, {
      norm: new nn.LayerNorm(size),
    }),
  TransformerDecoder: (size, heads, count, options) =>
    new nn.TransformerDecoder(() => new nn.TransformerDecoderLayer(size, heads, options), count),
  WeightNorm: (name, args, options) => new nn.WeightNorm(layerOf(name, args), options),
  SpectralNorm: (name, args, options) => new nn.SpectralNorm(layerOf(name, args), options),
  TimeDistributed: (inputs, outputs) => new nn.TimeDistributed(new nn.Linear(inputs, outputs)),
});
