/** The package's main entry: the engine, and every value shows itself. */
export * from "../engine/index.js";
export { AttackExplorer, type AttackOptions, type Classifier } from "./attack-explorer.js";
export { type Comm, type CommChannel, type CommMessage, type CommSendOptions, commChannel } from "./comm.js";
export { Control, type ControlState, control, type SliderOptions } from "./control.js";
export {
  clearOutput,
  type Displayable,
  type DisplayHandle,
  display,
  displaySymbol,
  type MimeBundle,
} from "./display.js";
export { EmbeddingExplorer, type EmbeddingState, type ProjectorOptions } from "./embedding-explorer.js";
export { type ExplorerState, TensorExplorer } from "./explorer.js";
export type { Counts } from "./score-counts.js";
export { show, views } from "./show.js";
export { ThresholdExplorer, type ThresholdState } from "./threshold-explorer.js";
export { TrainingControl, type TrainingControlState } from "./training-control.js";
export type { AttackState } from "./views/attack.js";
export type { Picture } from "./views/attack-pictures.js";
export type { AttentionMapOptions } from "./views/attention.js";
export type { AutogradOptions } from "./views/autograd.js";
export type { ConfusionOptions } from "./views/confusion.js";
export type { CurveOptions } from "./views/curve.js";
export type { DatasetViewOptions } from "./views/dataset.js";
export type { EmbeddingOptions } from "./views/embeddings.js";
export type { EpisodeOptions } from "./views/episode.js";
export type { FeatureOptions } from "./views/features.js";
export type { HeatmapOptions } from "./views/heatmap.js";
export type { HistogramOptions } from "./views/histogram.js";
export type { ImageOptions } from "./views/image.js";
export type { OverlayOptions } from "./views/overlay.js";
export type { RocOptions } from "./views/roc.js";
export type { RunLike, RunsOptions } from "./views/runs.js";
export type { TableOptions } from "./views/table.js";
export type { View } from "./views/view.js";
export { Widget, type WidgetOptions, widget } from "./widget.js";
export type { WidgetCommand } from "./widget-commands.js";

import "./install.js";
