import { ValueError } from "../../errors.js";
import { classesOf, columnsOf, numbersOf, predictedClasses, requireSamples, type Values } from "./input.js";

/** How predictions become classes. */
export interface ClassOptions {
  /** How many classes there are; by default as many as the scores have columns, or as occur. */
  classes?: number;
  /** For one probability per sample: above it class 1 is predicted (default 0.5). */
  threshold?: number;
}

/** Over what a confusion matrix is normalised: the true classes, the predicted ones, or all samples. */
export type Normalization = "true" | "predicted" | "all";

/**
 * How often each class was taken for which: row i, column j counts the samples of class i that were predicted as j.
 * Predictions: scores [N, C], classes [N], or probabilities [N]; labels: classes [N] or one-hot [N, C].
 * As scikit-learn's `confusion_matrix`, with the predictions first.
 * @throws ShapeError when their numbers differ or are 0; ValueError for labels that are no classes
 * @example metrics.confusionMatrix([0, 1, 1], [0, 1, 0]); // [[1, 1], [0, 1]]
 */
export function confusionMatrix(
  predictions: Values,
  labels: Values,
  options: ClassOptions & { normalize?: Normalization } = {},
): number[][] {
  const counts = countClasses("confusionMatrix", predictions, labels, options);
  const { normalize } = options;
  if (normalize === undefined) return counts;
  const rows = counts.map(row => total(row));
  const columns = counts.map((_, j) => total(counts.map(row => row[j]!)));
  const all = total(rows);
  return counts.map((row, i) =>
    row.map((count, j) =>
      ratio(count, normalize === "true" ? rows[i]! : normalize === "predicted" ? columns[j]! : all),
    ),
  );
}

/** The matrix of counts, for metrics that are made of it. */
export function countClasses(op: string, predictions: Values, labels: Values, options: ClassOptions): number[][] {
  const [p, l] = [numbersOf(predictions), numbersOf(labels)];
  requireSamples(op, p, l);
  const { threshold = 0.5 } = options;
  const scored = columnsOf(p) > 1 ? columnsOf(p) : undefined;
  const known = options.classes ?? scored;
  const truth = classesOf(op, l, known);
  const guess = predictedClasses(op, p, threshold);
  const classes = known ?? Math.max(2, 1 + Math.max(largestOf(truth), largestOf(guess)));
  const most = largestOf(guess);
  if (most >= classes) {
    throw new ValueError(`class ${most} was predicted, but there are ${classes} classes`, {
      op,
      hint: "Give `classes` as the number of all classes.",
    });
  }
  const counts = Array.from({ length: classes }, () => new Array<number>(classes).fill(0));
  for (let i = 0; i < truth.length; i++) counts[truth[i]!]![guess[i]!]!++;
  return counts;
}

const largestOf = (values: Int32Array) => values.reduce((a, b) => Math.max(a, b), 0);

export const total = (values: readonly number[]): number => values.reduce((a, b) => a + b, 0);

/** a / b, and 0 where there is nothing to divide by, as scikit-learn counts. */
export const ratio = (a: number, b: number): number => (b === 0 ? 0 : a / b);

/** One class against all others. */
export interface ClassCounts {
  readonly truePositives: number;
  readonly falsePositives: number;
  readonly falseNegatives: number;
  readonly trueNegatives: number;
}

/** The counts of every class. */
export function byClass(counts: readonly (readonly number[])[]): ClassCounts[] {
  const all = total(counts.map(total));
  return counts.map((row, i) => {
    const truePositives = row[i]!;
    const falseNegatives = total(row) - truePositives;
    const falsePositives = total(counts.map(other => other[i]!)) - truePositives;
    return {
      truePositives,
      falsePositives,
      falseNegatives,
      trueNegatives: all - truePositives - falseNegatives - falsePositives,
    };
  });
}
