import { formatNumber } from "./format.js";
import { type Html, html } from "./html.js";
import { drawing, horizontalAxis, linearScale, px, verticalAxis } from "./svg.js";

export interface BarOptions {
  /** What the chart says, with its numbers, for people who do not see it. */
  label: string;
  /** Heights; a bar below 0 hangs from the base line, a value that is not finite is a red tick. */
  values: readonly number[];
  width: number;
  height: number;
  /** The x values at the left edge of the first bar and the right edge of the last. */
  xRange: readonly [number, number];
  /** Labels, grid lines and a coloured fill; without them the bars are a small grey strip with both ends written below. */
  axes?: boolean;
  /** What is written below the ends of a strip; by default `xRange`. */
  ends?: readonly [number, number];
}

/** Draws values as bars over a base line at 0. */
export function barChart(options: BarOptions): Html {
  const { values, width, height, label, xRange, axes = false, ends = xRange } = options;
  const finite = values.filter(Number.isFinite);
  const low = finite.reduce((m, v) => Math.min(m, v), 0);
  const high = finite.reduce((m, v) => Math.max(m, v), 0);
  const bottom = height - (axes ? 22 : 14);
  const top = axes ? 10 : 2;
  const y = linearScale(low, high > low ? high : low + 1, [bottom, top], 4);
  const left = axes ? 12 + 6.2 * Math.max(...y.ticks.map(t => formatNumber(t).length)) : 0;
  const right = axes ? width - 10 : width;
  const x = linearScale(...xRange, [left, right], Math.max(2, Math.min(6, width / 70)));
  const step = (right - left) / values.length;
  const gap = step > 4 ? 1 : step > 2 ? 0.5 : 0;
  const base = y(0);
  let bars = "";
  const broken: Html[] = [];
  values.forEach((value, i) => {
    const at = left + i * step;
    if (!Number.isFinite(value)) {
      const middle = px(at + step / 2);
      broken.push(html`<line class="x" x1="${middle}" x2="${middle}" y1="${px(base - 5)}" y2="${px(base + 5)}"/>`);
      return;
    }
    if (value !== 0) bars += `M${px(at)} ${px(base)}V${px(y(value))}h${px(Math.max(0.6, step - gap))}V${px(base)}z`;
  });
  const frame = axes
    ? html`${verticalAxis(y, left, right)}${horizontalAxis(x, height - 6)}`
    : html`<text x="0" y="${height - 2}">${formatNumber(ends[0], 3)}</text><text x="${width}" y="${height - 2}" text-anchor="end">${formatNumber(ends[1], 3)}</text>`;
  const body = html`${frame}<line x1="${px(left)}" x2="${px(right)}" y1="${px(base)}" y2="${px(base)}"/><path class="${axes ? "f1" : "u"}" stroke="none" d="${bars}"/>${broken}`;
  return drawing({ width, height, label, body });
}
