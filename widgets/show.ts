import { data, type MemoryReport, nn, type Profile, type Tensor, train } from "../engine/index.js";
import { AttackExplorer, type AttackOptions, type Classifier } from "./attack-explorer.js";
import { browseHeads } from "./browse/attention.js";
import { browse } from "./browse/browse.js";
import { type DisplayHandle, display, displaySymbol } from "./display.js";
import { EmbeddingExplorer, type ProjectorOptions } from "./embedding-explorer.js";
import { TensorExplorer } from "./explorer.js";
import { ThresholdExplorer } from "./threshold-explorer.js";
import { type AttentionMapOptions, attentionView } from "./views/attention.js";
import { type AutogradOptions, autogradView } from "./views/autograd.js";
import { type ConfusionOptions, confusionView } from "./views/confusion.js";
import { type CurveOptions, curveView, type Lines } from "./views/curve.js";
import { type DatasetViewOptions, datasetSampleView, datasetView } from "./views/dataset.js";
import { type EmbeddingOptions, embeddingsView } from "./views/embeddings.js";
import { type EpisodeOptions, episodeView } from "./views/episode.js";
import { type FeatureOptions, featuresView } from "./views/features.js";
import { graphView } from "./views/graph.js";
import { type HeatmapOptions, heatmapView } from "./views/heatmap.js";
import { type HistogramOptions, histogramView } from "./views/histogram.js";
import { type ImageOptions, imageView } from "./views/image.js";
import { memoryView } from "./views/memory.js";
import { modelView } from "./views/model.js";
import { type OverlayOptions, overlayView } from "./views/overlay.js";
import { profileView } from "./views/profile.js";
import { type RocOptions, rocView } from "./views/roc.js";
import { type RunLike, type RunsOptions, runsView } from "./views/runs.js";
import { type TableOptions, tableView } from "./views/table.js";
import { tensorBundle } from "./views/tensor.js";
import { asTensorLike, type NumbersLike } from "./views/tensor-like.js";
import { View } from "./views/view.js";
import { weightsView } from "./views/weights.js";

/** A tensor's own form, for anything that reads as one: nested arrays and typed arrays too. */
function tensorView(value: NumbersLike): View {
  const bundle = tensorBundle(asTensorLike(value, "show.tensor"));
  return new View(String(bundle["text/html"]), String(bundle["text/plain"]));
}

/**
 * The views as values: what `show` puts on the page, without doing so. A cell's last value shows itself, and
 * `handle.update(view)` replaces one by another.
 *
 * @example
 * const handle = display(views.curve(losses));
 * handle.update(views.curve([...losses, 0.4]));
 */
export const views = {
  /** Any numbers as a tensor: statistics, histogram, heatmap or values. */
  tensor: tensorView,
  /** A tensor to walk through, with a slider for each axis; a widget. */
  explore: (value: NumbersLike) => new TensorExplorer(value),
  /** One image, or a sheet of several with labels and predictions. */
  image: imageView,
  /** A matrix as colours. */
  heatmap: heatmapView,
  /** How values are distributed. */
  hist: histogramView,
  /** Lines over a common axis. */
  curve: curveView,
  /** Rows and columns. */
  table: tableView,
  /** Samples with their fields, and how often each class occurs. */
  dataset: datasetView,
  /** A table, samples or the weights of a log to leaf through; a widget. */
  browse,
  /** An episode of a game, playing, with its rewards. */
  episode: episodeView,
  /** Several training runs over each other. */
  runs: runsView,
  /** What a classifier takes for what. */
  confusion: confusionView,
  /** How well scores tell classes apart, at every threshold. */
  roc: rocView,
  /** The threshold of scores to move, with what follows from it; a widget. */
  threshold: (scores: NumbersLike, labels: NumbersLike, options?: RocOptions) =>
    new ThresholdExplorer(scores, labels, options),
  /** An input to move against its model by epsilon (FGSM); a widget. */
  attack: (model: Classifier, input: Tensor, label: number | Tensor, options?: AttackOptions) =>
    new AttackExplorer(model, input, label, options),
  /** Which key each query looks at, by head. */
  attention: attentionView,
  /** The same head by head; a widget. */
  heads: browseHeads,
  /** A mask or a map of importance over its image. */
  overlay: overlayView,
  /** A picture for each channel of a layer's result. */
  features: featuresView,
  /** How a model's weights and gradients are distributed, over steps. */
  weights: weightsView,
  /** Points of many features in the plane in which they differ the most. */
  embeddings: embeddingsView,
  /** The same plane to look into: names and images at the pointer, points to select; a widget. */
  projector: (points: NumbersLike, options?: ProjectorOptions) => new EmbeddingExplorer(points, options),
  /** A model's forward pass: layers, operations and the shapes between them. */
  graph: graphView,
  /** What of the memory is live, kept, and was the most. */
  memory: memoryView,
  /** Where the time of a function went: layers and operations over their time. */
  profile: profileView,
  /** How a value was computed, as the backward pass will walk it. */
  autograd: autogradView,
  /** A model's layers, shapes and parameters. */
  model: (model: nn.Module | train.ModelSummary, ...inputs: (Tensor | readonly number[])[]) =>
    modelView(model instanceof nn.Module ? train.summary(model, ...inputs) : model),
} as const;

/**
 * Shows a value where the cell's output is: each value in its own form, or in the form that one of its functions names.
 * Returns a handle that can replace what is shown.
 *
 * @example
 * show(weights);
 * show.image(batch.images, { labels: batch.labels });
 * show.curve(losses, undefined, { title: "loss" });
 */
