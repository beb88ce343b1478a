import { ValueError } from "../../errors.js";
import { byClass, type ClassCounts, type ClassOptions, countClasses, ratio, total } from "./confusion.js";
import type { Values } from "./input.js";

/**
 * How the scores of classes become one: that of the positive class alone, their mean, the score of all counts together, their
 * mean weighted by how often each class is true, or none, which gives a list.
 */
export type Average = "binary" | "macro" | "micro" | "weighted" | "none";

/** How a score by class is taken. */
export interface ScoreOptions<A extends Average = Average> extends ClassOptions {
  /** By default "binary" for two classes and "macro" for more. */
  average?: A;
  /** The class that "binary" looks at (default 1). */
  positive?: number;
}

/** One number, or a list with one per class. */
export type Averaged<A> = A extends "none" ? number[] : number;

/** A score of one class from its counts. */
export type ClassScore = (counts: ClassCounts) => number;

export const precisionOf: ClassScore = c => ratio(c.truePositives, c.truePositives + c.falsePositives);
export const recallOf: ClassScore = c => ratio(c.truePositives, c.truePositives + c.falseNegatives);
export const specificityOf: ClassScore = c => ratio(c.trueNegatives, c.trueNegatives + c.falsePositives);
export const jaccardOf: ClassScore = c => ratio(c.truePositives, c.truePositives + c.falsePositives + c.falseNegatives);
export const fBetaOf =
  (beta: number): ClassScore =>
  c => {
    const square = beta * beta;
    const hits = (1 + square) * c.truePositives;
    return ratio(hits, hits + square * c.falseNegatives + c.falsePositives);
  };

/** A score of a confusion matrix. @throws ValueError for "binary" with more than two classes */
export function averaged(
  op: string,
  counts: readonly (readonly number[])[],
  score: ClassScore,
  { average = counts.length > 2 ? "macro" : "binary", positive = 1 }: ScoreOptions,
): number | number[] {
  const classes = byClass(counts);
  switch (average) {
    case "binary": {
      if (classes.length === 2 && (positive === 0 || positive === 1)) return score(classes[positive]!);
      throw new ValueError(`average "binary" of class ${positive} among ${classes.length} classes`, {
        op,
        hint: 'Use average "macro", "micro", "weighted" or "none" for more than two classes.',
      });
    }
    case "micro": {
      const sum = (key: keyof ClassCounts) => total(classes.map(c => c[key]));
      return score({
        truePositives: sum("truePositives"),
        falsePositives: sum("falsePositives"),
        falseNegatives: sum("falseNegatives"),
        trueNegatives: sum("trueNegatives"),
      });
    }
    case "macro":
      return total(classes.map(score)) / classes.length;
    case "weighted": {
      const supports = counts.map(row => total(row));
      return ratio(total(classes.map((c, i) => supports[i]! * score(c))), total(supports));
    }
    case "none":
      return classes.map(score);
    default:
      throw new ValueError(`no average ${JSON.stringify(average)}`, {
        op,
        hint: 'There are "binary", "macro", "micro", "weighted" and "none".',
      });
  }
}

function scoreOf<A extends Average>(
  op: string,
  score: ClassScore,
  predictions: Values,
  labels: Values,
  options: ScoreOptions<A>,
): Averaged<A> {
  return averaged(op, countClasses(op, predictions, labels, options), score, options) as Averaged<A>;
}

/**
 * The share of samples predicted right. Predictions: scores [N, C], classes [N], or probabilities [N] against `threshold`;
 * labels: classes [N] or one-hot [N, C].
 * @throws ShapeError when their numbers differ or are 0; ValueError for labels that are no classes
 * @example metrics.accuracy([0, 1, 1, 2], [0, 1, 2, 2]); // 0.75
 */
export function accuracy(predictions: Values, labels: Values, options: ClassOptions = {}): number {
  const counts = countClasses("accuracy", predictions, labels, options);
  return total(counts.map((row, i) => row[i]!)) / total(counts.map(total));
}

/**
 * The mean recall of the classes that occur: accuracy as if every class were equally frequent.
 * @throws as `accuracy`
 * @example metrics.balancedAccuracy([0, 0, 0, 0], [0, 0, 0, 1]); // 0.5
 */
export function balancedAccuracy(predictions: Values, labels: Values, options: ClassOptions = {}): number {
  const counts = countClasses("balancedAccuracy", predictions, labels, options);
  const present = byClass(counts).filter((_, i) => total(counts[i]!) > 0);
  return total(present.map(recallOf)) / present.length;
}

/**
 * Of those predicted as a class, the share that belongs to it; 0 where none was predicted. As scikit-learn's `precision_score`.
 * @throws as `accuracy`, and ValueError for average "binary" with more than two classes
 * @example metrics.precision([1, 1, 0], [1, 0, 0]); // 0.5
 */
