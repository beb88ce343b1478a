import type { Tensor } from "../../tensor.js";
import { type ClassOptions, countClasses } from "./confusion.js";
import type { MetricOptions } from "./mean-metrics.js";
import { Metric } from "./metric.js";
import {
  type Average,
  type Averaged,
  averaged,
  type ClassScore,
  fBetaOf,
  precisionOf,
  recallOf,
  requireBeta,
  type ScoreOptions,
  specificityOf,
} from "./scores.js";

/**
 * Counts how often each class is taken for which, batch by batch: `result()` is the matrix, by what is true, then by what was
 * predicted.
 * @example
 * const confusion = new metrics.ConfusionMatrix();
 * confusion.update(tensor([0.9, 0.2]), tensor([1, 1], { dtype: "int32" }));
 * confusion.result(); // [[0, 0], [1, 1]]
 */
export class ConfusionMatrix extends Metric<number[][]> {
  override readonly name: string;
  readonly #options: ClassOptions;
  #counts: number[][] = [];

  constructor({ name = "confusionMatrix", ...options }: MetricOptions & ClassOptions = {}) {
    super();
    this.name = name;
    this.#options = options;
  }

  override update(predictions: Tensor, labels: Tensor): void {
    const batch = countClasses(this.name, predictions, labels, this.#options);
    const classes = Math.max(batch.length, this.#counts.length);
    this.#counts = Array.from({ length: classes }, (_, i) =>
      Array.from({ length: classes }, (_, j) => (this.#counts[i]?.[j] ?? 0) + (batch[i]?.[j] ?? 0)),
    );
  }

  override result(): number[][] {
    if (this.#counts.length === 0) this.nothing();
    return this.#counts.map(row => [...row]);
  }

  override reset(): void {
    this.#counts = [];
  }
}

/** A score of the classes, from a confusion matrix that grows. */
abstract class ClassMetric<A extends Average> extends Metric<Averaged<A>> {
  override readonly name: string;
  readonly #score: ClassScore;
  readonly #options: ScoreOptions<A>;
  readonly #confusion: ConfusionMatrix;

  constructor(name: string, score: ClassScore, options: ScoreOptions<A>) {
    super();
    this.name = name;
    this.#score = score;
    this.#options = options;
    this.#confusion = new ConfusionMatrix({ ...options, name });
  }

  override update(predictions: Tensor, labels: Tensor): void {
    this.#confusion.update(predictions, labels);
  }

  override result(): Averaged<A> {
    return averaged(this.name, this.#confusion.result(), this.#score, this.#options) as Averaged<A>;
  }

  override reset(): void {
    this.#confusion.reset();
  }
}

/** Of those predicted as a class, the share that belongs to it. @example new metrics.Precision({ average: "macro" }); */
export class Precision<A extends Average = "binary"> extends ClassMetric<A> {
  constructor({ name = "precision", ...options }: MetricOptions & ScoreOptions<A> = {}) {
    super(name, precisionOf, options as ScoreOptions<A>);
  }
}

/** Of those of a class, the share that was found. @example new metrics.Recall(); */
export class Recall<A extends Average = "binary"> extends ClassMetric<A> {
  constructor({ name = "recall", ...options }: MetricOptions & ScoreOptions<A> = {}) {
    super(name, recallOf, options as ScoreOptions<A>);
  }
}

/** Of those not of a class, the share that was left out. @example new metrics.Specificity(); */
export class Specificity<A extends Average = "binary"> extends ClassMetric<A> {
  constructor({ name = "specificity", ...options }: MetricOptions & ScoreOptions<A> = {}) {
    super(name, specificityOf, options as ScoreOptions<A>);
  }
}

/** The harmonic mean of precision and recall, in which recall counts `beta` times as much. @example new metrics.FBeta({ beta: 2 }); */
export class FBeta<A extends Average = "binary"> extends ClassMetric<A> {
  constructor({ name = "fBeta", beta = 1, ...options }: MetricOptions & ScoreOptions<A> & { beta?: number } = {}) {
    super(name, fBetaOf(requireBeta("FBeta", beta)), options as ScoreOptions<A>);
  }
}
