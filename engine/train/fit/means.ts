import type { Tensor } from "../../tensor.js";

/** So many tensors wait before they are read: reading makes the program wait. */
const mostWaiting = 256;

/** Running means of scalars, weighted by the samples of their batches. */
export class Means {
  #waiting: { values: Readonly<Record<string, Tensor>>; weight: number }[] = [];
  #sums = new Map<string, { sum: number; weight: number }>();

  add(values: Readonly<Record<string, Tensor>>, weight: number): void {
    this.#waiting.push({ values, weight });
    if (this.#waiting.length >= mostWaiting) this.#read();
  }

  results(): Record<string, number> {
    this.#read();
    return Object.fromEntries([...this.#sums].map(([name, { sum, weight }]) => [name, sum / weight]));
  }

  reset(): void {
    this.#waiting = [];
    this.#sums.clear();
  }

  #read(): void {
    const waiting = this.#waiting;
    this.#waiting = [];
    for (const { values, weight } of waiting) {
      for (const name in values) {
        const entry = this.#sums.get(name) ?? { sum: 0, weight: 0 };
        entry.sum += weight * Number(values[name]!.item());
        entry.weight += weight;
        this.#sums.set(name, entry);
      }
    }
  }
}
