import { noGrad } from "../../autograd/graph.js";
import { ShapeError, ValueError } from "../../errors.js";
import { add, mul } from "../../ops/arithmetic.js";
import { mean } from "../../ops/reduce.js";
import { formatShape } from "../../shape.js";
import { Tensor } from "../../tensor.js";
import { MeanMetric, Metric } from "../metrics/metric.js";
import { type Batch, type Inputs, namedTensors } from "./batch.js";
import { type GivenLoss, type LossFunction, lossOf, takesClasses, takesLogits } from "./named-losses.js";
import { type GivenMetric, metricOf } from "./named-metrics.js";

/** One for all outputs of a model, or one for each: in their order, or by name. */
export type PerOutput<T> = T | readonly T[] | Readonly<Record<string, T>>;

/** What a model is trained for. */
export interface ObjectiveOptions {
  loss?: PerOutput<GivenLoss>;
  /** A list for all outputs, or lists by output. */
  metrics?:
    | readonly GivenMetric[]
    | readonly (readonly GivenMetric[])[]
    | Readonly<Record<string, readonly GivenMetric[]>>;
  /** How much the loss of each output counts (default 1). */
  lossWeights?: readonly number[] | Readonly<Record<string, number>>;
  /** What is added to the loss, such as `() => nn.regularizers.penalty(model.parameters(), nn.regularizers.l2(1e-4))`. */
  penalty?: () => Tensor | undefined;
}

/** What is measured of one output. */
interface Head {
  readonly name: string;
  readonly loss: LossFunction;
  readonly classes: boolean;
  readonly weight: number;
  readonly metrics: readonly (readonly [name: string, metric: Metric<number>])[];
}

/** An output and what is wanted of it. */
type Pair = [Head, prediction: Tensor, target: Tensor];

/** What a step has measured, in tensors: it can be the result of a compiled function. */
export interface Measured {
  loss: Tensor;
  /** The loss of each output, where there are several. */
  each: Readonly<Record<string, Tensor>>;
  /** Sums of the mean metrics' values, in order. */
  sums: readonly Tensor[];
  /** The outputs, where a metric needs them. */
  outputs: Inputs | undefined;
}

/** Losses and metrics of a model's outputs. */
export class Objective {
  readonly #options: ObjectiveOptions;
  #heads: readonly Head[] | undefined;
  /** Of all heads. */
  #metrics: Head["metrics"] = [];
  #sums: readonly [name: string, metric: MeanMetric][] = [];
  /** How many values each sum of the last `measure` is of. */
  #counts: readonly number[] = [];

  constructor(options: ObjectiveOptions) {
    this.#options = options;
    const { loss } = options;
    if (loss !== undefined) for (const each of listOf(loss)) lossOf(each);
    for (const each of listOf(options.metrics ?? []).flat() as GivenMetric[]) metricOf(each, false);
  }

  /** How many values each sum is of that `measure` has just returned. */
  get counts(): readonly number[] {
    return this.#counts;
  }

  /** The metrics whose values are summed in the step, with their names in the history; known after the first step. */
  get sums(): readonly [name: string, metric: MeanMetric][] {
    return this.#sums;
  }

  /** The scalar to be minimised. @throws ValueError without a loss or without targets */
  lossOf(outputs: Inputs, batch: Batch): Tensor {
    return this.#losses(this.#pairs(outputs, batch), batch).total;
  }

  /** Measures outputs: the loss with its graph, everything else without. */
  measure(outputs: Inputs, batch: Batch): Measured {
    const pairs = this.#pairs(outputs, batch);
    const { total, each } = this.#losses(pairs, batch);
    if (this.#metrics.length === 0) {
      this.#counts = [];
      return { loss: total, each, sums: [], outputs: undefined };
    }
    const counts: number[] = [];
    const sums = noGrad(() =>
      pairs.flatMap(([head, prediction, target]) =>
        head.metrics.flatMap(([, metric]) => {
          if (!(metric instanceof MeanMetric)) return [];
          const values = metric.values(prediction.detach() as Tensor, target);
          counts.push(values.size);
          return [values.cast("float32").sum() as Tensor];
        }),
      ),
    );
    this.#counts = counts;
    const needed = this.#metrics.some(([, metric]) => !(metric instanceof MeanMetric));
    return { loss: total, each, sums, outputs: needed ? detached(outputs) : undefined };
  }

