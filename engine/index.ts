/** The engine's public face: tensors, operations, gradients, layers, optimizers, training, data. */
import "./ops/index.js";

export * from "./autograd.js";
export type { BackendDescription, Device, MemoryUse, TypedArray } from "./backend/backend.js";
export { cancelRequested } from "./cancel.js";
export { type Compiled, compile } from "./compile/compile.js";
export * as data from "./data/index.js";
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
export * as io from "./io/index.js";
export { memoryReport } from "./memory.js";
export * as nn from "./nn/index.js";
export * from "./ops/all.js";
export type { Histogram, HistogramOptions, Unique } from "./ops/count.js";
export { arange, type CreateOptions, eye, full, linspace, ones, tensor, type Values, zeros } from "./ops/create.js";
export { einsum } from "./ops/einsum.js";
export { meshgrid } from "./ops/grid.js";
export { concat, stack } from "./ops/join.js";
export { fullLike, onesLike, randLike, randnLike, zerosLike } from "./ops/like.js";
export type { LossOptions, LossReduction } from "./ops/loss.js";
export type { SortOptions, TopK, TopKOptions } from "./ops/order.js";
export type { PadMode, PadOptions, PadWidth } from "./ops/pad.js";
export { bernoulli, exponential, gamma, gumbel, multinomial, truncatedNormal } from "./ops/sampling.js";
export { type Index, type Picks, Slice, slice } from "./ops/slice.js";
export type { QuantileOptions } from "./ops/statistics.js";
export type { NormOptions } from "./ops/vector-norm.js";
export * as optim from "./optim/index.js";
export {
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
export { type ArrayOf, Tensor, type ValueOf } from "./tensor.js";
export * as train from "./train/index.js";
export type { Operand, ShapeMismatch } from "./types.js";
