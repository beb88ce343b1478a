import type { train } from "../../engine/index.js";
import { barChart } from "../bars.js";
import { formatCount, formatNumber } from "../format.js";
import { type Html, html } from "../html.js";
import { card, table } from "../theme.js";
import { View } from "../views/view.js";
import { Pages } from "./pages.js";

/** Bars of a histogram on the axis that all steps share. */
const bins = 60;

/**
 * The histograms of a parameter's values and gradients at the step that a slider stands at, all steps on one axis.
 *
 * @throws TypeError when nothing was noted yet
 */
export function browseWeights(log: train.WeightLog): Pages {
  const entries = log.entries().filter(([, records]) => records.length > 0);
  const steps = entries[0]?.[1].map(record => record.step) ?? [];
  if (steps.length === 0) {
    throw new TypeError("show.browse: the log has noted nothing yet. Call record() after a step.");
  }
  return new Pages({
    name: "Weights over the steps",
    choices: [
      { name: "parameter", count: entries.length, options: entries.map(([name]) => name) },
      { name: "step", count: steps.length },
    ],
    at: [0, steps.length - 1],
    say: (_, place) => `step ${formatCount(steps[place] ?? 0)} of ${formatCount(steps.at(-1)!)}`,
    draw: ([parameter, step]) => {
      const [name, records] = entries[parameter!]!;
      return stepView(name, records, records[step!]!);
    },
  });
}

function stepView(name: string, records: readonly train.WeightRecord[], at: train.WeightRecord): View {
  const { weights, gradients, updateRatio } = at;
  const ofGradients = records.flatMap(record => record.gradients ?? []);
  const figures: [string, string][] = [
    ["weight norm", formatNumber(weights.norm, 3)],
    ["gradient norm", gradients ? formatNumber(gradients.norm, 3) : "–"],
    ["update : weight", updateRatio === undefined ? "–" : formatNumber(updateRatio, 2)],
    ["zero gradients", gradients ? `${formatNumber(100 * gradients.zeros, 2)} %` : "–"],
  ];
  const bad = weights.bad + (gradients?.bad ?? 0);
  const shown = card({
    title: name,
    facts: [
      { text: `step ${formatCount(at.step)}` },
      ...(bad > 0 ? [{ text: `⚠ ${formatCount(bad)} NaN or Inf`, tone: "bad" as const }] : []),
    ],
    body: [
      html`<div class="w">${chart(
        "weights",
        weights,
        records.map(record => record.weights),
      )}${gradients ? chart("gradients", gradients, ofGradients) : html`<div class="n"><small>no gradient</small></div>`}</div>`,
      table(
        figures.map(([head]) => head),
        [figures.map(([, value]) => value)],
        { words: [] },
      ),
    ],
    styles: ["plot", "table", "training"],
  });
  const text = figures.map(([head, value]) => `${head} ${value}`).join(", ");
  return new View(shown.text, `${name} at step ${at.step}: ${text}`);
}

/** The share of the values in each interval of an axis that reaches over all steps. */
function chart(name: string, one: train.Distribution, all: readonly train.Distribution[]): Html {
  const from = Math.min(...all.map(d => d.from));
  const to = Math.max(...all.map(d => d.to));
  const [least, end] = to > from ? [from, to] : [from - 1, to + 1];
  const width = (end - least) / bins;
  const total = one.counts.reduce((n, c) => n + c, 0) || 1;
  const own = (one.to - one.from) / one.counts.length;
  const shares = new Array<number>(bins).fill(0);
  // An interval of the step may reach over several of the axis: its share is spread over them.
  one.counts.forEach((count, i) => {
    const [a, b] = [one.from + i * own, one.from + (i + 1) * own].map(x => (x - least) / width) as [number, number];
    const [first, last] = [
      Math.min(bins - 1, Math.floor(a)),
      Math.min(bins - 1, Math.max(Math.floor(a), Math.ceil(b) - 1)),
    ];
    for (let bin = first; bin <= last; bin++) {
      const part = b > a ? (Math.min(b, bin + 1) - Math.max(a, bin)) / (b - a) : 1;
      shares[bin]! += (100 * part * count) / total;
    }
  });
  const label = `${name}: from ${formatNumber(one.from, 3)} to ${formatNumber(one.to, 3)}, norm ${formatNumber(one.norm, 3)}`;
  const bars = barChart({ label, values: shares, width: 418, height: 170, xRange: [least, end], axes: true });
  return html`<div class="n"><div><b>${name}</b> <small>y: % of the values · x: as far as any step reaches</small></div>${bars}</div>`;
}