  /** Counts what a step has measured; `counts` belong to its sums. */
  update({ sums, outputs }: Measured, batch: Batch, counts: readonly number[]): void {
    this.sums.forEach(([, metric], i) => {
      metric.add(sums[i]!, counts[i]!);
    });
    if (outputs === undefined) return;
    for (const [head, prediction, target] of this.#pairs(outputs, batch)) {
      for (const [, metric] of head.metrics) if (!(metric instanceof MeanMetric)) metric.update(prediction, target);
    }
  }

  reset(): void {
    for (const [, metric] of this.#metrics) metric.reset();
  }

  /** The metrics over what was counted since the last reset. */
  results(): Record<string, number> {
    return Object.fromEntries(this.#metrics.map(([name, metric]) => [name, metric.result()]));
  }

  /**
   * Looks through all labels at once, where the model's classes are known.
   * @throws ValueError that names the first sample whose label is none of the classes
   */
  checkLabels(op: string, outputsOf: () => Inputs, targets: Inputs): void {
    const heads = this.#heads ?? [];
    if (!heads.some(head => head.classes)) return;
    const predictions = namedTensors(outputsOf(), "output");
    const wanted = namedTensors(targets, "output");
    const byName = new Map(wanted);
    for (const [i, head] of heads.entries()) {
      const labels = byName.get(head.name) ?? wanted[i]![1];
      const classes = predictions[i]![1].shape.at(-1)!;
      if (!head.classes) continue;
      const [least, most] = [Number(labels.min().item()), Number(labels.max().item())];
      if (least >= 0 && most < classes) continue;
      const values = labels.flatten().data() as ArrayLike<number | bigint>;
      const bad = Array.prototype.findIndex.call(values, label => Number(label) < 0 || Number(label) >= classes);
      throw new ValueError(`label ${values[bad]} of sample ${Math.floor(bad / (values.length / labels.shape[0]!))}`, {
        op,
        expected: `labels from 0 to ${classes - 1}`,
        got: `${least} to ${most}`,
        hint: `The model gives ${classes} classes: labels are 0 to ${classes - 1}.`,
      });
    }
  }

  #losses(pairs: readonly Pair[], batch: Batch): { total: Tensor; each: Record<string, Tensor> } {
    const each: Record<string, Tensor> = {};
    let total: Tensor | undefined;
    for (const [head, prediction, target] of pairs) {
      const loss = scalarOf(head.loss(prediction, target), batch.sampleWeight);
      if (pairs.length > 1) each[`${head.name}_loss`] = loss.detach() as Tensor;
      const part = head.weight === 1 ? loss : (mul(loss, head.weight) as Tensor);
      total = total === undefined ? part : (add(total, part as never) as Tensor);
    }
    const penalty = this.#options.penalty?.();
    return { total: penalty === undefined ? total! : (add(total!, penalty as never) as Tensor), each };
  }

  #pairs(outputs: Inputs, { y }: Batch): Pair[] {
    if (y === undefined) {
      throw new ValueError("there is nothing to compare the outputs with", {
        op: "fit",
        hint: "Give y, or batches [x, y].",
      });
    }
    const predictions = namedTensors(outputs, "output");
    this.#heads ??= this.#begin(predictions.map(([name]) => name));
    const targets = namedTensors(y, "output");
    if (targets.length !== predictions.length) {
      throw new ShapeError(`the model gives ${predictions.length} outputs, y has ${targets.length}`, {
        op: "fit",
        hint: "Give y in the form of the model's outputs.",
      });
    }
    const byName = new Map(targets);
    return predictions.map(([name, prediction], i) => {
      if (!(prediction instanceof Tensor)) {
        throw new ValueError("the model returned something else than tensors", { op: "fit", got: typeof prediction });
      }
      const target = byName.get(name) ?? targets[i]![1];
      if (target.shape[0] !== prediction.shape[0]) {
        throw new ShapeError(
          `the model gives ${formatShape(prediction.shape)} for labels ${formatShape(target.shape)}`,
          { op: "fit", hint: "The first axis of both counts samples." },
        );
      }
      return [this.#heads![i]!, prediction, target];
    });
  }

  #begin(names: readonly string[]): readonly Head[] {
    const heads = this.#headsOf(names);
    this.#metrics = heads.flatMap(head => head.metrics);
    this.#sums = this.#metrics.filter((entry): entry is [string, MeanMetric] => entry[1] instanceof MeanMetric);
    return heads;
  }

