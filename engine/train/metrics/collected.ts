import { ShapeError, ValueError } from "../../errors.js";
import { formatShape } from "../../shape.js";
import type { Tensor } from "../../tensor.js";
import { averagePrecision, rocAuc } from "./curves.js";
import { numbersOf } from "./input.js";
import type { MetricOptions } from "./mean-metrics.js";
import { Metric } from "./metric.js";
import { r2 } from "./regression.js";

/** Keeps predictions and labels of all batches, for metrics that no sum can give. */
abstract class CollectedMetric extends Metric {
  override readonly name: string;
  #predictions: number[] = [];
  #labels: number[] = [];

  constructor(name: string) {
    super();
    this.name = name;
  }

  protected abstract measure(predictions: readonly number[], labels: readonly number[]): number;

  override update(predictions: Tensor, labels: Tensor): void {
    if (predictions.size !== labels.size) {
      throw new ShapeError(`predictions ${formatShape(predictions.shape)} for labels ${formatShape(labels.shape)}`, {
        op: this.name,
        hint: "Give one prediction for each label.",
      });
    }
    for (const value of Array.from(numbersOf(predictions).data)) this.#predictions.push(value);
    for (const value of Array.from(numbersOf(labels).data)) this.#labels.push(value);
  }

  override result(): number {
    if (this.#labels.length === 0) this.nothing();
    return this.measure(this.#predictions, this.#labels);
  }

  override reset(): void {
    this.#predictions = [];
    this.#labels = [];
  }
}

/**
 * The area under the ROC curve, or under the precision-recall curve, of scores [N] against labels 0 and 1. Exact, for which all
 * scores are kept: 16 bytes a sample; `BinnedAUC` keeps counts alone.
 * @throws ValueError for a curve that there is not
 * @example
 * const auc = new metrics.AUC();
 * auc.update(tensor([0.1, 0.4, 0.35, 0.8]), tensor([0, 0, 1, 1], { dtype: "int32" }));
 * auc.result(); // 0.75
 */
export class AUC extends CollectedMetric {
  readonly #curve: "ROC" | "PR";

  constructor({ name = "auc", curve = "ROC" }: MetricOptions & { curve?: "ROC" | "PR" } = {}) {
    super(name);
    if (curve !== "ROC" && curve !== "PR") {
      throw new ValueError(`no curve ${JSON.stringify(curve)}`, { op: "AUC", hint: 'There are "ROC" and "PR".' });
    }
    this.#curve = curve;
  }

  protected override measure(predictions: readonly number[], labels: readonly number[]): number {
    return this.#curve === "ROC" ? rocAuc(predictions, labels) : averagePrecision(predictions, labels);
  }
}

/** The share of the targets' variance that the predictions explain. @example new metrics.R2Score(); */
export class R2Score extends CollectedMetric {
  constructor({ name = "r2" }: MetricOptions = {}) {
    super(name);
  }

  protected override measure(predictions: readonly number[], labels: readonly number[]): number {
    return r2(predictions, labels);
  }
}