export const show = Object.assign((value: unknown): DisplayHandle => display(value), {
  /** Shows a tensor, a typed array or nested arrays the way a tensor shows itself. */
  tensor: (value: NumbersLike): DisplayHandle => display(tensorView(value)),
  /** Shows a tensor as images; see `ImageOptions`. */
  image: (value: NumbersLike, options?: ImageOptions): DisplayHandle => display(imageView(value, options)),
  /** Shows a matrix, or the last two axes of a tensor, as colours. */
  heatmap: (value: NumbersLike, options?: HeatmapOptions): DisplayHandle => display(heatmapView(value, options)),
  /** Shows how the values of a tensor are distributed. */
  hist: (value: NumbersLike, options?: HistogramOptions): DisplayHandle => display(histogramView(value, options)),
  /** Shows lines over two axes: `show.curve(x, y)`, `show.curve(x, { name: y })` or `show.curve(y)`. */
  curve: (x: Lines, y?: Lines, options?: CurveOptions): DisplayHandle => display(curveView(x, y, options)),
  /** Shows rows, columns or a matrix as a table. */
  table: (rows: object, options?: TableOptions): DisplayHandle => display(tableView(rows, options)),
  /** Shows samples of a dataset: a column for each field, images as thumbnails, and how often each class occurs. */
  dataset: (value: object, options?: DatasetViewOptions): DisplayHandle =>
    display(
      value instanceof data.Dataset
        ? { [displaySymbol]: async () => (await datasetSampleView(value, options))[displaySymbol]() }
        : datasetView(value, options),
    ),
  /** Shows a table, samples or the weights of a `train.WeightLog` to leaf through: by page, order, parameter and step. */
  browse: (value: object, options?: TableOptions & DatasetViewOptions): DisplayHandle =>
    display(
      value instanceof data.Dataset
        ? { [displaySymbol]: async () => (await browse(value, options))[displaySymbol]() }
        : browse(value, options),
    ),
  /** Plays an episode of a game, in any page, with the rewards of its steps and the returns of all episodes. */
  episode: (frames: NumbersLike, options?: EpisodeOptions): DisplayHandle => display(episodeView(frames, options)),
  /** Lays training runs over each other: those given by name, else those of this notebook. */
  runs: (runs?: Readonly<Record<string, RunLike>>, options?: RunsOptions): DisplayHandle =>
    display(runsView(runs, options)),
  /** Shows a confusion matrix, rows true and columns predicted, with precision, recall and F1 of each class. */
  confusion: (counts: NumbersLike, options?: ConfusionOptions): DisplayHandle =>
    display(confusionView(counts, options)),
  /** Shows the ROC and the precision-recall curve of scores, with the areas below them and the place of a threshold. */
  roc: (scores: NumbersLike, labels: NumbersLike, options?: RocOptions): DisplayHandle =>
    display(rocView(scores, labels, options)),
  /** Shows the curves of `show.roc` with a threshold to move: counts, precision, recall and F1 follow it. */
  threshold: (scores: NumbersLike, labels: NumbersLike, options?: RocOptions): DisplayHandle =>
    display(views.threshold(scores, labels, options)),
  /** Shows one input that a slider moves against its model by epsilon (FGSM): the picture and the probabilities follow. */
  attack: (model: Classifier, input: Tensor, label: number | Tensor, options?: AttackOptions): DisplayHandle =>
    display(views.attack(model, input, label, options)),
  /** Shows attention weights, a map for each head, with tokens beside it. */
  attention: (weights: NumbersLike, options?: AttentionMapOptions): DisplayHandle =>
    display(attentionView(weights, options)),
  /** Shows attention weights with a head to choose: all at once, or one, large. */
  heads: (weights: NumbersLike, options?: AttentionMapOptions): DisplayHandle => display(browseHeads(weights, options)),
  /** Shows masks or maps of importance (saliency, Grad-CAM) over their images. */
  overlay: (images: NumbersLike, maps: NumbersLike, options?: OverlayOptions): DisplayHandle =>
    display(overlayView(images, maps, options)),
  /** Shows the feature maps of a layer, a picture for each channel. */
  features: (maps: NumbersLike, options?: FeatureOptions): DisplayHandle => display(featuresView(maps, options)),
  /** Shows how weights and gradients are distributed over the steps that a log noted, and what is wrong with them. */
  weights: (value: train.WeightLog | nn.Module): DisplayHandle => display(weightsView(value)),
  /** Shows points of many features in the plane in which they differ the most, with their classes. */
  embeddings: (points: NumbersLike, options?: EmbeddingOptions): DisplayHandle =>
    display(embeddingsView(points, options)),
  /** Shows the plane of `show.embeddings` to look into: names and images at the pointer, points to select. */
  projector: (points: NumbersLike, options?: ProjectorOptions): DisplayHandle =>
    display(views.projector(points, options)),
  /** Shows a model's forward pass as a graph, up to the layer that fails where one does. */
  graph: (...pass: Parameters<typeof graphView>): DisplayHandle => display(graphView(...pass)),
  /** Shows what of the device's memory is live, kept for reuse and was the most, and which cells made it. */
  memory: (report?: MemoryReport): DisplayHandle => display(memoryView(report)),
  /** Shows where the time of a function went, as `profile(fn)` measured it: by layer, by operation, in JavaScript. */
  profile: (profile: Profile): DisplayHandle => display(profileView(profile)),
  /** Shows how a value was computed, as the backward pass will walk it, with the gradients of the parameters. */
  autograd: (value: Tensor, options?: AutogradOptions): DisplayHandle => display(autogradView(value, options)),
  /** Shows a tensor to walk through: two axes as a picture, a slider for each other one. */
  explore: (value: NumbersLike): DisplayHandle => display(views.explore(value)),
  /** Shows what a model consists of; with inputs (tensors or shapes) also output shapes, work and memory of a forward pass. */
  model: (...model: Parameters<typeof views.model>): DisplayHandle => display(views.model(...model)),
});
