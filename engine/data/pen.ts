import type { Stroke } from "./glyphs.js";

/** A point of the pen's way: position and half the line's width, all in pixels. */
export interface PenPoint {
  x: number;
  y: number;
  radius: number;
}

/** Places between two given points at which a curve is followed. */
const steps = 6;

/**
 * Follows a stroke: a Catmull-Rom curve through its points, in pieces where a point is given twice (a corner).
 * Only + - * / are used, so the way is the same on every machine.
 */
export function followStroke(stroke: Stroke): [x: number, y: number][] {
  const way: [number, number][] = [];
  let first = 0;
  for (let i = 1; i <= stroke.length; i++) {
    const here = stroke[i];
    const before = stroke[i - 1]!;
    if (here !== undefined && (here[0] !== before[0] || here[1] !== before[1])) continue;
    followPiece(stroke.slice(first, i), way);
    first = i;
  }
  return way;
}

function followPiece(points: Stroke, way: [number, number][]): void {
  way.push([points[0]![0], points[0]![1]]);
  for (let i = 0; i + 1 < points.length; i++) {
    const p1 = points[i]!;
    const p2 = points[i + 1]!;
    const p0 = points[i - 1] ?? p1;
    const p3 = points[i + 2] ?? p2;
    for (let s = 1; s <= steps; s++) {
      const t = s / steps;
      way.push([catmullRom(p0[0], p1[0], p2[0], p3[0], t), catmullRom(p0[1], p1[1], p2[1], p3[1], t)]);
    }
  }
}

function catmullRom(p0: number, p1: number, p2: number, p3: number, t: number): number {
  return 0.5 * (2 * p1 + t * (p2 - p0 + t * (2 * p0 - 5 * p1 + 4 * p2 - p3 + t * (3 * (p1 - p2) + p3 - p0))));
}

/**
 * Draws the way into `ink` (a square of `size` x `size`, row by row), where ink lies between 0 and 1. An edge fades over
 * `softness` pixels; where the pen crosses its own line the ink does not add up.
 */
export function drawWay(ink: Float64Array, size: number, way: readonly PenPoint[], softness: number): void {
  for (let i = 0; i + 1 < way.length; i++) drawSegment(ink, size, way[i]!, way[i + 1]!, softness);
}

function drawSegment(ink: Float64Array, size: number, a: PenPoint, b: PenPoint, softness: number): void {
  const reach = Math.max(a.radius, b.radius) + softness;
  const left = Math.max(0, Math.floor(Math.min(a.x, b.x) - reach));
  const right = Math.min(size - 1, Math.ceil(Math.max(a.x, b.x) + reach));
  const top = Math.max(0, Math.floor(Math.min(a.y, b.y) - reach));
  const bottom = Math.min(size - 1, Math.ceil(Math.max(a.y, b.y) + reach));
  const dx = b.x - a.x;
  const dy = b.y - a.y;
  const lengthSquared = dx * dx + dy * dy;
  for (let y = top; y <= bottom; y++) {
    for (let x = left; x <= right; x++) {
      const px = x + 0.5 - a.x;
      const py = y + 0.5 - a.y;
      const along = lengthSquared === 0 ? 0 : Math.min(1, Math.max(0, (px * dx + py * dy) / lengthSquared));
      const ex = px - along * dx;
      const ey = py - along * dy;
      const inside = a.radius + along * (b.radius - a.radius) - Math.sqrt(ex * ex + ey * ey);
      const cover = Math.min(1, inside / softness + 0.5);
      const at = y * size + x;
      if (cover > ink[at]!) ink[at] = cover;
    }
  }
}
