import { describe, expect, test } from "vitest";
import { decimate, type Point, StreamingSeries } from "../../widgets/decimate.js";
import { normal } from "./samples.js";

describe("decimation", () => {
  test("a single spike survives anywhere in a long series", () => {
    for (const at of [0, 1, 4321, 49_998, 49_999]) {
      const points = Array.from({ length: 50_000 }, (_, x): Point => [x, x === at ? 1000 : Math.sin(x / 100)]);
      const kept = decimate(points, 150);
      expect(kept.length).toBeLessThanOrEqual(300);
      expect(kept).toContainEqual([at, 1000]);
      expect(Math.min(...kept.map(p => p[1]))).toBe(Math.min(...points.map(p => p[1])));
    }
  });

  test("few points are kept as they are, bad ones left out", () => {
    const points: Point[] = [
      [0, 1],
      [1, Number.NaN],
      [2, 3],
    ];
    expect(decimate(points, 10)).toEqual([points[0], points[2]]);
  });

  test("a streamed series keeps its extremes in bounded memory and in order", () => {
    const series = new StreamingSeries(100);
    const g = normal(11);
    let low: Point = [0, Number.POSITIVE_INFINITY];
    let high: Point = [0, Number.NEGATIVE_INFINITY];
    for (let x = 1; x <= 30_011; x++) {
      const y = x === 12_345 ? -99 : g();
      if (y < low[1]) low = [x, y];
      if (y > high[1]) high = [x, y];
      series.add(x, y);
    }
    expect(series.buckets.length).toBeLessThanOrEqual(100);
    const points = series.points(120);
    expect(points.length).toBeLessThanOrEqual(120);
    expect(points).toContainEqual(low);
    expect(points).toContainEqual(high);
    expect(points.every((p, i) => i === 0 || p[0] > points[i - 1]![0])).toBe(true);
    expect(series.buckets.reduce((n, b) => n + b.count, 0)).toBe(30_011);
  });

  test("bad values are remembered with their first place, and draw nothing", () => {
    const series = new StreamingSeries(8);
    for (let x = 1; x <= 100; x++) series.add(x, x === 40 || x === 41 ? Number.NaN : x);
    expect(series.bad).toEqual({ first: [40, Number.NaN], count: 2 });
    expect(series.points().every(p => Number.isFinite(p[1]))).toBe(true);
    expect(series.last).toEqual([100, 100]);
  });

  test("smoothing looks both ways: it passes through a constant and does not lag behind a line", () => {
    const constant = new StreamingSeries();
    for (let x = 1; x <= 50; x++) constant.add(x, 3);
    for (const [, y] of constant.smooth(0.9)) expect(y).toBeCloseTo(3, 12);
    const series = new StreamingSeries();
    for (const [i, y] of [4, 2, 6].entries()) series.add(i + 1, y);
    const expected = [(4 + 0.5 * 2 + 0.25 * 6) / 1.75, (0.5 * 4 + 2 + 0.5 * 6) / 2, (0.25 * 4 + 0.5 * 2 + 6) / 1.75];
    for (const [i, [, y]] of series.smooth(0.5).entries()) expect(y).toBeCloseTo(expected[i]!, 12);
    const falling = new StreamingSeries();
    for (let x = 0; x <= 100; x++) falling.add(x, 100 - x);
    for (const [x, y] of falling.smooth(0.6).slice(20, -20)) expect(y).toBeCloseTo(100 - x, 3);
  });
});
