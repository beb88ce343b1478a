import { noGrad } from "../../autograd/graph.js";
import { ShapeError } from "../../errors.js";
import type { Tensor } from "../../tensor.js";

/** A metric that grows batch by batch: `update`, then `result`; `reset` begins anew. */
export abstract class Metric<Result = number> {
  /** How logs and histories call it. */
  abstract readonly name: string;
  /** Counts a batch. Predictions first, then what is true. */
  abstract update(predictions: Tensor, labels: Tensor): void;
  /** What all batches since the last reset give. @throws ShapeError before the first batch */
  abstract result(): Result;
  /** Forgets all batches. */
  abstract reset(): void;

  /** @throws ShapeError that says nothing was counted yet */
  protected nothing(): never {
    throw new ShapeError("no batch was counted yet", {
      op: this.name,
      hint: "Call update(predictions, labels) first.",
    });
  }
}

/** How many sums wait on the device before they are read: reading makes the program wait. */
const mostWaiting = 256;

/**
 * A mean of one value per sample, weighted by the sizes of the batches. Batches stay on the device until the result is asked
 * for. A subclass says what the values are.
 */
export abstract class MeanMetric extends Metric {
  #waiting: Tensor[] = [];
  #sum = 0;
  #count = 0;

  /** One value per sample, of any shape: a computation in tensor operations, so that it can be part of a compiled step. */
  abstract values(predictions: Tensor, labels: Tensor): Tensor;

  /** The result from the mean; itself unless a subclass says otherwise. */
  finish(mean: number): number {
    return mean;
  }

  override update(predictions: Tensor, labels: Tensor): void {
    noGrad(() => {
      const values = this.values(predictions, labels);
      this.add(values.cast("float32").sum() as Tensor, values.size);
    });
  }

  /** Counts values that were summed elsewhere, such as in a compiled step. */
  add(sum: Tensor, count: number): void {
    this.#waiting.push(sum);
    this.#count += count;
    if (this.#waiting.length >= mostWaiting) this.#read();
  }

  override result(): number {
    if (this.#count === 0) this.nothing();
    this.#read();
    return this.finish(this.#sum / this.#count);
  }

  override reset(): void {
    this.#waiting = [];
    this.#sum = 0;
    this.#count = 0;
  }

  #read(): void {
    for (const sum of this.#waiting) this.#sum += Number(sum.item());
    this.#waiting = [];
  }
}
