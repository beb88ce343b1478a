import { ValueError } from "../../errors.js";
import type { Callback, Logs, Training } from "./callback.js";
import { Monitor, type MonitorOptions, requireWhole } from "./monitor.js";

/** When `ReduceLROnPlateau` lowers the learning rate, and by how much. */
export interface ReduceOnPlateauOptions extends MonitorOptions {
  /** What the rate is multiplied by, below 1 (default 0.1). */
  factor?: number;
  /** Epochs without improvement that are let pass (default 10). */
  patience?: number;
  /** Smaller changes are no improvement (default 1e-4). */
  minDelta?: number;
  /** Epochs after a reduction in which nothing is counted (default 0). */
  cooldown?: number;
  /** The rate does not go below (default 0). */
  minLr?: number;
}

/**
 * Lowers the learning rate when a number has stopped improving, as `keras.callbacks.ReduceLROnPlateau`; for loops of your own
 * there is `optim.ReduceLROnPlateau`.
 * @throws ValueError for options out of range, or a number that there is not
 * @example
 * model.compile({ optimizer: "adam", loss: "mse" });
 * const plateau = new train.ReduceLROnPlateau({ monitor: "loss", factor: 0.5, patience: 2 });
 * await model.fit(x, y, { epochs: 3, callbacks: [plateau], verbose: 0 });
 */
export class ReduceLROnPlateau implements Callback {
  readonly #options: Required<Omit<ReduceOnPlateauOptions, keyof MonitorOptions>> & MonitorOptions;
  #monitor: Monitor;
  #wait = 0;
  #cooling = 0;

  constructor(options: ReduceOnPlateauOptions = {}) {
    this.#options = { factor: 0.1, patience: 10, minDelta: 1e-4, cooldown: 0, minLr: 0, ...options };
    const { factor, patience, cooldown, minLr } = this.#options;
    requireWhole("ReduceLROnPlateau", "patience", patience);
    requireWhole("ReduceLROnPlateau", "cooldown", cooldown);
    if (!(factor >= 0 && factor < 1)) {
      throw new ValueError(`factor is ${factor}`, {
        op: "ReduceLROnPlateau",
        hint: "Give a number from 0 to below 1.",
      });
    }
    if (!(minLr >= 0)) {
      throw new ValueError(`minLr is ${minLr}`, { op: "ReduceLROnPlateau", hint: "Give a number of at least 0." });
    }
    this.#monitor = this.#newMonitor();
  }

  /** Begins anew. */
  onTrainBegin(): void {
    this.#monitor = this.#newMonitor();
    this.#wait = 0;
    this.#cooling = 0;
  }

  /** Called by `fit` after each epoch, with its numbers. */
  onEpochEnd(_: number, logs: Logs, { optimizer }: Training): void {
    const value = this.#monitor.read(logs);
    if (this.#cooling > 0) {
      this.#cooling--;
      this.#wait = 0;
    }
    if (this.#monitor.improves(value)) {
      this.#monitor.best = value;
      this.#wait = 0;
      return;
    }
    const { patience, factor, minLr, cooldown } = this.#options;
    if (this.#cooling > 0 || ++this.#wait < patience) return;
    const reducible = optimizer.groups.filter(group => group.lr > minLr);
    for (const group of reducible) group.lr = Math.max(group.lr * factor, minLr);
    if (reducible.length === 0) return;
    this.#cooling = cooldown;
    this.#wait = 0;
  }

  #newMonitor(): Monitor {
    return new Monitor("ReduceLROnPlateau", this.#options, this.#options.minDelta);
  }
}
