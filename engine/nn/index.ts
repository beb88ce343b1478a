export type { PairwiseDistanceOptions } from "../ops/distance.js";
export {
  CELU,
  ELU,
  Hardshrink,
  Hardsigmoid,
  Hardswish,
  Hardtanh,
  LeakyReLU,
  LogSigmoid,
  Mish,
  ReLU6,
  SELU,
  SiLU,
  Softplus,
  Softshrink,
  Softsign,
  Tanhshrink,
  Threshold,
} from "./activation-family.js";
export { GELU, LogSoftmax, ReLU, Sigmoid, Softmax, Tanh } from "./activations.js";
export {
  AdaptiveAvgPool1d,
  AdaptiveAvgPool2d,
  AdaptiveAvgPool3d,
  AdaptiveMaxPool1d,
  AdaptiveMaxPool2d,
  AdaptiveMaxPool3d,
  GlobalAvgPool1d,
  GlobalAvgPool2d,
  GlobalAvgPool3d,
  GlobalMaxPool1d,
  GlobalMaxPool2d,
  GlobalMaxPool3d,
} from "./adaptive-pool.js";
export {
  type Attended,
  type AttendOptions,
  MultiheadAttention,
  type MultiheadAttentionOptions,
  type WeightedAttendOptions,
} from "./attention.js";
export { Augment } from "./augment.js";
export { BatchNorm1d, BatchNorm2d, BatchNorm3d, type BatchNormLayerOptions } from "./batch-norm.js";
export { Bilinear } from "./bilinear.js";
export type { OpenShape } from "./building.js";
export type { ForwardHook, ForwardPreHook, FullBackwardHook, FullBackwardPreHook } from "./call.js";
export * as constraints from "./constraints.js";
export { Conv1d, Conv2d, Conv3d, type ConvLayerOptions } from "./conv.js";
export { ConvTranspose1d, ConvTranspose2d, ConvTranspose3d, type ConvTransposeLayerOptions } from "./conv-transpose.js";
export { Dropout } from "./dropout.js";
export { Embedding, type EmbeddingLayerOptions } from "./embedding.js";
export { type BagOptions, EmbeddingBag, type EmbeddingBagOptions } from "./embedding-bag.js";
export { Flatten } from "./flatten.js";
export { GraphModel, input, model, type Wires } from "./functional/graph-model.js";
export type { WiredCall, WiredInput, Wiring } from "./functional/wiring.js";
export { functionalCall } from "./functional-call.js";
export { GLU, PReLU, Softmax2d, Softmin, SwiGLU } from "./gated.js";
export { GRU } from "./gru.js";
export * as init from "./init.js";
export { InstanceNorm1d, InstanceNorm2d, InstanceNorm3d } from "./instance-norm.js";
export { Bidirectional, type BidirectionalOptions, bidirectional } from "./keras/bidirectional.js";
export type { DepthwiseOptions } from "./keras/by-channel.js";
export {
  Convolution1d,
  Convolution2d,
  Convolution2dTranspose,
  Convolution3d,
  type ConvolutionOptions,
  conv1d,
  conv2d,
  conv2dTranspose,
  conv3d,
  type TransposeOptions,
} from "./keras/convolution.js";
export type { WindowForm } from "./keras/convolve.js";
export type { FormatOptions } from "./keras/data-format.js";
export {
  DeferredLayer,
  type DeferredLayerOptions,
  type NamedLayerOptions,
  type ParameterPlan,
} from "./keras/deferred-layer.js";
export { Dense, type DenseOptions, dense } from "./keras/dense.js";
export {
  DepthwiseConvolution1d,
  DepthwiseConvolution2d,
  depthwiseConv1d,
  depthwiseConv2d,
} from "./keras/depthwise-convolution.js";
export { type EmbeddingOptions, EmbeddingTable, embedding } from "./keras/embedding-table.js";
export type { KernelOptions } from "./keras/kernel-settings.js";
export { add, average, concatenate, dot, maximum, minimum, multiply, subtract } from "./keras/merging.js";
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
export {
  BatchNormalization,
  type BatchNormalizationOptions,
  batchNormalization,
  GroupNormalization,
  type GroupNormalizationOptions,
  groupNormalization,
  LayerNormalization,
  layerNormalization,
  type NormalizationOptions,
} from "./keras/normalization.js";
export {
  AveragePooling1d,
  AveragePooling2d,
  AveragePooling3d,
  averagePooling1d,
  averagePooling2d,
  averagePooling3d,
  GlobalPooling,
  globalAveragePooling1d,
  globalAveragePooling2d,
  globalAveragePooling3d,
  globalMaxPooling1d,
  globalMaxPooling2d,
  globalMaxPooling3d,
  MaxPooling1d,
  MaxPooling2d,
  MaxPooling3d,
  maxPooling1d,
  maxPooling2d,
  maxPooling3d,
  type PoolingOptions,
} from "./keras/pooling.js";
export {
  GRULayer,
  gru,
  LSTMLayer,
  lstm,
  type RecurrentLayerOptions,
  SimpleRNNLayer,
  type SimpleRNNOptions,
  simpleRnn,
} from "./keras/recurrent-layers.js";
export {
  SeparableConvolution1d,
  SeparableConvolution2d,
  type SeparableOptions,
  separableConv1d,
  separableConv2d,
} from "./keras/separable-convolution.js";
export { sequential } from "./keras/sequential-model.js";
export {
  ActivationLayer,
  activation,
  cropping2d,
  dropout,
  type EdgeLayerOptions,
  flatten,
  permute,
  repeatVector,
  reshape,
  timeDistributed,
  zeroPadding1d,
  zeroPadding2d,
} from "./keras/simple-layers.js";
export { Lambda } from "./lambda.js";
export { Linear, type LinearLayerOptions } from "./linear.js";
export { LocalResponseNorm, type LocalResponseNormOptions } from "./local-response-norm.js";
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
  MultiLabelSoftMarginLoss,
  MultiMarginLoss,
  NLLLoss,
  PoissonNLLLoss,
  QuantileLoss,
  SmoothL1Loss,
  SoftMarginLoss,
  SquaredHingeLoss,
  TripletMarginLoss,
} from "./losses.js";
export { LSTM } from "./lstm.js";
export { Add, Average, Concatenate, Dot, Maximum, Minimum, Multiply, Subtract } from "./merge.js";
export { buffer, Module, parameter } from "./module.js";
export { ModuleDict } from "./module-dict.js";
export { ModuleList } from "./module-list.js";
export {
  AlphaDropout,
  Dropout1d,
  Dropout2d,
  Dropout3d,
  GaussianDropout,
  GaussianNoise,
  type NoiseOptions,
  StochasticDepth,
} from "./noise.js";
export { GroupNorm, LayerNorm, type NormLayerOptions, RMSNorm } from "./norm.js";
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
  AvgPool1d,
  AvgPool2d,
  AvgPool3d,
  LPPool1d,
  LPPool2d,
  LPPool3d,
  MaxPool1d,
  MaxPool2d,
  MaxPool3d,
} from "./pool.js";
export { alibi, LearnedPositions, RotaryEmbedding, type RotaryOptions, SinusoidalPositions } from "./positions.js";
export type { Recurrence, RecurrentOptions, RecurrentStart } from "./recurrent.js";
export { type CellState, GRUCell, LSTMCell, type RecurrentCellOptions, RNNCell } from "./recurrent-cell.js";
export * as regularizers from "./regularizers.js";
export type { ReparametrizedOptions } from "./reparametrized.js";
export { Permute, RepeatVector, Reshape } from "./reshaping.js";
export { Residual } from "./residual.js";
export { RNN, type RNNOptions } from "./rnn.js";
export {
  DepthwiseConv1d,
  DepthwiseConv2d,
  type DepthwiseConvOptions,
  SeparableConv1d,
  SeparableConv2d,
} from "./separable-conv.js";
export { Sequential } from "./sequential.js";
export { CosineSimilarity, PairwiseDistance } from "./similarity.js";
export { SpectralNorm, type SpectralNormOptions } from "./spectral-norm.js";
export type { StateDict, StateMismatch } from "./state.js";
export { TimeDistributed } from "./time-distributed.js";
export {
  Transformer,
  TransformerDecoder,
  TransformerEncoder,
  type TransformerOptions,
  type TransformerStackOptions,
  type TransformOptions,
} from "./transformer.js";
export {
  type DecodeOptions,
  TransformerDecoderLayer,
  TransformerEncoderLayer,
  type TransformerLayerOptions,
} from "./transformer-layer.js";
export { ChannelShuffle, PixelShuffle, PixelUnshuffle, Upsample, type UpsampleOptions } from "./upsample.js";
export { WeightNorm, type WeightNormOptions } from "./weight-norm.js";
