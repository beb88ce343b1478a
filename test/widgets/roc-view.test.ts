import { describe, expect, test } from "vitest";
import { views } from "../../widgets/show.js";
import { shown } from "./markup.js";
import { random, tensorOf } from "./samples.js";
import { trainedDigits } from "./trained.js";

describe("show.roc", () => {
  test("areas and the figures at the threshold are scikit-learn's", () => {
    // sklearn: roc_auc_score 0.75, average_precision_score 0.8333; at 0.5 one of two positives, no false alarm.
    const { text, html, plain } = shown(views.roc([0.1, 0.4, 0.35, 0.8], [0, 0, 1, 1]));
    expect(text).toContain("AUC 0.750");
    expect(text).toContain("average precision 0.833");
    expect(text).toMatch(/0\.5 0\.500 0\.000 1\.000 0\.667 0\.750/);
    expect(html).toContain('aria-label="ROC curve, area below it: positive 0.750"');
    expect(html.match(/<circle class="q"/g)).toHaveLength(2);
    expect(plain).toContain("AUC 0.750");
  });

  test("scores that are no probabilities get the threshold that gains the most", () => {
    expect(shown(views.roc([-3, 1, 2, 5], [0, 0, 1, 1])).text).toMatch(/accuracy 2 1\.000 0\.000/);
    expect(shown(views.roc([-3, 1, 2, 5], [0, 0, 1, 1], { threshold: 9 })).text).toMatch(/9 0\.000 0\.000 –/);
  });

  test("several classes: each against the rest, of a trained network", () => {
    const { model, images, labels } = trainedDigits();
    const { text, plain } = shown(views.roc(model(images).softmax(-1), labels));
    expect(Number(/mean AUC (0\.\d+)/.exec(plain)![1])).toBeGreaterThan(0.9);
    expect(text).toContain("6 of 10 drawn");
    expect(plain.split("\n")).toHaveLength(12);
  });

  test("500 classes and 100,000 samples stay within the bytes; names are inert", () => {
    const u = random(1);
    const many = views.roc(
      tensorOf([1000, 500], u),
      tensorOf([1000], i => i % 500),
    );
    expect(shown(many).text).toContain("30 of 500 in the table");
    const labels = Array.from({ length: 100_000 }, () => Number(u() < 0.3));
    const { html } = shown(
      views.roc(
        labels.map(l => l + 2 * u()),
        labels,
      ),
    );
    expect(html.length).toBeLessThan(60_000);
    const name = "<img src=x onerror=alert(1)>";
    const hostile = shown(
      views.roc(
        [
          [0.1, 0.9],
          [0.8, 0.2],
        ],
        [0, 1],
        { labels: [name, "שלום"] },
      ),
    );
    expect(hostile.html).not.toContain("<img src=x");
    expect(hostile.text).toContain("שלום");
  });

  test("wrong input is refused", () => {
    expect(() => views.roc([0.1, 0.2], [1, 1])).toThrow("all labels are equal");
    expect(() => views.roc([0.1, 0.2], [1])).toThrow("2 scores for 1 labels");
    expect(() => views.roc([], [])).toThrow("scores of shape [0]");
    expect(() => views.roc([[0.1, 0.9]], [7])).toThrow("the label 7 is no class of 2");
    expect(() => views.roc([Number.NaN, 0.2], [0, 1])).toThrow("NaN in row 0");
    expect(() => views.roc([0.1, 0.2], [0, 1], { threshold: Number.NaN })).toThrow("threshold is NaN");
    expect(() => views.roc([[0.1, 0.9]], [1], { labels: ["a"] })).toThrow("1 names for 2 classes");
  });
});
