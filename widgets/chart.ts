import type { Point } from "./decimate.js";
import { formatNumber } from "./format.js";
import { type Html, html } from "./html.js";
import { drawing, horizontalAxis, linearScale, linePath, logarithmicScale, px, verticalAxis } from "./svg.js";
import { clearest, type Place, type Room, textAt } from "./text-places.js";

/** One line of a chart. */
export interface Line {
  name: string;
  points: readonly Point[];
  /** Drawn faintly under the line: the values that the line smooths. */
  raw?: readonly Point[];
  /** 1 to 6: its place in the theme's series. */
  colour: number;
  dashed?: boolean;
  /** A dot at every point. */
  dots?: boolean;
}

/** A place along x that a chart points out: dotted and starred for the best, a red tick for what went wrong, a line where it stopped. */
export interface Mark {
  x: number;
  kind: "best" | "bad" | "end";
  text: string;
}

/** A place on a line that a chart points out by a ring. */
export interface Spot {
  at: Point;
  text: string;
}

export interface ChartOptions {
  /** What the chart says, with its numbers, for people who do not see it. */
  label: string;
  lines: readonly Line[];
  width: number;
  height: number;
  /** Ends of the x axis; by default those of the points. */
  xRange?: readonly [number, number];
  /** Ends of the y axis, exactly; by default those of the points and a margin. */
  yRange?: readonly [number, number];
  /** `"auto"`: logarithmic when all values are positive and the largest is more than 30 times the smallest. */
  yScale?: "linear" | "log" | "auto";
  /** Units that an x tick counts, e.g. steps per epoch (default 1). */
  xUnit?: number;
  marks?: readonly Mark[];
  spots?: readonly Spot[];
  /** Named lines across the whole chart to compare with. */
  levels?: readonly { name: string; value: number }[];
  /** Thin straight lines to compare with, each between two points, e.g. what chance would give. */
  references?: readonly (readonly [Point, Point])[];
}

/** True when the values span so much that a linear axis would hide most of them. */
export function wantsLogarithm(lines: readonly Line[], levels: ChartOptions["levels"] = []): boolean {
  const range = yRange(lines, levels);
  return range !== undefined && range[0] > 0 && range[1] > 30 * range[0];
}

/** Draws lines over two axes, each line labelled at its end rather than in a legend. */
export function lineChart(options: ChartOptions): Html {
  const { lines, width, height, label, marks = [], spots = [], references = [], xUnit = 1 } = options;
  const levels = (options.levels ?? []).filter(({ value }) => Number.isFinite(value));
  const range = options.yRange ?? yRange(lines, levels);
  if (!range) return html`<p><small>${label}: no finite values to draw</small></p>`;
  const logarithmic =
    (options.yScale ?? "auto") === "auto" ? wantsLogarithm(lines, levels) : options.yScale === "log" && range[0] > 0;
  const labelled = lines.length > 1;
  // A wide chart has room for longer names.
  const most = Math.max(shortName, Math.floor(width / 32));
  const longest = labelled ? Math.max(...lines.map(l => shorten(l.name, most).length)) : 0;
  const bottom = height - 22;
  const top = 10;
  const y = logarithmic
    ? logarithmicScale(range[0] / 1.15, range[1] * 1.15, [bottom, top])
    : linearScale(...(options.yRange ?? padded(range)), [bottom, top]);
  const left = 12 + 6.2 * Math.max(...y.ticks.map(t => formatNumber(t).length));
  const [from, to] = options.xRange ?? xRange(lines);
  // Room for the names, else for half of the last tick's label.
  const margin = labelled ? longest * 7 : Math.max(0, 3.4 * formatNumber(to / xUnit).length - 6);
  const right = width - 10 - margin;
  const x = linearScale(from / xUnit, to / xUnit, [left, right], Math.max(2, Math.min(6, width / 70)));
  const at = ([px, py]: Point): Point => [x(px / xUnit), y(py)];
  const texts = marks.length + spots.length + levels.length > 0;
  const drawn = texts ? lines.map(line => line.points.map(at)) : [];
  const room = { top, bottom, middle: (left + right) / 2, drawn };
  // There is no step and no episode between two.
  const counted = xUnit === 1 && lines.every(line => line.points.every(([px]) => Number.isInteger(px)));
  const places = counted ? Object.assign(x.bind(undefined), { ticks: x.ticks.filter(Number.isInteger) }) : x;
  const body = html`${verticalAxis(y, left, right)}${horizontalAxis(places, height - 6)}${marks.map(m => mark(m, x(m.x / xUnit), room))}${levels.map(l => level(l, y(l.value), [left, right], room))}${references.map(ends => reference(ends, at))}${lines.map(line => drawLine(line, at))}${spots.map(s => spot(s, at, room))}${labelled ? endLabels(lines, at, top, bottom, most) : undefined}`;
  return drawing({ width, height, label, body });
}

