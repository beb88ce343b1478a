import { ShapeError, ValueError } from "../../errors.js";
import { formatShape } from "../../shape.js";
import { classesOf, columnsOf, numbersOf, requireNumbers, requireSamples, type Values } from "./input.js";

/**
 * The share of samples whose class is among the k with the largest scores; of equal scores the later class counts as larger,
 * as in scikit-learn. Scores [N, C], labels [N] or one-hot [N, C].
 * @throws ShapeError when their numbers differ or there is one score per sample; ValueError for k outside of 1 to C
 * @example metrics.topKAccuracy([[0.5, 0.3, 0.2], [0.1, 0.2, 0.7]], [1, 0], 2); // 0.5
 */
export function topKAccuracy(scores: Values, labels: Values, k: number): number {
  const op = "topKAccuracy";
  const [s, l] = [numbersOf(scores), numbersOf(labels)];
  requireSamples(op, s, l);
  requireNumbers(op, "the scores", s);
  const columns = columnsOf(s);
  if (columns < 2) {
    throw new ShapeError(`scores ${formatShape(s.shape)}`, { op, hint: "Give one score per class: [N, C]." });
  }
  if (!Number.isInteger(k) || k < 1 || k > columns) {
    throw new ValueError(`k is ${k}`, { op, hint: `Give a whole number from 1 to ${columns}.` });
  }
  const truth = classesOf(op, l, columns);
  let hits = 0;
  truth.forEach((label, row) => {
    const at = (column: number) => s.data[row * columns + column]!;
    let above = 0;
    for (let c = 0; c < columns; c++) if (at(c) > at(label) || (at(c) === at(label) && c > label)) above++;
    if (above < k) hits++;
  });
  return hits / truth.length;
}
