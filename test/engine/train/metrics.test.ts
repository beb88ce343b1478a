import { readFileSync } from "node:fs";
import { describe, expect, test } from "vitest";
import { metrics, type Tensor, tensor } from "../../../engine/index.js";

type Averages = Record<"macro" | "micro" | "weighted", number>;
interface ReportLine {
  precision: number;
  recall: number;
  "f1-score": number;
  support: number;
}
interface Fixture {
  binary: {
    name: string;
    scores: number[];
    labels: number[];
    accuracy: number;
    precision: number;
    recall: number;
    f1: number;
    fBeta2: number;
    specificity: number;
    rocAuc: number | null;
    averagePrecision: number;
    logLoss: number;
    brier: number;
    roc: { fpr: number[]; tpr: number[] } | null;
    pr: { precision: number[]; recall: number[] } | null;
  }[];
  multiclass: {
    name: string;
    scores: number[][];
    labels: number[];
    accuracy: number;
    balancedAccuracy: number;
    top2: number;
    confusion: number[][];
    precision: Averages;
    recall: Averages;
    f1: Averages;
    fBeta05: Averages;
    jaccard: Averages;
    matthews: number;
    kappa: number | null;
    rocAuc: number | null;
    logLoss: number;
    report: Record<string, ReportLine> & { accuracy: number };
  }[];
  regression: { name: string; predictions: number[]; targets: number[] }[] & Record<string, number>[];
}

/** Made by test/fixtures/make_metrics.py with scikit-learn. */
const fixture = JSON.parse(readFileSync(new URL("../../fixtures/metrics.json", import.meta.url), "utf8")) as Fixture;

const same = (got: number, wanted: number | null) =>
  wanted === null ? expect(got).toBeNaN() : expect(got).toBeCloseTo(wanted, 12);
const sameList = (got: ArrayLike<number>, wanted: readonly number[]) => {
  expect(got.length).toBe(wanted.length);
  wanted.forEach((value, i) => {
    expect(got[i]).toBeCloseTo(value, 12);
  });
};
const int = (values: number[]) => tensor(values, { dtype: "int32" }) as Tensor;
const double = (values: number[] | number[][]) => tensor(values as number[], { dtype: "float64" }) as Tensor;

describe.each(fixture.binary)("two classes as scikit-learn: $name", c => {
  test("scores of the positive class", () => {
    same(metrics.accuracy(c.scores, c.labels), c.accuracy);
    same(metrics.precision(c.scores, c.labels), c.precision);
    same(metrics.recall(c.scores, c.labels), c.recall);
    same(metrics.f1(c.scores, c.labels), c.f1);
    same(metrics.fBeta(c.scores, c.labels, { beta: 2 }), c.fBeta2);
    same(metrics.specificity(c.scores, c.labels), c.specificity);
  });

  test("curves and areas", () => {
    same(metrics.rocAuc(c.scores, c.labels), c.rocAuc);
    same(metrics.averagePrecision(c.scores, c.labels), c.averagePrecision);
    if (c.roc === null || c.pr === null) return;
    const roc = metrics.rocCurve(c.scores, c.labels);
    sameList(roc.falsePositiveRate, c.roc.fpr);
    sameList(roc.truePositiveRate, c.roc.tpr);
    same(metrics.auc(roc.falsePositiveRate, roc.truePositiveRate), c.rocAuc);
    const pr = metrics.precisionRecallCurve(c.scores, c.labels);
    sameList(pr.precision, c.pr.precision);
    sameList(pr.recall, c.pr.recall);
  });

  test("probabilities", () => {
    same(metrics.logLoss(c.scores, c.labels), c.logLoss);
    same(metrics.brierScore(c.scores, c.labels), c.brier);
  });

  test("batch by batch", () => {
    const streamed = {
      accuracy: new metrics.Accuracy(),
      precision: new metrics.Precision(),
      recall: new metrics.Recall(),
      fBeta2: new metrics.FBeta({ beta: 2 }),
      specificity: new metrics.Specificity(),
      rocAuc: new metrics.AUC(),
      averagePrecision: new metrics.AUC({ curve: "PR" }),
    };
    for (const [name, metric] of Object.entries(streamed)) {
      // Twice, to see that reset forgets.
      for (let pass = 0; pass < 2; pass++) {
        metric.reset();
        expect(() => metric.result()).toThrow("no batch was counted yet");
        for (let i = 0; i < c.labels.length; i += 7) {
          metric.update(double(c.scores.slice(i, i + 7)), int(c.labels.slice(i, i + 7)));
        }
        same(metric.result(), c[name as keyof typeof streamed]);
      }
    }
  });
});

