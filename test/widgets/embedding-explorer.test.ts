import { describe, expect, test } from "vitest";
import { views } from "../../widgets/show.js";
import { shown } from "./markup.js";
import { normal, strokes, tensorOf } from "./samples.js";
import { trainedDigits } from "./trained.js";

const g = normal(6);
const points = tensorOf([20, 8], () => g());
const labels = Array.from({ length: 20 }, (_, i) => `class ${i % 3}`);
const hostile = "<img src=x onerror=alert(1)>";

describe("show.projector", () => {
  test("the points lie where the static form has them, of a trained network", () => {
    const { model, images, labels: digits } = trainedDigits();
    const explorer = views.projector(model.embed(images), { labels: digits, images });
    const places = new Float32Array(explorer.get("points").slice().buffer);
    expect(places).toHaveLength(200);
    expect(Math.min(...places)).toBeGreaterThanOrEqual(0);
    expect(Math.max(...places)).toBeLessThanOrEqual(856);
    const { html } = shown(explorer);
    expect(html).toBe(shown(views.embeddings(model.embed(images), { labels: digits })).html);
    const [x, y] = places;
    expect(html).toContain(`M${Math.round(x! * 10) / 10} ${Math.round(y! * 10) / 10}h0`);
    expect(explorer.get("classes").map(c => c.name)).toEqual([..."0123456789"]);
    const members = new Uint16Array(explorer.get("members").slice().buffer);
    expect([...members]).toEqual(Array.from(digits.data() as Int32Array));
  });

  test("selection stays within the points whatever a page sends", () => {
    const explorer = views.projector(points, { labels });
    const heard: unknown[] = [];
    explorer.on("change:selected", rows => heard.push(rows));
    explorer.selected = [3, 5];
    expect([explorer.selected, heard]).toEqual([[3, 5], [[3, 5]]]);
    for (const [sent, kept] of [
      [[1, 99, -1, "x", 2.5], [1]],
      [null, []],
      ["rows", []],
    ] as const) {
      explorer.set("selected", sent as never);
      expect(explorer.selected).toEqual(kept);
    }
  });

  test("refuses what does not fit, and says what to do", () => {
    expect(() => views.projector([1, 2])).toThrow("show.projector: points of shape [2]");
    expect(() => views.projector(points, { labels: ["a"] })).toThrow("20 points but 1 labels");
    expect(() => views.projector(points, { names: ["a"] })).toThrow("20 points but 1 names");
    expect(() => views.projector(points, { names: 5 as never })).toThrow("names is no list");
    expect(() => views.projector(points, { images: strokes(3) })).toThrow(
      "show.projector: images of shape [3, 28, 28] for 20 points",
    );
    expect(() => views.projector(tensorOf([3, 2], i => (i === 3 ? Number.NaN : 1)))).toThrow("NaN at [1, 1]");
  });

  test("names are inert; 100,000 points are sampled and say so; equal points do not break it", () => {
    expect(shown(views.projector(points, { labels: labels.map(() => hostile), title: hostile })).html).not.toContain(
      "<img src=x",
    );
    const many = views.projector(tensorOf([100_000, 3], () => g()));
    expect(many.get("points").byteLength).toBeLessThan(64 * 1024);
    expect(many.get("note")).toMatch(/^100,000 points with 3 features · .* · \d{4} drawn$/);
    const equal = views.projector(tensorOf([4, 3], () => 1));
    expect([...new Float32Array(equal.get("points").slice().buffer)].every(Number.isFinite)).toBe(true);
  });
});
