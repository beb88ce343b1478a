import type { ColormapName } from "../colormap.js";
import { statistics } from "../statistics.js";
import { card } from "../theme.js";
import { tensorFacts, tensorStatistics, tensorSubtitle } from "./tensor-facts.js";
import { asTensorLike, type NumbersLike, numbersOf } from "./tensor-like.js";
import { facetsPart, heatmapPart } from "./tensor-parts.js";
import { sampleNote, sampleOf } from "./tensor-sample.js";
import { valuesText } from "./tensor-text.js";
import { View } from "./view.js";

/** How `show.heatmap` draws. */
export interface HeatmapOptions {
  /** Heading of the card. */
  title?: string;
  /** The colours; by default `"diverging"` for values of both signs, else `"viridis"`. */
  colours?: ColormapName;
}

const known: readonly string[] = ["diverging", "viridis", "cividis", "grey"] satisfies ColormapName[];

/**
 * Draws a matrix as a heatmap, also a small one; of a tensor with more axes the last two, once for each position before
 * them; a vector as one row.
 *
 * @throws TypeError when the value is no tensor, has no elements or is a single number
 * @example
 * show.heatmap(scores.softmax(-1), { colours: "cividis" });
 */
export function heatmapView(value: NumbersLike, options: HeatmapOptions = {}): View {
  const tensor = asTensorLike(value, "show.heatmap");
  const sample = sampleOf(tensor);
  const { shape } = sample?.part ?? tensor;
  if (shape.length === 0 || tensor.size === 0) {
    const what = shape.length === 0 ? "a single number has no map" : `a tensor of shape [${shape.join(", ")}] is empty`;
    throw new TypeError(`show.heatmap: ${what}. Give a matrix, or a tensor with more axes.`);
  }
  const { colours } = options;
  if (colours !== undefined && !known.includes(colours)) {
    throw new TypeError(`show.heatmap: there are no colours "${String(colours)}". Choose one of ${known.join(", ")}.`);
  }
  const values = numbersOf(sample?.part ?? tensor);
  const stats = statistics(values);
  const rows = shape.length > 1 ? shape.at(-2)! : 1;
  const picture =
    shape.length > 2
      ? facetsPart(values, shape, stats, colours)
      : heatmapPart(values, rows, shape.at(-1)!, stats, colours === undefined ? {} : { colours });
  const shown = card({
    title: options.title ?? "Heatmap",
    subtitle: tensorSubtitle(tensor),
    facts: tensorFacts(tensor, stats, shape),
    body: [sampleNote(sample), tensorStatistics(values, stats), picture],
    styles: ["table", "plot", "tiles"],
  });
  return new View(shown.text, valuesText(tensor, values, stats, sample));
}
