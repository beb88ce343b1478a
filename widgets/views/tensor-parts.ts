import { barChart } from "../bars.js";
import { lineChart, type Mark } from "../chart.js";
import { type ColormapName, colourAt, cssColour, inkOn, paletteIndex } from "../colormap.js";
import { decimate, type Point } from "../decimate.js";
import { formatColumn, formatCount, formatNumber } from "../format.js";
import { colourScale, heatmap, legend } from "../heatmap.js";
import { type Html, html } from "../html.js";
import { withPlaces } from "../places.js";
import type { Statistics, Values } from "../statistics.js";
import { columnHead, table, tile } from "../theme.js";
import { unravel } from "./tensor-like.js";
import { cornerPositions } from "./tensor-text.js";

/** Vectors up to this long are written out. */
const writtenVector = 16;
/** Matrices up to this many rows and columns are written out, each cell in its colour. */
const writtenMatrix = 12;

/** A vector: its values when there are few, bars for some, a line for many. */
export function vectorPart(values: Values, stats: Statistics): Html | undefined {
  const n = values.length;
  if (n <= writtenVector) return cells(values, 1, n, stats);
  if (stats.finite === 0) return undefined;
  const label = `${formatCount(n)} values from ${formatNumber(stats.min)} to ${formatNumber(stats.max)}`;
  if (n <= 128) {
    return barChart({ label, values: Array.from(values), width: 856, height: 150, xRange: [0, n], axes: true });
  }
  const points = decimatedVector(values, 400);
  const { firstBad } = stats;
  const marks: Mark[] =
    firstBad === undefined
      ? []
      : [{ x: firstBad, kind: "bad", text: `${formatNumber(values[firstBad]!)} at ${firstBad}` }];
  const lines = [{ name: "value", points, colour: 1 }];
  return lineChart({ label, lines, width: 856, height: 150, xRange: [0, n - 1], yScale: "linear", marks });
}

/** At most 800 points that keep every extreme, without a point object for each of a million values. */
function decimatedVector(values: Values, buckets: number): Point[] {
  if (values.length <= 2 * buckets)
    return decimate(
      Array.from(values, (y, x): Point => [x, y]),
      buckets,
    );
  const points: Point[] = [];
  for (let b = 0; b < buckets; b++) {
    const from = Math.floor((b * values.length) / buckets);
    const to = Math.floor(((b + 1) * values.length) / buckets);
    let low = -1;
    let high = -1;
    for (let i = from; i < to; i++) {
      const value = values[i]!;
      if (value - value !== 0) continue;
      if (low < 0 || value < values[low]!) low = i;
      if (high < 0 || value > values[high]!) high = i;
    }
    if (low < 0) continue;
    const [first, last] = [Math.min(low, high), Math.max(low, high)];
    points.push([first, values[first]!]);
    if (last !== first) points.push([last, values[last]!]);
  }
  return points;
}

/** A matrix: its values when it is small, else a heatmap. */
export function matrixPart(values: Values, rows: number, columns: number, stats: Statistics): Html {
  if (rows <= writtenMatrix && columns <= writtenMatrix) return cells(values, rows, columns, stats);
  return heatmapPart(values, rows, columns, stats);
}

/** How a matrix is drawn as a heatmap. */
export interface HeatmapPartOptions {
  colours?: ColormapName;
  /** What the row or column of an index is called; by default its index. */
  name?: (index: number) => string;
}

/** A matrix as a heatmap with the places of its rows and columns and its legend. */
export function heatmapPart(
  values: Values,
  rows: number,
  columns: number,
  stats: Statistics,
  { colours, name = String }: HeatmapPartOptions = {},
): Html {
  const scale = colourScale(values, stats, colours);
  const label = `heatmap of ${rows} x ${columns} values from ${formatNumber(stats.min)} to ${formatNumber(stats.max)}`;
  const marks = stats.firstBad !== undefined;
  const { image, sampled, cell } = heatmap(values, rows, columns, scale, { label, size: 384, most: 192, marks });
  const picture = withPlaces(image, [
    { count: rows, cell: cell[0] / sampled[0], name },
    { count: columns, cell: cell[1] / sampled[1], name },
  ]);
  const note = samplingNote(sampled);
  return html`<div>${picture}${note && html`<small style="display:block">${note}</small>`}</div>${legend(scale, stats)}`;
}

