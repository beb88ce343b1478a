import { nn, train } from "../../engine/index.js";
import { formatCount, formatNumber, formatQuantity } from "../format.js";
import { type Html, html } from "../html.js";
import { drawing, horizontalAxis, linearScale, linePath, px } from "../svg.js";
import { card, type Fact, foldable, scrolled, table } from "../theme.js";
import { textTable } from "./table.js";
import { View } from "./view.js";

type Entry = readonly [name: string, records: readonly train.WeightRecord[]];

/** The most parameters with ridges, steps of a ridge plot, and rows of the table. */
const mostRidges = 4;
const mostSteps = 8;
const mostRows = 60;
/** An update above this share of the weights is large; below the other, hardly one. Around 0.001 is usual. */
const largeUpdate = 0.1;
const smallUpdate = 1e-6;
/** A gradient that grew by this factor, and one that is too small to move anything. */
const explosion = 100;
const vanished = 1e-9;

/**
 * Draws how a model's weights and gradients are distributed over the steps that a `train.WeightLog` noted, and says in words
 * where gradients vanish, explode or are missing. Given a model, it draws that as it is now.
 *
 * @throws TypeError when the value is neither
 * @example
 * const log = new train.WeightLog(model);
 * log.record();
 * show.weights(log);
 */
export function weightsView(value: train.WeightLog | nn.Module): View {
  const entries: readonly Entry[] = logOf(value).entries();
  const noted = entries.filter(([, records]) => records.length > 0);
  const steps = noted[0]?.[1].map(r => r.step) ?? [];
  const title = "Weights and gradients";
  if (noted.length === 0) {
    const what =
      entries.length === 0 ? "the model has no parameters" : "nothing was noted yet: call record() after a step";
    const empty = card({ title, facts: [], body: [html`<small>${what}</small>`], styles: [] });
    return new View(empty.text, `${title}: ${what}`);
  }
  const judged = noted.map(entry => ({ entry, verdict: verdictOf(entry[1]) }));
  const bad = judged.filter(({ verdict }) => verdict !== undefined);
  const facts: Fact[] = [
    { text: formatQuantity(noted.length, "parameter") },
    { text: steps.length > 1 ? `steps ${formatCount(steps[0]!)} to ${formatCount(steps.at(-1)!)}` : "now" },
    ...(bad.length > 0 ? [{ text: `⚠ ${formatCount(bad.length)} to look at`, tone: "bad" as const }] : []),
  ];
  const heads = ["parameter", "weight norm", "gradient norm", "update : weight", "zero gradients", "what it means"];
  const rows = judged
    .slice(0, mostRows)
    .map(({ entry, verdict }) => [shorten(entry[0]), ...figures(entry[1]), verdict ?? "fine"]);
  // Matrices and kernels say more than biases, and what is wrong more than what is not.
  const drawn = [...judged]
    .sort((a, b) => Number(b.verdict !== undefined) - Number(a.verdict !== undefined) || rank(b.entry) - rank(a.entry))
    .slice(0, mostRidges)
    .sort((a, b) => noted.indexOf(a.entry as never) - noted.indexOf(b.entry as never));
  const notes = [
    "each ridge is a step, the newest in front",
    ...(drawn.length < noted.length ? [`${drawn.length} of ${formatCount(noted.length)} drawn`] : []),
    ...(rows.length < noted.length ? [`${rows.length} of ${formatCount(noted.length)} in the table`] : []),
  ];
  const figure = scrolled(
    table(
      heads,
      rows.map((row, i) => [
        ...row.slice(0, -1),
        judged[i]!.verdict ? html`<b class="bad">${row.at(-1)!}</b>` : row.at(-1)!,
      ]),
      { words: [0, 5] },
    ),
  );
  const shown = card({
    title,
    facts,
    body: [
      html`<div class="w">${drawn.map(({ entry }) => pair(entry))}</div>`,
      html`<div><small>${notes.join(" · ")}</small></div>`,
      rows.length > 12 ? foldable("figures of the last step", figure) : figure,
    ],
    styles: ["plot", "table", "training"],
  });
  const over = steps.length > 1 ? ` at step ${steps.at(-1)}` : "";
  return new View(
    shown.text,
    `${title} of ${formatQuantity(noted.length, "parameter")}${over}\n${textTable([heads, ...rows])}`,
  );
}

function logOf(value: unknown): train.WeightLog {
  if (value instanceof train.WeightLog) return value;
  if (value instanceof nn.Module) {
    const log = new train.WeightLog(value);
    log.record();
    return log;
  }
  throw new TypeError(
    `show.weights: expected a train.WeightLog or a model, got ${value === null ? "null" : typeof value}.`,
  );
}

/** How many values: large parameters first. */
function rank([name, records]: Entry): number {
  const count = records[0]!.weights.counts.reduce((n, c) => n + c, 0);
  return /bias/i.test(name) ? count - 1e12 : count;
}

