import {
  type Colormap,
  type ColormapName,
  colormap,
  cssColour,
  nanColour,
  negativeInfinityColour,
  paletteIndex,
  positiveInfinityColour,
  type Rgb,
} from "./colormap.js";
import { formatNumber } from "./format.js";
import { type Html, html } from "./html.js";
import { encodeIndexed, enlarge, pngAddress } from "./png.js";
import { type Statistics, sizeQuantile, type Values } from "./statistics.js";

/** Which colours stand for which values. */
export interface ColourScale {
  map: Colormap;
  from: number;
  to: number;
  /** True when values beyond the ends take the end colours. */
  clips: boolean;
}

/**
 * Chooses a scale: values of both signs get a diverging map that is symmetric about 0 and ends at the 99.5th percentile of
 * their size; others viridis from their smallest to their largest.
 */
export function colourScale(values: Values, stats: Statistics, name?: ColormapName): ColourScale {
  const chosen = name ?? (stats.min < 0 ? "diverging" : "viridis");
  if (stats.finite === 0) return { map: colormap(chosen), from: 0, to: 1, clips: false };
  if (chosen !== "diverging") return { map: colormap(chosen), from: stats.min, to: stats.max, clips: false };
  const largest = Math.max(Math.abs(stats.min), Math.abs(stats.max));
  const limit = stats.count > 400 ? sizeQuantile(values, 0.995, largest) || largest : largest;
  // A limit close to the largest value gains nothing, and a scale that ends at the true value reads better.
  const end = limit > 0.8 * largest ? largest : limit;
  return { map: colormap("diverging"), from: -end, to: end, clips: end < largest };
}

/** Every how many rows and columns one is drawn: the same for both, so that circles stay round, unless little would be left. */
function samplingSteps(rows: number, columns: number, most: number): [number, number] {
  const step = Math.ceil(Math.max(rows, columns) / most);
  if (Math.min(rows, columns) >= step * narrowest) return [step, step];
  return [Math.ceil(rows / most), Math.ceil(columns / most)];
}

/** A drawn matrix, and every how many rows and columns it shows one. */
export interface Heatmap {
  image: Html;
  sampled: readonly [rows: number, columns: number];
  /** How tall and wide a drawn value is, in pixels. */
  cell: readonly [height: number, width: number];
}

/**
 * Draws a matrix: one pixel a value, enlarged without blur to about `size` pixels. Of a longer axis every n-th value is
 * drawn, but a NaN or Inf between them shows in the pixel beside it.
 *
 * @param options.most rows and columns of the picture at most (default 128)
 * @param options.offset where the matrix begins in `values` (default 0)
 * @param options.marks false: there is no NaN or Inf to look for
 */
export function heatmap(
  values: Values,
  rows: number,
  columns: number,
  scale: ColourScale,
  options: { label: string; size: number; most?: number; offset?: number; marks?: boolean },
): Heatmap {
  const { offset = 0, marks = true, most = 128 } = options;
  const [stepY, stepX] = samplingSteps(rows, columns, most);
  const height = Math.ceil(rows / stepY);
  const width = Math.ceil(columns / stepX);
  const pixels = new Uint8Array(width * height);
  for (let y = 0; y < height; y++) {
    const row = offset + y * stepY * columns;
    for (let x = 0; x < width; x++)
      pixels[y * width + x] = paletteIndex(values[row + x * stepX]!, scale.from, scale.to);
  }
  if (marks && (stepX > 1 || stepY > 1)) {
    for (let i = 0; i < rows * columns; i++) {
      const value = values[offset + i]!;
      if (value - value === 0) continue;
      const y = Math.floor(Math.floor(i / columns) / stepY);
      pixels[y * width + Math.floor((i % columns) / stepX)] = paletteIndex(value, scale.from, scale.to);
    }
  }
  const [down, across] = cellOf(width, height, options.size);
  const large = enlarge({ width, height, pixels }, across, 1, down);
  const address = pngAddress(encodeIndexed(large, scale.map.palette));
  const image = html`<img width="${large.width}" height="${large.height}" alt="${options.label}" src="${address}">`;
  return { image, sampled: [stepY, stepX], cell: [down, across] };
}

/** A picture narrower than this is drawn with pixels that are not square. */
const narrowest = 16;

/** How tall and wide a value is drawn in a picture of about `size` pixels. */
function cellOf(width: number, height: number, size: number): [down: number, across: number] {
  const factor = Math.max(1, Math.min(24, Math.floor(size / Math.max(width, height))));
  return [Math.max(factor, Math.ceil(narrowest / height)), Math.max(factor, Math.ceil(narrowest / width))];
}

/** The legend: the colours between their ends, in figures and words, and the marks when there are values to mark. */
export function legend(scale: ColourScale, stats: Statistics): Html {
  const { map, from, to, clips } = scale;
  const ramp = { width: 126, height: 9, pixels: Uint8Array.from({ length: 126 * 9 }, (_, i) => (i % 126) * 2) };
  const middle = map.name === "diverging" ? "0 in the middle, " : "";
  const note = `${map.label}${clips ? "; colours end there, values go on" : ""}`;
  const label = `colours from ${formatNumber(from)} to ${formatNumber(to)}, ${middle}${map.name}`;
  const marks = [
    stats.nan > 0 && mark("NaN", nanColour),
    stats.positiveInfinity > 0 && mark("Inf", positiveInfinityColour),
    stats.negativeInfinity > 0 && mark("-Inf", negativeInfinityColour),
  ];
  const ends =
    stats.finite > 0 &&
    html`${formatNumber(from)} <img width="126" height="9" alt="${label}" src="${pngAddress(encodeIndexed(ramp, map.palette))}"> ${formatNumber(to)} · ${note}`;
  return html`<div><small>${ends}${marks}</small></div>`;
}

/** A square of the colour that marks a value, and its name. */
function mark(name: string, colour: Rgb): Html {
  return html` · <span style="background:${cssColour(colour)};color:${cssColour(colour)}">■</span> ${name}`;
}
