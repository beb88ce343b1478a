/** Every operation: what is exported here is a function of the package and a method of tensors. */

export { backward } from "../autograd/backward.js";
export * from "./activation.js";
export * from "./arithmetic.js";
export * from "./cast.js";
export * from "./compare.js";
export { gather } from "./gather.js";
export { oneHot, take } from "./indexing.js";
export { binaryCrossEntropyWithLogits, crossEntropy, maeLoss, mseLoss, nllLoss } from "./loss.js";
export * from "./math.js";
export { linear, matmul } from "./matmul.js";
export { all, any, argMax, argMin, logSumExp, max, mean, min, prod, std, sum, variance } from "./reduce.js";
export { at } from "./slice.js";
export { logSoftmax, softmax } from "./softmax.js";
export { expand, flatten, permute, reshape, squeeze, transpose, unsqueeze } from "./view.js";
