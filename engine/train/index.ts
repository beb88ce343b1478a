export {
  type EndReason,
  endOpenRuns,
  onTrainingRun,
  settleRuns,
  type TrainingEvent,
  type TrainingListener,
  TrainingRun,
} from "./events.js";
export type { Metric } from "./step-log.js";
export { Summary, summary } from "./summarize.js";
export type { LayerSummary, ModelSummary } from "./summary.js";
export { openShape, type SummaryRow, summaryRows, summaryText } from "./summary-text.js";
export { ForwardGraph, type TraceNode, trace } from "./trace.js";
export { type StepExtra, type TrackedStep, type TrackOptions, track } from "./track.js";
export { type Distribution, WeightLog, type WeightRecord } from "./weight-log.js";
