import { expect, test } from "vitest";
import { formatDuration } from "../../widgets/format.js";

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
