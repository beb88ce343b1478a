/** Every operation: what is exported here is a function of the package and a method of tensors. */

export { backward } from "../autograd/backward.js";
export { registerHook, retainGrad } from "../autograd/hooks.js";
export * from "./activation.js";
export * from "./activation-family.js";
export {
  adaptiveAvgPool1d,
  adaptiveAvgPool2d,
  adaptiveAvgPool3d,
  adaptiveMaxPool1d,
  adaptiveMaxPool2d,
  adaptiveMaxPool3d,
} from "./adaptive-pool.js";
export { affineGrid } from "./affine-grid.js";
export * from "./arithmetic.js";
export { at, set } from "./at.js";
export { scaledDotProductAttention } from "./attention.js";
export { batchNorm } from "./batch-norm.js";
export { i0, i1 } from "./bessel.js";
export {
  bitwiseAnd,
  bitwiseNot,
  bitwiseOr,
  bitwiseXor,
  leftShift,
  logicalXor,
  rightShift,
} from "./bitwise.js";
export { bucketize } from "./bucketize.js";
export * from "./cast.js";
export { allClose, isClose } from "./close.js";
export * from "./compare.js";
export { conv1d, conv2d, conv3d } from "./conv.js";
export { convTranspose1d, convTranspose2d, convTranspose3d } from "./conv-transpose.js";
export { bincount, histogram, unique, uniqueAll } from "./count.js";
export { corrcoef, cov } from "./covariance.js";
export { cumMax, cumMin, cumProd, cumSum, logCumSumExp } from "./cumulative.js";
export { diagEmbed } from "./diag-embed.js";
export { cumulativeTrapezoid, diff, trapezoid } from "./differences.js";
export { cdist, normalize, pairwiseDistance } from "./distance.js";
export { dropout } from "./dropout.js";
export { erfinv } from "./erfinv.js";
export { fold, unfold } from "./fold.js";
export { fft, fft2, ifft, ifft2, irfft, rfft } from "./fourier.js";
export { gather, scatter, scatterAdd } from "./gather.js";
export { gelu, geluTanh } from "./gelu.js";
export { gridSample } from "./grid-sample.js";
export { acosh, asinh, atanh } from "./hyperbolic.js";
export { oneHot, take } from "./indexing.js";
export { interpolate } from "./interpolate.js";
export { isIn } from "./is-in.js";
export { addcdiv, addcmul, lerp } from "./lerp.js";
export { cholesky } from "./linalg/cholesky.js";
export { cross } from "./linalg/cross.js";
export { det } from "./linalg/det.js";
export { eigh, eigvalsh } from "./linalg/eigh.js";
export { inv } from "./linalg/inv.js";
export { kron } from "./linalg/kron.js";
export { lstsq } from "./linalg/lstsq.js";
export { lu } from "./linalg/lu.js";
export { matrixExp } from "./linalg/matrix-exp.js";
export { cond, matrixNorm } from "./linalg/matrix-norm.js";
export { matrixPower } from "./linalg/matrix-power.js";
export { matrixRank, pinv } from "./linalg/pinv.js";
export { qr } from "./linalg/qr.js";
export { slogdet } from "./linalg/slogdet.js";
export { solve } from "./linalg/solve.js";
export { svd, svdvals } from "./linalg/svd.js";
export { triangularSolve } from "./linalg/triangular-solve.js";
export { exp2, hypot, log2, log10, logAddExp, logAddExp2, logit, xlog1py, xlogy } from "./logarithms.js";
export { binaryCrossEntropy, binaryCrossEntropyWithLogits, diceLoss, focalLoss } from "./losses/binary.js";
export { crossEntropy, nllLoss } from "./losses/cross-entropy.js";
export { ctcLoss } from "./losses/ctc.js";
export { klDivLoss } from "./losses/divergence.js";
export {
  cosineEmbeddingLoss,
  hingeEmbeddingLoss,
  hingeLoss,
  marginRankingLoss,
  squaredHingeLoss,
  tripletMarginLoss,
} from "./losses/margin.js";
export {
  gaussianNllLoss,
  huberLoss,
  logCoshLoss,
  maeLoss,
  mseLoss,
  poissonNllLoss,
  quantileLoss,
  smoothL1Loss,
} from "./losses/regression.js";
export { multilabelSoftMarginLoss, multiMarginLoss, softMarginLoss } from "./losses/soft-margin.js";
export { indexAdd, maskedFill, maskedSelect, nonzero } from "./masked.js";
export * from "./math.js";
export { linear, matmul } from "./matmul.js";
export { fmax, fmin, nanToNum } from "./nan.js";
export { countNonzero, nanMean, nanSum } from "./nan-reduce.js";
export { narrow, unflatten } from "./narrow.js";
export { groupNorm, instanceNorm, layerNorm, rmsNorm } from "./norm.js";
export { argSort, kthValue, searchSorted, sort, topK } from "./order.js";
export { pad } from "./pad.js";
export { channelShuffle, pixelShuffle, pixelUnshuffle } from "./pixel-shuffle.js";
export { polygamma } from "./polygamma.js";
export { avgPool1d, avgPool2d, avgPool3d, maxPool1d, maxPool2d, maxPool3d } from "./pool.js";
export { dot, outer, tensordot, vecdot } from "./products.js";
export { recurrence } from "./recurrence.js";
export { all, any, argMax, argMin, logSumExp, max, mean, min, prod, std, sum, variance } from "./reduce.js";
export { flip, moveAxis, roll, rot90, swapAxes } from "./reorder.js";
export { broadcastTo, repeat, repeatInterleave, tile } from "./repeat.js";
export { istft, stft } from "./short-time-fourier.js";
export { hardShrink, softShrink, threshold } from "./shrink.js";
export { copySign, heaviside, signBit } from "./signs.js";
export { logSoftmax, softmax } from "./softmax.js";
export { digamma, erfc, lgamma, sinc } from "./special.js";
export { chunk, split, unbind } from "./split.js";
export { median, mode, quantile } from "./statistics.js";
export { to } from "./to.js";
export { diag, diagonal, trace, tril, triu } from "./triangle.js";
export { cosineSimilarity, norm } from "./vector-norm.js";
export { expand, flatten, permute, reshape, squeeze, transpose, unsqueeze } from "./view.js";
