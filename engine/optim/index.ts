export { Adadelta, type AdadeltaOptions } from "./adadelta.js";
export { Adagrad, type AdagradOptions } from "./adagrad.js";
export { Adam, type AdamOptions, AdamW } from "./adam.js";
export { Adamax, type AdamaxOptions } from "./adamax.js";
export { type AverageState, EMA, SWA } from "./average.js";
export { type ClipNormOptions, clipGradNorm, clipGradValue } from "./clip.js";
export { GradScaler, type GradScalerOptions, type GradScalerState } from "./grad-scaler.js";
export type { CommonOptions, GivenGroup, ParameterGroup, Trainable } from "./groups.js";
export { LAMB, type LAMBOptions } from "./lamb.js";
export { LBFGS, type LBFGSOptions, type LBFGSState } from "./lbfgs.js";
export { Lion, type LionOptions } from "./lion.js";
export { Muon, type MuonOptions } from "./muon.js";
export { NAdam, type NAdamOptions } from "./nadam.js";
export { Optimizer, type Update } from "./optimizer.js";
export { RAdam, type RAdamOptions } from "./radam.js";
export type { UpdateForm } from "./record-update.js";
export { RMSprop, type RMSpropOptions } from "./rmsprop.js";
export { Rprop, type RpropOptions } from "./rprop.js";
export { CosineAnnealingLR, CosineAnnealingWarmRestarts } from "./schedules/cosine.js";
export { CyclicLR, type CyclicOptions, OneCycleLR, type OneCycleOptions } from "./schedules/cycle.js";
export {
  ConstantLR,
  ExponentialLR,
  LambdaLR,
  LinearLR,
  MultiStepLR,
  PolynomialLR,
  StepLR,
} from "./schedules/decay.js";
export { type PlateauOptions, ReduceLROnPlateau } from "./schedules/plateau.js";
export { Schedule, type ScheduleState } from "./schedules/schedule.js";
export { ChainedLR, SequentialLR } from "./schedules/sequence.js";
export { SGD, type SGDOptions } from "./sgd.js";
export type { OptimizerState, ParameterState } from "./state.js";
