import { readFileSync } from "node:fs";
import { describe, expect, test } from "vitest";
import { figuresOf, ScoreCounts } from "../../widgets/score-counts.js";
import { views } from "../../widgets/show.js";
import { shown } from "./markup.js";
import { random, tensorOf } from "./samples.js";
import { trainedDigits } from "./trained.js";

interface Case {
  threshold: number;
  counts: [tp: number, fp: number, fn: number, tn: number];
  precision: number | null;
  recall: number;
  f1: number;
  accuracy: number;
}
const fixture = JSON.parse(readFileSync(new URL("../fixtures/thresholds.json", import.meta.url), "utf8")) as {
  scores: number[];
  labels: number[];
  cases: Case[];
};
const { scores, labels, cases } = fixture;

const float64 = (bytes: Uint8Array) => [...new Float64Array(bytes.slice().buffer)];

describe("counts at a threshold", () => {
  test.each(cases)("are scikit-learn's at $threshold", ({ threshold, counts, precision, recall, f1, accuracy }) => {
    const at = new ScoreCounts(scores, labels).at(threshold);
    expect([at.truePositives, at.falsePositives, at.falseNegatives, at.trueNegatives]).toEqual(counts);
    const figures = figuresOf(at);
    if (precision === null) expect(figures.precision).toBeNaN();
    else expect(figures.precision).toBeCloseTo(precision, 12);
    expect([figures.recall, figures.f1, figures.accuracy]).toEqual(
      [recall, f1, accuracy].map(x => expect.closeTo(x, 12)),
    );
  });

  test("every score is a threshold once; of very many those stay that move a rate", () => {
    const few = new ScoreCounts(scores, labels).thresholds(1 / 400);
    expect(few).toEqual([...new Set(scores)].sort((a, b) => b - a));
    const u = random(4);
    const many = Float64Array.from({ length: 50_000 }, u);
    const steps = new ScoreCounts(
      many,
      many.map(s => Number(u() < s)),
    ).thresholds(1 / 400);
    expect(steps.length).toBeLessThanOrEqual(801);
    expect(steps.length).toBeGreaterThan(700);
    expect(steps.at(-1)).toBe(Math.min(...many));
  });
});

describe("show.threshold", () => {
  test("counts and figures follow the threshold, and the static form too", () => {
    const explorer = views.threshold(scores, labels);
    for (const { threshold, counts, f1 } of cases) {
      explorer.threshold = threshold;
      expect(Object.values(explorer.counts)).toEqual(counts);
      expect(explorer.get("figures")).toContainEqual(["F1", f1.toFixed(3)]);
    }
    explorer.threshold = 0.62;
    const { text, plain } = shown(explorer);
    const [, , , , , at] = cases;
    expect(at!.threshold).toBe(0.62);
    expect(text).toContain(`true negatives ${at!.counts.join(" ")}`);
    expect(text).toContain(` ${at!.accuracy.toFixed(3)} `);
    expect(plain).toContain("0.62");
  });

  test("offers points of the curves: they begin and end where the curves do", () => {
    const explorer = views.threshold(scores, labels);
    const steps = float64(explorer.get("steps"));
    const rates = float64(explorer.get("rates"));
    expect(rates).toHaveLength(3 * steps.length);
    expect(rates.slice(-3)).toEqual([1, 1, expect.closeTo(145 / 228, 12)]);
    steps.forEach((threshold, i) => {
      explorer.threshold = threshold;
      expect(explorer.get("spots").roc).toEqual([rates[3 * i], rates[3 * i + 1]]);
    });
  });

  test("several classes of a trained network: the class is chosen, classes without samples are left out", () => {
    const { model, images, labels: digits } = trainedDigits();
    const explorer = views.threshold(model(images).softmax(-1), digits);
    expect(explorer.get("classes")).toHaveLength(10);
    const before = explorer.get("areas");
    explorer.set("positive", 8);
    expect(explorer.get("areas")).not.toBe(before);
    const { truePositives, falseNegatives } = explorer.counts;
    expect(truePositives + falseNegatives).toBe(Array.from(digits.data() as Int32Array).filter(d => d === 8).length);
    expect(shown(explorer).text).toContain("Threshold: 8 against the rest");
    const some = views.threshold(
      tensorOf([20, 5], random(2)),
      Array.from({ length: 20 }, (_, i) => i % 3),
    );
    expect(some.get("classes")).toEqual(["0", "1", "2"]);
  });

  test("what a page sends cannot break it", () => {
    const explorer = views.threshold(scores, labels, { threshold: 0.45 });
    const { counts } = explorer;
    for (const state of [
      { threshold: "x" },
      { threshold: null },
      { threshold: Number.NaN },
      { positive: 7 },
      { positive: {} },
    ]) {
      explorer.set(state as never);
      expect(explorer.state).toMatchObject({ threshold: 0.45, positive: 0, counts });
      shown(explorer);
    }
    explorer.threshold = Number.POSITIVE_INFINITY;
    expect(Object.values(explorer.counts)).toEqual([0, 0, 145, 83]);
    expect(explorer.get("spots").pr).toEqual([0, null]);
  });

  test("wrong input is refused under its own name; names are inert", () => {
    expect(() => views.threshold([0.1, 0.2], [1, 1])).toThrow("show.threshold: all labels are equal");
    expect(() => views.threshold([0.1, 0.2], [1])).toThrow("show.threshold: 2 scores for 1 labels");
    expect(() => views.threshold([], [])).toThrow("show.threshold: scores of shape [0]");
    expect(() => views.threshold([Number.NaN, 0.2], [0, 1])).toThrow("NaN in row 0");
    expect(() => views.threshold([0.1, 0.2], [0, 1], { threshold: Number.NaN })).toThrow("threshold is NaN");
    const hostile = views.threshold(scores, labels, { title: "<img src=x onerror=alert(1)>" });
    expect(shown(hostile).html).not.toContain("<img src=x");
  });
});
