import { classColours, colourAt, cssColour, paletteIndex, type Rgb } from "../colormap.js";
import { formatCount, formatNumber, formatQuantity } from "../format.js";
import { type ColourScale, colourScale, legend } from "../heatmap.js";
import { type Html, html } from "../html.js";
import { isolated } from "../isolated.js";
import { encodeGrey, encodeRgb, enlarge, pngAddress, type Raster } from "../png.js";
import { type Statistics, statistics, type Values } from "../statistics.js";
import { card, tile } from "../theme.js";
import { type ImageLayout, imageLayout, imageRange } from "./images.js";
import { asTensorLike, type NumbersLike, numbersOf, type TensorLike } from "./tensor-like.js";
import { badValues } from "./tensor-text.js";
import { View } from "./view.js";

/** How `show.overlay` draws. */
export interface OverlayOptions {
  /** Heading of the card. */
  title?: string;
  /** `"mask"`: the values are numbers of classes, 0 is no class. By default so for whole numbers and truth values. */
  kind?: "mask" | "map";
  /** How much the map covers the image, 0 to 1 (default 0.5). */
  alpha?: number;
  /** The names of the classes of a mask, from 0 on. */
  labels?: readonly string[];
  /** What stands beneath each image. */
  captions?: readonly string[];
}

/** The most images that are drawn, each without and with its map. */
const most = 12;
/** The most pixels along a side, and of all images, which noise does not make smaller. */
const longest = 96;
const mostPixels = 24_000;
/** The most classes in the legend. */
const mostClasses = 16;

/**
 * Draws a mask or a map of importance (saliency, Grad-CAM, a prediction of segments) over its image, which is grey so that the
 * colours are the map's alone. A map of another size is stretched over the image.
 *
 * @param images as `show.image` takes them: [H, W], [N, H, W], [N, C, H, W], [N, H, W, C]
 * @param maps [h, w], [N, h, w] or [N, 1, h, w]
 * @throws TypeError when these are not images, or not a map for each image
 * @example
 * show.overlay(images, images.gt(0.5));
 */
export function overlayView(images: NumbersLike, maps: NumbersLike, options: OverlayOptions = {}): View {
  const { alpha = 0.5, title = "Overlay", captions } = options;
  const tensor = asTensorLike(images, "show.overlay");
  const map = asTensorLike(maps, "show.overlay");
  const count = map.shape.length > 2 ? map.shape[0] : 1;
  const layout = imageLayout(tensor.shape, count);
  const fits = map.shape.length === 2 || map.shape.length === 3 || (map.shape.length === 4 && map.shape[1] === 1);
  if (!layout || !fits || map.size === 0 || layout.count !== count) {
    throw new TypeError(
      `show.overlay: maps of shape [${map.shape.join(", ")}] for images of shape [${tensor.shape.join(", ")}]. Give a map [h, w] for each image.`,
    );
  }
  if (!(alpha >= 0 && alpha <= 1)) throw new TypeError(`show.overlay: alpha is ${String(alpha)}. Give 0 to 1.`);
  if (captions && captions.length !== count) {
    throw new TypeError(
      `show.overlay: ${captions.length} captions for ${formatQuantity(count, "image")}. Give one for each.`,
    );
  }
  const values = numbersOf(map);
  const stats = statistics(values);
  const isMask = options.kind === "mask" || (options.kind === undefined && readsAsMask(map, stats));
  const paint = isMask ? maskPaint(stats, options.labels) : mapPaint(values, stats);
  const [rows, columns] = [map.shape.at(-2)!, map.shape.at(-1)!];
  const shown = Math.min(count, most);
  const side = Math.min(longest, Math.floor(Math.sqrt(mostPixels / shown)));
  const pixels = numbersOf(tensor);
  const base: Base = {
    layout,
    values: pixels,
    range: imageRange(tensor, statistics(pixels)),
    step: Math.ceil(Math.max(layout.height, layout.width) / side),
  };
  const tiles = Array.from({ length: shown }, (_, i) => {
    const slice = { values, offset: i * rows * columns, rows, columns };
    const what = captions?.[i] ?? (count > 1 ? `[${i}]` : "");
    return tile(
      html`${draw(base, i, "image")} ${draw(base, i, `${isMask ? "mask" : "map"} over the image: ${paint.say(slice)}`, { slice, paint, alpha })}`,
      html`${isolated(what)}${what ? " · " : ""}${isolated(paint.say(slice))}`,
    );
  });
  const bad = badValues(stats, map.shape);
  const notes = [
    ...(shown < count ? [`${shown} of ${formatCount(count)} images`] : []),
    `${layout.height} x ${layout.width}`,
    ...(rows === layout.height && columns === layout.width ? [] : [`map of ${rows} x ${columns} stretched`]),
    ...(base.step > 1 ? [`1 of ${base.step} x ${base.step} pixels shown`] : []),
    `opacity ${formatNumber(alpha)}`,
  ];
  const out = card({
    title,
    facts: [
      { text: formatQuantity(count, "image") },
      { text: isMask ? "mask" : `map from ${formatNumber(stats.min)} to ${formatNumber(stats.max)}` },
      ...(bad ? [{ text: `⚠ ${bad.replaceAll("!", "")}`, tone: "bad" as const }] : []),
    ],
    body: [html`<div>${tiles}</div>`, paint.legend, html`<div><small>${notes.join(" · ")}</small></div>`],
    styles: ["tiles"],
  });
  const lines = Array.from(
    { length: shown },
    (_, i) => `${captions?.[i] ?? `[${i}]`}: ${paint.say({ values, offset: i * rows * columns, rows, columns })}`,
  );
  return new View(out.text, [`${title} of ${formatQuantity(count, "image")}`, ...lines].join("\n"));
}

