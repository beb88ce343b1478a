import { describe, expect, test } from "vitest";
import { trusted } from "../../widgets/html.js";
import { withPlaces } from "../../widgets/places.js";

const image = trusted('<img alt="map">');

/** Where each name is written, in pixels from the picture's corner: rows at the middle of their line, columns of their box. */
function placesOf(html: string) {
  const number = (text: string | undefined) => Number(text);
  const line = 17;
  const side = /^.*?text-align:right">(.*?)<\/small>/s.exec(html)?.[1] ?? "";
  let top = -line;
  const rows = [...side.matchAll(/height:([\d.]+)px">([^<]*)</g)].flatMap(([, height, name]) => {
    const middle = top + line / 2;
    top += number(height);
    return name === "" ? [] : [{ name, middle }];
  });
  const above = /margin-left:(-?[\d.]+)px">(.*?)<\/small>/s.exec(html);
  let left = number(above?.[1]);
  const columns = [...(above?.[2] ?? "").matchAll(/width:([\d.]+)px;[^>]*>([^<]*)</g)].map(([, width, name]) => {
    const middle = left + number(width) / 2;
    left += number(width);
    return { name, middle };
  });
  return { rows, columns };
}

describe("the places beside a picture", () => {
  test.each([
    [60, 48, 6],
    [784, 256, 0.6],
    [2, 3, 24],
    [12, 12, 24],
    [192, 192, 2],
  ])("%d rows and %d columns of %d pixels: each name stands at its row or column", (height, width, cell) => {
    const name = String;
    const { text } = withPlaces(image, [
      { count: height, cell, name },
      { count: width, cell, name },
    ]);
    const { rows, columns } = placesOf(text);
    for (const [all, count, room] of [
      [rows, height, 16],
      [columns, width, 7 * String(width - 1).length],
    ] as const) {
      expect(all.length).toBeGreaterThan(1);
      expect(Number(all.at(-1)!.name)).toBeLessThan(count);
      all.forEach(({ name, middle }, i) => {
        expect(middle).toBeCloseTo((Number(name) + 0.5) * cell, 6);
        // Far enough from the one before it to be read.
        if (i > 0) expect(middle - all[i - 1]!.middle).toBeGreaterThan(room);
      });
    }
  });

  test("one row or one column needs no name; names are escaped", () => {
    const name = (i: number) => `<b>${i}`;
    const line = withPlaces(image, [
      { count: 1, cell: 16, name },
      { count: 40, cell: 9, name },
    ]).text;
    expect(placesOf(line).rows).toEqual([]);
    expect(line).toContain("&lt;b&gt;20");
    const column = withPlaces(image, [
      { count: 40, cell: 9, name: String },
      { count: 1, cell: 16, name: String },
    ]).text;
    expect(placesOf(column).columns).toEqual([]);
    expect(placesOf(column).rows.length).toBeGreaterThan(3);
  });
});
