import { denseCopy } from "../../record.js";
import type { Tensor } from "../../tensor.js";
import type { Callback, Logs, Training } from "./callback.js";
import { Monitor, type MonitorOptions, requireWhole } from "./monitor.js";

/** When `EarlyStopping` ends training. */
export interface EarlyStoppingOptions extends MonitorOptions {
  /** Epochs without improvement that are let pass (default 0). */
  patience?: number;
  /** Smaller changes are no improvement (default 0). */
  minDelta?: number;
  /** Counting begins anew only when the number is better than this, too. */
  baseline?: number;
  /** True: in the end the model has the weights of its best epoch (default false). */
  restoreBestWeights?: boolean;
  /** Epochs in the beginning that are not looked at (default 0). */
  startFromEpoch?: number;
}

/**
 * Ends training when a number has stopped improving, as `keras.callbacks.EarlyStopping`. NaN is no improvement.
 * @throws ValueError for options out of range, or a number that there is not
 * @example
 * model.compile({ optimizer: "adam", loss: "mse" });
 * const stopping = new train.EarlyStopping({ patience: 2, restoreBestWeights: true });
 * await model.fit(x, y, { epochs: 20, validationSplit: 0.25, callbacks: [stopping], verbose: 0 });
 */
export class EarlyStopping implements Callback {
  /** The epoch at which it ended training, counted from 0. */
  stoppedEpoch: number | undefined;
  /** The best epoch, counted from 0. */
  bestEpoch: number | undefined;
  readonly #options: Required<Omit<EarlyStoppingOptions, keyof MonitorOptions | "baseline">> & EarlyStoppingOptions;
  #monitor: Monitor;
  #wait = 0;
  #weights: Record<string, Tensor> | undefined;

  constructor(options: EarlyStoppingOptions = {}) {
    this.#options = { patience: 0, minDelta: 0, restoreBestWeights: false, startFromEpoch: 0, ...options };
    requireWhole("EarlyStopping", "patience", this.#options.patience);
    requireWhole("EarlyStopping", "startFromEpoch", this.#options.startFromEpoch);
    this.#monitor = this.#newMonitor();
  }

  /** The best number so far. */
  get best(): number {
    return this.#monitor.best;
  }

  /** Begins anew. */
  onTrainBegin(): void {
    this.#monitor = this.#newMonitor();
    this.#wait = 0;
    this.#weights = undefined;
    this.stoppedEpoch = undefined;
    this.bestEpoch = undefined;
  }

  /** Called by `fit` after each epoch, with its numbers. */
  onEpochEnd(epoch: number, logs: Logs, training: Training): void {
    const value = this.#monitor.read(logs);
    const { startFromEpoch, baseline, patience } = this.#options;
    if (epoch < startFromEpoch) return;
    // Weights that were never remembered are the best there are.
    if (this.bestEpoch === undefined) this.#remember(epoch, training);
    this.#wait++;
    if (this.#monitor.improves(value)) {
      this.#monitor.best = value;
      this.#remember(epoch, training);
      if (baseline === undefined || this.#monitor.improves(value, baseline)) this.#wait = 0;
    } else if (this.#wait >= patience && epoch > 0) {
      this.stoppedEpoch = epoch;
      training.stop();
    }
  }

  /** Called by `fit` when training has come to its end. */
  onTrainEnd(_: Logs, { model }: Training): void {
    if (this.#weights) model.loadStateDict(this.#weights);
  }

  #newMonitor(): Monitor {
    return new Monitor("EarlyStopping", this.#options, this.#options.minDelta);
  }

  #remember(epoch: number, { model }: Training): void {
    this.bestEpoch = epoch;
    if (!this.#options.restoreBestWeights) return;
    const state = Object.entries(model.stateDict());
    this.#weights = Object.fromEntries(state.map(([name, x]) => [name, denseCopy(x)]));
  }
}
