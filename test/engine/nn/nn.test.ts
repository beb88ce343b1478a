import { nn } from "../../../engine/index.js";
import { testLayers } from "./oracle-layers.js";

testLayers("nn.json", {
  TransformerEncoder: (size, heads, count, options) =>
    new nn.TransformerEncoder(() => new nn.TransformerEncoderLayer(size, heads, options), count, {
      norm: new nn.LayerNorm(size),
    }),
  TransformerDecoder: (size, heads, count, options) =>
    new nn.TransformerDecoder(() => new nn.TransformerDecoderLayer(size, heads, options), count),
  TimeDistributed: (inputs, outputs) => new nn.TimeDistributed(new nn.Linear(inputs, outputs)),
});
