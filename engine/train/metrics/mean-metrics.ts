import { ShapeError, ValueError } from "../../errors.js";
import { crossEntropy } from "../../ops/losses/cross-entropy.js";
import { formatShape } from "../../shape.js";
import type { Tensor } from "../../tensor.js";
import { MeanMetric } from "./metric.js";

/** How a metric is called in logs. */
export interface MetricOptions {
  name?: string;
}

/** True when labels are one-hot rows for scores of their shape. */
const areOneHot = (predictions: Tensor, labels: Tensor) =>
  predictions.shape.length === labels.shape.length && (labels.shape.at(-1) ?? 1) > 1;

/** Labels [N] for predictions [N, 1] or [N]. */
function likeLabels(op: string, predictions: Tensor, labels: Tensor): Tensor {
  if (predictions.size === labels.size) return predictions.reshape(labels.shape) as Tensor;
  throw new ShapeError(`predictions ${formatShape(predictions.shape)} for labels ${formatShape(labels.shape)}`, {
    op,
    hint: "Give one prediction for each label.",
  });
}

/** Labels of any form as classes, for scores [..., C]. */
function classLabels(op: string, predictions: Tensor, labels: Tensor): Tensor {
  if (areOneHot(predictions, labels)) return labels.argMax(-1) as Tensor;
  const wanted = predictions.shape.slice(0, -1);
  if (labels.size === wanted.reduce((a, b) => a * b, 1)) return labels.reshape(wanted) as Tensor;
  throw new ShapeError(`scores ${formatShape(predictions.shape)} for labels ${formatShape(labels.shape)}`, {
    op,
    expected: `labels ${formatShape(wanted)}, or one-hot ${formatShape(predictions.shape)}`,
    got: formatShape(labels.shape),
  });
}

/**
 * The share of samples predicted right: the largest of scores [..., C] against classes [...] or one-hot [..., C], or
 * probabilities [N] (or [N, 1]) against 0 and 1 with a threshold.
 * @example
 * const accuracy = new metrics.Accuracy();
 * accuracy.update(tensor([[0.9, 0.1], [0.3, 0.7]]), tensor([0, 0], { dtype: "int32" }));
 * accuracy.result(); // 0.5
 */
export class Accuracy extends MeanMetric {
  override readonly name: string;
  readonly #threshold: number;

  constructor({ name = "accuracy", threshold = 0.5 }: MetricOptions & { threshold?: number } = {}) {
    super();
    this.name = name;
    this.#threshold = threshold;
  }

  override values(predictions: Tensor, labels: Tensor): Tensor {
    if ((predictions.shape.at(-1) ?? 1) > 1 && predictions.shape.length > 1) {
      return predictions.argMax(-1).eq(classLabels(this.name, predictions, labels) as never) as Tensor;
    }
    const guess = likeLabels(this.name, predictions, labels).gt(this.#threshold) as Tensor;
    return guess.eq(labels.ne(0) as never) as Tensor;
  }
}

/**
 * The share of samples whose class is among the k with the largest scores. Scores [..., C], labels [...] or one-hot.
 * @throws ValueError for k below 1
 * @example new metrics.TopKAccuracy(5);
 */
export class TopKAccuracy extends MeanMetric {
  override readonly name: string;
  readonly #k: number;

  constructor(k = 5, { name = `top${k}Accuracy` }: MetricOptions = {}) {
    super();
    if (!Number.isInteger(k) || k < 1)
      throw new ValueError(`k is ${k}`, { op: "TopKAccuracy", hint: "Give 1 or more." });
    this.name = name;
    this.#k = k;
  }

  override values(predictions: Tensor, labels: Tensor): Tensor {
    const classes = classLabels(this.name, predictions, labels).unsqueeze(-1) as Tensor;
    const own = predictions.gather(classes.cast("int32"), -1) as Tensor;
    // Ties count for the sample, as in Keras' in_top_k.
    return predictions
      .gt(own as never)
      .cast("int32")
      .sum(-1)
      .lt(this.#k) as Tensor;
  }
}

/** The mean of an error by element. */
abstract class ErrorMetric extends MeanMetric {
  override readonly name: string;

  constructor(name: string) {
    super();
    this.name = name;
  }

  protected abstract error(difference: Tensor, targets: Tensor): Tensor;

  override values(predictions: Tensor, labels: Tensor): Tensor {
    return this.error(likeLabels(this.name, predictions, labels).sub(labels as never) as Tensor, labels);
  }
}

/** The mean squared error. @example new metrics.MeanSquaredError(); */
export class MeanSquaredError extends ErrorMetric {
  constructor({ name = "mse" }: MetricOptions = {}) {
    super(name);
  }

  protected override error(difference: Tensor): Tensor {
    return difference.square() as Tensor;
  }
}

/** The root of the mean squared error. @example new metrics.RootMeanSquaredError(); */
export class RootMeanSquaredError extends ErrorMetric {
  constructor({ name = "rmse" }: MetricOptions = {}) {
    super(name);
  }

  protected override error(difference: Tensor): Tensor {
    return difference.square() as Tensor;
  }

  override finish(mean: number): number {
    return Math.sqrt(mean);
  }
}

/** The mean absolute error. @example new metrics.MeanAbsoluteError(); */
export class MeanAbsoluteError extends ErrorMetric {
  constructor({ name = "mae" }: MetricOptions = {}) {
    super(name);
  }

  protected override error(difference: Tensor): Tensor {
    return difference.abs() as Tensor;
  }
}

/** The mean absolute error relative to the target, as a fraction. @example new metrics.MeanAbsolutePercentageError(); */
export class MeanAbsolutePercentageError extends ErrorMetric {
  constructor({ name = "mape" }: MetricOptions = {}) {
    super(name);
  }

  protected override error(difference: Tensor, targets: Tensor): Tensor {
    return difference.abs().div(targets.abs().clip({ min: Number.EPSILON }) as never) as Tensor;
  }
}

/**
 * exp of the mean cross-entropy of logits [..., C] against labels [...].
 * @example new metrics.Perplexity();
 */
export class Perplexity extends MeanMetric {
  override readonly name: string;

  constructor({ name = "perplexity" }: MetricOptions = {}) {
    super();
    this.name = name;
  }

  override values(predictions: Tensor, labels: Tensor): Tensor {
    const classes = predictions.shape.at(-1) ?? 1;
    const flat = classLabels(this.name, predictions, labels).flatten();
    return crossEntropy(predictions.reshape([-1, classes]), flat.cast("int32"), { reduction: "none" }) as Tensor;
  }

  override finish(mean: number): number {
    return Math.exp(mean);
  }
}