function readsAsMask(map: TensorLike, stats: Statistics): boolean {
  return (
    map.dtype === "bool" || (stats.integers && stats.min >= 0 && stats.max <= 255 && !map.dtype.startsWith("float"))
  );
}

/** A part of the maps. */
interface MapSlice {
  values: Values;
  offset: number;
  rows: number;
  columns: number;
}

/** What colours a map's values get, and how much they cover. */
interface Paint {
  colour(value: number): Rgb | undefined;
  /** Of the opacity, 0 to 1. */
  cover(value: number): number;
  legend: Html;
  /** One map in words. */
  say(slice: MapSlice): string;
}

function mapPaint(values: Values, stats: Statistics): Paint {
  const scale: ColourScale = colourScale(values, stats);
  return {
    colour: value => colourAt(scale.map, paletteIndex(value, scale.from, scale.to)),
    // Around 0 a map of both signs says nothing: there the image shows.
    cover: value =>
      scale.map.name === "diverging" && Number.isFinite(value) ? Math.min(1, Math.abs(value) / scale.to) : 1,
    legend: legend(scale, stats),
    say({ values, offset, rows, columns }) {
      let at = -1;
      for (let i = offset; i < offset + rows * columns; i++) {
        if (Number.isFinite(values[i]!) && (at < 0 || Math.abs(values[i]!) > Math.abs(values[at]!))) at = i;
      }
      if (at < 0) return "no finite value";
      const place = at - offset;
      return `strongest ${formatNumber(values[at]!, 3)} at row ${Math.floor(place / columns)}, column ${place % columns}`;
    },
  };
}

function maskPaint(stats: Statistics, labels: readonly string[] | undefined): Paint {
  const classes = stats.finite > 0 ? Math.min(mostClasses, Math.floor(stats.max)) : 0;
  const name = (k: number) => shorten(labels?.[k] ?? (stats.max <= 1 ? "mask" : `class ${k}`));
  const colour = (k: number) => classColours[(k - 1) % classColours.length]!;
  const entries = Array.from({ length: Math.max(0, classes) }, (_, i) => {
    const css = cssColour(colour(i + 1));
    return html`<span style="background:${css};color:${css}">■</span> ${isolated(name(i + 1))} `;
  });
  const left = Math.floor(stats.max) - classes;
  return {
    colour: value => (value >= 1 && Number.isFinite(value) ? colour(Math.floor(value)) : undefined),
    cover: () => 1,
    legend: html`<div><small>${entries}${left > 0 && `and ${formatCount(left)} more classes, whose colours repeat`}</small></div>`,
    say({ values, offset, rows, columns }) {
      const counts = new Map<number, number>();
      for (let i = offset; i < offset + rows * columns; i++) {
        const k = Math.floor(values[i]!);
        if (k >= 1) counts.set(k, (counts.get(k) ?? 0) + 1);
      }
      if (counts.size === 0) return "nothing marked";
      const all = [...counts].sort((a, b) => b[1] - a[1]).slice(0, 3);
      return all.map(([k, n]) => `${name(k)} ${formatNumber((100 * n) / (rows * columns), 2)} %`).join(", ");
    },
  };
}

interface Base {
  layout: ImageLayout;
  values: Values;
  range: { black: number; white: number };
  /** Every how many rows and columns one is drawn. */
  step: number;
}

/** The image in grey, with the colours of a map over it. */
function draw(
  { layout, values, range, step }: Base,
  index: number,
  label: string,
  over?: { slice: MapSlice; paint: Paint; alpha: number },
): Html {
  const { height, width, channels, channelsLast } = layout;
  const [h, w] = [Math.ceil(height / step), Math.ceil(width / step)];
  const colours = over ? 3 : 1;
  const pixels = new Uint8Array(h * w * colours);
  const span = range.white > range.black ? range.white - range.black : 1;
  for (let y = 0; y < h; y++) {
    for (let x = 0; x < w; x++) {
      let grey = 0;
      for (let c = 0; c < channels; c++) {
        const place = y * step * width + x * step;
        const at = channelsLast ? place * channels + c : c * height * width + place;
        const value = (values[index * channels * height * width + at]! - range.black) / span;
        grey += (channels === 1 ? 1 : luma[c]!) * (Number.isFinite(value) ? value : 0);
      }
      const level = 255 * Math.max(0, Math.min(1, grey));
      const value = over ? mapAt(over.slice, (y * step) / height, (x * step) / width) : 0;
      const colour = over?.paint.colour(value);
      const cover = over && colour ? over.alpha * over.paint.cover(value) : 0;
      for (let c = 0; c < colours; c++) {
        pixels[(y * w + x) * colours + c] = Math.round(level * (1 - cover) + (colour?.[c] ?? 0) * cover);
      }
    }
  }
  const raster: Raster = { width: w, height: h, pixels };
  const factor = Math.max(1, Math.round(128 / Math.max(h, w)));
  const large = enlarge(raster, factor, colours);
  return html`<img style="display:inline-block" width="${large.width}" height="${large.height}" alt="${label}" src="${pngAddress(over ? encodeRgb(large) : encodeGrey(large))}">`;
}

/** Red, green and blue as people see their brightness (ITU-R BT.601). */
const luma = [0.299, 0.587, 0.114];

function mapAt({ values, offset, rows, columns }: MapSlice, down: number, across: number): number {
  return values[offset + Math.floor(down * rows) * columns + Math.floor(across * columns)]!;
}

function shorten(name: string): string {
  return name.length > 24 ? `${name.slice(0, 23)}…` : name;
}
