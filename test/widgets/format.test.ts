import { expect, test } from "vitest";
import { formatColumn, formatDuration } from "../../widgets/format.js";

test.each([
  [0, "0.0 s"],
  [0.42, "0.42 ms"],
  [24.4, "24 ms"],
  [99.4, "99 ms"],
  [99.6, "0.1 s"],
  [410, "0.4 s"],
  [41_000, "0:41"],
  [3_723_000, "1:02:03"],
])("%d milliseconds are %s", (milliseconds, text) => {
  expect(formatDuration(milliseconds)).toBe(text);
});

test.each([
  [
    [1, 2.5],
    ["1.0", "2.5"],
  ],
  [
    [0.5, 0.75, Number.NaN],
    ["0.50", "0.75", "NaN"],
  ],
  [
    [0.123456, 20],
    ["0.12", "20.00"],
  ],
  [
    [0.1, 1 / 3],
    ["0.100", "0.333"],
  ],
  [
    [0.99999, -0.0001],
    ["1.0", "0.0"],
  ],
  [
    [1, 2],
    ["1", "2"],
  ],
  [
    [20_000.25, 3],
    ["20000", "3"],
  ],
])("%j is a column of %j", (values, texts) => {
  expect(formatColumn(values)).toEqual(texts);
});
