/** Models in the ONNX format. */
export type { Exportable } from "./export/trace.js";
export { type ExportOptions, encode, write } from "./export/write.js";
export { load } from "./load.js";
export type { OnnxModel } from "./model.js";
