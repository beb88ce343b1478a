import { barChart } from "../bars.js";
import { formatCount, formatNumber } from "../format.js";
import { html } from "../html.js";
import { statistics } from "../statistics.js";
import { card } from "../theme.js";
import { binned, tensorFacts, tensorStatistics, tensorSubtitle } from "./tensor-facts.js";
import { asTensorLike, type NumbersLike, numbersOf } from "./tensor-like.js";
import { sampleNote, sampleOf } from "./tensor-sample.js";
import { valuesText } from "./tensor-text.js";
import { View } from "./view.js";

/** How `show.hist` draws. */
export interface HistogramOptions {
  /** How many intervals (default 50); few whole numbers get an interval of their own each. */
  bins?: number;
  /** Heading of the card. */
  title?: string;
  /** What the values are, below the axis. */
  xLabel?: string;
}

/**
 * Draws how the values of a tensor are distributed.
 *
 * @throws TypeError when the value is no tensor, has no finite value, or the number of intervals is not 1 to 500
 * @example
 * show.hist(weights, { bins: 100 });
 */
export function histogramView(value: NumbersLike, options: HistogramOptions = {}): View {
  const { bins = 50, xLabel = "value" } = options;
  const tensor = asTensorLike(value, "show.hist");
  if (!(Number.isInteger(bins) && bins >= 1 && bins <= 500)) {
    throw new TypeError(`show.hist: bins is ${String(bins)}. Give a whole number from 1 to 500.`);
  }
  const sample = sampleOf(tensor);
  const part = sample?.part ?? tensor;
  const values = numbersOf(part);
  const stats = statistics(values);
  if (stats.finite === 0) {
    const what = stats.count === 0 ? "the tensor is empty" : "every value is NaN or Inf";
    throw new TypeError(`show.hist: ${what}, so there is nothing to count. Give a tensor with finite values.`);
  }
  const { from, to, counts } = binned(values, stats, bins);
  const width = (to - from) / counts.length;
  const highest = Math.max(...counts);
  const label = `histogram of ${formatCount(stats.finite)} values from ${formatNumber(stats.min)} to ${formatNumber(stats.max)}, at most ${formatCount(highest)} in one interval`;
  const chart = barChart({ label, values: counts, width: 856, height: 200, xRange: [from, to], axes: true });
  const notes = `x: ${xLabel} · y: how many · intervals of ${formatNumber(width, 3)}`;
  const shown = card({
    title: options.title ?? "Histogram",
    subtitle: tensorSubtitle(tensor),
    facts: tensorFacts(tensor, stats, part.shape),
    body: [sampleNote(sample), tensorStatistics(values, stats, false), chart, html`<small>${notes}</small>`],
    styles: ["table", "plot"],
  });
  return new View(shown.text, `${valuesText(tensor, values, stats, sample)}\n${bars(counts, highest)}`);
}

/** The counts as a line of blocks, for pages without pictures. */
function bars(counts: readonly number[], highest: number): string {
  const blocks = " ▁▂▃▄▅▆▇█";
  return counts.map(n => blocks[Math.ceil((n / highest) * 8)]).join("");
}
