/** The engine's public face: tensors, operations, gradients, layers, optimizers, training, data. */
import "./ops/index.js";

export * from "./autograd.js";
export type { BackendDescription, MemoryUse, TypedArray } from "./backend/backend.js";
export { cancelRequested } from "./cancel.js";
export * as data from "./data/index.js";
export { engineDescription, setThreads } from "./device.js";
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
export { memoryReport } from "./memory.js";
export * as nn from "./nn/index.js";
export * from "./ops/all.js";
export { arange, type CreateOptions, eye, full, linspace, ones, tensor, type Values, zeros } from "./ops/create.js";
export { concat, stack } from "./ops/join.js";
export type { LossOptions, LossReduction } from "./ops/loss.js";
export { type Index, Slice, slice } from "./ops/slice.js";
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
