import { metrics } from "../../engine/index.js";
import { type Line, lineChart } from "../chart.js";
import type { Point } from "../decimate.js";
import { formatCount, formatNumber, formatQuantity } from "../format.js";
import { type Html, html } from "../html.js";
import { figuresOf, ScoreCounts } from "../score-counts.js";
import { card, type Fact, scrolled, table } from "../theme.js";
import { figure, oneAgainstRest, type Scores, scoresOf, usualThreshold } from "./scores.js";
import { textTable } from "./table.js";
import type { NumbersLike } from "./tensor-like.js";
import { View } from "./view.js";

/** How `show.roc` draws. */
export interface RocOptions {
  /** Heading of the card. */
  title?: string;
  /** From which score on a sample counts as positive; by default 0.5 for probabilities, else where the most is gained. */
  threshold?: number;
  /** The names of the classes, in order, for scores [N, C]; by default their numbers. */
  labels?: readonly string[];
}

/** The most curves that one chart can tell apart. */
const mostCurves = 6;
/** The most classes in the table. */
const mostRows = 30;
/** Curves are drawn in steps of this share of an axis: about a pixel. */
const finest = 1 / 400;

/** The curves of one class against the rest. */
interface Curves {
  name: string;
  positives: number;
  roc: readonly Point[];
  pr: readonly Point[];
  auc: number;
  averagePrecision: number;
}

/**
 * Draws the receiver operating characteristic and the precision-recall curve, with the areas below them as scikit-learn computes
 * them and the place of a threshold on both. With scores of several classes each is taken against the rest: the six worst are
 * drawn.
 *
 * @param scores [N]: higher for class 1; or [N, C]
 * @param labels [N]: 0 and 1; or the numbers of the classes
 * @throws TypeError when a class that is asked for has no samples, or has them all; ShapeError and ValueError as `metrics.rocCurve`
 * @example
 * show.roc([0.1, 0.4, 0.35, 0.8], [0, 0, 1, 1]);
 */
export function rocView(scores: NumbersLike, labels: NumbersLike, options: RocOptions = {}): View {
  const given = scoresOf(scores, labels, options.labels, "show.roc");
  if (given.columns === 1) return binaryView(Array.from(given.values), given.truth, options);
  return classesView(given, options);
}

function binaryView(scores: readonly number[], truth: readonly number[], options: RocOptions): View {
  const curves = curvesOf("positive", scores, truth);
  if (curves === undefined) {
    throw new TypeError("show.roc: all labels are equal, so there is nothing to tell apart. Give samples of both.");
  }
  const threshold = options.threshold ?? usualThreshold(scores, truth);
  if (Number.isNaN(threshold)) throw new TypeError("show.roc: threshold is NaN. Give a number.");
  const counts = new ScoreCounts(scores, truth).at(threshold);
  const { recall, falsePositiveRate, precision, f1, accuracy } = figuresOf(counts);
  const written = formatNumber(threshold, 3);
  const figures = [
    ["threshold", written],
    ["true positive rate", figure(recall)],
    ["false positive rate", figure(falsePositiveRate)],
    ["precision", figure(precision)],
    ["F1", figure(f1)],
    ["accuracy", figure(accuracy)],
  ] as const;
  const counted = [
    ["true positives", formatCount(counts.truePositives)],
    ["false positives", formatCount(counts.falsePositives)],
    ["false negatives", formatCount(counts.falseNegatives)],
    ["true negatives", formatCount(counts.trueNegatives)],
  ] as const;
  const title = options.title ?? "ROC and precision-recall";
  const spots = {
    roc: [falsePositiveRate, recall] as Point,
    pr: [recall, precision] as Point,
    text: `threshold ${written}`,
  };
  const shown = card({
    title,
    facts: [
      ...areas(curves),
      { text: formatQuantity(truth.length, "sample") },
      { text: `${formatCount(curves.positives)} positive` },
    ],
    body: [
      charts([curves], truth.length, spots),
      ...[figures, counted].map(shares => {
        const [names, values] = [0, 1].map(i => shares.map(pair => pair[i]!)) as [string[], string[]];
        return scrolled(table(names, [values]));
      }),
    ],
    styles: ["plot", "table", "training"],
  });
  const text = `${title}: AUC ${figure(curves.auc)}, average precision ${figure(curves.averagePrecision)}`;
  return new View(
    shown.text,
    `${text}\n${textTable([figures.map(f => f[0]), figures.map(f => f[1])])}\n${textTable([counted.map(f => f[0]), counted.map(f => f[1])])}`,
  );
}