  #headsOf(names: readonly string[]): Head[] {
    const { loss, metrics = [], lossWeights } = this.#options;
    if (loss === undefined) {
      throw new ValueError("the model has no loss", { op: "fit", hint: 'Say it in compile({ loss: "mse" }).' });
    }
    const lists = metrics as PerOutput<readonly GivenMetric[]>;
    const ofOne = Array.isArray(metrics) && !metrics.some(Array.isArray);
    return names.map((name, i) => {
      const own = pick("losses", loss, names, i) as GivenLoss;
      const given = ofOne
        ? (metrics as readonly GivenMetric[])
        : (pick("metrics", lists, names, i, []) as readonly GivenMetric[]);
      if (ofOne && names.length > 1 && given.some(each => each instanceof Metric)) {
        throw new ValueError("one metric cannot count two outputs", {
          op: "compile",
          hint: "Give a list of metrics per output.",
        });
      }
      const prefix = name === "" ? "" : `${name}_`;
      return {
        name,
        loss: lossOf(own),
        classes: takesClasses(own),
        weight: lossWeights === undefined ? 1 : (pick("lossWeights", lossWeights, names, i, 1) as number),
        metrics: given.map(each => {
          const metric = metricOf(each, takesLogits(own));
          return [prefix + metric.name, metric];
        }),
      };
    });
  }
}

function listOf<T>(given: PerOutput<T>): readonly T[] {
  if (Array.isArray(given)) return given as readonly T[];
  if (typeof given === "object" && given !== null && Object.getPrototypeOf(given) === Object.prototype) {
    return Object.values(given as Readonly<Record<string, T>>);
  }
  return [given as T];
}

/** What is said for output `i`. @throws ValueError where there is nothing for it */
function pick<T>(what: string, given: PerOutput<T>, names: readonly string[], i: number, otherwise?: T): T {
  const own = (value: T | undefined): T => {
    const found = value ?? otherwise;
    if (found !== undefined) return found;
    throw new ValueError(`the ${what} say nothing of output ${names[i] || i}`, {
      op: "compile",
      hint: `The model's outputs are ${names.map((name, k) => name || k).join(", ")}.`,
    });
  };
  if (Array.isArray(given)) return own((given as readonly T[])[i]);
  if (typeof given === "object" && given !== null && Object.getPrototypeOf(given) === Object.prototype) {
    return own((given as Readonly<Record<string, T>>)[names[i]!]);
  }
  return given as T;
}

/** The mean over samples, each weighted; divided by their number, not by the weights, as in Keras. */
function scalarOf(losses: Tensor, sampleWeight: Tensor | undefined): Tensor {
  if (sampleWeight === undefined) return losses.shape.length === 0 ? losses : (mean(losses) as Tensor);
  if (losses.shape.length === 0) {
    throw new ShapeError("samples are weighted, but the loss is a single number", {
      op: "fit",
      hint: 'Return one loss per sample, for example with { reduction: "none" }.',
    });
  }
  const weights = sampleWeight.reshape([sampleWeight.shape[0]!, ...losses.shape.slice(1).map(() => 1)]);
  return mean(mul(losses, weights.cast(losses.dtype) as never) as Tensor) as Tensor;
}

function detached(outputs: Inputs): Inputs {
  if (outputs instanceof Tensor) return outputs.detach() as Tensor;
  if (Array.isArray(outputs)) return outputs.map((x: Tensor) => x.detach() as Tensor);
  return Object.fromEntries(
    Object.entries(outputs as Record<string, Tensor>).map(([k, x]) => [k, x.detach() as Tensor]),
  );
}
