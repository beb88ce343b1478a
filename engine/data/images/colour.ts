import { ShapeError, ValueError } from "../../errors.js";
import { div, sub } from "../../ops/all.js";
import { tensor } from "../../ops/create.js";
import { formatShape, type Shape } from "../../shape.js";
import type { Tensor } from "../../tensor.js";
import { type Images, imagesOf, type Planes, planesOf, requireImages } from "./batch.js";

/** Changes of one picture's colours. */
export interface ColourChange {
  /** Factor of all values (default 1). */
  brightness?: number;
  /** Factor of the distance from the picture's mean grey (default 1). */
  contrast?: number;
  /** Factor of the distance from grey (default 1; 0 makes the picture grey). Needs red, green and blue. */
  saturation?: number;
  /** Turn of the colour circle: 0 to 1 is once around (default 0). Needs red, green and blue. */
  hue?: number;
}

/**
 * Pictures with other colours: brightness, contrast, saturation, hue, in this order, each cut off to 0 to 1, as torchvision
 * and Pillow do it.
 * @param images [N, C, H, W], or grey [N, H, W] or [H, W], 0 to 1
 * @throws ValueError for a factor below 0; ShapeError for saturation and hue without three channels
 * @example data.images.adjust(ones([2, 3, 4, 4]), { brightness: 0.5 }).max().item(); // 0.5
 */
export function adjust<S extends Shape>(images: Images<S>, change: ColourChange): Images<S> {
  const op = "images.adjust";
  const { hue = 0, ...factors } = change;
  for (const [name, value] of Object.entries(factors)) {
    if (!(value >= 0 && value < Number.POSITIVE_INFINITY)) {
      throw new ValueError(`${name} is ${value}`, { op, hint: "Give 0 or more; 1 changes nothing." });
    }
  }
  if (!Number.isFinite(hue)) throw new ValueError(`hue is ${hue}`, { op, hint: "Give -0.5 to 0.5." });
  const given = planesOf(op, images);
  if (factors.saturation !== undefined || change.hue !== undefined) requireColours(op, given);
  return imagesOf(given, changed(given, [change])) as Images<S>;
}

/**
 * Every channel minus its mean, divided by its deviation.
 * @param images [..., C, H, W]
 * @param mean one number per channel, or one for all
 * @param deviation as `mean`, not 0
 * @throws ShapeError when there are not as many numbers as channels; ValueError for a deviation of 0
 * @example data.images.normalize(ones([2, 3, 4, 4]), [0.5, 0.5, 0.5], [0.25, 0.5, 1]).at(0, 0, 0, 0).item(); // 2
 */
export function normalize<S extends Shape>(
  images: Images<S>,
  mean: number | readonly number[],
  deviation: number | readonly number[],
): Images<S> {
  const op = "images.normalize";
  requireImages(op, images, 3);
  const channels = images.shape.at(-3)!;
  const perChannel = (name: string, values: number | readonly number[]): Tensor => {
    const list = typeof values === "number" ? [values] : values;
    if (list.length !== 1 && list.length !== channels) {
      throw new ShapeError(`${list.length} numbers as ${name} of ${channels} channels`, {
        op,
        hint: "Give one number per channel, or one for all.",
      });
    }
    return tensor(Float32Array.from(list), { shape: [list.length, 1, 1] });
  };
  const list = typeof deviation === "number" ? [deviation] : deviation;
  if (list.some(d => !(d > 0))) {
    throw new ValueError(`the deviation is ${list.join(", ")}`, { op, hint: "Give numbers above 0." });
  }
  const centred = sub(images as Tensor, perChannel("mean", mean));
  return div(centred, perChannel("deviation", deviation)) as unknown as Images<S>;
}

/** @throws ShapeError unless the pictures are red, green and blue */
export function requireColours(op: string, { channels, shape }: Planes): void {
  if (channels === 3) return;
  throw new ShapeError(`${formatShape(shape)} has no red, green and blue`, {
    op,
    hint: "Saturation and hue need pictures [N, 3, H, W].",
  });
}

/** The values of pictures with their colours changed, each by its own change or all by the only one. */
export function changed(images: Planes, changes: readonly ColourChange[]): Float32Array {
  const { count, channels, height, width } = images;
  const size = height * width;
  const out = images.values.slice();
  for (let n = 0; n < count; n++) {
    const { brightness = 1, contrast = 1, saturation = 1, hue = 0 } = changes[n % changes.length]!;
    const one = out.subarray(n * channels * size, (n + 1) * channels * size);
    if (brightness !== 1) for (let i = 0; i < one.length; i++) one[i] = clip(one[i]! * brightness);
    if (contrast !== 1) {
      let sum = 0;
      for (let i = 0; i < size; i++) sum += greyAt(one, i, size, channels);
      const mean = sum / size;
      for (let i = 0; i < one.length; i++) one[i] = clip(mean + contrast * (one[i]! - mean));
    }
    if (saturation !== 1) {
      for (let i = 0; i < size; i++) {
        const grey = greyAt(one, i, size, channels);
        for (let at = i; at < one.length; at += size) one[at] = clip(grey + saturation * (one[at]! - grey));
      }
    }
    if (hue !== 0) for (let i = 0; i < size; i++) turnHue(one, i, size, hue);
  }
  return out;
}

function clip(value: number): number {
  return Math.max(0, Math.min(1, value));
}

function greyAt(values: Float32Array, i: number, size: number, channels: number): number {
  if (channels < 3) return values[i]!;
  return 0.299 * values[i]! + 0.587 * values[i + size]! + 0.114 * values[i + 2 * size]!;
}

/** Turns a pixel's hue, and keeps saturation and value (HSV). */
function turnHue(values: Float32Array, i: number, size: number, turn: number): void {
  const [r, g, b] = [values[i]!, values[i + size]!, values[i + 2 * size]!];
  const top = Math.max(r, g, b);
  const chroma = top - Math.min(r, g, b);
  if (chroma === 0) return;
  const sixth = top === r ? (g - b) / chroma : top === g ? 2 + (b - r) / chroma : 4 + (r - g) / chroma;
  const hue = sixth + 6 * turn;
  for (let k = 0; k < 3; k++) {
    // Red, green and blue are the same bend of the circle, a third of a turn apart.
    const along = (((5 - 2 * k + hue) % 6) + 6) % 6;
    values[i + k * size] = top - chroma * Math.max(0, Math.min(along, 4 - along, 1));
  }
}
