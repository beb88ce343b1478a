import { describe, expect, test } from "vitest";
import { codeAndCursor, toPoints, toUnits } from "../../../kernel/protocol/cursor.js";

describe("cursors", () => {
  test.each([
    ["plain", 3, 3],
    ["𨭎x.", 1, 2],
    ["𨭎x.", 3, 4],
    ["a😀b😀c", 4, 6],
    ["é", 1, 1],
    ["", 0, 0],
  ])("in %j, %i code points are %i units", (code, points, units) => {
    expect(toUnits(code, points)).toBe(units);
    expect(toPoints(code, units)).toBe(points);
  });

  test("one beyond the end is at the end", () => {
    expect(toUnits("a😀", 50)).toBe(3);
    expect(toPoints("a😀", 50)).toBe(2);
  });

  test("a lone surrogate counts as one", () => {
    expect(toUnits("\ud83d!", 1)).toBe(1);
    expect(toPoints("\ud83d!", 2)).toBe(2);
  });

  test.each([
    [
      { code: "ab", cursor_pos: 1 },
      { code: "ab", offset: 1 },
    ],
    [{ code: "ab" }, { code: "ab", offset: 2 }],
    [
      { code: "ab", cursor_pos: -1 },
      { code: "ab", offset: 2 },
    ],
    [
      { code: 5, cursor_pos: "x" },
      { code: "", offset: 0 },
    ],
  ])("of %j", (content, expected) => {
    expect(codeAndCursor(content)).toEqual(expected);
  });
});
