import { colormap, paletteIndex } from "../colormap.js";
import { formatCount, formatNumber } from "../format.js";
import { type Html, html } from "../html.js";
import { encodeGrey, encodeIndexed, encodeRgb, enlarge, pngAddress } from "../png.js";
import { type Statistics, statistics, type Values } from "../statistics.js";
import { tile, tileGap } from "../theme.js";
import { numbersOf, type TensorLike } from "./tensor-like.js";

/** Where the pixels of a batch lie. `channels` is 1 (grey) or 3 (red, green, blue). */
export interface ImageLayout {
  count: number;
  channels: 1 | 3;
  height: number;
  width: number;
  /** True: the channels of a pixel lie side by side (NHWC); false: each channel is a plane (NCHW). */
  channelsLast: boolean;
  /** As a person would call it: `NCHW`. */
  name: string;
}

/**
 * Reads a shape as images; `undefined` when it cannot be. A last or first axis of 3 means colours.
 *
 * @param count how many images there must be, where that is known: `[3, 28, 28]` may be one image or three
 */
export function imageLayout(shape: readonly number[], count?: number): ImageLayout | undefined {
  const [a = 0, b = 0, c = 0, d = 0] = shape;
  if (shape.some(size => size === 0)) return undefined;
  if (shape.length === 2) return { count: 1, channels: 1, height: a, width: b, channelsLast: false, name: "HW" };
  if (shape.length === 3) {
    const several = count !== undefined && count > 1;
    if (several) return { count: a, channels: 1, height: b, width: c, channelsLast: false, name: "NHW" };
    if (c === 3) return { count: 1, channels: 3, height: a, width: b, channelsLast: true, name: "HWC" };
    if (a === 3 && Math.min(b, c) > 4) {
      return { count: 1, channels: 3, height: b, width: c, channelsLast: false, name: "CHW" };
    }
    if (c === 1) return { count: 1, channels: 1, height: a, width: b, channelsLast: true, name: "HWC" };
    return { count: a, channels: 1, height: b, width: c, channelsLast: false, name: "NHW" };
  }
  if (shape.length !== 4) return undefined;
  if (b === 1 || b === 3) return { count: a, channels: b, height: c, width: d, channelsLast: false, name: "NCHW" };
  if (d === 1 || d === 3) return { count: a, channels: d, height: b, width: c, channelsLast: true, name: "NHWC" };
  return undefined;
}

/** Which values are black and white. */
export interface ImageRange {
  black: number;
  white: number;
  /** In words, for the caption. */
  name: string;
}

/** Infers the range: 0 to 1, 0 to 255, else from the smallest value to the largest (normalised images). */
export function imageRange(tensor: Pick<TensorLike, "dtype">, stats: Statistics): ImageRange {
  if (tensor.dtype === "bool") return { black: 0, white: 1, name: "0 to 1" };
  if (stats.min >= 0 && stats.max <= 255 && (tensor.dtype === "uint8" || stats.max > 1)) {
    return { black: 0, white: 255, name: "0 to 255" };
  }
  if (stats.min >= 0 && stats.max <= 1) return { black: 0, white: 1, name: "0 to 1" };
  const [black, white] = stats.finite > 0 ? [stats.min, stats.max] : [0, 1];
  return { black, white, name: `stretched from ${formatNumber(black, 3)} to ${formatNumber(white, 3)}` };
}

/**
 * True for a tensor that is most likely a batch of images, so that it shows as such without being asked: at least 3 axes,
 * sides of 16 to 1024, and values of the ranges that images have.
 */
export function readsAsImages(tensor: TensorLike, stats: Statistics): boolean {
  const layout = tensor.shape.length > 2 ? imageLayout(tensor.shape) : undefined;
  if (!layout || stats.min < 0 || stats.finite === 0) return false;
  const { height, width } = layout;
  const sides = Math.min(height, width) >= 16 && Math.max(height, width) <= 1024;
  if (tensor.dtype === "uint8") return sides;
  const bytes = stats.integers && stats.max > 100 && stats.max <= 255;
  const shares = stats.max > 0.5 && stats.max <= 1;
  return sides && (bytes || shares);
}

export interface ImagesOptions {
  /** Where the pixels lie; by default as the shape reads. */
  layout?: ImageLayout;
  /** The most images that are drawn. */
  most: number;
  /** One caption for each image. */
  captions?: readonly Html[];
  /** Letters of the longest caption. */
  longest?: number;
  /** Images in a row; by default as many as fit. Where they would not fit, they are drawn smaller. */
  columns?: number;
}

/** The width of a card within its padding, of the gap between tiles, and of a letter of a caption, in pixels. */
const cardWidth = 854;
const letter = 6.8;

