import { ShapeError, ValueError } from "../../errors.js";
import { classesOf, columnsOf, type Numbers, numbersOf, requireNumbers, requireSamples, type Values } from "./input.js";

/** Points of a receiver operating characteristic, from (0, 0) to (1, 1). */
export interface RocCurve {
  /** False positive rates. */
  falsePositiveRate: Float64Array;
  /** True positive rates. */
  truePositiveRate: Float64Array;
  /** A sample counts as positive when its score is at least this; the first is infinite. */
  thresholds: Float64Array;
}

/** Points of a precision-recall curve, by falling recall; the last is (1, 0), without a threshold. */
export interface PrecisionRecallCurve {
  /** Of those at or above the threshold, the share that is positive. */
  precision: Float64Array;
  /** Of those positive, the share at or above the threshold. */
  recall: Float64Array;
  /** Rising. */
  thresholds: Float64Array;
}

/** Samples counted from the highest score down: at each distinct score, how many positives and negatives reach it. */
interface Steps {
  scores: number[];
  positives: number[];
  negatives: number[];
}

function binaryInput(op: string, scores: Values, labels: Values): { s: Numbers; truth: Int32Array } {
  const [s, l] = [numbersOf(scores), numbersOf(labels)];
  requireSamples(op, s, l);
  requireNumbers(op, "the scores", s);
  if (columnsOf(s) !== 1) {
    throw new ShapeError(`${columnsOf(s)} scores per sample`, {
      op,
      hint: "Give the score of the positive class: [N].",
    });
  }
  const truth = classesOf(op, l);
  const other = truth.findIndex(label => label > 1);
  if (other >= 0) {
    throw new ValueError(`label ${truth[other]} in row ${other}`, { op, hint: "Labels are 0 and 1 (positive)." });
  }
  return { s, truth };
}

/** Walks from the highest score down. `positive` says which rows count as positive. */
function stepsOf(score: (row: number) => number, positive: (row: number) => boolean, count: number): Steps {
  const order = Array.from({ length: count }, (_, i) => i).sort((a, b) => score(b) - score(a));
  const steps: Steps = { scores: [], positives: [], negatives: [] };
  let [p, n] = [0, 0];
  order.forEach((row, i) => {
    if (positive(row)) p++;
    else n++;
    if (i + 1 < count && score(order[i + 1]!) === score(row)) return;
    steps.scores.push(score(row));
    steps.positives.push(p);
    steps.negatives.push(n);
  });
  return steps;
}

function binarySteps(op: string, scores: Values, labels: Values): Steps {
  const { s, truth } = binaryInput(op, scores, labels);
  return stepsOf(
    row => s.data[row]!,
    row => truth[row] === 1,
    truth.length,
  );
}

/**
 * The receiver operating characteristic: how many negatives are let through for how many positives found, at every threshold.
 * Scores [N]: probabilities or any numbers that are higher for class 1; labels [N]: 0 and 1. As scikit-learn's `roc_curve` with
 * all points kept; a rate of a class that does not occur is NaN.
 * @throws ShapeError when their numbers differ or are 0; ValueError for NaN scores (naming the rows) or other labels
 * @example metrics.rocCurve([0.1, 0.4, 0.35, 0.8], [0, 0, 1, 1]).thresholds.length; // 5
 */
export function rocCurve(scores: Values, labels: Values): RocCurve {
  const { scores: at, positives, negatives } = binarySteps("rocCurve", scores, labels);
  const rates = (counts: readonly number[]) =>
    Float64Array.of(0, ...counts).map((c, i) => (i === 0 && counts.at(-1) ? 0 : c / counts.at(-1)!));
  return {
    falsePositiveRate: rates(negatives),
    truePositiveRate: rates(positives),
    thresholds: Float64Array.of(Number.POSITIVE_INFINITY, ...at),
  };
}

