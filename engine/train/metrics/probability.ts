import { ShapeError, ValueError } from "../../errors.js";
import { formatShape } from "../../shape.js";
import {
  classesOf,
  columnsOf,
  largest,
  type Numbers,
  numbersOf,
  requireNumbers,
  requireSamples,
  rowsInWords,
  type Values,
} from "./input.js";

interface Probabilities {
  readonly rows: Numbers;
  readonly columns: number;
  readonly truth: Int32Array;
}

function read(op: string, probabilities: Values, labels: Values): Probabilities {
  const [rows, l] = [numbersOf(probabilities), numbersOf(labels)];
  requireSamples(op, rows, l);
  requireNumbers(op, "the probabilities", rows);
  const columns = columnsOf(rows);
  const bad = Array.from(rows.data, (p, i) => (p >= 0 && p <= 1 ? -1 : Math.floor(i / columns))).filter(
    row => row >= 0,
  );
  if (bad.length > 0) {
    throw new ValueError(`values outside of 0 to 1 in ${rowsInWords([...new Set(bad)])}`, {
      op,
      hint: "Give probabilities: softmax or sigmoid of the logits.",
    });
  }
  return { rows, columns, truth: classesOf(op, l, Math.max(2, columns)) };
}

/** The probability that was given to what is true; one column is that of class 1. */
function given({ rows, columns, truth }: Probabilities, row: number): number {
  if (columns > 1) return rows.data[row * columns + truth[row]!]!;
  return truth[row] === 1 ? rows.data[row]! : 1 - rows.data[row]!;
}

/**
 * The mean of -log of the probability that was given to the true class (cross-entropy, natural logarithm); probabilities are
 * cut off at 2.2e-16 from 0 and 1, as in scikit-learn. Probabilities [N] of class 1, or [N, C]; labels [N] or one-hot.
 * @throws ShapeError when their numbers differ or are 0; ValueError for values outside of 0 to 1
 * @example metrics.logLoss([0.5, 0.5], [0, 1]); // 0.6931471805599453
 */
export function logLoss(probabilities: Values, labels: Values): number {
  const samples = read("logLoss", probabilities, labels);
  const { length } = samples.truth;
  let sum = 0;
  for (let row = 0; row < length; row++) {
    sum -= Math.log(Math.min(Math.max(given(samples, row), Number.EPSILON), 1 - Number.EPSILON));
  }
  return sum / length;
}

/**
 * The mean squared distance of the probabilities from what is true (Brier 1950): of class 1, or over all classes.
 * @throws as `logLoss`
 * @example metrics.brierScore([0.5, 1], [0, 1]); // 0.125
 */
export function brierScore(probabilities: Values, labels: Values): number {
  const { rows, columns, truth } = read("brierScore", probabilities, labels);
  let sum = 0;
  for (let i = 0; i < rows.data.length; i++) {
    const row = Math.floor(i / columns);
    const wanted = columns === 1 ? truth[row]! : Number(truth[row] === i % columns);
    sum += (rows.data[i]! - wanted) ** 2;
  }
  return sum / truth.length;
}

/**
 * exp of the mean cross-entropy of logits: among how many equally likely classes a language model hesitates.
 * Logits [N, C] or [..., C]; labels [N] or [...], of which `ignoreIndex` (default -100) are left out.
 * @throws ShapeError when the shapes do not belong together or nothing is left; ValueError for labels outside of 0 to C - 1
 * @example metrics.perplexity([[0, 0, 0, 0]], [2]); // 4
 */
export function perplexity(logits: Values, labels: Values, { ignoreIndex = -100 } = {}): number {
  const op = "perplexity";
  const [x, l] = [numbersOf(logits), numbersOf(labels)];
  requireNumbers(op, "the logits", x);
  const classes = x.shape.at(-1) ?? 1;
  if (x.shape.length < 2 || x.data.length !== l.data.length * classes) {
    throw new ShapeError(`logits ${formatShape(x.shape)} for labels ${formatShape(l.shape)}`, {
      op,
      hint: "Logits have one more axis than labels, that of the classes.",
    });
  }
  let [sum, count] = [0, 0];
  for (let row = 0; row < l.data.length; row++) {
    const label = l.data[row]!;
    if (label === ignoreIndex) continue;
    if (!Number.isInteger(label) || label < 0 || label >= classes) {
      throw new ValueError(`label ${label} at place ${row}`, { op, hint: `Labels are 0 to ${classes - 1}.` });
    }
    const at = row * classes;
    let most = Number.NEGATIVE_INFINITY;
    for (let c = 0; c < classes; c++) most = Math.max(most, x.data[at + c]!);
    let exps = 0;
    for (let c = 0; c < classes; c++) exps += Math.exp(x.data[at + c]! - most);
    sum += most + Math.log(exps) - x.data[at + label]!;
    count++;
  }
  if (count === 0) throw new ShapeError("no labels are left", { op, hint: "Every label is to be ignored." });
  return Math.exp(sum / count);
}

/**
 * The expected calibration error: samples are put into `bins` by their confidence, and the distances between mean confidence
 * and accuracy are averaged, weighted by the samples of each bin (Guo et al. 2017). 0 is perfectly calibrated.
 * @throws as `logLoss`; ValueError for fewer than one bin
 * @example metrics.calibrationError([0.9, 0.9], [1, 0]); // 0.4
 */
export function calibrationError(probabilities: Values, labels: Values, { bins = 15 } = {}): number {
  const op = "calibrationError";
  const { rows, columns, truth } = read(op, probabilities, labels);
  if (!Number.isInteger(bins) || bins < 1) throw new ValueError(`${bins} bins`, { op, hint: "Give 1 or more." });
  const guess = columns > 1 ? largest(rows, columns) : Int32Array.from(rows.data, p => Number(p > 0.5));
  const sums = Array.from({ length: bins }, () => ({ confidence: 0, right: 0 }));
  truth.forEach((label, row) => {
    const p = columns > 1 ? rows.data[row * columns + guess[row]!]! : Math.max(rows.data[row]!, 1 - rows.data[row]!);
    // A bin holds its upper end, as in the paper.
    const bin = sums[Math.min(bins - 1, Math.max(0, Math.ceil(p * bins) - 1))]!;
    bin.confidence += p;
    bin.right += Number(guess[row] === label);
  });
  return sums.reduce((error, bin) => error + Math.abs(bin.right - bin.confidence), 0) / truth.length;
}
