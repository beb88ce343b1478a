/** Metrics: functions of all predictions at once, equal to scikit-learn's, and classes that grow batch by batch. */

export { BinnedAUC } from "./binned-auc.js";
export { bleu } from "./bleu.js";
export { ConfusionMatrix, FBeta, Precision, Recall, Specificity } from "./class-metrics.js";
export { AUC, R2Score } from "./collected.js";
export { type ClassOptions, confusionMatrix, type Normalization } from "./confusion.js";
export {
  auc,
  averagePrecision,
  type PrecisionRecallCurve,
  precisionRecallCurve,
  type RocCurve,
  rocAuc,
  rocCurve,
} from "./curves.js";
export type { Values } from "./input.js";
export {
  Accuracy,
  MeanAbsoluteError,
  MeanAbsolutePercentageError,
  MeanSquaredError,
  type MetricOptions,
  Perplexity,
  RootMeanSquaredError,
  TopKAccuracy,
} from "./mean-metrics.js";
export { MeanMetric, Metric } from "./metric.js";
export { brierScore, calibrationError, logLoss, perplexity } from "./probability.js";
export { explainedVariance, mae, mape, medianAbsoluteError, mse, r2, rmse } from "./regression.js";
export { ClassificationReport, classificationReport, classScores, type ReportRow } from "./report.js";
export {
  type Average,
  type Averaged,
  accuracy,
  balancedAccuracy,
  cohenKappa,
  f1,
  fBeta,
  iou,
  matthews,
  precision,
  recall,
  type ScoreOptions,
  specificity,
} from "./scores.js";
export { topKAccuracy } from "./top-k.js";