describe.each(fixture.multiclass)("several classes as scikit-learn: $name", c => {
  const averages = ["macro", "micro", "weighted"] as const;
  const classes = 4;

  test("one number", () => {
    same(metrics.accuracy(c.scores, c.labels), c.accuracy);
    same(metrics.balancedAccuracy(c.scores, c.labels), c.balancedAccuracy);
    same(metrics.matthews(c.scores, c.labels), c.matthews);
    same(metrics.cohenKappa(c.scores, c.labels), c.kappa);
    same(metrics.topKAccuracy(c.scores, c.labels, 2), c.top2);
    same(metrics.logLoss(c.scores, c.labels), c.logLoss);
    same(metrics.rocAuc(c.scores, c.labels), c.rocAuc);
    expect(metrics.confusionMatrix(c.scores, c.labels)).toEqual(c.confusion);
  });

  test.each(averages)("average %s", average => {
    same(metrics.precision(c.scores, c.labels, { average }), c.precision[average]);
    same(metrics.recall(c.scores, c.labels, { average }), c.recall[average]);
    same(metrics.f1(c.scores, c.labels, { average }), c.f1[average]);
    same(metrics.fBeta(c.scores, c.labels, { average, beta: 0.5 }), c.fBeta05[average]);
    same(metrics.iou(c.scores, c.labels, { average }), c.jaccard[average]);
  });

  test("the report", () => {
    const report = metrics.classificationReport(c.scores, c.labels);
    expect(metrics.classScores(metrics.confusionMatrix(c.scores, c.labels))).toEqual(report.classes);
    const line = (r: metrics.ReportRow) => [r.precision, r.recall, r.f1, r.support];
    const wanted = (r: ReportLine) => [r.precision, r.recall, r["f1-score"], r.support];
    report.classes.forEach((row, i) => {
      sameList(line(row), wanted(c.report[String(i)]!));
    });
    sameList(line(report.macro), wanted(c.report["macro avg"]!));
    sameList(line(report.weighted), wanted(c.report["weighted avg"]!));
    same(report.accuracy, c.accuracy);
    expect(String(report).split("\n")).toHaveLength(classes + 6);
  });

  test("batch by batch, labels as classes and one-hot", () => {
    const oneHot = c.labels.map(label => Array.from({ length: classes }, (_, i) => Number(i === label)));
    for (const hot of [false, true]) {
      const streamed: [{ update(p: Tensor, l: Tensor): void; result(): number }, number][] = [
        [new metrics.Accuracy(), c.accuracy],
        [new metrics.TopKAccuracy(2), c.top2],
        [new metrics.Precision({ average: "macro" }), c.precision.macro],
        [new metrics.Recall({ average: "weighted" }), c.recall.weighted],
      ];
      for (const [metric, wanted] of streamed) {
        for (let i = 0; i < c.labels.length; i += 8) {
          const labels = hot ? double(oneHot.slice(i, i + 8)) : int(c.labels.slice(i, i + 8));
          metric.update(double(c.scores.slice(i, i + 8)), labels);
        }
        same(metric.result(), wanted);
      }
    }
  });
});

