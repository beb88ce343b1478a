import { ShapeError, ValueError } from "../../errors.js";
import { formatShape } from "../../shape.js";
import type { Tensor } from "../../tensor.js";
import { auc } from "./curves.js";
import { numbersOf } from "./input.js";
import type { MetricOptions } from "./mean-metrics.js";
import { Metric } from "./metric.js";

/**
 * The area under the ROC curve at a fixed number of evenly spaced thresholds from 0 to 1, by the trapezoidal rule, as Keras'
 * `AUC`: its memory does not grow with the samples. Probabilities [N], labels 0 and 1.
 * @throws ValueError for fewer than 2 thresholds, or predictions outside of 0 to 1
 * @example new metrics.BinnedAUC({ thresholds: 200 });
 */
export class BinnedAUC extends Metric {
  override readonly name: string;
  /** At how many thresholds a sample counts as positive (0 to all), for positives and negatives. */
  readonly #positives: Float64Array;
  readonly #negatives: Float64Array;

  constructor({ name = "auc", thresholds = 200 }: MetricOptions & { thresholds?: number } = {}) {
    super();
    if (!Number.isInteger(thresholds) || thresholds < 2) {
      throw new ValueError(`${thresholds} thresholds`, { op: "BinnedAUC", hint: "Give 2 or more." });
    }
    this.name = name;
    this.#positives = new Float64Array(thresholds + 1);
    this.#negatives = new Float64Array(thresholds + 1);
  }

  override update(predictions: Tensor, labels: Tensor): void {
    const [p, l] = [numbersOf(predictions).data, numbersOf(labels).data];
    if (p.length !== l.length) {
      throw new ShapeError(`predictions ${formatShape(predictions.shape)} for labels ${formatShape(labels.shape)}`, {
        op: this.name,
        hint: "Give one prediction for each label.",
      });
    }
    const last = this.#positives.length - 2;
    for (let i = 0; i < p.length; i++) {
      const score = p[i]!;
      if (!(score >= 0 && score <= 1)) {
        throw new ValueError(`prediction ${score} in row ${i}`, { op: this.name, hint: "Give probabilities, 0 to 1." });
      }
      // Thresholds are below 0, then i / (count - 1), then above 1, as in Keras, so that 0 and 1 count on the right side.
      const above = score === 0 ? 1 : Math.min(last, Math.ceil(score * last));
      (l[i] === 0 ? this.#negatives : this.#positives)[above]!++;
    }
  }

  override result(): number {
    const positives = reach(this.#positives);
    const negatives = reach(this.#negatives);
    if (positives[0] === 0 && negatives[0] === 0) this.nothing();
    const rates = (counts: Float64Array) => counts.map(count => count / counts[0]!);
    return auc(rates(negatives), rates(positives));
  }

  override reset(): void {
    this.#positives.fill(0);
    this.#negatives.fill(0);
  }
}

/** How many samples are above each threshold. */
function reach(counts: Float64Array): Float64Array {
  const out = new Float64Array(counts.length);
  for (let i = counts.length - 1, sum = 0; i >= 0; i--) {
    sum += counts[i]!;
    out[i] = sum;
  }
  return out.subarray(1);
}
