import { ValueError } from "../../errors.js";
import type { Callback, Training } from "./callback.js";

/**
 * Sets the learning rate at the beginning of every epoch, as `keras.callbacks.LearningRateScheduler`: a function of the epoch,
 * counted from 0, and the rate so far.
 * @throws ValueError when the function gives no rate
 * @example
 * model.compile({ optimizer: "adam", loss: "mse" });
 * const schedule = new train.LearningRateScheduler((epoch, lr) => (epoch < 2 ? lr : lr * 0.9));
 * await model.fit(x, y, { epochs: 3, callbacks: [schedule], verbose: 0 });
 */
export class LearningRateScheduler implements Callback {
  readonly #schedule: (epoch: number, lr: number) => number;

  constructor(schedule: (epoch: number, lr: number) => number) {
    this.#schedule = schedule;
  }

  /** Called by `fit` before each epoch. */
  onEpochBegin(epoch: number, { optimizer }: Training): void {
    const rate = this.#schedule(epoch, optimizer.lr);
    if (!(typeof rate === "number" && rate >= 0 && Number.isFinite(rate))) {
      throw new ValueError(`the rate of epoch ${epoch} is ${String(rate)}`, {
        op: "LearningRateScheduler",
        hint: "Return a finite number of at least 0.",
      });
    }
    optimizer.lr = rate;
  }
}