describe.each(fixture.regression)("regression as scikit-learn: $name", c => {
  const { predictions, targets } = c as unknown as { predictions: number[]; targets: number[] };
  const wanted = (name: string) => (c as unknown as Record<string, number>)[name]!;

  test("of all at once", () => {
    same(metrics.mse(predictions, targets), wanted("mse"));
    same(metrics.rmse(predictions, targets), wanted("rmse"));
    same(metrics.mae(predictions, targets), wanted("mae"));
    same(metrics.mape(predictions, targets), wanted("mape"));
    same(metrics.medianAbsoluteError(predictions, targets), wanted("medianAe"));
    same(metrics.r2(predictions, targets), wanted("r2"));
    same(metrics.explainedVariance(predictions, targets), wanted("explainedVariance"));
  });

  test("batch by batch", () => {
    const streamed = {
      mse: new metrics.MeanSquaredError(),
      rmse: new metrics.RootMeanSquaredError(),
      mae: new metrics.MeanAbsoluteError(),
      mape: new metrics.MeanAbsolutePercentageError(),
      r2: new metrics.R2Score(),
    };
    for (const [name, metric] of Object.entries(streamed)) {
      for (let i = 0; i < targets.length; i += 4) {
        metric.update(double(predictions.slice(i, i + 4)), double(targets.slice(i, i + 4)));
      }
      // Sums of batches are float32.
      expect(metric.result() / wanted(name)).toBeCloseTo(1, 5);
    }
  });
});

test("a binned area is that of the trapezes between its thresholds, and near the exact one", () => {
  const { scores, labels, rocAuc } = fixture.binary[0]!;
  const thresholds = 50;
  const at = Array.from({ length: thresholds }, (_, i) =>
    i === 0 ? -1 : i === thresholds - 1 ? 2 : i / (thresholds - 1),
  );
  const rate = (label: number, t: number) => {
    const own = scores.filter((_, i) => labels[i] === label);
    return own.filter(s => s > t).length / own.length;
  };
  const wanted = metrics.auc(
    at.map(t => rate(0, t)),
    at.map(t => rate(1, t)),
  );
  const binned = new metrics.BinnedAUC({ thresholds });
  binned.update(double(scores), int(labels));
  same(binned.result(), wanted);
  expect(Math.abs(wanted - rocAuc!)).toBeLessThan(0.02);
});

test("perplexity of all at once and batch by batch", () => {
  const logits = [
    [1, 2, 0.5],
    [0, 0, 3],
  ];
  const p = (row: number, label: number) =>
    Math.exp(logits[row]![label]!) / logits[row]!.reduce((s, x) => s + Math.exp(x), 0);
  const wanted = Math.exp(-(Math.log(p(0, 1)) + Math.log(p(1, 0))) / 2);
  same(metrics.perplexity(logits, [1, 0]), wanted);
  same(metrics.perplexity([...logits, [9, 9, 9]], [1, 0, -100]), wanted);
  const metric = new metrics.Perplexity();
  metric.update(double(logits), int([1, 0]));
  expect(metric.result()).toBeCloseTo(wanted, 5);
});

test("BLEU of the paper's example, and of a short candidate", () => {
  // Papineni et al. 2002, example 2: "the" occurs twice at most in a reference, so 2 of 7 count.
  const references = ["the cat is on the mat".split(" "), "there is a cat on the mat".split(" ")];
  same(metrics.bleu(["the the the the the the the".split(" ")], [references], { n: 1 }), 2 / 7);
  same(metrics.bleu(["the cat".split(" ")], [["the cat is here".split(" ")]], { n: 2 }), Math.exp(1 - 4 / 2));
  same(metrics.bleu(["a b c".split(" ")], [["x y z".split(" ")]]), 0);
});

test("calibration: overconfident by 0.4, and perfectly calibrated", () => {
  same(metrics.calibrationError([0.9, 0.9], [1, 0]), 0.4);
  same(metrics.calibrationError([0.75, 0.75, 0.75, 0.75], [1, 1, 1, 0]), 0);
});