/** Says which values a sampled picture shows; nothing when it shows all. */
function samplingNote([rows, columns]: readonly [number, number]): string {
  const parts = [
    ...(rows > 1 ? [`every ${ordinal(rows)} row`] : []),
    ...(columns > 1 ? [`every ${ordinal(columns)} column`] : []),
  ];
  return parts.join(", ");
}

function ordinal(n: number): string {
  const ends = ["th", "st", "nd", "rd"];
  const last = n % 100 > 10 && n % 100 < 14 ? 0 : n % 10;
  return `${n}${ends[last] ?? "th"}`;
}

/** The values themselves, coloured like a heatmap. */
function cells(values: Values, rows: number, columns: number, stats: Statistics): Html {
  const scale = colourScale(values, stats);
  const texts = formatColumn(Array.from(values));
  const named = rows > 1;
  const heads = [...(named ? [""] : []), ...Array.from({ length: columns }, (_, j) => String(j))];
  const cell = (i: number) => {
    const background = colourAt(scale.map, paletteIndex(values[i]!, scale.from, scale.to));
    return html`<td style="background:${cssColour(background)};color:${inkOn(background)}">${texts[i]!}</td>`;
  };
  return html`<div style="overflow-x:auto"><table class="t g"><thead><tr>${heads.map(h => columnHead(h))}</tr></thead><tbody>${Array.from(
    { length: rows },
    (_, i) =>
      html`<tr>${named && html`<th scope="row">${i}</th>`}${Array.from({ length: columns }, (_, j) => cell(i * columns + j))}</tr>`,
  )}</tbody></table></div>`;
}

/** The last two axes as pictures, one for each position of the axes before them, on one scale. */
export function facetsPart(values: Values, shape: readonly number[], stats: Statistics, colours?: ColormapName): Html {
  const rows = shape.at(-2)!;
  const columns = shape.at(-1)!;
  const leading = shape.slice(0, -2);
  const slices = leading.reduce((n, d) => n * d, 1);
  const small = Math.max(rows, columns) <= 32;
  const shown = Math.min(slices, small ? 24 : 8);
  const size = shown <= 4 || !small ? 192 : shown <= 8 ? 128 : 84;
  const scale = colourScale(values, stats, colours);
  let sampled: readonly [number, number] = [1, 1];
  const tiles = Array.from({ length: shown }, (_, s) => {
    const name = `[${[...unravel(s, leading), ":", ":"].join(", ")}]`;
    const offset = s * rows * columns;
    const marks = stats.firstBad !== undefined;
    const drawn = heatmap(values, rows, columns, scale, {
      label: `heatmap of ${name}`,
      size,
      offset,
      marks,
    });
    sampled = drawn.sampled;
    const bad = marks ? sliceNote(values, offset, rows * columns) : undefined;
    return tile(drawn.image, html`${name}${bad}`);
  });
  const notes = [
    ...(shown < slices ? [`${shown} of ${formatCount(slices)} slices`] : []),
    ...(samplingNote(sampled) ? [samplingNote(sampled)] : []),
  ];
  const note = notes.length > 0 ? html`<div><small>${notes.join(" · ")}</small></div>` : undefined;
  return html`<div>${tiles}</div>${legend(scale, stats)}${note}`;
}

/** Names what is wrong in one slice, beside its picture. */
function sliceNote(values: Values, offset: number, count: number): Html | undefined {
  let nan = 0;
  let infinite = 0;
  for (let i = offset; i < offset + count; i++) {
    const value = values[i]!;
    if (value - value === 0) continue;
    if (Number.isNaN(value)) nan++;
    else infinite++;
  }
  const parts = [
    ...(nan > 0 ? [`${formatCount(nan)} NaN`] : []),
    ...(infinite > 0 ? [`${formatCount(infinite)} Inf`] : []),
  ];
  return parts.length > 0 ? html` · <b class="bad">${parts.join(", ")}</b>` : undefined;
}

/** A corner of a matrix as a table, for those who want the figures behind a picture. */
export function cornerTable(values: Values, rows: number, columns: number): Html {
  const across = cornerPositions(columns);
  const down = cornerPositions(rows);
  const texts = formatColumn(
    down.flatMap(i => across.flatMap(j => (i === undefined || j === undefined ? [] : [values[i * columns + j]!]))),
  );
  let next = 0;
  const lines = down.map(i => {
    const line = across.map(j => (i === undefined || j === undefined ? "…" : texts[next++]!));
    return [i === undefined ? "…" : String(i), ...line];
  });
  return table(["", ...across.map(j => (j === undefined ? "…" : String(j)))], lines);
}
