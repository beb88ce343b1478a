export { GELU, LogSoftmax, ReLU, Sigmoid, Softmax, Tanh } from "./activations.js";
export { type AttendOptions, MultiheadAttention, type MultiheadAttentionOptions } from "./attention.js";
export { BatchNorm1d, BatchNorm2d, type BatchNormLayerOptions } from "./batch-norm.js";
export type { OpenShape } from "./building.js";
export type { ForwardHook, ForwardPreHook, FullBackwardHook, FullBackwardPreHook } from "./call.js";
export * as constraints from "./constraints.js";
export { Conv1d, Conv2d, Conv3d, type ConvLayerOptions } from "./conv.js";
export { ConvTranspose2d, type ConvTransposeLayerOptions } from "./conv-transpose.js";
export { Dropout } from "./dropout.js";
export { Embedding } from "./embedding.js";
export { Flatten } from "./flatten.js";
export { functionalCall } from "./functional-call.js";
export { GRU } from "./gru.js";
export * as init from "./init.js";
export {
  DeferredLayer,
  type DeferredLayerOptions,
  type NamedLayerOptions,
  type ParameterPlan,
} from "./keras/deferred-layer.js";
export { Dense, type DenseOptions, dense } from "./keras/dense.js";
export type { KernelOptions } from "./keras/kernel-settings.js";
export {
  add,
  average,
  concatenate,
  dot,
  maximum,
  minimum,
  multiply,
  subtract,
} from "./keras/merging.js";
export type {
  Activation,
  ActivationName,
  ConstraintName,
  GivenActivation,
  GivenConstraint,
  GivenInitializer,
  GivenRegularizer,
  Initializer,
  InitializerName,
  RegularizerName,
} from "./keras/named-choices.js";
export { sequential } from "./keras/sequential-model.js";
export { Lambda } from "./lambda.js";
export { Linear, type LinearLayerOptions } from "./linear.js";
export {
  BCELoss,
  BCEWithLogitsLoss,
  CosineEmbeddingLoss,
  CrossEntropyLoss,
  CTCLoss,
  DiceLoss,
  FocalLoss,
  GaussianNLLLoss,
  HingeEmbeddingLoss,
  HingeLoss,
  HuberLoss,
  KLDivLoss,
  LogCoshLoss,
  MAELoss,
  MarginRankingLoss,
  MSELoss,
  NLLLoss,
  PoissonNLLLoss,
  QuantileLoss,
  SmoothL1Loss,
  SquaredHingeLoss,
  TripletMarginLoss,
} from "./losses.js";
export { LSTM } from "./lstm.js";
export { Add, Average, Concatenate, Dot, Maximum, Minimum, Multiply, Subtract } from "./merge.js";
export { buffer, Module, parameter } from "./module.js";
export { ModuleDict } from "./module-dict.js";
export { ModuleList } from "./module-list.js";
export { GroupNorm, InstanceNorm2d, LayerNorm, type NormLayerOptions, RMSNorm } from "./norm.js";
export {
  Cropping2d,
  type DataFormat,
  type EdgeOptions,
  type EdgeWidths,
  ReflectionPad2d,
  ZeroPad1d,
  ZeroPad2d,
} from "./padding.js";
export {
  AdaptiveAvgPool2d,
  AdaptiveMaxPool2d,
  AvgPool1d,
  AvgPool2d,
  GlobalAvgPool2d,
  MaxPool1d,
  MaxPool2d,
} from "./pool.js";
export type { Recurrence, RecurrentOptions } from "./recurrent.js";
export * as regularizers from "./regularizers.js";
export { Permute, RepeatVector, Reshape } from "./reshaping.js";
export { Residual } from "./residual.js";
export { RNN, type RNNOptions } from "./rnn.js";
export { Sequential } from "./sequential.js";
export type { StateDict, StateMismatch } from "./state.js";
