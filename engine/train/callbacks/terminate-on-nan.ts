import type { Callback, Logs, Training } from "./callback.js";

/**
 * Ends training as soon as the loss is NaN or infinite, as `keras.callbacks.TerminateOnNaN`. It reads the loss after every
 * batch.
 * @example
 * model.compile({ optimizer: "adam", loss: "mse" });
 * await model.fit(x, y, { callbacks: [new train.TerminateOnNaN()], verbose: 0 });
 */
export class TerminateOnNaN implements Callback {
  /** The batch whose loss it was, counted from 0 in its epoch. */
  batch: number | undefined;

  /** Begins anew. */
  onTrainBegin(): void {
    this.batch = undefined;
  }

  /** Called by `fit` after each batch. */
  onTrainBatchEnd(batch: number, logs: () => Logs, training: Training): void {
    const { loss } = logs();
    if (loss === undefined || Number.isFinite(loss)) return;
    this.batch = batch;
    training.stop();
  }
}