/** What is wrong with a parameter, in words. */
function verdictOf(records: readonly train.WeightRecord[]): string | undefined {
  const last = records.at(-1)!;
  const { gradients, weights, updateRatio } = last;
  if (weights.bad > 0) return `${formatCount(weights.bad)} weights are NaN or Inf`;
  if (!gradients)
    return records.some(r => r.gradients) ? "the last step has no gradient" : "no gradient: is it in the loss?";
  if (gradients.bad > 0) return `${formatCount(gradients.bad)} gradients are NaN or Inf`;
  if (gradients.norm === 0) return "dead: every gradient is 0";
  if (gradients.norm < vanished) return "vanishing: the gradient is next to 0";
  const first = records.find(r => r.gradients && r.gradients.norm > 0)!.gradients!;
  if (gradients.norm > explosion * first.norm && gradients.norm > 1) {
    return `exploding: the gradient grew ${formatNumber(gradients.norm / first.norm, 2)} times`;
  }
  if (updateRatio !== undefined && updateRatio > largeUpdate) return "large updates: lower the learning rate";
  if (updateRatio !== undefined && updateRatio < smallUpdate)
    return "hardly moves: raise the learning rate, or it is frozen";
  return undefined;
}

function figures(records: readonly train.WeightRecord[]): string[] {
  const { weights, gradients, updateRatio } = records.at(-1)!;
  return [
    formatNumber(weights.norm, 3),
    gradients ? formatNumber(gradients.norm, 3) : "–",
    updateRatio === undefined ? "–" : formatNumber(updateRatio, 2),
    gradients ? `${formatNumber(100 * gradients.zeros, 2)} %` : "–",
  ];
}

function pair([name, records]: Entry): Html {
  const gradients = records.flatMap(r => (r.gradients ? [{ step: r.step, of: r.gradients }] : []));
  return html`<div class="y"><b>${shorten(name)}</b></div>${ridges(
    `weights of ${name}`,
    records.map(r => ({ step: r.step, of: r.weights })),
    1,
  )}${gradients.length > 0 ? ridges(`gradients of ${name}`, gradients, 2) : html`<div class="n"><small>no gradient</small></div>`}`;
}

/** Distributions behind each other, on one axis, the oldest at the back. */
function ridges(label: string, all: readonly { step: number; of: train.Distribution }[], colour: number): Html {
  const chosen = spread(all, mostSteps);
  const [width, gap, tall] = [418, 13, 30];
  const height = tall + gap * (chosen.length - 1) + 26;
  const from = Math.min(...chosen.map(c => c.of.from));
  const to = Math.max(...chosen.map(c => c.of.to));
  const left = 16 + 6.4 * Math.max(...chosen.map(c => formatCount(c.step).length));
  const x = linearScale(from, to, [left, width - 24], 5);
  const [least, end] = to > from ? [from, to] : [from - 1, to + 1];
  // Density, so that a narrow distribution is as tall as it is narrow.
  const density = chosen.map(({ of }) => {
    const total = Math.max(
      1,
      of.counts.reduce((n, c) => n + c, 0),
    );
    const share = of.to > of.from ? (of.to - of.from) / (end - least) : 1 / of.counts.length;
    return of.counts.map(c => (c / total) * (of.counts.length * share > 0 ? 1 / share : 0));
  });
  const highest = Math.max(...density.map(d => Math.max(...d))) || 1;
  const layers = chosen.map(({ step, of }, i) => {
    const base = tall + gap * i;
    const bin = (of.to - of.from) / of.counts.length;
    const points = density[i]!.map((d, b): [number, number] => [
      x(of.from + (b + 0.5) * bin),
      // The square root keeps the tails visible beside a tall middle.
      base - tall * Math.sqrt(d / highest),
    ]);
    const outline: [number, number][] = [[x(of.from), base], ...points, [x(of.to), base]];
    return html`<path class="rg s${colour}" d="${linePath(outline)}"/><text x="${px(left - 6)}" y="${px(base + 3)}" text-anchor="end">${formatCount(step)}</text>`;
  });
  const said = `${label} from ${formatNumber(from, 3)} to ${formatNumber(to, 3)}, at ${formatQuantity(chosen.length, "step")}`;
  const body = html`${layers}${horizontalAxis(x, height - 4, t => formatNumber(t, 3))}`;
  return html`<div class="n"><small>${label.split(" ")[0]}</small>${drawing({ width, height, label: said, body })}</div>`;
}

/** At most `count` of the entries, evenly spread, first and last among them. */
function spread<T>(all: readonly T[], count: number): T[] {
  if (all.length <= count) return [...all];
  return Array.from({ length: count }, (_, i) => all[Math.round((i * (all.length - 1)) / (count - 1))]!);
}

function shorten(name: string): string {
  return name.length > 40 ? `…${name.slice(-39)}` : name;
}
