import { ValueError } from "../errors.js";
import { type LabelledImages, labelledImages } from "./labelled.js";
import { RandomStream } from "./stream.js";

/** The classes of `shapes`, by label. */
export const shapeNames = ["circle", "square", "triangle", "cross"] as const;

/** How many shapes are drawn, and how. */
export interface ShapeOptions {
  /** Pictures in all (default 400). */
  count?: number;
  /** Width and height in pixels (default 28). */
  size?: number;
  /** True: each is turned by chance (default true). */
  rotate?: boolean;
  /** An integer that decides everything that is drawn (default 0). */
  seed?: number;
}

/**
 * Pictures of a circle, a square, a triangle or a cross, each of its own size and place, softly edged: for trying out image
 * models and augmentation without a download. images: float32 [count, size, size] from 0 to 1; labels: int32 [count], see
 * `shapeNames`.
 * @throws ValueError for counts and sizes that make no sense
 * @example data.shapes({ count: 8, size: 16 }).images.shape; // [8, 16, 16]
 */
export function shapes({ count = 400, size = 28, rotate = true, seed = 0 }: ShapeOptions = {}): LabelledImages {
  for (const [name, value, least] of [
    ["count", count, 1],
    ["size", size, 8],
  ] as const) {
    if (Number.isSafeInteger(value) && value >= least) continue;
    throw new ValueError(`${name} is ${value}`, { op: "shapes", hint: `Give a whole number, ${least} or more.` });
  }
  if (!Number.isSafeInteger(seed)) throw new ValueError(`seed is ${seed}`, { op: "shapes", hint: "Give an integer." });
  const pixels = new Uint8Array(count * size * size);
  const labels = Uint8Array.from(new RandomStream(seed).permutation(count), i => i % shapeNames.length);
  labels.forEach((label, i) => {
    draw(pixels.subarray(i * size * size, (i + 1) * size * size), size, label, rotate, new RandomStream(seed, i + 1));
  });
  return labelledImages({ pixels, labels }, size, false) as LabelledImages;
}

/** Signed distance from the outline of a shape of radius 1, negative inside. */
const distances: readonly ((x: number, y: number) => number)[] = [
  (x, y) => Math.hypot(x, y) - 1,
  (x, y) => Math.max(Math.abs(x), Math.abs(y)) - 0.85,
  (x, y) => Math.max(Math.abs(x) * 0.866 + y * 0.5, -y) - 0.55,
  (x, y) => Math.max(Math.min(Math.abs(x), Math.abs(y)) - 0.28, Math.max(Math.abs(x), Math.abs(y)) - 1),
];

function draw(pixels: Uint8Array, size: number, label: number, rotate: boolean, random: RandomStream): void {
  const radius = size * random.uniform(0.2, 0.38);
  const centre = () => random.uniform(radius + 1, size - radius - 1);
  const [cx, cy] = [centre(), centre()];
  const angle = rotate ? random.uniform(0, 2 * Math.PI) : 0;
  const [cos, sin] = [Math.cos(angle), Math.sin(angle)];
  for (let row = 0; row < size; row++) {
    for (let column = 0; column < size; column++) {
      const [dx, dy] = [(column + 0.5 - cx) / radius, (row + 0.5 - cy) / radius];
      const distance = distances[label]!(cos * dx + sin * dy, cos * dy - sin * dx) * radius;
      pixels[row * size + column] = Math.round(255 * Math.min(1, Math.max(0, 0.5 - distance)));
    }
  }
}
