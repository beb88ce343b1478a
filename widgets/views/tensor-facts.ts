import { bytesPerElement } from "../../engine/dtype.js";
import { barChart } from "../bars.js";
import { formatBytes, formatCount, formatNumber } from "../format.js";
import { type Html, html } from "../html.js";
import { histogram, type Statistics, type Values } from "../statistics.js";
import type { Fact } from "../theme.js";
import type { TensorLike } from "./tensor-like.js";
import { badValues } from "./tensor-text.js";

/** Dtype and shape, for the heading of a card. */
export function tensorSubtitle(tensor: TensorLike): Html {
  return html`<code>${tensor.dtype}</code> [${tensor.shape.join(", ")}]`;
}

/**
 * What a heading says of a tensor: elements, bytes, device, gradient, and NaN and Inf in words.
 *
 * @param shape of the values that the statistics are of
 */
export function tensorFacts(tensor: TensorLike, stats: Statistics, shape = tensor.shape): Fact[] {
  const facts: Fact[] = [];
  if (tensor.shape.length > 1) facts.push({ text: `${formatCount(tensor.size)} values` });
  facts.push({ text: formatBytes(tensor.size * bytesPerElement[tensor.dtype]) });
  facts.push({ text: String(tensor.device) });
  if (tensor.requiresGrad) facts.push({ text: "requires grad", tone: "good" });
  const bad = badValues(stats, shape);
  if (bad) facts.push({ text: `⚠ ${bad.replaceAll("!", "")}`, tone: "bad" });
  return facts;
}

/** Fewer values than this are better read than counted. */
const fewest = 20;

/** The statistics as a table, and the distribution beside it when there are enough values for one and `bars` is not false. */
export function tensorStatistics(values: Values, stats: Statistics, bars = true): Html | undefined {
  if (stats.finite === 0) return undefined;
  const columns: [name: string, value: string][] = [
    ["min", formatNumber(stats.min)],
    ["mean", formatNumber(stats.mean)],
    ["max", formatNumber(stats.max)],
    ["std", formatNumber(stats.std)],
    ["zeros", `${formatNumber((100 * stats.zeros) / stats.finite, 3)} %`],
  ];
  const figures = html`<table class="t"><thead><tr>${columns.map(([name]) => html`<th scope="col">${name}</th>`)}</tr></thead><tbody><tr>${columns.map(([, value]) => html`<td>${value}</td>`)}</tr></tbody></table>`;
  if (!bars || stats.finite <= fewest || stats.max === stats.min) return html`<div class="w">${figures}</div>`;
  return html`<div class="w">${figures}<div style="width:200px">${distribution(values, stats)}</div></div>`;
}

/** How many values lie where, as a strip of bars: one bar per value for a few whole numbers, else 32 equal intervals. */
function distribution(values: Values, stats: Statistics): Html {
  const { from, to, counts } = binned(values, stats, 32);
  const largest = counts.indexOf(Math.max(...counts));
  const width = (to - from) / counts.length;
  const label = `histogram from ${formatNumber(from)} to ${formatNumber(to)}, highest near ${formatNumber(from + (largest + 0.5) * width)}`;
  return barChart({ label, values: counts, width: 200, height: 46, xRange: [from, to], ends: [stats.min, stats.max] });
}

/** Counts the finite values in about `bins` intervals; few whole numbers get an interval of their own each. */
export function binned(values: Values, stats: Statistics, bins: number) {
  const { min, max } = stats;
  if (stats.integers && max - min < bins) return histogram(values, min - 0.5, max + 0.5, max - min + 1);
  if (max === min) return histogram(values, min - 0.5, max + 0.5, 1);
  return histogram(values, min, max, bins);
}