function classesView(given: Scores, options: RocOptions): View {
  const { truth, columns, names } = given;
  const all = names.flatMap((name, c) => {
    const { scores, truth: is } = oneAgainstRest(given, c);
    return curvesOf(name, scores, is) ?? [];
  });
  if (all.length === 0) throw new TypeError("show.roc: all labels are equal. Give samples of several classes.");
  const sorted = [...all].sort((a, b) => a.auc - b.auc);
  const drawn = sorted.slice(0, mostCurves);
  const mean = all.reduce((sum, c) => sum + c.auc, 0) / all.length;
  const title = options.title ?? "ROC and precision-recall";
  const missing = columns - all.length;
  const facts: Fact[] = [
    { text: `mean AUC ${figure(mean)}`, tone: "good" },
    { text: `${formatCount(columns)} classes` },
    { text: formatQuantity(truth.length, "sample") },
    ...(missing > 0 ? [{ text: `${missing} without samples`, tone: "bad" as const }] : []),
  ];
  const rows = sorted
    .slice(0, mostRows)
    .map(c => [shorten(c.name), figure(c.auc), figure(c.averagePrecision), formatCount(c.positives)]);
  const heads = ["class", "AUC", "average precision", "samples"];
  const notes = [
    "each class against the rest, the worst first",
    ...(drawn.length < all.length ? [`${drawn.length} of ${formatCount(all.length)} drawn`] : []),
    ...(rows.length < all.length ? [`${rows.length} of ${formatCount(all.length)} in the table`] : []),
  ];
  const shown = card({
    title,
    facts,
    body: [
      charts(drawn, truth.length),
      html`<small>${notes.join(" · ")}</small>`,
      scrolled(table(heads, rows, { words: [0] })),
    ],
    styles: ["plot", "table", "training"],
  });
  return new View(shown.text, `${title}: mean AUC ${figure(mean)}\n${textTable([heads, ...rows])}`);
}

/** Both curves; `undefined` for a class that nobody is, or everybody. */
function curvesOf(name: string, scores: readonly number[], truth: readonly number[]): Curves | undefined {
  const roc = metrics.rocCurve(scores, truth);
  const positives = truth.reduce((n, label) => n + label, 0);
  if (positives === 0 || positives === truth.length) return undefined;
  const pr = metrics.precisionRecallCurve(scores, truth);
  return {
    name,
    positives,
    roc: thinned(roc.falsePositiveRate, roc.truePositiveRate),
    pr: stairs(thinned(pr.recall, pr.precision).reverse()),
    auc: metrics.rocAuc(scores, truth),
    averagePrecision: metrics.averagePrecision(scores, truth),
  };
}

/** The points of a curve that lie a visible step apart, and both ends. */
function thinned(x: ArrayLike<number>, y: ArrayLike<number>): Point[] {
  const points: Point[] = [];
  for (let i = 0; i < x.length; i++) {
    const last = points.at(-1);
    const step = last ? Math.abs(x[i]! - last[0]) + Math.abs(y[i]! - last[1]) : 1;
    if (step >= finest || i === x.length - 1) points.push([x[i]!, y[i]!]);
  }
  return points;
}

/** Precision by rising recall as the steps whose area is the average precision; it ends where every positive is found. */
function stairs(points: readonly Point[]): Point[] {
  const end = points.findIndex(([recall]) => recall === 1);
  return points.slice(0, end + 1).flatMap(([recall, precision], i): Point[] =>
    i > 0 && points[i - 1]![0] < recall
      ? [
          [points[i - 1]![0], precision],
          [recall, precision],
        ]
      : [[recall, precision]],
  );
}

function charts(curves: readonly Curves[], samples: number, spots?: { roc: Point; pr: Point; text: string }): Html {
  const several = curves.length > 1;
  const line = (c: Curves, points: readonly Point[], i: number): Line => ({
    name: several ? shorten(c.name) : "",
    points,
    colour: i + 1,
    dashed: i % 2 === 1,
  });
  const unit = [0, 1] as const;
  const size = { width: 418, height: 300, xRange: unit, yRange: unit, yScale: "linear" as const };
  const say = (of: (c: Curves) => number) => curves.map(c => `${c.name} ${figure(of(c))}`).join(", ");
  const roc = lineChart({
    ...size,
    label: `ROC curve, area below it: ${say(c => c.auc)}`,
    lines: curves.map((c, i) => line(c, c.roc, i)),
    references: [
      [
        [0, 0],
        [1, 1],
      ],
    ],
    spots: spots ? [{ at: spots.roc, text: spots.text }] : [],
  });
  const share = several ? undefined : curves[0]!.positives / samples;
  const pr = lineChart({
    ...size,
    label: `precision-recall curve, average precision: ${say(c => c.averagePrecision)}`,
    lines: curves.map((c, i) => line(c, c.pr, i)),
    references:
      share === undefined
        ? []
        : [
            [
              [0, share],
              [1, share],
            ],
          ],
    // Where nothing is positive there is no precision.
    spots: spots && Number.isFinite(spots.pr[1]) ? [{ at: spots.pr, text: spots.text }] : [],
  });
  return html`<div class="w">${panel("ROC", "x: false positive rate · y: true positive rate · dashed: chance", roc)}${panel("precision-recall", `x: recall · y: precision${several ? "" : " · dashed: chance"}`, pr)}</div>`;
}

function panel(name: string, note: string, plot: Html): Html {
  return html`<div class="n"><div><b>${name}</b> <small>${note}</small></div>${plot}</div>`;
}

function areas(curves: Curves): Fact[] {
  return [
    { text: `AUC ${figure(curves.auc)}`, tone: "good" },
    { text: `average precision ${figure(curves.averagePrecision)}` },
  ];
}

function shorten(name: string): string {
  return name.length > 16 ? `${name.slice(0, 15)}…` : name;
}
