import { expect, test } from "vitest";
import { jsonErrorOffset } from "../../../kernel/cli/json-error.js";

test.each([
  ["", 0],
  ["  ", 2],
  ["{", 1],
  ['{"a": ,}', 6],
  ['{"a": 1,}', 8],
  ['{"a" 1}', 5],
  ["{1: 2}", 1],
  ["[1 2]", 3],
  ["[1, ]", 4],
  ["[1}", 2],
  ["1, 2", 1],
  ["[01]", 2],
  ["[tru]", 1],
  ['["a\nb"]', 1],
  ['["\\x"]', 1],
  ['{"a": "cut of', 6],
  ["NaN", 0],
  ["[] []", 3],
])("%j goes wrong at %i", (text, offset) => {
  expect(jsonErrorOffset(text)).toBe(offset);
  expect(() => JSON.parse(text)).toThrow();
});

test("a JSON text goes to its end", () => {
  const text = JSON.stringify({ a: [1, -2.5e-3, true, null, 'x"\\\u2028\u0007'], b: {}, c: [], d: [[{}]] }, null, 2);
  expect(jsonErrorOffset(text)).toBe(text.length);
});