test("normalised confusion matrices, a list of scores, another positive class", () => {
  const [predictions, labels] = [
    [0, 1, 1, 1],
    [0, 0, 1, 1],
  ];
  expect(metrics.confusionMatrix(predictions, labels, { normalize: "true" })).toEqual([
    [0.5, 0.5],
    [0, 1],
  ]);
  expect(metrics.confusionMatrix(predictions, labels, { normalize: "all" })).toEqual([
    [0.25, 0.25],
    [0, 0.5],
  ]);
  expect(metrics.recall(predictions, labels, { average: "none" })).toEqual([0.5, 1]);
  expect(metrics.recall(predictions, labels, { positive: 0 })).toBe(0.5);
  expect(metrics.accuracy([0.9, 0.2], [1, 0], { threshold: 0.95 })).toBe(0.5);
});

describe("bad input is named", () => {
  const cases: [what: string, run: () => unknown, message: string][] = [
    ["no samples", () => metrics.accuracy([], []), "there are no samples"],
    ["different numbers", () => metrics.accuracy([0, 1], [0]), "2 predictions for 1 labels"],
    [
      "a label out of range",
      () =>
        metrics.accuracy(
          [
            [0.1, 0.9],
            [0.5, 0.5],
          ],
          [0, 2],
        ),
      "label 2 is no class, in row 1",
    ],
    ["labels that are no classes", () => metrics.f1([0, 1], [0.5, -1]), "label 0.5 is no class, in rows 0, 1"],
    ["NaN scores", () => metrics.rocAuc([0.1, Number.NaN, 0.3], [0, 1, 1]), "the scores hold NaN in row 1"],
    ["three labels for a curve", () => metrics.rocCurve([0.1, 0.2], [0, 2]), "label 2 in row 1"],
    ["NaN predictions", () => metrics.mse([1, Number.NaN], [1, 2]), "the predictions hold NaN in row 1"],
    ["no probabilities", () => metrics.logLoss([2, 0.1], [0, 1]), "values outside of 0 to 1 in row 0"],
    [
      "binary with three classes",
      () => metrics.precision([0, 1, 2], [0, 1, 2], { average: "binary" }),
      "among 3 classes",
    ],
    ["an unknown average", () => metrics.precision([0], [0], { average: "mean" as "macro" }), 'no average "mean"'],
    ["k too large", () => metrics.topKAccuracy([[0.1, 0.9]], [0], 3), "k is 3"],
    ["beta of 0", () => metrics.fBeta([0], [0], { beta: 0 }), "beta is 0"],
    [
      "names missing",
      () => metrics.classificationReport([0, 1, 2], [0, 1, 2], { classes: 3, names: ["a"] }),
      "1 names for 3",
    ],
    ["a matrix that is not square", () => metrics.classScores([[1, 2]]), "a row of 2 in a matrix of 1"],
    ["a predicted class beyond", () => metrics.confusionMatrix([5], [0], { classes: 3 }), "class 5 was predicted"],
    ["x back and forth", () => metrics.auc([0, 1, 0.5], [0, 1, 1]), "x goes back at point 2"],
    ["perplexity of nothing", () => metrics.perplexity([[0, 0]], [-100]), "no labels are left"],
    ["perplexity out of range", () => metrics.perplexity([[0, 0]], [2]), "label 2 at place 0"],
    ["a binned area of logits", () => new metrics.BinnedAUC().update(double([3]), int([1])), "prediction 3 in row 0"],
    [
      "a streamed metric of shapes that differ",
      () => new metrics.Accuracy().update(double([[1, 0]]), int([0, 1])),
      "[1, 2]",
    ],
    ["no references", () => metrics.bleu([["a"]], [[]]), "references"],
  ];
  test.each(cases)("%s", (_, run, message) => {
    expect(run).toThrow(message);
  });
});
