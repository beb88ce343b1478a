/** Models in the ONNX format. */
export { load } from "./load.js";
export type { OnnxModel } from "./model.js";
