/** Folders of Hugging Face: a config and safetensors. */
export { BERT, type BertOptions, type BertOutput } from "./bert.js";
export { type HuggingFaceFolder, readFolder } from "./folder.js";
export { GPT2 } from "./gpt2.js";
export { load } from "./load.js";
