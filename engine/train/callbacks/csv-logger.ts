import type { Callback, Logs } from "./callback.js";
import { makeFolderOf } from "./folder.js";

/** How `CSVLogger` writes. */
export interface CSVLoggerOptions {
  /** Between the columns (default `","`). */
  separator?: string;
  /** True: goes on with a file that is there (default false: begins it anew). */
  append?: boolean;
}

/**
 * Writes the numbers of every epoch into a CSV file, as `keras.callbacks.CSVLogger`: `epoch`, counted from 0, then the others in
 * alphabetical order; `NA` where an epoch has none.
 * @example
 * model.compile({ optimizer: "adam", loss: "mse" });
 * await model.fit(x, y, { epochs: 2, callbacks: [new train.CSVLogger("training.csv")], verbose: 0 });
 */
export class CSVLogger implements Callback {
  readonly #path: string;
  readonly #separator: string;
  readonly #append: boolean;
  #columns: string[] | undefined;
  #hasHead = false;

  constructor(path: string, { separator = ",", append = false }: CSVLoggerOptions = {}) {
    this.#path = path;
    this.#separator = separator;
    this.#append = append;
  }

  /** Begins anew. */
  async onTrainBegin(): Promise<void> {
    const { readFile, writeFile } = await import("node:fs/promises");
    this.#columns = undefined;
    await makeFolderOf(this.#path);
    const before = this.#append ? await readFile(this.#path, "utf8").catch(() => "") : "";
    this.#hasHead = before !== "";
    if (this.#hasHead)
      this.#columns = before
        .slice(0, before.search(/\r?\n|$/))
        .split(this.#separator)
        .slice(1);
    else await writeFile(this.#path, "");
  }

  /** Called by `fit` after each epoch, with its numbers. */
  async onEpochEnd(epoch: number, logs: Logs): Promise<void> {
    const { appendFile } = await import("node:fs/promises");
    this.#columns ??= Object.keys(logs).sort();
    const lines = [[epoch, ...this.#columns.map(name => logs[name] ?? "NA")]];
    if (!this.#hasHead) lines.unshift(["epoch", ...this.#columns] as never);
    this.#hasHead = true;
    await appendFile(this.#path, lines.map(line => `${line.join(this.#separator)}\n`).join(""));
  }
}
