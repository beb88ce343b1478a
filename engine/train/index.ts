import "./fit/model.js";

export { BackupAndRestore } from "./callbacks/backup-and-restore.js";
export type { Callback, Logs, Training } from "./callbacks/callback.js";
export { CSVLogger, type CSVLoggerOptions } from "./callbacks/csv-logger.js";
export { EarlyStopping, type EarlyStoppingOptions } from "./callbacks/early-stopping.js";
export { LearningRateScheduler } from "./callbacks/learning-rate-scheduler.js";
export { ModelCheckpoint, type ModelCheckpointOptions } from "./callbacks/model-checkpoint.js";
export type { MonitorOptions } from "./callbacks/monitor.js";
export { ReduceLROnPlateau, type ReduceOnPlateauOptions } from "./callbacks/reduce-lr-on-plateau.js";
export { TensorBoard, type TensorBoardOptions } from "./callbacks/tensor-board.js";
export { TerminateOnNaN } from "./callbacks/terminate-on-nan.js";
export type { Baselines } from "./events.js";
export {
  type EndReason,
  endOpenRuns,
  onTrainingRun,
  settleRuns,
  type TrainingEvent,
  type TrainingListener,
  TrainingRun,
} from "./events.js";
export type { Batch, GivenBatch, Inputs } from "./fit/batch.js";
export type { ClassWeight } from "./fit/class-weight.js";
export type { EvaluateOptions } from "./fit/evaluate.js";
export type { FitOptions } from "./fit/fit.js";
export type { FitData, ValidationData } from "./fit/fit-data.js";
export { History } from "./fit/history.js";
export type { GivenLoss, LossFunction, LossName } from "./fit/named-losses.js";
export type { GivenMetric, MetricFunction, MetricName } from "./fit/named-metrics.js";
export type { GivenOptimizer, OptimizerName } from "./fit/named-optimizers.js";
export type { ObjectiveOptions, PerOutput } from "./fit/objective.js";
export type { PredictOptions } from "./fit/predict.js";
export type { Dataset } from "./fit/source.js";
export type { StepTools } from "./fit/step.js";
export type { CompileOptions } from "./fit/trainer.js";
export type { Metric } from "./step-log.js";
export { Summary, summary } from "./summarize.js";
export type { LayerSummary, ModelSummary } from "./summary.js";
export { openShape, type SummaryRow, summaryRows, summaryText } from "./summary-text.js";
export { ForwardGraph, type TraceNode, trace } from "./trace.js";
export { type StepExtra, type TrackedStep, type TrackOptions, track } from "./track.js";
export { type Distribution, WeightLog, type WeightRecord } from "./weight-log.js";
