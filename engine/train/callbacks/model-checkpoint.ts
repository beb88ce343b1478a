import { ValueError } from "../../errors.js";
import { save } from "../../io/checkpoint/save.js";
import type { Callback, Logs, Training } from "./callback.js";
import { makeFolderOf } from "./folder.js";
import { Monitor, type MonitorOptions, requireWhole } from "./monitor.js";

/** When `ModelCheckpoint` saves. */
export interface ModelCheckpointOptions extends MonitorOptions {
  /** True: only when the number is better than ever (default false). */
  saveBestOnly?: boolean;
  /** After every epoch (default), or after every so many batches. */
  saveFreq?: "epoch" | number;
  /** What counts as the best in the beginning. */
  initialValueThreshold?: number;
}

/**
 * Saves the model, the optimizer's state, the epoch and the random state while it trains, as `keras.callbacks.ModelCheckpoint`;
 * `io.load` reads the file, other programs read the weights in it (safetensors).
 * In the path `{epoch}` stands for the epoch, counted from 1, and `{val_loss}` for that number; `{epoch:02d}` and
 * `{val_loss:.2f}` give them a form. A file that is written again is replaced when it is complete.
 * @throws ValueError for options out of range, or a number that there is not
 * @example
 * model.compile({ optimizer: "adam", loss: "mse" });
 * const best = new train.ModelCheckpoint("best.safetensors", { monitor: "loss", saveBestOnly: true });
 * await model.fit(x, y, { epochs: 2, callbacks: [best], verbose: 0 });
 * (await io.load("best.safetensors", { model })).epoch; // 2
 */
export class ModelCheckpoint implements Callback {
  /** The file that was written last. */
  lastPath: string | undefined;
  readonly #path: string;
  readonly #monitor: Monitor;
  readonly #bestOnly: boolean;
  readonly #every: number | undefined;
  #epoch = 0;
  #batches = 0;

  constructor(path: string, options: ModelCheckpointOptions = {}) {
    const { saveBestOnly = false, saveFreq = "epoch", initialValueThreshold } = options;
    if (typeof path !== "string" || path === "") {
      throw new ValueError("there is no path", { op: "ModelCheckpoint", hint: 'Give one, as "best.safetensors".' });
    }
    if (saveFreq !== "epoch") requireWhole("ModelCheckpoint", "saveFreq", saveFreq, 1);
    this.#path = path;
    this.#monitor = new Monitor("ModelCheckpoint", options);
    if (initialValueThreshold !== undefined) this.#monitor.best = initialValueThreshold;
    this.#bestOnly = saveBestOnly;
    this.#every = saveFreq === "epoch" ? undefined : saveFreq;
    if (this.#every !== undefined) {
      this.onTrainBatchEnd = async (_batch, logs, training) => {
        if (++this.#batches % this.#every! === 0) await this.#save(this.#epoch, logs(), training);
      };
    }
  }

  /** Present only where batches are counted, because it costs time after each. */
  onTrainBatchEnd?: NonNullable<Callback["onTrainBatchEnd"]>;

  /** Called by `fit` before each epoch. */
  onEpochBegin(epoch: number): void {
    this.#epoch = epoch;
  }

  /** Called by `fit` after each epoch, with its numbers. */
  async onEpochEnd(epoch: number, logs: Logs, training: Training): Promise<void> {
    if (this.#every === undefined) await this.#save(epoch, logs, training);
  }

  async #save(epoch: number, logs: Logs, { model, optimizer }: Training): Promise<void> {
    if (this.#bestOnly) {
      const value = this.#monitor.read(logs);
      if (!this.#monitor.improves(value)) return;
      this.#monitor.best = value;
    }
    const path = filled(this.#path, { ...logs, epoch: epoch + 1 });
    await makeFolderOf(path);
    await save(model, path, { optimizer, epoch: epoch + 1 });
    this.lastPath = path;
  }
}

/** The path with its names filled in: `{epoch:02d}`, `{val_loss:.2f}`, `{loss}`. */
function filled(path: string, values: Logs): string {
  return path.replace(/\{(\w+)(?::(?:0?(\d+)d|\.(\d+)f))?\}/g, (_, name: string, width?: string, decimals?: string) => {
    const value = values[name];
    if (value === undefined) {
      throw new ValueError(`the path names ${name}, which there is not`, {
        op: "ModelCheckpoint",
        hint: `There are ${Object.keys(values).join(", ")}.`,
      });
    }
    if (decimals !== undefined) return value.toFixed(Number(decimals));
    return width === undefined ? String(value) : String(value).padStart(Number(width), "0");
  });
}
