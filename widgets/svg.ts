import type { Point } from "./decimate.js";
import { formatNumber } from "./format.js";
import { type Html, html, trusted } from "./html.js";
import { light, plotStyle } from "./theme.js";

/** Maps values to pixels, and knows which values to label. */
export interface Scale {
  (value: number): number;
  readonly ticks: readonly number[];
  readonly logarithmic: boolean;
}

/** A scale with even steps. A domain without extent is widened around its value. */
export function linearScale(from: number, to: number, [first, last]: readonly [number, number], tickCount = 5): Scale {
  const [low, high] = widened(from, to);
  const scale = (value: number) => first + ((value - low) / (high - low)) * (last - first);
  return Object.assign(scale, { ticks: linearTicks(low, high, tickCount), logarithmic: false });
}

/** A scale with even ratios. Both ends must be above 0. */
export function logarithmicScale(from: number, to: number, [first, last]: readonly [number, number]): Scale {
  const low = Math.log10(from);
  const high = to > from ? Math.log10(to) : low + 1;
  const scale = (value: number) => first + ((Math.log10(value) - low) / (high - low)) * (last - first);
  return Object.assign(scale, { ticks: logarithmicTicks(low, high), logarithmic: true });
}

/** Round values inside the domain, about `count` of them: steps of 1, 2 or 5 times a power of ten. */
export function linearTicks(low: number, high: number, count: number): number[] {
  const rough = (high - low) / Math.max(1, count);
  const power = 10 ** Math.floor(Math.log10(rough));
  const share = rough / power;
  // The nearest of 1, 2, 5 and 10 by ratio.
  const step = (share > Math.sqrt(50) ? 10 : share > Math.sqrt(10) ? 5 : share > Math.SQRT2 ? 2 : 1) * power;
  const ticks: number[] = [];
  for (let i = Math.ceil(low / step - 1e-9); i * step <= high + step * 1e-9; i++) ticks.push(clean(i * step));
  return ticks;
}

function logarithmicTicks(low: number, high: number): number[] {
  const decades = high - low;
  const factors = decades > 3 ? [1] : decades > 1.5 ? [1, 3] : [1, 2, 5];
  const every = Math.max(1, Math.ceil(decades / 6));
  const ticks: number[] = [];
  for (let power = Math.floor(low); power <= high; power++) {
    if (power % every !== 0) continue;
    for (const factor of factors) {
      const tick = clean(factor * 10 ** power);
      if (Math.log10(tick) >= low - 1e-9 && Math.log10(tick) <= high + 1e-9) ticks.push(tick);
    }
  }
  return ticks;
}

function clean(x: number): number {
  return Number(x.toPrecision(12));
}

function widened(from: number, to: number): readonly [number, number] {
  if (to > from) return [from, to];
  const margin = Math.abs(from) * 0.1 || 1;
  return [from - margin, from + margin];
}

/**
 * Writes a line through points given in pixels, relative and to a tenth of a pixel, which halves its size. The line breaks
 * where a point is not finite.
 */
export function linePath(points: Iterable<Point>): string {
  let d = "";
  let x = 0;
  let y = 0;
  /** Points of the piece that is being drawn. */
  let drawn = 0;
  // The round end of a line without length shows a lone point.
  const lift = () => {
    if (drawn === 1) d += "h0";
    drawn = 0;
  };
  for (const [left, top] of points) {
    const nextX = Math.round(left * 10);
    const nextY = Math.round(top * 10);
    if (!Number.isFinite(nextX) || !Number.isFinite(nextY)) {
      lift();
      continue;
    }
    if (drawn === 0) d += `M${tenth(nextX)}${pair(nextY)}`;
    else d += (drawn === 1 ? `l${tenth(nextX - x)}` : pair(nextX - x)) + pair(nextY - y);
    x = nextX;
    y = nextY;
    drawn++;
  }
  lift();
  return d;
}

function tenth(tenths: number): string {
  return String(tenths / 10).replace(/^(-?)0\./, "$1.");
}

function pair(tenths: number): string {
  const text = tenth(tenths);
  return text.startsWith("-") ? text : ` ${text}`;
}

/** A position in pixels, to a tenth. */
export function px(value: number): string {
  return tenth(Math.round(value * 10));
}

/** Labels and grid lines of a vertical axis. */
export function verticalAxis(scale: Scale, left: number, right: number): Html {
  return html`${scale.ticks.map(
    t =>
      html`<line x1="${px(left)}" x2="${px(right)}" y1="${px(scale(t))}" y2="${px(scale(t))}"/><text x="${px(left - 6)}" y="${px(scale(t) + 3.5)}" text-anchor="end">${formatNumber(t)}</text>`,
  )}`;
}

/** Labels of a horizontal axis. */
export function horizontalAxis(scale: Scale, y: number, write: (tick: number) => string = formatNumber): Html {
  return html`${scale.ticks.map(t => html`<text x="${px(scale(t))}" y="${px(y)}" text-anchor="middle">${write(t)}</text>`)}`;
}

/**
 * A drawing that takes the page's theme, with a picture of itself for pages that remove drawings: the style element hides
 * the picture; without styles the drawing stays hidden, and so does the text that a sanitiser leaves of it.
 *
 * @param options.label what the drawing says, with its numbers, for people who do not see it
 * @param options.width in pixels, of the picture and of the drawing's own coordinates
 */
export function drawing(options: { width: number; height: number; label: string; body: Html }): Html {
  const { width, height, label, body } = options;
  const box = `viewBox="0 0 ${width} ${height}"`;
  const picture = `<svg xmlns="http://www.w3.org/2000/svg" width="${width}" height="${height}" ${box}><style>${plotStyle("", light, body.text)}</style><rect width="100%" height="100%" rx="4" fill="#fff"/>${body.text}</svg>`;
  return html`<img class="o" width="${width}" height="${height}" alt="${label}" src="${svgAddress(picture)}"><div class="v" style="display:none"><svg ${trusted(box)} role="img" aria-label="${label}">${body}</svg></div>`;
}

/** Writes an SVG as a data address that an `img` takes. */
function svgAddress(svg: string): string {
  const escapes: Record<string, string> = { "%": "%25", "#": "%23", "<": "%3C", ">": "%3E", '"': "'" };
  return `data:image/svg+xml,${svg.replace(/[%#<>"]/g, c => escapes[c]!)}`;
}
