import { load } from "../../io/checkpoint/load.js";
import { save } from "../../io/checkpoint/save.js";
import { defaultGenerator } from "../../random.js";
import { isPlainObject } from "../../tree.js";
import type { Callback, Logs, Training } from "./callback.js";
import { makeFolderOf } from "./folder.js";

/**
 * Keeps a backup of training after every epoch, as `keras.callbacks.BackupAndRestore`: a `fit` that finds one goes on after the
 * epoch it is of, bit for bit: weights, optimizer, random state, order of the samples. When training has come to its end the file is
 * removed; after Stop or an error it stays.
 * @throws as `io.load` for a backup of another model or optimizer
 * @example
 * model.compile({ optimizer: "adam", loss: "mse" });
 * const backup = new train.BackupAndRestore("backup.safetensors");
 * await model.fit(x, y, { epochs: 2, callbacks: [backup], verbose: 0 });
 */
export class BackupAndRestore implements Callback {
  readonly #path: string;
  readonly #deleteCheckpoint: boolean;

  constructor(path: string, { deleteCheckpoint = true }: { deleteCheckpoint?: boolean } = {}) {
    this.#path = path;
    this.#deleteCheckpoint = deleteCheckpoint;
  }

  /** Begins anew. */
  async onTrainBegin(training: Training): Promise<void> {
    const { access } = await import("node:fs/promises");
    const isThere = await access(this.#path).then(
      () => true,
      () => false,
    );
    if (!isThere) return;
    const { model, optimizer } = training;
    const { epoch, extra } = await load(this.#path, { model, optimizer, generator: defaultGenerator() });
    training.initialEpoch = epoch;
    if (isPlainObject(extra) && typeof extra.seed === "number") training.seed = extra.seed;
  }

  /** Called by `fit` after each epoch, with its numbers. */
  async onEpochEnd(epoch: number, _: Logs, { model, optimizer, seed }: Training): Promise<void> {
    await makeFolderOf(this.#path);
    await save(model, this.#path, { optimizer, epoch: epoch + 1, extra: { seed } });
  }

  /** Called by `fit` when training has come to its end. */
  async onTrainEnd(): Promise<void> {
    if (!this.#deleteCheckpoint) return;
    const { rm } = await import("node:fs/promises");
    await rm(this.#path, { force: true });
  }
}