export function precision<A extends Average = "binary">(
  predictions: Values,
  labels: Values,
  options: ScoreOptions<A> = {},
): Averaged<A> {
  return scoreOf("precision", precisionOf, predictions, labels, options);
}

/**
 * Of those of a class, the share that was found (sensitivity, true positive rate). As scikit-learn's `recall_score`.
 * @throws as `precision`
 * @example metrics.recall([1, 0, 0], [1, 1, 0]); // 0.5
 */
export function recall<A extends Average = "binary">(
  predictions: Values,
  labels: Values,
  options: ScoreOptions<A> = {},
): Averaged<A> {
  return scoreOf("recall", recallOf, predictions, labels, options);
}

/**
 * Of those not of a class, the share that was left out (true negative rate).
 * @throws as `precision`
 * @example metrics.specificity([1, 0, 0], [0, 0, 1]); // 0.5
 */
export function specificity<A extends Average = "binary">(
  predictions: Values,
  labels: Values,
  options: ScoreOptions<A> = {},
): Averaged<A> {
  return scoreOf("specificity", specificityOf, predictions, labels, options);
}

/**
 * The harmonic mean of precision and recall, in which recall counts `beta` times as much (default 1). As scikit-learn's
 * `fbeta_score`.
 * @throws as `precision`, and ValueError for a beta that is not above 0
 * @example metrics.fBeta([1, 1, 0], [1, 0, 0], { beta: 2 }); // 0.8333333333333334
 */
export function fBeta<A extends Average = "binary">(
  predictions: Values,
  labels: Values,
  options: ScoreOptions<A> & { beta?: number } = {},
): Averaged<A> {
  return scoreOf("fBeta", fBetaOf(requireBeta("fBeta", options.beta ?? 1)), predictions, labels, options);
}

/** @throws ValueError for a beta that is not above 0 */
export function requireBeta(op: string, beta: number): number {
  if (beta > 0 && Number.isFinite(beta)) return beta;
  throw new ValueError(`beta is ${beta}`, { op, hint: "Give a number above 0." });
}

/**
 * The harmonic mean of precision and recall.
 * @throws as `precision`
 * @example metrics.f1([1, 1, 0], [1, 0, 0]); // 0.6666666666666666
 */
export function f1<A extends Average = "binary">(
  predictions: Values,
  labels: Values,
  options: ScoreOptions<A> = {},
): Averaged<A> {
  return scoreOf("f1", fBetaOf(1), predictions, labels, options);
}

/**
 * What two sets share of all that either holds (intersection over union), by class. As scikit-learn's `jaccard_score`.
 * @throws as `precision`
 * @example metrics.iou([1, 1, 0], [1, 0, 0]); // 0.5
 */
export function iou<A extends Average = "binary">(
  predictions: Values,
  labels: Values,
  options: ScoreOptions<A> = {},
): Averaged<A> {
  return scoreOf("iou", jaccardOf, predictions, labels, options);
}

/**
 * The correlation of predictions and labels, from -1 to 1 (Matthews; Gorodkin's form for several classes); 0 when either is
 * constant. As scikit-learn's `matthews_corrcoef`.
 * @throws as `accuracy`
 * @example metrics.matthews([0, 1, 1, 0], [0, 1, 1, 0]); // 1
 */
export function matthews(predictions: Values, labels: Values, options: ClassOptions = {}): number {
  const counts = countClasses("matthews", predictions, labels, options);
  const [right, all, truth, guess] = margins(counts);
  const dot = (a: readonly number[], b: readonly number[]) => total(a.map((x, i) => x * b[i]!));
  const spread = Math.sqrt((all ** 2 - dot(guess, guess)) * (all ** 2 - dot(truth, truth)));
  return ratio(right * all - dot(truth, guess), spread);
}

/**
 * The agreement beyond what chance gives, 1 at most (Cohen 1960); NaN when chance explains all.
 * @throws as `accuracy`
 * @example metrics.cohenKappa([0, 1, 1, 0], [0, 1, 0, 0]); // 0.5
 */
export function cohenKappa(predictions: Values, labels: Values, options: ClassOptions = {}): number {
  const [right, all, truth, guess] = margins(countClasses("cohenKappa", predictions, labels, options));
  const chance = total(truth.map((n, i) => n * guess[i]!)) / all ** 2;
  return (right / all - chance) / (1 - chance);
}

/** Right ones, all, and how often each class is true and was predicted. */
function margins(counts: readonly (readonly number[])[]): [number, number, number[], number[]] {
  const truth = counts.map(row => total(row));
  const guess = counts.map((_, j) => total(counts.map(row => row[j]!)));
  return [total(counts.map((row, i) => row[i]!)), total(truth), truth, guess];
}
