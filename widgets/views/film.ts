import { encodeAnimation } from "../apng.js";
import type { Raster } from "../png.js";
import { statistics } from "../statistics.js";
import { type ImageLayout, imageLayout, imageRange } from "./images.js";
import { asTensorLike, isTensorLike, type NumbersLike, numbersOf, type TensorLike } from "./tensor-like.js";

/** The most bytes of an animation, as it stands in the page; beyond them fewer frames are kept. A still of it comes on top. */
export const mostFilmBytes = 1_350_000;
/** The most pixels along a side; of larger frames some are left out. */
export const longestSide = 400;
/** The most frames, and pixels of all of them, which are in memory while they are encoded. */
const mostFrames = 1200;
const mostPixels = 20_000_000;

/** Frames as they are shown, and the animation of them. */
export interface Film {
  rasters: readonly Raster[];
  /** Frames in all, and of how many one is kept. */
  count: number;
  step: number;
  palette: Uint8Array | undefined;
  /** The animation; undefined where it would be too large. */
  bytes: Uint8Array | undefined;
}

/**
 * Makes an animation of frames, within its bytes: else of fewer frames.
 * @throws TypeError when they are no images of one size
 */
export function filmOf(given: NumbersLike, fps: number): Film {
  const { values, layout, dtype } = framesOf(given);
  const { count } = layout;
  const { black, white } = imageRange({ dtype }, statistics(values));
  const scale = white > black ? 255 / (white - black) : 0;
  // NaN becomes black.
  const level = (value: number) => Math.max(0, Math.min(255, Math.round((value - black) * scale))) || 0;
  const every = Math.ceil(Math.max(layout.width, layout.height) / longestSide);
  const pixels = Math.ceil(layout.width / every) * Math.ceil(layout.height / every);
  let step = Math.ceil(Math.max(count / mostFrames, (count * pixels) / mostPixels));
  for (let tries = 0; ; tries++) {
    const coloured = pick(count, step).map(i => drawFrame(values, layout, i, every, level));
    const { rasters, palette } = reduced(coloured);
    const bytes = encodeAnimation(rasters, { palette, delay: (1000 * step) / fps });
    // In the page four characters carry three bytes.
    const size = (bytes.length * 4) / 3;
    if (size <= mostFilmBytes) return { rasters, count, step, palette, bytes };
    if (tries === 3 || rasters.length < 8) return { rasters, count, step, palette, bytes: undefined };
    step *= Math.max(2, Math.ceil(size / mostFilmBytes));
  }
}

/** Every so many frames, and the last. */
function pick(count: number, step: number): number[] {
  const some = Array.from({ length: Math.ceil(count / step) }, (_, i) => i * step);
  if (some.at(-1) !== count - 1) some.push(count - 1);
  return some;
}

function framesOf(given: NumbersLike): { values: ArrayLike<number>; layout: ImageLayout; dtype: "float32" | "uint8" } {
  const images = imagesOf(given);
  const tensor = images ? undefined : asTensorLike(given, "show.episode");
  const shape = images ? [images.length, ...images[0]!.shape] : tensor!.shape;
  const [count] = shape;
  // [3, H, W] would also be one image in colours.
  const layout =
    shape.length > 2 ? imageLayout(shape, shape.length === 3 ? Math.max(2, count!) : undefined) : undefined;
  if (!layout) {
    throw new TypeError(
      `show.episode: the shape [${shape.join(", ")}] is not frames. Give [T, H, W], [T, H, W, 3] or [T, 3, H, W] with at least one frame, or an array of images.`,
    );
  }
  const dtype = (images?.[0] ?? tensor!).dtype === "uint8" ? "uint8" : "float32";
  if (!images) return { values: numbersOf(tensor!), layout, dtype };
  const size = layout.channels * layout.height * layout.width;
  const values = new Float32Array(layout.count * size);
  for (const [i, frame] of images.entries()) values.set(numbersOf(frame), i * size);
  return { values, layout, dtype };
}

/** An array of tensors, one a frame. */
function imagesOf(given: NumbersLike): readonly TensorLike[] | undefined {
  if (!Array.isArray(given) || given.length === 0 || !given.every(isTensorLike)) return undefined;
  const shape = given[0]!.shape.join(", ");
  const other = given.find(frame => frame.shape.join(", ") !== shape);
  if (other === undefined) return given;
  throw new TypeError(
    `show.episode: frames of [${shape}] and of [${other.shape.join(", ")}]. Give images of one size.`,
  );
}

/** Red, green and blue of one frame, every so many pixels. */
function drawFrame(
  values: ArrayLike<number>,
  { channels, height, width, channelsLast }: ImageLayout,
  index: number,
  every: number,
  level: (value: number) => number,
): Raster {
  const [h, w, plane] = [Math.ceil(height / every), Math.ceil(width / every), height * width];
  const first = index * channels * plane;
  const pixels = new Uint8Array(3 * h * w);
  let at = 0;
  for (let y = 0; y < h; y++) {
    for (let x = 0; x < w; x++) {
      const place = y * every * width + x * every;
      for (let c = 0; c < 3; c++) {
        const channel = channels === 1 ? 0 : c;
        pixels[at++] = level(values[first + (channelsLast ? place * channels + channel : channel * plane + place)]!);
      }
    }
  }
  return { width: w, height: h, pixels };
}

/** Colours as entries of a palette where 256 are enough: a third of the bytes. */
function reduced(frames: readonly Raster[]): { rasters: Raster[]; palette: Uint8Array | undefined } {
  const entries = new Map<number, number>();
  const indexed: Raster[] = [];
  for (const { width, height, pixels } of frames) {
    const out = new Uint8Array(width * height);
    for (let i = 0; i < out.length; i++) {
      const colour = (pixels[3 * i]! << 16) | (pixels[3 * i + 1]! << 8) | pixels[3 * i + 2]!;
      let entry = entries.get(colour);
      if (entry === undefined) {
        if (entries.size === 256) return { rasters: [...frames], palette: undefined };
        entry = entries.size;
        entries.set(colour, entry);
      }
      out[i] = entry;
    }
    indexed.push({ width, height, pixels: out });
  }
  const palette = Uint8Array.from([...entries.keys()].flatMap(c => [c >> 16, (c >> 8) & 255, c & 255]));
  return { rasters: indexed, palette };
}
