import { ShapeError } from "../../errors.js";
import { byClass, type ClassOptions, countClasses, total } from "./confusion.js";
import type { Values } from "./input.js";
import { averaged, type ClassScore, fBetaOf, precisionOf, recallOf } from "./scores.js";

/** One line of a classification report. */
export interface ReportRow {
  precision: number;
  recall: number;
  f1: number;
  /** Samples of this class; of all classes in an average. */
  support: number;
}

/** Precision, recall and F1 by class and on average; `toString()` is the table. */
export class ClassificationReport {
  constructor(
    /** The names of the classes, in order. */
    readonly names: readonly string[],
    /** One row per class. */
    readonly classes: readonly ReportRow[],
    readonly accuracy: number,
    /** The mean over the classes. */
    readonly macro: ReportRow,
    /** The mean weighted by support. */
    readonly weighted: ReportRow,
    /** By what is true, then by what was predicted. */
    readonly confusion: readonly (readonly number[])[],
  ) {}

  /** The table as text, as scikit-learn prints it. */
  toString(): string {
    const { macro, weighted, accuracy } = this;
    const width = Math.max("weighted average".length, ...this.names.map(name => name.length));
    const line = (name: string, values: readonly string[]) =>
      `${name.padStart(width)} ${values.map(v => v.padStart(10)).join("")}`;
    const row = (name: string, r: ReportRow) =>
      line(name, [...[r.precision, r.recall, r.f1].map(v => v.toFixed(2)), String(r.support)]);
    return [
      line("", ["precision", "recall", "F1", "support"]),
      "",
      ...this.classes.map((r, i) => row(this.names[i]!, r)),
      "",
      line("accuracy", ["", "", accuracy.toFixed(2), String(macro.support)]),
      row("macro average", macro),
      row("weighted average", weighted),
    ].join("\n");
  }
}

/**
 * Precision, recall, F1 and support of every class of a confusion matrix; 0 where there is nothing to divide by.
 * @param counts [classes, classes]: rows are what is true, columns what was predicted, as `confusionMatrix` gives
 * @throws ShapeError when the matrix is not square
 * @example metrics.classScores([[2, 0], [1, 1]])[1]; // { "precision": 1, "recall": 0.5, "f1": 0.6666666666666666, "support": 2 }
 */
export function classScores(counts: readonly (readonly number[])[]): ReportRow[] {
  const ragged = counts.find(row => row.length !== counts.length);
  if (ragged !== undefined) {
    const op = "classScores";
    throw new ShapeError(`a row of ${ragged.length} in a matrix of ${counts.length} classes`, {
      op,
      hint: "Give counts [classes, classes].",
    });
  }
  return byClass(counts).map((c, i) => ({
    precision: precisionOf(c),
    recall: recallOf(c),
    f1: fBetaOf(1)(c),
    support: total(counts[i]!),
  }));
}

/**
 * Precision, recall and F1 of every class, and their averages, as scikit-learn's `classification_report`.
 * Predictions: scores [N, C], classes [N], or probabilities [N]; labels: classes [N] or one-hot [N, C].
 * @throws ShapeError when their numbers differ or are 0, or names are missing; ValueError for labels that are no classes
 * @example String(metrics.classificationReport([0, 1, 1], [0, 1, 0], { names: ["cat", "dog"] }));
 */
export function classificationReport(
  predictions: Values,
  labels: Values,
  options: ClassOptions & { names?: readonly string[] } = {},
): ClassificationReport {
  const op = "classificationReport";
  const counts = countClasses(op, predictions, labels, { classes: options.names?.length, ...options } as ClassOptions);
  const names = options.names ?? counts.map((_, i) => String(i));
  if (names.length !== counts.length) {
    throw new ShapeError(`${names.length} names for ${counts.length} classes`, { op, hint: "Name every class." });
  }
  const all = total(counts.map(total));
  const scores: [keyof ReportRow, ClassScore][] = [
    ["precision", precisionOf],
    ["recall", recallOf],
    ["f1", fBetaOf(1)],
  ];
  const average = (kind: "macro" | "weighted") => {
    const values = scores.map(([name, score]) => [name, averaged(op, counts, score, { average: kind })]);
    return { ...Object.fromEntries(values), support: all } as ReportRow;
  };
  const classes = classScores(counts);
  const accuracy = total(counts.map((row, i) => row[i]!)) / all;
  return new ClassificationReport(names, classes, accuracy, average("macro"), average("weighted"), counts);
}
