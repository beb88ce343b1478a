import { describe, expect, test } from "vitest";
import { barChart } from "../../widgets/bars.js";
import { lineChart } from "../../widgets/chart.js";
import { linearScale, linePath, logarithmicScale } from "../../widgets/svg.js";
import { expectSound } from "./markup.js";

describe("scales", () => {
  test.each([
    [0, 1, [0, 0.2, 0.4, 0.6, 0.8, 1]],
    [0, 10, [0, 2, 4, 6, 8, 10]],
    [-3, 3, [-3, -2, -1, 0, 1, 2, 3]],
    [0.031, 0.049, [0.035, 0.04, 0.045]],
    [1e9, 3e9, [1e9, 1.5e9, 2e9, 2.5e9, 3e9]],
  ])("a linear axis from %d to %d is labelled at round values", (from, to, ticks) => {
    expect(linearScale(from, to, [0, 100]).ticks).toEqual(ticks);
  });

  test("a linear scale maps its ends to the ends, and a single value to the middle", () => {
    const scale = linearScale(2, 4, [100, 0]);
    expect([2, 3, 4].map(scale)).toEqual([100, 50, 0]);
    expect(linearScale(5, 5, [0, 100])(5)).toBe(50);
    expect(linearScale(0, 0, [0, 100])(0)).toBe(50);
  });

  test("a logarithmic scale has equal steps for equal ratios", () => {
    const scale = logarithmicScale(0.01, 100, [0, 400]);
    for (const [i, x] of [0.01, 0.1, 1, 10, 100].entries()) expect(scale(x)).toBeCloseTo(100 * i, 9);
    expect(scale.ticks).toEqual([0.01, 0.1, 1, 10, 100]);
  });
});

describe("paths", () => {
  test("are relative, to a tenth of a pixel", () => {
    expect(
      linePath([
        [0, 0],
        [10, 5.55],
        [10.26, 5.55],
      ]),
    ).toBe("M0 0l10 5.6 .3 0");
  });

  test("break where a point is missing; a lone point is a dot", () => {
    expect(
      linePath([
        [0, 0],
        [1, 1],
        [2, Number.NaN],
        [3, 3],
        [Number.POSITIVE_INFINITY, 0],
      ]),
    ).toBe("M0 0l1 1M3 3h0");
    expect(linePath([])).toBe("");
  });

  test("drawn relatively they end where they should, however many rounded steps there are", () => {
    const d = linePath(Array.from({ length: 3000 }, (_, i) => [i / 3, Math.sin(i) * 50]));
    const numbers = d.match(/-?\d*\.?\d+/g)!.map(Number);
    const x = numbers.filter((_, i) => i % 2 === 0).reduce((a, b) => a + b);
    expect(x).toBeCloseTo(2999 / 3, 1);
  });
});

describe("charts", () => {
  const line = (points: [number, number][], name = "a") => ({ name, points, colour: 1 });

  test("choose a logarithmic axis only for positive values that span much", () => {
    const ticks = (ys: number[], yScale?: "linear") =>
      lineChart({
        label: "c",
        lines: [line(ys.map((y, x) => [x, y]))],
        width: 400,
        height: 200,
        ...(yScale ? { yScale } : {}),
      }).text;
    expect(ticks([0.001, 1])).toContain(">0.01</text>");
    expect(ticks([0.001, 1], "linear")).toContain(">0.2</text>");
    expect(ticks([-0.001, 1])).toContain(">0.2</text>");
  });

  test("one point, equal values, nothing finite", () => {
    for (const points of [
      [[1, 5]],
      [
        [0, 2],
        [1, 2],
      ],
      [
        [0, 0],
        [0, 0],
      ],
      [[0, Number.NaN]],
      [],
    ] as [number, number][][]) {
      expectSound(lineChart({ label: "c", lines: [line(points), line(points, "b")], width: 400, height: 200 }).text);
    }
  });

  test("names that end at the same place do not cover each other", () => {
    const lines = ["a", "b", "c"].map(name =>
      line(
        [
          [0, 0],
          [1, 1],
        ],
        name,
      ),
    );
    const { text } = lineChart({ label: "c", lines, width: 400, height: 200 });
    const ys = [...text.split("</div>")[0]!.matchAll(/class="f1 b" x="[\d.]+" y="([\d.]+)"/g)].map(m => Number(m[1]));
    expect(ys).toHaveLength(3);
    for (const [i, y] of ys.entries()) if (i > 0) expect(y - ys[i - 1]!).toBeGreaterThanOrEqual(12);
  });

  test("the label is escaped in every attribute and in the picture's address", () => {
    const evil = `"><script>alert(1)</script>`;
    const { text } = lineChart({
      label: evil,
      lines: [
        line(
          [
            [0, 1],
            [1, 2],
          ],
          evil,
        ),
        line([[0, 2]], "b"),
      ],
      width: 400,
      height: 200,
    });
    expectSound(text);
  });

  test("bars hang below 0 and show what is not finite as a tick", () => {
    const { text } = barChart({
      label: "b",
      values: [1, -2, Number.NaN, 0],
      width: 300,
      height: 150,
      xRange: [0, 4],
      axes: true,
    });
    expectSound(text);
    expect(text.match(/<line class="x"/g)).toHaveLength(1);
    // Two bars, as one path in the drawing.
    expect(/<path class="f1"[^>]* d="([^"]*)"/.exec(text)![1]!.match(/z/g)).toHaveLength(2);
  });
});

test("the text of a mark stands clear of the lines", () => {
  const heightOf = (end: number): number => {
    const points = Array.from({ length: 50 }, (_, i): [number, number] => [i, (end * i) / 49]);
    const drawn = lineChart({
      label: "a line",
      lines: [{ name: "a", points, colour: 1 }],
      width: 400,
      height: 200,
      marks: [{ x: 49, kind: "end", text: "stopped early" }],
    });
    return Number(/y="([\d.]+)"[^>]*>stopped early/.exec(drawn.text)![1]);
  };
  // A line that rises ends at the top, one that falls at the bottom.
  expect(heightOf(1)).toBeGreaterThan(100);
  expect(heightOf(-1)).toBeLessThan(100);
});
