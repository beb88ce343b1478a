import { type Line, lineChart } from "../chart.js";
import { decimate, type Point } from "../decimate.js";
import { formatCount, formatNumber } from "../format.js";
import { html } from "../html.js";
import { card, type Fact } from "../theme.js";
import { asTensorLike, isTensorLike, type NumbersLike, numbersOf } from "./tensor-like.js";
import { View } from "./view.js";

/** How `show.curve` draws. */
export interface CurveOptions {
  title?: string;
  /** What x is, below the axis. */
  xLabel?: string;
  /** What y is, above the chart. */
  yLabel?: string;
  /** `"auto"` (default): logarithmic when the values are positive and span more than a factor of 30. */
  yScale?: "linear" | "log" | "auto";
}

/** The values of one line, or of several by name. */
export type Lines = NumbersLike | Readonly<Record<string, NumbersLike>>;

/** The most lines that one chart can tell apart. */
const mostLines = 12;

/**
 * Draws one or more lines over two axes. Every extreme is kept, however long they are; a line breaks where it is not finite.
 *
 * @param x the x values; or the y values, which are then drawn over 0, 1, 2, ...
 * @param y the y values, or several lines by name
 * @throws TypeError when something is not numbers, lengths differ, or nothing is finite
 * @example
 * const t = linspace(0, 6.3, 100);
 * show.curve(t, { sin: t.sin(), cos: t.cos() }, { title: "waves", xLabel: "radians" });
 */
export function curveView(x: Lines, y?: Lines, options: CurveOptions = {}): View {
  const alone = y === undefined;
  const named = linesOf(alone ? x : y, options.yLabel ?? "y");
  if (named.length === 0) throw new TypeError("show.curve: there is no line. Give y values, or { name: values }.");
  if (named.length > mostLines) {
    throw new TypeError(`show.curve: ${named.length} lines cannot be told apart. Give at most ${mostLines}.`);
  }
  const xs = alone ? undefined : row(x, "x");
  const lines = named.map(({ name, values }, i): Line => {
    if (xs && xs.length !== values.length) {
      throw new TypeError(
        `show.curve: x has ${xs.length} values but ${name} has ${values.length}. Give as many of each.`,
      );
    }
    return { name, points: thinned(values, xs), colour: (i % 6) + 1, dashed: i >= 6 };
  });
  if (!lines.some(line => line.points.some(p => Number.isFinite(p[0]) && Number.isFinite(p[1])))) {
    throw new TypeError("show.curve: no value is finite, so there is nothing to draw. Check the data for NaN.");
  }
  const { title = "Curve", xLabel, yLabel, yScale = "auto" } = options;
  const ranges = named.map(({ name, values }) => `${name} from ${rangeOf(values)}`);
  const label = `${title}: ${ranges.join(", ")}`;
  const chart = lineChart({ label, lines, width: 856, height: 260, yScale });
  const notes = [...(xLabel === undefined ? [] : [`x: ${xLabel}`]), ...(yLabel === undefined ? [] : [`y: ${yLabel}`])];
  const bad = named.reduce((n, { values }) => n + count(values, v => !Number.isFinite(v)), 0);
  const facts: Fact[] = [
    { text: `${formatCount(named[0]!.values.length)} points` },
    ...(bad > 0 ? [{ text: `⚠ ${formatCount(bad)} NaN or Inf`, tone: "bad" as const }] : []),
  ];
  const shown = card({
    title,
    facts,
    body: [chart, notes.length > 0 ? html`<small>${notes.join(" · ")}</small>` : undefined],
    styles: ["plot"],
  });
  return new View(shown.text, label);
}

function linesOf(given: unknown, name: string): { name: string; values: ArrayLike<number> }[] {
  if (
    typeof given === "object" &&
    given !== null &&
    Object.getPrototypeOf(given) === Object.prototype &&
    !isTensorLike(given)
  ) {
    return Object.entries(given).map(([key, values]) => ({ name: key, values: row(values, key) }));
  }
  return [{ name, values: row(given, name) }];
}

/** The numbers of one line. */
function row(value: unknown, name: string): ArrayLike<number> {
  const tensor = asTensorLike(value, "show.curve");
  const long = tensor.shape.filter(size => size !== 1);
  if (tensor.shape.length === 0 || long.length > 1) {
    const shape = `[${tensor.shape.join(", ")}]`;
    throw new TypeError(
      `show.curve: ${name} has shape ${shape}. Give one axis of numbers, for example with flatten().`,
    );
  }
  return numbersOf(tensor);
}

/** A long line is drawn as the extremes of so many stretches. */
const stretches = 400;
/** More breaks than this are too narrow to see. */
const mostPieces = 50;

/** The points of a line: all of them when there are few, else the extremes of its stretches, with the breaks kept. */
function thinned(values: ArrayLike<number>, xs: ArrayLike<number> | undefined): Point[] {
  const points = Array.from(values, (v, i): Point => [xs ? xs[i]! : i, v]);
  if (points.length <= 2 * stretches) return points;
  const pieces: Point[][] = [];
  let broken = true;
  for (const point of points) {
    const finite = Number.isFinite(point[0]) && Number.isFinite(point[1]);
    if (finite && broken) pieces.push([]);
    if (finite) pieces.at(-1)!.push(point);
    broken = !finite;
  }
  if (pieces.length > mostPieces) return decimate(points, stretches);
  const gap: Point = [Number.NaN, Number.NaN];
  return pieces.flatMap((piece, i) => {
    const kept = decimate(piece, Math.max(1, Math.round((stretches * piece.length) / points.length)));
    return i === 0 ? kept : [gap, ...kept];
  });
}

function rangeOf(values: ArrayLike<number>): string {
  let low = Number.POSITIVE_INFINITY;
  let high = Number.NEGATIVE_INFINITY;
  for (let i = 0; i < values.length; i++) {
    const v = values[i]!;
    if (!Number.isFinite(v)) continue;
    if (v < low) low = v;
    if (v > high) high = v;
  }
  return low <= high ? `${formatNumber(low)} to ${formatNumber(high)}` : "no finite value";
}

function count(values: ArrayLike<number>, test: (value: number) => boolean): number {
  let n = 0;
  for (let i = 0; i < values.length; i++) if (test(values[i]!)) n++;
  return n;
}