function drawLine(line: Line, at: (p: Point) => Point): Html {
  const colour = `s${line.colour}`;
  const raw =
    line.raw && line.raw.length > 1 ? html`<path class="${colour} r" d="${linePath(line.raw.map(at))}"/>` : undefined;
  const dots = line.dots
    ? line.points
        .map(at)
        .map(([cx, cy]) => html`<circle class="f${line.colour}" cx="${px(cx)}" cy="${px(cy)}" r="2.4"/>`)
    : undefined;
  return html`${raw}<path class="${colour}${line.dashed ? " d" : ""}" d="${linePath(line.points.map(at))}"/>${dots}`;
}

function level(
  { name, value }: { name: string; value: number },
  y: number,
  [left, right]: readonly [number, number],
  room: Room,
): Html {
  const text = `${shorten(name)} ${formatNumber(value)}`;
  const heights = [...(y - 12 < room.top ? [] : [y - 4]), ...(y + 14 > room.bottom ? [] : [y + 12])];
  const places = heights.flatMap((height): Place[] => [
    { x: left + 4, y: height, leftwards: false },
    { x: right - 4, y: height, leftwards: true },
  ]);
  const at = clearest(places, text, room);
  return html`<line class="z" x1="${px(left)}" x2="${px(right)}" y1="${px(y)}" y2="${px(y)}"/>${textAt(at, "b", text)}`;
}

function reference([from, to]: readonly [Point, Point], at: (p: Point) => Point): Html {
  const [x1, y1] = at(from);
  const [x2, y2] = at(to);
  return html`<line class="z" x1="${px(x1)}" y1="${px(y1)}" x2="${px(x2)}" y2="${px(y2)}"/>`;
}

function spot({ at: place, text }: Spot, at: (p: Point) => Point, room: Room): Html {
  const [x, y] = at(place);
  const leftwards = x > room.middle;
  const heights = [...(y + 20 < room.bottom ? [y + 16] : []), ...(y - 20 > room.top ? [y - 9] : [])];
  const places = heights.map(height => ({ x: x + (leftwards ? -9 : 9), y: height, leftwards }));
  return html`<circle class="q" cx="${px(x)}" cy="${px(y)}" r="4.5"/>${textAt(clearest(places, text, room), "b", text)}`;
}

function mark(m: Mark, x: number, room: Room): Html {
  const { top, bottom, middle } = room;
  const [line, kind] = { best: ["k", "kt"], bad: ["x", "xt"], end: ["z", ""] }[m.kind] as [string, string];
  const leftwards = x > middle;
  const from = m.kind === "bad" ? bottom - 14 : top;
  const heights = { best: [top + 8], bad: [bottom - 4], end: [top + 22, bottom - 8, (top + bottom) / 2] }[m.kind];
  const places = heights.map(height => ({ x: x + (leftwards ? -5 : 5), y: height, leftwards }));
  return html`<line class="${line}" x1="${px(x)}" x2="${px(x)}" y1="${px(from)}" y2="${px(bottom)}"/>${textAt(clearest(places, m.text, room), `${kind} b`.trim(), m.text)}`;
}

/** Names the lines at their last finite points, pushed apart where they would overlap. */
function endLabels(lines: readonly Line[], at: (p: Point) => Point, top: number, bottom: number, most: number): Html {
  const labels = lines
    .flatMap(line => {
      const end = line.points.findLast(([x, y]) => Number.isFinite(x) && Number.isFinite(y));
      if (!end) return [];
      const [x, y] = at(end);
      return [{ line, x, y }];
    })
    .sort((a, b) => a.y - b.y);
  const gap = 13;
  for (let i = 1; i < labels.length; i++) labels[i]!.y = Math.max(labels[i]!.y, labels[i - 1]!.y + gap);
  const overflow = Math.max(0, (labels.at(-1)?.y ?? 0) - bottom);
  for (const l of labels) l.y = Math.max(top, l.y - overflow);
  return html`${labels.map(
    ({ line, x, y }) =>
      html`<text class="f${line.colour} b" x="${px(x + 6)}" y="${px(y + 3.5)}">${shorten(line.name, most)}</text>`,
  )}`;
}

/** How long a name is at most, where there is little room. */
const shortName = 14;

function shorten(name: string, most = shortName): string {
  return name.length > most ? `${name.slice(0, most - 1)}…` : name;
}

function xRange(lines: readonly Line[]): readonly [number, number] {
  return extent(lines.flatMap(l => l.points.map(p => p[0]))) ?? [0, 1];
}

function yRange(lines: readonly Line[], levels: ChartOptions["levels"] = []): readonly [number, number] | undefined {
  const values = lines.flatMap(l => [...l.points, ...(l.raw ?? [])].map(p => p[1]));
  return extent([...values, ...levels.map(({ value }) => value)]);
}

function extent(values: readonly number[]): readonly [number, number] | undefined {
  let low = Number.POSITIVE_INFINITY;
  let high = Number.NEGATIVE_INFINITY;
  for (const v of values) {
    if (!Number.isFinite(v)) continue;
    if (v < low) low = v;
    if (v > high) high = v;
  }
  return low <= high ? [low, high] : undefined;
}

function padded([low, high]: readonly [number, number]): readonly [number, number] {
  const margin = (high - low) * 0.05;
  return [low - margin, high + margin];
}
