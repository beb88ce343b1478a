import { describe, expect, test } from "vitest";
import { principalPlane } from "../../widgets/principal.js";
import { views } from "../../widgets/show.js";
import { shown } from "./markup.js";
import { normal, random, tensorOf } from "./samples.js";
import { trainedDigits } from "./trained.js";

describe("show.embeddings", () => {
  test("the plane is scikit-learn's", () => {
    // PCA(2).fit_transform([[2, 0, 1], [0, 1, 3], [4, 1, 0], [1, 5, 2]]); the same up to signs
    const { places, explained } = principalPlane([2, 0, 1, 0, 1, 3, 4, 1, 0, 1, 5, 2], 4, 3);
    expect(explained[0]).toBeCloseTo(0.64324685, 6);
    expect(explained[1]).toBeCloseTo(0.3528996, 6);
    const wanted = [-1.6475043, -0.7753614, 0.9489587, -2.2252128, -2.3408721, 1.5400239, 3.0394177, 1.4605504];
    for (const [i, x] of wanted.entries()) expect(Math.abs(places[i]!)).toBeCloseTo(Math.abs(x), 5);
  });

  test("of a trained network: ten classes, each with its name", () => {
    const { model, images, labels } = trainedDigits();
    const { text, html, plain } = shown(views.embeddings(model.embed(images), { labels }));
    expect(text).toContain("100 points");
    expect(text).toContain("10 classes");
    expect(html.match(/font-size:13px/g)!.length).toBe(20);
    const explained = Number(/= (\d+\.\d) %/.exec(plain)![1]);
    expect(explained).toBeGreaterThan(25);
    expect(explained).toBeLessThan(100);
  });

  test("100,000 points and 500 classes stay within the bytes, and names are inert", () => {
    const g = normal(4);
    const labels = Array.from({ length: 100_000 }, (_, i) => `<img src=x onerror=alert(1)>${i % 500}`);
    const { html, text } = shown(views.embeddings(tensorOf([100_000, 8], g), { labels }));
    expect(Buffer.byteLength(html)).toBeLessThan(150_000);
    expect(text).toContain("3,448 of 100,000 points");
    expect(text).toContain("40 of 500 classes named");
    expect(html).not.toContain("<img src=x");
  });

  test("constants, one feature and two points are drawn", () => {
    expect(shown(views.embeddings(tensorOf([5, 3], () => 2))).plain).toContain("0.0 % + 0.0 %");
    expect(shown(views.embeddings([[1], [2]])).plain).toContain("100.0 % + 0.0 %");
  });

  test("many features take little time", () => {
    const u = random(3);
    const wide = tensorOf([1000, 2048], u);
    const started = performance.now();
    views.embeddings(wide);
    expect(performance.now() - started).toBeLessThan(5000);
  });

  test("wrong input is refused", () => {
    expect(() => views.embeddings([1, 2])).toThrow("points of shape [2]");
    expect(() => views.embeddings([[1, 2]])).toThrow("two or more points");
    expect(() => views.embeddings([[1], [Number.NaN]])).toThrow("NaN at [1, 0]");
    expect(() => views.embeddings([[1], [2]], { labels: [1] })).toThrow("2 points but 1 labels");
    expect(() => views.embeddings([[1], [2]], { labels: "ab" as never })).toThrow("labels is no list");
  });
});
