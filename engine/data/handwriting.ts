import { type GlyphStyle, glyphs, type Stroke } from "./glyphs.js";
import { drawWay, followStroke, type PenPoint } from "./pen.js";
import { RandomStream } from "./stream.js";

/** How one writer, on one day, differs from the model: drawn anew for each picture. */
interface Hand {
  /** Rows of the 2 x 2 matrix that turns, slants and stretches. */
  matrix: readonly [number, number, number, number];
  /** Displacements at the corners of a 4 x 4 grid over the glyph: x at 2 i, y at 2 i + 1. */
  bend: readonly number[];
  /** Deviation of each point. */
  tremble: number;
  /** Height or width of the picture's ink, the larger, as a share of the picture. */
  extent: number;
  /** Half the width of the line, as a share of the picture; it varies along the line by `pressure`. */
  radius: number;
  pressure: number;
  /** Over how much of the picture an edge fades. */
  softness: number;
  /** Darkness of full ink. */
  ink: number;
}

const gridSide = 4;

function drawHand(random: RandomStream): Hand {
  const turn = 0.07 * random.bell();
  // The rational form of cosine and sine: exact arithmetic on every machine.
  const cos = (1 - turn * turn) / (1 + turn * turn);
  const sin = (2 * turn) / (1 + turn * turn);
  const slant = 0.14 + 0.17 * random.bell();
  const wide = 0.8 + 0.13 * random.bell();
  return {
    matrix: [cos * wide, -sin - cos * slant, sin * wide, cos - sin * slant],
    bend: Array.from({ length: 2 * gridSide * gridSide }, () => 0.036 * random.bell()),
    tremble: 0.008 + random.uniform(0, 0.016),
    extent: (20 + 0.8 * random.bell()) / 28,
    radius: Math.max(0.8, 1.25 + 0.32 * random.bell()) / 28,
    pressure: random.uniform(0.04, 0.22),
    softness: random.uniform(1, 1.7) / 28,
    ink: random.uniform(0.9, 1.1),
  };
}

function pickStyle(styles: readonly GlyphStyle[], random: RandomStream): GlyphStyle {
  let left = random.uniform() * styles.reduce((sum, s) => sum + s.weight, 0);
  for (const style of styles) {
    left -= style.weight;
    if (left < 0) return style;
  }
  return styles[0]!;
}

/** Moves each point a little; the two points of a corner stay together. */
function trembled(stroke: Stroke, deviation: number, random: RandomStream): Stroke {
  let dx = 0;
  let dy = 0;
  return stroke.map(([x, y], i) => {
    const before = stroke[i - 1];
    if (before === undefined || before[0] !== x || before[1] !== y) {
      dx = deviation * random.bell();
      dy = deviation * random.bell();
    }
    return [x + dx, y + dy] as const;
  });
}

/** Bends the sheet (a smooth field between the grid's displacements), then turns, slants and stretches it. */
function bent(x: number, y: number, hand: Hand): [number, number] {
  const gx = Math.min(0.999, Math.max(0, x)) * (gridSide - 1);
  const gy = Math.min(0.999, Math.max(0, y)) * (gridSide - 1);
  const column = Math.floor(gx);
  const row = Math.floor(gy);
  const tx = smooth(gx - column);
  const ty = smooth(gy - row);
  const field = (axis: number) => {
    const at = (r: number, c: number) => hand.bend[2 * (r * gridSide + c) + axis]!;
    const upper = at(row, column) + tx * (at(row, column + 1) - at(row, column));
    const lower = at(row + 1, column) + tx * (at(row + 1, column + 1) - at(row + 1, column));
    return upper + ty * (lower - upper);
  };
  const u = x + field(0) - 0.5;
  const v = y + field(1) - 0.5;
  const [a, b, c, d] = hand.matrix;
  return [a * u + b * v, c * u + d * v];
}

function smooth(t: number): number {
  return t * t * (3 - 2 * t);
}

/** The strokes as the pen goes, fitted into the picture. */
function penWays(digit: number, hand: Hand, size: number, random: RandomStream): PenPoint[][] {
  const strokes = pickStyle(glyphs[digit]!, random).strokes;
  const ways = strokes.map(s => followStroke(trembled(s, hand.tremble, random)).map(([x, y]) => bent(x, y, hand)));
  const xs = ways.flatMap(w => w.map(p => p[0]));
  const ys = ways.flatMap(w => w.map(p => p[1]));
  const [left, right] = [Math.min(...xs), Math.max(...xs)];
  const [top, bottom] = [Math.min(...ys), Math.max(...ys)];
  const line = 2 * hand.radius * size;
  const scale = (hand.extent * size - line) / Math.max(right - left, bottom - top);
  return ways.map(way => {
    let pressure = random.bell();
    return way.map(([x, y]) => {
      pressure = 0.8 * pressure + 0.6 * random.bell();
      const share = 1 + hand.pressure * Math.min(1.5, Math.max(-1.5, pressure));
      return {
        x: size / 2 + scale * (x - (left + right) / 2),
        y: size / 2 + scale * (y - (top + bottom) / 2),
        radius: hand.radius * size * share,
      };
    });
  });
}

/**
 * Draws one digit as if by hand: grey levels 0 (paper) to 255 (ink), row by row, centred by its mass as in MNIST.
 * The picture depends on `digit`, `size`, `seed` and `index` only, to the last bit, on every machine.
 */
export function drawDigit(digit: number, size: number, seed: number, index: number): Uint8Array {
  const random = new RandomStream(seed, index);
  const hand = drawHand(random);
  const ways = penWays(digit, hand, size, random);
  const ink = new Float64Array(size * size);
  for (const way of ways) drawWay(ink, size, way, hand.softness * size);

  let mass = 0;
  let sumX = 0;
  let sumY = 0;
  for (let y = 0; y < size; y++) {
    for (let x = 0; x < size; x++) {
      const value = ink[y * size + x]!;
      mass += value;
      sumX += value * x;
      sumY += value * y;
    }
  }
  const slip = size / 28;
  const moveX = Math.round((size - 1) / 2 - sumX / mass + 0.5 * slip * random.bell());
  const moveY = Math.round((size - 1) / 2 - sumY / mass + 0.5 * slip * random.bell());
  const picture = new Uint8Array(size * size);
  for (let y = 0; y < size; y++) {
    for (let x = 0; x < size; x++) {
      const fromX = x - moveX;
      const fromY = y - moveY;
      if (fromX < 0 || fromX >= size || fromY < 0 || fromY >= size) continue;
      const value = ink[fromY * size + fromX]! * hand.ink;
      if (value > 0) picture[y * size + x] = Math.round(255 * Math.min(1, Math.max(0, value + 0.04 * random.bell())));
    }
  }
  return picture;
}
