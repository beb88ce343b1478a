import { tensor } from "../ops/create.js";
import type { Tensor } from "../tensor.js";

/** Pictures with their classes: grey levels 0 (paper) to 1 (ink), and one label per picture. */
export type LabelledImages<Image extends readonly number[] = readonly [number, number]> = {
  /** [N, height, width], or [N, height * width] when asked for flat. */
  images: Tensor<readonly [number, ...Image], "float32">;
  /** [N], 0 to 9. */
  labels: Tensor<readonly [number], "int32">;
};

/** A set of digits in two parts, and where it came from in words. */
export interface DigitSet<Image extends readonly number[] = readonly [number, number]> {
  train: LabelledImages<Image>;
  test: LabelledImages<Image>;
  source: string;
}

/** Grey levels 0 to 255 and labels, as files and generators have them. */
export interface RawDigits {
  pixels: Uint8Array;
  labels: Uint8Array;
}

const levels = Float32Array.from({ length: 256 }, (_, level) => level / 255);

/** Makes tensors of pictures with side `size`. */
export function labelledImages(raw: RawDigits, size: number, flat: boolean): LabelledImages<readonly number[]> {
  const count = raw.labels.length;
  const images = new Float32Array(raw.pixels.length);
  for (let i = 0; i < images.length; i++) images[i] = levels[raw.pixels[i]!]!;
  return {
    images: tensor(images, { shape: flat ? [count, size * size] : [count, size, size] }),
    labels: tensor(Int32Array.from(raw.labels), { shape: [count] }),
  } as LabelledImages<readonly number[]>;
}

/** The pictures from `first` up to `end`. */
export function partOf(raw: RawDigits, size: number, first: number, end: number): RawDigits {
  return {
    pixels: raw.pixels.subarray(first * size * size, end * size * size),
    labels: raw.labels.subarray(first, end),
  };
}
