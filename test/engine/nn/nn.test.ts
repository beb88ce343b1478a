import { testLayers } from "./oracle-layers.js";

testLayers("nn.json");
