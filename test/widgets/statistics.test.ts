import { describe, expect, test } from "vitest";
import { histogram, sizeQuantile, statistics } from "../../widgets/statistics.js";
import { normal } from "./samples.js";

describe("statistics", () => {
  test("are those of the definition, also far from 0", () => {
    const g = normal(5);
    const values = Float64Array.from({ length: 10_001 }, () => 1e6 + g());
    const stats = statistics(values);
    const mean = values.reduce((a, b) => a + b) / values.length;
    const variance = values.reduce((a, b) => a + (b - mean) ** 2, 0) / values.length;
    expect(stats.min).toBe(values.reduce((a, b) => Math.min(a, b)));
    expect(stats.max).toBe(values.reduce((a, b) => Math.max(a, b)));
    expect(stats.mean).toBeCloseTo(mean, 8);
    expect(stats.std).toBeCloseTo(Math.sqrt(variance), 8);
    expect(stats).toMatchObject({ count: 10_001, finite: 10_001, zeros: 0, firstBad: undefined, integers: false });
  });

  test("NaN and both infinities are counted apart and change no figure", () => {
    const values = Float32Array.of(1, Number.NaN, 0, Number.POSITIVE_INFINITY, 3, Number.NEGATIVE_INFINITY, Number.NaN);
    expect(statistics(values)).toMatchObject({
      count: 7,
      finite: 3,
      nan: 2,
      positiveInfinity: 1,
      negativeInfinity: 1,
      firstBad: 1,
      min: 0,
      max: 3,
      mean: 4 / 3,
      zeros: 1,
      integers: true,
    });
  });

  test("nothing finite gives NaN figures, not 0", () => {
    expect(statistics([])).toMatchObject({ count: 0, finite: 0, min: Number.NaN, mean: Number.NaN, std: Number.NaN });
    expect(statistics([Number.NaN])).toMatchObject({ count: 1, finite: 0, nan: 1, max: Number.NaN });
  });

  test("a histogram counts every finite value once, both ends included", () => {
    const g = normal(6);
    const values = Float64Array.from({ length: 5000 }, g);
    values[17] = Number.NaN;
    const { min, max } = statistics(values);
    const { counts } = histogram(values, min, max, 37);
    const naive = new Array<number>(37).fill(0);
    for (const x of values) {
      if (!Number.isNaN(x)) naive[Math.min(36, Math.floor(((x - min) * 37) / (max - min)))]!++;
    }
    expect(counts.reduce((a, b) => a + b)).toBe(4999);
    // A value on the edge of two intervals may fall to either by rounding.
    for (const [i, n] of counts.entries()) expect(Math.abs(n - naive[i]!)).toBeLessThanOrEqual(1);
    expect(histogram([0, 1, 2, 2], -0.5, 2.5, 3).counts).toEqual([1, 1, 2]);
    expect(histogram([5, 5], 5, 5, 4).counts).toEqual([2, 0, 0, 0]);
  });

  test("the quantile of sizes is that of the sorted sizes, of few values and of a million", () => {
    for (const n of [1000, 1_000_000]) {
      const g = normal(7);
      const values = Float32Array.from({ length: n }, g);
      const sizes = values.map(Math.abs).sort();
      const largest = sizes[n - 1]!;
      const exact = sizes[Math.ceil(0.995 * n) - 1]!;
      expect(Math.abs(sizeQuantile(values, 0.995, largest) - exact)).toBeLessThan(n > 1e5 ? 0.05 : 0.01);
    }
    expect(sizeQuantile([0, 0], 0.995, 0)).toBe(0);
  });
});
