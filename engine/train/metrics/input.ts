import { ShapeError, ValueError } from "../../errors.js";
import { tensor } from "../../ops/create.js";
import { formatShape, type Shape } from "../../shape.js";
import { Tensor } from "../../tensor.js";
import type { Nested } from "../../types.js";

/** What metrics take: a tensor, a typed array, or (nested) arrays of numbers. */
export type Values = Tensor | ArrayLike<number> | readonly Nested[];

/** Values as plain numbers, with their shape. */
export interface Numbers {
  readonly shape: Shape;
  readonly data: ArrayLike<number>;
}

/** Reads any values. @throws ShapeError for ragged arrays */
export function numbersOf(values: Values): Numbers {
  if (values instanceof Tensor) {
    const data = values.data() as ArrayLike<number | bigint>;
    return {
      shape: values.shape,
      data: typeof data[0] === "bigint" ? Array.from(data, Number) : Array.from(data as ArrayLike<number>),
    };
  }
  if (Array.isArray(values) && typeof values[0] !== "number") {
    const made = tensor(values as readonly Nested[] as never, { dtype: "float64" }) as Tensor;
    return { shape: made.shape, data: made.data() as Float64Array };
  }
  const data = values as ArrayLike<number>;
  return { shape: [data.length], data };
}

/** Rows in words, so that a message stays short: "row 3", "rows 1, 4, 9 and 20 more". */
export function rowsInWords(rows: readonly number[]): string {
  if (rows.length === 1) return `row ${rows[0]}`;
  const shown = rows.slice(0, 5).join(", ");
  return rows.length > 5 ? `rows ${shown} and ${rows.length - 5} more` : `rows ${shown}`;
}

/** @throws ValueError that names the rows of values that are no numbers */
export function requireNumbers(op: string, what: string, { data, shape }: Numbers): void {
  const width = data.length / (shape[0] ?? 1) || 1;
  const bad = new Set<number>();
  for (let i = 0; i < data.length; i++) if (Number.isNaN(data[i]!)) bad.add(Math.floor(i / width));
  if (bad.size > 0) {
    throw new ValueError(`${what} hold NaN in ${rowsInWords([...bad])}`, { op, hint: "Find out where it comes from." });
  }
}

/** @throws ShapeError when there is nothing to measure, or one more of these than of those */
export function requireSamples(op: string, predictions: Numbers, labels: Numbers): void {
  const [p, l] = [predictions.shape[0] ?? 0, labels.shape[0] ?? 0];
  if (p === l && p > 0) return;
  throw new ShapeError(p === l ? "there are no samples" : `${p} predictions for ${l} labels`, {
    op,
    expected: "as many predictions as labels, at least one",
    got: `${formatShape(predictions.shape)} and ${formatShape(labels.shape)}`,
    hint: "Predictions come first, then what is true.",
  });
}

/** How many columns a sheet of one row per sample has: 1 for a plain list. */
export const columnsOf = ({ shape }: Numbers): number =>
  shape.length < 2 ? 1 : shape.slice(1).reduce((a, b) => a * b, 1);

/** The column of the largest value of each row; the first of several. */
export function largest({ data }: Numbers, columns: number): Int32Array {
  const out = new Int32Array(data.length / columns);
  for (let row = 0; row < out.length; row++) {
    let best = 0;
    for (let c = 1; c < columns; c++) if (data[row * columns + c]! > data[row * columns + best]!) best = c;
    out[row] = best;
  }
  return out;
}

/**
 * What is true, as one class per sample: whole numbers [N], or one-hot rows [N, C].
 * @throws ValueError for labels that are no classes
 */
export function classesOf(op: string, labels: Numbers, classes?: number): Int32Array {
  requireNumbers(op, "the labels", labels);
  const columns = columnsOf(labels);
  if (columns > 1) return largest(labels, columns);
  const bad: number[] = [];
  const out = new Int32Array(labels.data.length);
  for (let i = 0; i < out.length; i++) {
    const label = labels.data[i]!;
    if (!Number.isInteger(label) || label < 0 || (classes !== undefined && label >= classes)) bad.push(i);
    out[i] = label;
  }
  if (bad.length > 0) {
    const range = classes === undefined ? "whole numbers from 0" : `whole numbers from 0 to ${classes - 1}`;
    throw new ValueError(`label ${labels.data[bad[0]!]} is no class, in ${rowsInWords(bad)}`, {
      op,
      expected: range,
      hint: `Labels are ${range}, or one-hot rows.`,
    });
  }
  return out;
}

/** Predictions as one class per sample: the largest of scores [N, C]; classes [N]; or probabilities [N] against a threshold. */
export function predictedClasses(op: string, predictions: Numbers, threshold: number): Int32Array {
  requireNumbers(op, "the predictions", predictions);
  const columns = columnsOf(predictions);
  if (columns > 1) return largest(predictions, columns);
  const values = Array.from(predictions.data);
  const areClasses = values.every(v => Number.isInteger(v) && v >= 0);
  return Int32Array.from(values, v => (areClasses ? v : Number(v > threshold)));
}
