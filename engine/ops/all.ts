/** Every operation: what is exported here is a function of the package and a method of tensors. */

export { backward } from "../autograd/backward.js";
export * from "./activation.js";
export * from "./arithmetic.js";
export { at, set } from "./at.js";
export { scaledDotProductAttention } from "./attention.js";
export { batchNorm } from "./batch-norm.js";
export {
  bitwiseAnd,
  bitwiseNot,
  bitwiseOr,
  bitwiseXor,
  leftShift,
  logicalXor,
  rightShift,
} from "./bitwise.js";
export * from "./cast.js";
export * from "./compare.js";
export { conv1d, conv2d, conv3d } from "./conv.js";
export { convTranspose1d, convTranspose2d } from "./conv-transpose.js";
export { bincount, histogram, unique, uniqueAll } from "./count.js";
export { cumMax, cumMin, cumProd, cumSum, logCumSumExp } from "./cumulative.js";
export { dropout } from "./dropout.js";
export { gather, scatter, scatterAdd } from "./gather.js";
export { oneHot, take } from "./indexing.js";
export { interpolate } from "./interpolate.js";
export { cholesky } from "./linalg/cholesky.js";
export { det } from "./linalg/det.js";
export { inv } from "./linalg/inv.js";
export { solve } from "./linalg/solve.js";
export { binaryCrossEntropyWithLogits, crossEntropy, maeLoss, mseLoss, nllLoss } from "./loss.js";
export { indexAdd, maskedFill, maskedSelect, nonzero } from "./masked.js";
export * from "./math.js";
export { linear, matmul } from "./matmul.js";
export { groupNorm, instanceNorm, layerNorm, rmsNorm } from "./norm.js";
export { argSort, kthValue, searchSorted, sort, topK } from "./order.js";
export { pad } from "./pad.js";
export {
  adaptiveAvgPool2d,
  adaptiveMaxPool2d,
  avgPool1d,
  avgPool2d,
  maxPool1d,
  maxPool2d,
} from "./pool.js";
export { dot, outer, tensordot } from "./products.js";
export { recurrence } from "./recurrence.js";
export { all, any, argMax, argMin, logSumExp, max, mean, min, prod, std, sum, variance } from "./reduce.js";
export { flip, moveAxis, roll, swapAxes } from "./reorder.js";
export { broadcastTo, repeat, repeatInterleave, tile } from "./repeat.js";
export { logSoftmax, softmax } from "./softmax.js";
export { chunk, split, unbind } from "./split.js";
export { median, mode, quantile } from "./statistics.js";
export { diag, diagonal, trace, tril, triu } from "./triangle.js";
export { cosineSimilarity, norm } from "./vector-norm.js";
export { expand, flatten, permute, reshape, squeeze, transpose, unsqueeze } from "./view.js";
