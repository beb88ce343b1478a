import { ShapeError } from "../../errors.js";
import { formatShape } from "../../shape.js";
import { type Numbers, numbersOf, requireNumbers, requireSamples, type Values } from "./input.js";

function pairs(op: string, predictions: Values, targets: Values): [ArrayLike<number>, ArrayLike<number>] {
  const [p, t] = [numbersOf(predictions), numbersOf(targets)];
  requireSamples(op, p, t);
  requireNumbers(op, "the predictions", p);
  requireNumbers(op, "the targets", t);
  requireSameSize(op, p, t);
  return [p.data, t.data];
}

function requireSameSize(op: string, p: Numbers, t: Numbers): void {
  if (p.data.length === t.data.length) return;
  throw new ShapeError(`predictions ${formatShape(p.shape)} for targets ${formatShape(t.shape)}`, {
    op,
    expected: formatShape(t.shape),
    got: formatShape(p.shape),
    hint: "Give one prediction for each target.",
  });
}

function meanOf(op: string, predictions: Values, targets: Values, error: (p: number, t: number) => number): number {
  const [p, t] = pairs(op, predictions, targets);
  let sum = 0;
  for (let i = 0; i < p.length; i++) sum += error(p[i]!, t[i]!);
  return sum / p.length;
}

/**
 * The mean squared error over all elements, in float64. Predictions and targets of the same shape.
 * @throws ShapeError when their sizes differ or are 0; ValueError for NaN, naming the rows
 * @example metrics.mse([1, 2], [1, 4]); // 2
 */
export function mse(predictions: Values, targets: Values): number {
  return meanOf("mse", predictions, targets, (p, t) => (p - t) ** 2);
}

/**
 * The root of the mean squared error, in the unit of the targets.
 * @throws as `mse`
 * @example metrics.rmse([1, 2], [1, 6]); // 2.8284271247461903
 */
export function rmse(predictions: Values, targets: Values): number {
  return Math.sqrt(meanOf("rmse", predictions, targets, (p, t) => (p - t) ** 2));
}

/**
 * The mean absolute error, in the unit of the targets.
 * @throws as `mse`
 * @example metrics.mae([1, 2], [1, 4]); // 1
 */
export function mae(predictions: Values, targets: Values): number {
  return meanOf("mae", predictions, targets, (p, t) => Math.abs(p - t));
}

/**
 * The mean absolute error relative to the target, as a fraction (0.1 is 10 %); targets near 0 count as 2.2e-16, as in
 * scikit-learn.
 * @throws as `mse`
 * @example metrics.mape([90, 110], [100, 100]); // 0.1
 */
export function mape(predictions: Values, targets: Values): number {
  return meanOf("mape", predictions, targets, (p, t) => Math.abs(p - t) / Math.max(Math.abs(t), Number.EPSILON));
}

/**
 * The median absolute error, which outliers do not move.
 * @throws as `mse`
 * @example metrics.medianAbsoluteError([1, 2, 9], [1, 4, 3]); // 2
 */
export function medianAbsoluteError(predictions: Values, targets: Values): number {
  const [p, t] = pairs("medianAbsoluteError", predictions, targets);
  const errors = Float64Array.from(p, (v, i) => Math.abs(v - t[i]!)).sort();
  const middle = errors.length >> 1;
  return errors.length % 2 === 1 ? errors[middle]! : (errors[middle - 1]! + errors[middle]!) / 2;
}

/**
 * The share of the targets' variance that the predictions explain (coefficient of determination): 1 is perfect, 0 no better
 * than the mean, below 0 worse. Constant targets give 1 when met and 0 otherwise.
 * @throws as `mse`
 * @example metrics.r2([1, 2, 3], [1, 2, 4]); // 0.7857142857142857
 */
export function r2(predictions: Values, targets: Values): number {
  const [p, t] = pairs("r2", predictions, targets);
  const centre = mean(t);
  return explained(
    Float64Array.from(p, (v, i) => (v - t[i]!) ** 2),
    Float64Array.from(t, v => (v - centre) ** 2),
  );
}

/**
 * As `r2`, but a constant offset of the predictions does not count.
 * @throws as `mse`
 * @example metrics.explainedVariance([2, 3, 4], [1, 2, 3]); // 1
 */
export function explainedVariance(predictions: Values, targets: Values): number {
  const [p, t] = pairs("explainedVariance", predictions, targets);
  const errors = Float64Array.from(p, (v, i) => t[i]! - v);
  const [offset, centre] = [mean(errors), mean(t)];
  return explained(
    errors.map(e => (e - offset) ** 2),
    Float64Array.from(t, v => (v - centre) ** 2),
  );
}

const mean = (values: ArrayLike<number>) =>
  (Array.prototype.reduce.call(values, (a, b) => a + b, 0) as number) / values.length;

function explained(errors: Float64Array, spread: Float64Array): number {
  const sum = (values: Float64Array) => values.reduce((a, b) => a + b, 0);
  const [error, whole] = [sum(errors), sum(spread)];
  if (whole === 0) return error === 0 ? 1 : 0;
  return 1 - error / whole;
}