/**
 * Precision and recall at every threshold, as scikit-learn's `precision_recall_curve`. Scores [N], labels [N]: 0 and 1.
 * @throws as `rocCurve`
 * @example metrics.precisionRecallCurve([0.1, 0.4, 0.35, 0.8], [0, 0, 1, 1]).thresholds.length; // 4
 */
export function precisionRecallCurve(scores: Values, labels: Values): PrecisionRecallCurve {
  const { scores: at, positives, negatives } = binarySteps("precisionRecallCurve", scores, labels);
  const found = positives.at(-1)!;
  const precision = positives.map((p, i) => p / (p + negatives[i]!)).reverse();
  const recall = positives.map(p => (found === 0 ? 1 : p / found)).reverse();
  return {
    precision: Float64Array.of(...precision, 1),
    recall: Float64Array.of(...recall, 0),
    thresholds: Float64Array.from(at.reverse()),
  };
}

/**
 * The area under a curve by the trapezoidal rule; the x may rise or fall.
 * @throws ShapeError for fewer than two points or lists of different lengths; ValueError when x goes back and forth
 * @example metrics.auc([0, 0.5, 1], [0, 1, 1]); // 0.75
 */
export function auc(x: ArrayLike<number>, y: ArrayLike<number>): number {
  if (x.length !== y.length || x.length < 2) {
    throw new ShapeError(`${x.length} and ${y.length} points`, { op: "auc", hint: "Give two or more points." });
  }
  const direction = Math.sign(x[x.length - 1]! - x[0]!) || 1;
  let area = 0;
  for (let i = 1; i < x.length; i++) {
    const step = (x[i]! - x[i - 1]!) * direction;
    if (step < 0) throw new ValueError(`x goes back at point ${i}`, { op: "auc", hint: "Sort the points by x." });
    area += (step * (y[i]! + y[i - 1]!)) / 2;
  }
  return area;
}

/**
 * The area under the ROC curve: the chance that a positive has a higher score than a negative, equal ones counting half; exact.
 * With scores [N, C] the mean over the classes, each against the rest. NaN when a class never, or always, occurs.
 * @throws as `rocCurve`
 * @example metrics.rocAuc([0.1, 0.4, 0.35, 0.8], [0, 0, 1, 1]); // 0.75
 */
export function rocAuc(scores: Values, labels: Values): number {
  const s = numbersOf(scores);
  const columns = columnsOf(s);
  if (columns === 1) return areaOf(binarySteps("rocAuc", scores, labels));
  const l = numbersOf(labels);
  requireSamples("rocAuc", s, l);
  requireNumbers("rocAuc", "the scores", s);
  const truth = classesOf("rocAuc", l, columns);
  const areas = Array.from({ length: columns }, (_, c) =>
    areaOf(
      stepsOf(
        row => s.data[row * columns + c]!,
        row => truth[row] === c,
        truth.length,
      ),
    ),
  );
  return areas.reduce((a, b) => a + b, 0) / columns;
}

function areaOf({ positives, negatives }: Steps): number {
  let area = 0;
  for (let i = 0; i < positives.length; i++) {
    const before = i === 0 ? 0 : positives[i - 1]!;
    const width = negatives[i]! - (i === 0 ? 0 : negatives[i - 1]!);
    area += (width * (positives[i]! + before)) / 2;
  }
  return area / (positives.at(-1)! * negatives.at(-1)!);
}

/**
 * The area under the precision-recall curve as a sum of steps, as scikit-learn's `average_precision_score`; 0 without positives.
 * @throws as `rocCurve`
 * @example metrics.averagePrecision([0.1, 0.4, 0.35, 0.8], [0, 0, 1, 1]); // 0.8333333333333333
 */
export function averagePrecision(scores: Values, labels: Values): number {
  const { positives, negatives } = binarySteps("averagePrecision", scores, labels);
  const all = positives.at(-1)!;
  if (all === 0) return 0;
  let area = 0;
  positives.forEach((p, i) => {
    const gained = p - (i === 0 ? 0 : positives[i - 1]!);
    area += (gained / all) * (p / (p + negatives[i]!));
  });
  return area;
}
