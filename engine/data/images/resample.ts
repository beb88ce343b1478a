import type { Planes } from "./batch.js";

/** Which pixels of a line a new pixel is made of, and their weights, which sum to 1. */
interface Mix {
  readonly first: number;
  readonly weights: Float64Array;
}

/** Pictures of another size; smoothed before they shrink, as Pillow does it. */
export function resample(images: Planes, height: number, width: number, nearest: boolean): Float32Array {
  const mixes = nearest ? nearestMixes : bilinearMixes;
  const [columns, rows] = [mixes(images.width, width), mixes(images.height, height)];
  const planes = images.count * images.channels;
  const out = new Float32Array(planes * height * width);
  const narrow = new Float32Array(images.height * width);
  for (let p = 0; p < planes; p++) {
    const from = p * images.height * images.width;
    for (let y = 0; y < images.height; y++) {
      for (let x = 0; x < width; x++) {
        narrow[y * width + x] = mixed(images.values, columns[x]!, from + y * images.width, 1);
      }
    }
    const to = p * height * width;
    for (let y = 0; y < height; y++) {
      for (let x = 0; x < width; x++) out[to + y * width + x] = mixed(narrow, rows[y]!, x, width);
    }
  }
  return out;
}

function mixed(values: Float32Array, { first, weights }: Mix, start: number, step: number): number {
  let sum = 0;
  for (let k = 0; k < weights.length; k++) sum += weights[k]! * values[start + (first + k) * step]!;
  return sum;
}

function nearestMixes(from: number, to: number): Mix[] {
  const one = Float64Array.of(1);
  return Array.from({ length: to }, (_, i) => ({ first: Math.floor(((i + 0.5) * from) / to), weights: one }));
}

/** A triangle as wide as a new pixel, and at least as wide as an old one. */
function bilinearMixes(from: number, to: number): Mix[] {
  const step = from / to;
  const reach = Math.max(1, step);
  return Array.from({ length: to }, (_, i) => {
    const centre = (i + 0.5) * step;
    const first = Math.max(0, Math.floor(centre - reach + 0.5));
    const end = Math.min(from, Math.floor(centre + reach + 0.5));
    const weights = Float64Array.from({ length: end - first }, (_, k) =>
      Math.max(0, 1 - Math.abs(first + k + 0.5 - centre) / reach),
    );
    const sum = weights.reduce((a, b) => a + b, 0);
    return { first, weights: weights.map(w => w / sum) };
  });
}
