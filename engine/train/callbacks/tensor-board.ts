import { ValueError } from "../../errors.js";
import type { Callback, Logs, Training } from "./callback.js";
import { scalarRecord, versionRecord } from "./event-file.js";
import { requireWhole } from "./monitor.js";

/** What `TensorBoard` writes. */
export interface TensorBoardOptions {
  /** The numbers of every epoch (default), or also the running ones after every so many batches. */
  updateFreq?: "epoch" | number;
}

/**
 * Writes event files for TensorBoard, as `keras.callbacks.TensorBoard`: `epoch_loss` and the like in the folders `train` and
 * `validation`, and the learning rate.
 * @throws ValueError for an empty folder name or a frequency that makes no sense
 * @example
 * model.compile({ optimizer: "adam", loss: "mse" });
 * await model.fit(x, y, { epochs: 2, callbacks: [new train.TensorBoard("logs")], verbose: 0 });
 */
export class TensorBoard implements Callback {
  readonly #folder: string;
  readonly #files = new Map<"train" | "validation", string>();
  #step = 0;

  constructor(folder: string, { updateFreq = "epoch" }: TensorBoardOptions = {}) {
    if (typeof folder !== "string" || folder === "") {
      throw new ValueError("there is no folder", { op: "TensorBoard", hint: 'Give one, as "logs".' });
    }
    this.#folder = folder;
    if (updateFreq === "epoch") return;
    requireWhole("TensorBoard", "updateFreq", updateFreq, 1);
    this.onTrainBatchEnd = async (_batch, logs) => {
      if (++this.#step % updateFreq === 0) await this.#write("train", this.#step, prefixed("batch_", logs()));
    };
  }

  /** Present only where batches are written, because it costs time after each. */
  onTrainBatchEnd?: NonNullable<Callback["onTrainBatchEnd"]>;

  /** Begins anew. */
  onTrainBegin(): void {
    this.#files.clear();
    this.#step = 0;
  }

  /** Called by `fit` after each epoch, with its numbers. */
  async onEpochEnd(epoch: number, logs: Logs, { optimizer }: Training): Promise<void> {
    const entries = Object.entries(logs);
    const own = entries.filter(([name]) => !name.startsWith("val_"));
    const validation = entries
      .filter(([name]) => name.startsWith("val_"))
      .map(([name, value]) => [name.slice("val_".length), value]);
    await this.#write("train", epoch, {
      ...prefixed("epoch_", Object.fromEntries(own)),
      epoch_learning_rate: optimizer.lr,
    });
    if (validation.length > 0) {
      await this.#write("validation", epoch, prefixed("epoch_", Object.fromEntries(validation)));
    }
  }

  async #write(run: "train" | "validation", step: number, values: Logs): Promise<void> {
    const { appendFile, mkdir } = await import("node:fs/promises");
    const { join } = await import("node:path");
    const { randomUUID } = await import("node:crypto");
    const wallTime = Date.now() / 1000;
    let file = this.#files.get(run);
    if (file === undefined) {
      await mkdir(join(this.#folder, run), { recursive: true });
      // TensorBoard knows its files by ".tfevents." and reads them in the order of their names.
      file = join(this.#folder, run, `events.out.tfevents.${Math.floor(wallTime)}.${randomUUID().slice(0, 8)}.v2`);
      this.#files.set(run, file);
      await appendFile(file, versionRecord(wallTime));
    }
    await appendFile(file, scalarRecord({ wallTime, step, values }));
  }
}

const prefixed = (prefix: string, logs: Logs) =>
  Object.fromEntries(Object.entries(logs).map(([name, value]) => [prefix + name, value]));