/** The most pixels along a side of a drawn image; larger ones are sampled. */
const longest = 256;
/** The most bytes of all pixels; what they take in the page is about twice that, when they are noise. */
const mostPixelBytes = 110_000;

/** Draws images side by side with their captions, then says how the numbers were read. */
export function imagesPart(tensor: TensorLike, values: Values, stats: Statistics, options: ImagesOptions): Html {
  const layout = options.layout ?? imageLayout(tensor.shape)!;
  const range = imageRange(tensor, stats);
  const side = Math.max(layout.height, layout.width);
  // Small images are never sampled: fewer are shown instead.
  const least = layout.channels * Math.min(32, layout.height) * Math.min(32, layout.width);
  const shown = Math.min(layout.count, options.most, Math.floor(mostPixelBytes / least));
  const pixels = Math.min(longest, Math.max(32, Math.floor(Math.sqrt(mostPixelBytes / (shown * layout.channels)))));
  const step = Math.ceil(side / pixels);
  const wanted = shown === 1 ? 256 : shown <= 8 ? 128 : 84;
  const across = Math.ceil(layout.width / step);
  const largest = options.columns === undefined ? side : Math.floor((cardWidth / options.columns - tileGap) / across);
  const factor = Math.max(1, Math.min(largest, Math.round((wanted * step) / side)));
  // Tiles of one width stand in columns; a longer caption has a second line.
  const width = Math.max(across * factor, Math.min(2 * wanted, Math.ceil(letter * (options.longest ?? 0))));
  const tiles = Array.from({ length: shown }, (_, i) => {
    const label = layout.count === 1 ? "image" : `image ${i}`;
    const image = imageElement(values, layout, i, range, step, factor, stats.firstBad !== undefined, label);
    return tile(image, options.captions?.[i] ?? (layout.count === 1 ? "" : `[${i}]`), width);
  });
  const notes = [
    ...(shown < layout.count ? [`${shown} of ${formatCount(layout.count)} images`] : []),
    `${layout.name}, ${layout.height} x ${layout.width}${layout.channels === 3 ? ", RGB" : ""}`,
    `values ${range.name}`,
    ...(step > 1 ? [`1 of ${step} x ${step} pixels shown`] : []),
  ];
  const limit =
    options.columns === undefined ? undefined : html` style="max-width:${options.columns * (width + tileGap) + 4}px"`;
  return html`<div${limit}>${tiles}</div><div><small>${notes.join(" · ")}</small></div>`;
}

/** The side of a thumbnail, in pixels. */
const thumb = 56;

/** One image, small, for a cell of a table; undefined for a tensor that does not read as an image. */
export function thumbnail(tensor: TensorLike): Html | undefined {
  const layout = tensor.shape.length > 1 ? imageLayout(tensor.shape) : undefined;
  if (layout?.count !== 1 || Math.min(layout.height, layout.width) < 6) return undefined;
  const values = numbersOf(tensor);
  const stats = statistics(values);
  const side = Math.max(layout.height, layout.width);
  const step = Math.ceil(side / thumb);
  const factor = Math.max(1, Math.floor((thumb * step) / side));
  const image = imageElement(
    values,
    layout,
    0,
    imageRange(tensor, stats),
    step,
    factor,
    stats.firstBad !== undefined,
    "image",
  );
  return html`<div class="i">${image}</div>`;
}

/** One image of a batch as an element, every pixel `factor` times as large; of large images one of `step` x `step` pixels. */
export function imageElement(
  values: Values,
  layout: ImageLayout,
  index: number,
  range: ImageRange,
  step: number,
  factor: number,
  bad: boolean,
  label: string,
): Html {
  const { channels, height, width, channelsLast } = layout;
  const h = Math.ceil(height / step);
  const w = Math.ceil(width / step);
  const plane = height * width;
  const first = index * channels * plane;
  const scale = range.white > range.black ? 255 / (range.white - range.black) : 0;
  const level = (value: number) => Math.max(0, Math.min(255, Math.round((value - range.black) * scale)));
  const marked = bad && channels === 1;
  const pixels = new Uint8Array(h * w * channels);
  let at = 0;
  for (let y = 0; y < h; y++) {
    for (let x = 0; x < w; x++) {
      const place = y * step * width + x * step;
      for (let c = 0; c < channels; c++) {
        const value = values[first + (channelsLast ? place * channels + c : c * plane + place)]!;
        pixels[at++] = marked ? paletteIndex(value, range.black, range.white) : level(value);
      }
    }
  }
  const large = enlarge({ width: w, height: h, pixels }, factor, channels);
  const png = marked
    ? encodeIndexed(large, colormap("grey").palette)
    : channels === 3
      ? encodeRgb(large)
      : encodeGrey(large);
  return html`<img width="${large.width}" height="${large.height}" alt="${label}" src="${pngAddress(png)}">`;
}
