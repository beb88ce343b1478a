import { ValueError } from "../../errors.js";
import type { Tensor } from "../../tensor.js";
import { Precision, Recall } from "../metrics/class-metrics.js";
import { AUC } from "../metrics/collected.js";
import {
  Accuracy,
  MeanAbsoluteError,
  MeanAbsolutePercentageError,
  MeanSquaredError,
  Perplexity,
  RootMeanSquaredError,
  TopKAccuracy,
} from "../metrics/mean-metrics.js";
import { MeanMetric, Metric } from "../metrics/metric.js";

interface Facts {
  name: string;
  /** Where a score counts as class 1. */
  threshold: number;
}

/** Right or wrong element by element: labels that do not exclude each other. */
class BinaryAccuracy extends MeanMetric {
  override readonly name: string;
  readonly #threshold: number;

  constructor({ name, threshold }: Facts) {
    super();
    this.name = name;
    this.#threshold = threshold;
  }

  override values(predictions: Tensor, labels: Tensor): Tensor {
    const wanted = labels.reshape(predictions.shape).ne(0) as Tensor;
    return predictions.gt(this.#threshold).eq(wanted as never) as Tensor;
  }
}

/** A metric that is the mean of a function's values. */
class FunctionMetric extends MeanMetric {
  override readonly name: string;
  readonly #values: MetricFunction;

  constructor(name: string, values: MetricFunction) {
    super();
    this.name = name;
    this.#values = values;
  }

  override values(predictions: Tensor, labels: Tensor): Tensor {
    return this.#values(predictions, labels);
  }
}

/** Values of the samples, of any shape, whose mean is the metric. Its name is that of the function. */
export type MetricFunction = (predictions: Tensor, labels: Tensor) => Tensor;

const accuracy = (facts: Facts) => new Accuracy(facts);
const binary = (facts: Facts) => new BinaryAccuracy(facts);
const squared = (facts: Facts) => new MeanSquaredError(facts);
const absolute = (facts: Facts) => new MeanAbsoluteError(facts);
const root = (facts: Facts) => new RootMeanSquaredError(facts);
const relative = (facts: Facts) => new MeanAbsolutePercentageError(facts);

const makers = {
  accuracy,
  acc: accuracy,
  categoricalAccuracy: accuracy,
  categorical_accuracy: accuracy,
  sparseCategoricalAccuracy: accuracy,
  sparse_categorical_accuracy: accuracy,
  binaryAccuracy: binary,
  binary_accuracy: binary,
  top5Accuracy: facts => new TopKAccuracy(5, facts),
  mse: squared,
  meanSquaredError: squared,
  mean_squared_error: squared,
  mae: absolute,
  meanAbsoluteError: absolute,
  mean_absolute_error: absolute,
  rmse: root,
  rootMeanSquaredError: root,
  root_mean_squared_error: root,
  mape: relative,
  meanAbsolutePercentageError: relative,
  mean_absolute_percentage_error: relative,
  perplexity: facts => new Perplexity(facts),
  auc: ({ name }) => new AUC({ name }),
  precision: facts => new Precision(facts),
  recall: facts => new Recall(facts),
} satisfies Record<string, (facts: Facts) => Metric<number>>;

/** The name of a metric, in camel case or with underscores; it is also its name in the history. */
export type MetricName = keyof typeof makers;

/** A metric, its name, or a function of predictions and labels. */
export type GivenMetric = MetricName | Metric<number> | MetricFunction;

/** @param logits whether the model's results are logits. @throws ValueError for an unknown name */
export function metricOf(given: GivenMetric, logits: boolean): Metric<number> {
  if (given instanceof Metric) return given;
  if (typeof given === "function") return new FunctionMetric(given.name || "metric", given);
  if (typeof given === "string" && Object.hasOwn(makers, given)) {
    const make = makers[given] as (facts: Facts) => Metric<number>;
    return make({ name: given, threshold: logits ? 0 : 0.5 });
  }
  throw new ValueError(`no metric ${JSON.stringify(given)}`, {
    op: "compile",
    hint: `There are ${Object.keys(makers)
      .filter(name => !name.includes("_"))
      .join(", ")}; or give a metric of metrics, or a function.`,
  });
}
