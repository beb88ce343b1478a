/** Files of models and arrays. */
export * from "./checkpoint/index.js";
export * as numpy from "./numpy/index.js";
export * as onnx from "./onnx/index.js";
export * as safetensors from "./safetensors/index.js";
