/** PyTorch's files: tensors and plain data; code in them is never run. */
export { type PyTorchValue, read, readState } from "./read.js";
