import type { TrainingRun } from "./events.js";

/** Means of the steps' values over an epoch, taken from the events themselves. */
export class EpochMeans {
  #run: TrainingRun;
  #sums = new Map<string, { sum: number; count: number }>();
  #learningRate: number | undefined;

  constructor(run: TrainingRun) {
    this.#run = run;
    // Nothing listens to a run that nobody watches: this listener must not be what makes values be read.
    if (!run.observed) return;
    run.subscribe(event => {
      if (event.kind !== "step") return;
      this.#learningRate = event.learningRate;
      for (const [name, value] of Object.entries(event.values)) {
        const entry = this.#sums.get(name) ?? { sum: 0, count: 0 };
        entry.sum += value;
        entry.count++;
        this.#sums.set(name, entry);
      }
    });
  }

  /** Emits the epoch's means and begins the next. */
  close(epoch: number, step: number): void {
    const values = Object.fromEntries([...this.#sums].map(([name, { sum, count }]) => [name, sum / count]));
    this.#sums.clear();
    const learningRate = this.#learningRate;
    this.#run.emit({ kind: "epoch", epoch, step, values, ...(learningRate === undefined ? {} : { learningRate }) });
  }
}
