/** The engine's public face: tensors, operations, gradients, layers, optimizers, training, data. */
import "./ops/index.js";

export * from "./autograd.js";
export type { BackendDescription, Device, MemoryShare, MemorySite, MemoryUse, TypedArray } from "./backend/backend.js";
export { cancelRequested } from "./cancel.js";
export { type Compiled, compile } from "./compile/compile.js";
export * as data from "./data/index.js";
export { debug } from "./debug.js";
export { engineDescription, setDevice, setThreads } from "./device.js";
export { bytesPerElement, type DType, dtypes } from "./dtype.js";
export {
  DeviceError,
  DTypeError,
  EngineError,
  type ErrorDetails,
  InterruptedError,
  OutOfMemoryError,
  ShapeError,
  ValueError,
} from "./errors.js";
export * as explain from "./explain/index.js";
export { type Graph, graph } from "./graph/graph.js";
export type { GraphOptimizer, Operation } from "./graph/optimizer.js";
export type { OpenShape } from "./graph/placeholder.js";
export type { Feed, Fetched, Session } from "./graph/session.js";
export type { VariableOptions } from "./graph/variable.js";
export * as io from "./io/index.js";
export { type MemoryReport, memoryReport } from "./memory.js";
export * as nn from "./nn/index.js";
export * from "./ops/all.js";
export type { CloseOptions } from "./ops/close.js";
export type { Histogram, HistogramOptions, Unique } from "./ops/count.js";
export type { CovarianceOptions } from "./ops/covariance.js";
export {
  arange,
  type CreateOptions,
  eye,
  full,
  linspace,
  logspace,
  ones,
  tensor,
  type Values,
  type ValuesOptions,
  zeros,
} from "./ops/create.js";
export type { DiffOptions, TrapezoidOptions } from "./ops/differences.js";
export type { NormalizeOptions, PairwiseDistanceOptions } from "./ops/distance.js";
export { einsum } from "./ops/einsum.js";
export type { FoldOptions } from "./ops/fold.js";
export type { Fourier2Options, FourierOptions } from "./ops/fourier.js";
export type { FourierNorm } from "./ops/fourier-kernel.js";
export { type FrequencyOptions, fftfreq, fftshift, ifftshift, rfftfreq } from "./ops/frequencies.js";
export { beta, dirichlet, poisson } from "./ops/gamma-family.js";
export type { GeluOptions } from "./ops/gelu.js";
export { meshgrid } from "./ops/grid.js";
export type { GridSampleOptions } from "./ops/grid-sample.js";
export { type GumbelSoftmaxOptions, gumbelSoftmax } from "./ops/gumbel-softmax.js";
export { concat, stack } from "./ops/join.js";
export { fullLike, onesLike, randLike, randnLike, zerosLike } from "./ops/like.js";
export type { Eigh } from "./ops/linalg/eigh.js";
export type { LeastSquares } from "./ops/linalg/lstsq.js";
export type { LU } from "./ops/linalg/lu.js";
export type { MatrixOrder } from "./ops/linalg/matrix-norm.js";
export type { Tolerance } from "./ops/linalg/pinv.js";
export type { QR, QRMode } from "./ops/linalg/qr.js";
export type { LogDet } from "./ops/linalg/slogdet.js";
export type { SVD, SVDOptions } from "./ops/linalg/svd.js";
export type { TriangularSolveOptions } from "./ops/linalg/triangular-solve.js";
export type { BinaryLogitsOptions, BinaryOptions } from "./ops/losses/binary.js";
export type { ClassOptions, CrossEntropyOptions } from "./ops/losses/cross-entropy.js";
export type { CtcOptions } from "./ops/losses/ctc.js";
export type { DivergenceOptions } from "./ops/losses/divergence.js";
export type { MarginOptions, TripletOptions } from "./ops/losses/margin.js";
export type { LossOptions, LossReduction } from "./ops/losses/reduction.js";
export type { GaussianOptions, PoissonOptions } from "./ops/losses/regression.js";
export type { MultilabelOptions, MultiMarginOptions } from "./ops/losses/soft-margin.js";
export type { NanToNumOptions } from "./ops/nan.js";
export type { SortOptions, TopK, TopKOptions } from "./ops/order.js";
export type { PadMode, PadOptions, PadWidth } from "./ops/pad.js";
export { bernoulli, exponential, gamma, gumbel, multinomial, truncatedNormal } from "./ops/sampling.js";
export type { IstftOptions, StftOptions } from "./ops/short-time-fourier.js";
export { type Index, type Picks, Slice, slice } from "./ops/slice.js";
export { blockDiag, dstack, hstack, vstack } from "./ops/stacking.js";
export type { QuantileOptions } from "./ops/statistics.js";
export type { NormOptions } from "./ops/vector-norm.js";
export {
  bartlettWindow,
  blackmanWindow,
  hammingWindow,
  hannWindow,
  kaiserWindow,
  type WindowOptions,
} from "./ops/windows.js";
export * as optim from "./optim/index.js";
export { type OperationTime, Profile, type ProfileEvent } from "./profile/profile.js";
export { profile } from "./profile/profiler.js";
export {
  defaultGenerator,
  Generator,
  manualSeed,
  normal,
  type RandomOptions,
  rand,
  randint,
  randn,
  randperm,
  uniform,
} from "./random.js";
export type { Shape } from "./shape.js";
export { type ArrayOf, type DataOptions, Tensor, type ValueOf } from "./tensor.js";
export * as train from "./train/index.js";
export * as metrics from "./train/metrics/index.js";
export type { Operand, ShapeMismatch } from "./types.js";
