import type { Planes } from "./batch.js";

/**
 * Where the pixels of a picture come from: output column x and row y show the input at column a x + b y + c, row d x + e y + f.
 */
export type Inverse = readonly [a: number, b: number, c: number, d: number, e: number, f: number];

/** How a picture is moved about its centre; lengths in pixels, angles in degrees. */
export interface Movement {
  /** Counterclockwise. */
  rotate: number;
  /** To the right and down. */
  translate: readonly [x: number, y: number];
  scale: number;
  /** Rows slide along x by this angle. */
  shear: number;
}

/** The inverse of scale, then shear, then rotation about the centre, then translation. */
export function inverseOf({ rotate, translate, scale, shear }: Movement, height: number, width: number): Inverse {
  const angle = (rotate * Math.PI) / 180;
  const [cos, sin] = [Math.cos(angle) / scale, Math.sin(angle) / scale];
  const slope = Math.tan((shear * Math.PI) / 180);
  const [a, b] = [cos - slope * sin, -sin - slope * cos];
  const [d, e] = [sin, cos];
  const [cx, cy] = [(width - 1) / 2, (height - 1) / 2];
  const [x, y] = [cx + translate[0], cy + translate[1]];
  return [a, b, cx - a * x - b * y, d, e, cy - d * x - e * y];
}

/**
 * Every picture moved by its own inverse (or all by the only one), each pixel mixed of the four it falls between; what lies
 * outside is `fill`.
 */
export function warp(images: Planes, inverses: readonly Inverse[], fill: number): Float32Array {
  const { values, count, channels, height, width } = images;
  const size = height * width;
  const out = new Float32Array(values.length);
  for (let n = 0; n < count; n++) {
    const [a, b, c, d, e, f] = inverses[n % inverses.length]!;
    const first = n * channels * size;
    for (let y = 0; y < height; y++) {
      for (let x = 0; x < width; x++) {
        const [sx, sy] = [a * x + b * y + c, d * x + e * y + f];
        const [x0, y0] = [Math.floor(sx), Math.floor(sy)];
        const [wx, wy] = [sx - x0, sy - y0];
        let to = first + y * width + x;
        let from = first + y0 * width + x0;
        if (x0 >= 0 && y0 >= 0 && x0 < width - 1 && y0 < height - 1) {
          for (let k = 0; k < channels; k++, to += size, from += size) {
            const upper = values[from]! + wx * (values[from + 1]! - values[from]!);
            const lower = values[from + width]! + wx * (values[from + width + 1]! - values[from + width]!);
            out[to] = upper + wy * (lower - upper);
          }
          continue;
        }
        const [left, right] = [x0 >= 0 && x0 < width, x0 >= -1 && x0 < width - 1];
        const [above, below] = [y0 >= 0 && y0 < height, y0 >= -1 && y0 < height - 1];
        for (let k = 0; k < channels; k++, to += size, from += size) {
          const upperLeft = above && left ? values[from]! : fill;
          const upperRight = above && right ? values[from + 1]! : fill;
          const lowerLeft = below && left ? values[from + width]! : fill;
          const lowerRight = below && right ? values[from + width + 1]! : fill;
          const upper = upperLeft + wx * (upperRight - upperLeft);
          out[to] = upper + wy * (lowerLeft + wx * (lowerRight - lowerLeft) - upper);
        }
      }
    }
  }
  return out;
}
