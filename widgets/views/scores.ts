import { metrics } from "../../engine/index.js";
import { formatQuantity } from "../format.js";
import { asTensorLike, type NumbersLike, numbersOf } from "./tensor-like.js";

/** Scores and what the samples are, as the views of a classifier read them. */
export interface Scores {
  /** In row-major order, one column for each class. */
  values: ArrayLike<number>;
  truth: readonly number[];
  columns: number;
  /** Of the classes, one for each column. */
  names: readonly string[];
}

/**
 * Reads scores [N] with labels 0 and 1, or [N, C] with the numbers of the classes.
 *
 * @throws TypeError naming `caller` when they do not fit
 */
export function scoresOf(
  scores: NumbersLike,
  labels: NumbersLike,
  names: readonly string[] | undefined,
  caller: string,
): Scores {
  const given = asTensorLike(scores, caller);
  const truth = Array.from(numbersOf(asTensorLike(labels, caller)));
  const [samples = 0, columns = 1] = given.shape;
  if (given.shape.length < 1 || given.shape.length > 2 || samples === 0 || columns === 0) {
    throw new TypeError(
      `${caller}: scores of shape [${given.shape.join(", ")}]. Give [N], or [N, C] with a column for each class.`,
    );
  }
  if (truth.length !== samples) {
    throw new TypeError(
      `${caller}: ${formatQuantity(samples, "score")} for ${truth.length} labels. Give one for each.`,
    );
  }
  if (names && columns > 1 && names.length !== columns) {
    throw new TypeError(`${caller}: ${names.length} names for ${columns} classes. Give one for each.`);
  }
  const wrong = columns > 1 && truth.find(label => !(Number.isInteger(label) && label >= 0 && label < columns));
  if (typeof wrong === "number") {
    throw new TypeError(`${caller}: the label ${wrong} is no class of ${columns}. Give whole numbers from 0 on.`);
  }
  return {
    values: numbersOf(given),
    truth,
    columns,
    names: names ?? Array.from({ length: columns }, (_, c) => String(c)),
  };
}

/** The scores of one class, and for each sample whether it is of that class. */
export function oneAgainstRest({ values, truth, columns }: Scores, c: number): { scores: number[]; truth: number[] } {
  return {
    scores: truth.map((_, i) => values[i * columns + c]!),
    truth: truth.map(label => Number(label === c)),
  };
}

/** One half for probabilities, else the score with the largest distance from chance (Youden's index). */
export function usualThreshold(scores: readonly number[], truth: readonly number[]): number {
  if (scores.every(s => s >= 0 && s <= 1)) return 0.5;
  const { thresholds, truePositiveRate, falsePositiveRate } = metrics.rocCurve(scores, truth);
  let best = 1;
  for (let i = 1; i < thresholds.length; i++) {
    if (truePositiveRate[i]! - falsePositiveRate[i]! > truePositiveRate[best]! - falsePositiveRate[best]!) best = i;
  }
  return thresholds[best]!;
}

/** A share with three digits; a dash for one that there is not. */
export function figure(share: number): string {
  return Number.isFinite(share) ? share.toFixed(3) : "–";
}
