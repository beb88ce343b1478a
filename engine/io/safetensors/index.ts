/** The safetensors format of Hugging Face: named tensors, nothing that is executed. */
export { type NamedTensors, open, read, SafetensorsFile, type Source, type TensorDescription } from "./read.js";
export { encode, type WriteOptions, write } from "./write.js";
