import { metrics } from "../../engine/index.js";
import { colormap, colourAt, cssColour, inkOn, paletteIndex } from "../colormap.js";
import { formatCount, formatQuantity } from "../format.js";
import { type Html, html } from "../html.js";
import { isolated } from "../isolated.js";
import { statistics } from "../statistics.js";
import { card, foldable, scrolled, table } from "../theme.js";
import { textTable } from "./table.js";
import { asTensorLike, type NumbersLike, numbersOf } from "./tensor-like.js";
import { heatmapPart } from "./tensor-parts.js";
import { View } from "./view.js";

/** How `show.confusion` draws. */
export interface ConfusionOptions {
  /** Heading of the card. */
  title?: string;
  /** The names of the classes, in order; by default their numbers. */
  labels?: readonly string[];
}

/** Up to this many classes every cell has its number. */
const mostCells = 20;

/**
 * Draws a confusion matrix: rows are what is true, columns what was predicted. Each cell has its count and its share of the
 * row; below stand precision, recall and F1 by class. With more than 20 classes the matrix is a heatmap.
 *
 * @param counts [classes, classes]: whole numbers of 0 or more
 * @throws TypeError when the matrix is not square, holds something else than counts, or labels do not match
 * @example
 * show.confusion([[50, 2], [5, 43]], { labels: ["cat", "dog"] });
 */
export function confusionView(counts: NumbersLike, options: ConfusionOptions = {}): View {
  const matrix = confusionOf(counts, options.labels);
  const { labels, rows } = matrix;
  const total = sum(rows.flat());
  const right = sum(rows.map((row, i) => row[i]!));
  const accuracy = total > 0 ? right / total : Number.NaN;
  const predicted = rows.map((_, i) => sum(rows.map(row => row[i]!)));
  const scores = table(
    ["class", "precision", "recall", "F1", "samples"],
    metrics.classScores(rows).map(({ precision, recall, f1, support }, i) => [
      labels[i]!,
      // Where nothing was predicted, or nothing is so, there is no share of it.
      score(predicted[i] ? precision : Number.NaN),
      score(support ? recall : Number.NaN),
      score(predicted[i] || support ? f1 : Number.NaN),
      formatCount(support),
    ]),
    { words: [0] },
  );
  const shown = card({
    title: options.title ?? "Confusion matrix",
    facts: [
      { text: `${formatCount(labels.length)} classes` },
      { text: formatQuantity(total, "sample") },
      ...(total > 0 ? [{ text: `accuracy ${score(accuracy)}` }] : []),
    ],
    body: [
      labels.length <= mostCells ? cells(matrix) : picture(matrix),
      foldable("precision, recall and F1 by class", html`<div style="overflow-x:auto">${scores}</div>`),
      confused(matrix),
    ],
    styles: ["table", "tiles"],
  });
  return new View(shown.text, textOf(matrix, accuracy));
}

interface Confusion {
  labels: readonly string[];
  /** By what is true, then by what was predicted. */
  rows: readonly (readonly number[])[];
}

function confusionOf(counts: NumbersLike, names: readonly string[] | undefined): Confusion {
  const tensor = asTensorLike(counts, "show.confusion");
  const [classes, columns] = tensor.shape;
  if (tensor.shape.length !== 2 || classes !== columns || classes === 0) {
    throw wrong(`the shape [${tensor.shape.join(", ")}] is not [classes, classes]`);
  }
  const values = Array.from(numbersOf(tensor));
  const at = values.findIndex(v => !(Number.isSafeInteger(v) && v >= 0));
  if (at >= 0) {
    throw wrong(`[${Math.floor(at / classes!)}, ${at % classes!}] is ${values[at]}, which counts nothing`);
  }
  if (names && names.length !== classes) throw wrong(`${names.length} labels for ${classes} classes`);
  const labels = names ?? values.slice(0, classes).map((_, i) => String(i));
  return { labels, rows: labels.map((_, i) => values.slice(i * classes!, (i + 1) * classes!)) };
}

function wrong(problem: string): TypeError {
  return new TypeError(
    `show.confusion: ${problem}. Give how often each class (row) was predicted as each class (column).`,
  );
}

/** The matrix as a table, each cell coloured by its share of the row. */
function cells({ labels, rows }: Confusion): Html {
  const map = colormap("cividis");
  const cell = (count: number, all: number) => {
    const part = all > 0 ? count / all : 0;
    const background = colourAt(map, paletteIndex(part, 0, 1));
    const percent = all > 0 && count > 0 ? html`<br><small style="color:inherit">${share(part)}</small>` : undefined;
    return html`<td style="background:${cssColour(background)};color:${inkOn(background)}">${formatCount(count)}${percent}</td>`;
  };
  const heads = labels.map(label => html`<th scope="col">${short(label)}</th>`);
  const lines = rows.map((row, i) => {
    const all = sum(row);
    return html`<tr><th scope="row">${short(labels[i]!)}</th>${row.map(count => cell(count, all))}</tr>`;
  });
  const grid = scrolled(
    html`<table class="t g"><thead><tr><td></td>${heads}</tr></thead><tbody>${lines}</tbody></table>`,
  );
  return html`${grid}<small>rows: true class · columns: predicted class · colour and percentage: share of the row</small>`;
}

/** The matrix as a heatmap of each row's shares. */
function picture({ rows, labels }: Confusion): Html {
  const shares = Float64Array.from(
    rows.flatMap(row => {
      const all = Math.max(1, sum(row));
      return row.map(count => count / all);
    }),
  );
  const drawn = heatmapPart(shares, rows.length, rows.length, statistics(shares), {
    colours: "cividis",
    name: i => short(labels[i]!, 13),
  });
  return html`${drawn}<small>rows: true class · columns: predicted class · colour: share of the row</small>`;
}

/** The classes that are taken for another most often. */
function confused({ labels, rows }: Confusion): Html | undefined {
  const wrongs = rows
    .flatMap((row, i) => row.map((count, j) => ({ count, i, j })))
    .filter(({ count, i, j }) => i !== j && count > 0)
    .sort((a, b) => b.count - a.count)
    .slice(0, 3)
    .map(
      ({ count, i, j }, at) =>
        html`${at > 0 && " · "}${isolated(labels[i]!)} taken for ${isolated(labels[j]!)} (${formatQuantity(count, "time")})`,
    );
  return wrongs.length > 0 ? html`<div><small>most often confused: ${wrongs}</small></div>` : undefined;
}

/** The matrix in aligned columns, as far as a line of text holds it. */
function textOf({ labels, rows }: Confusion, accuracy: number): string {
  const head = `Confusion matrix of ${formatCount(labels.length)} classes, accuracy ${score(accuracy)}`;
  if (labels.length > mostCells) return head;
  const lines = [
    ["true \\ predicted", ...labels.map(label => short(label))],
    ...rows.map((row, i) => [short(labels[i]!), ...row.map(String)]),
  ];
  return `${head}\n${textTable(lines)}`;
}

function score(x: number): string {
  return Number.isFinite(x) ? x.toFixed(3) : "–";
}

function share(part: number): string {
  return part < 0.005 ? "<1 %" : `${Math.round(100 * part)} %`;
}

function short(label: string, most = 16): string {
  return label.length > most ? `${label.slice(0, most - 1)}…` : label;
}

function sum(values: readonly number[]): number {
  return values.reduce((n, v) => n + v, 0);
}
