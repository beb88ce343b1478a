/**
 * A small seeded generator for data that is made or shuffled on the host (sfc32). It uses integer arithmetic and exact
 * divisions only, so a seed gives the same numbers on every machine; the tensors' own generator is `random.ts`.
 */
export class RandomStream {
  #a: number;
  #b: number;
  #c: number;
  #counter = 1;

  /** `lane` separates streams of one seed, e.g. one for each picture. */
  constructor(seed: number, lane = 0) {
    this.#a = seed | 0;
    this.#b = Math.floor(seed / 2 ** 32) | 0;
    this.#c = lane | 0;
    for (let i = 0; i < 12; i++) this.next();
  }

  /** An integer in [0, 2^32). */
  next(): number {
    const sum = (this.#a + this.#b + this.#counter) | 0;
    this.#counter = (this.#counter + 1) | 0;
    this.#a = this.#b ^ (this.#b >>> 9);
    this.#b = (this.#c + (this.#c << 3)) | 0;
    this.#c = ((this.#c << 21) | (this.#c >>> 11)) + sum;
    this.#c |= 0;
    return sum >>> 0;
  }

  /** A number in [low, high). */
  uniform(low = 0, high = 1): number {
    return low + (high - low) * (this.next() / 2 ** 32);
  }

  /** Bell-shaped with mean 0 and deviation 1, never beyond 3.5: the sum of four uniforms, for `Math.log` differs by machine. */
  bell(): number {
    return (this.uniform() + this.uniform() + this.uniform() + this.uniform() - 2) * 1.7320508075688772;
  }

  /** An integer in [0, count), each equally likely. */
  below(count: number): number {
    // The rejected tail keeps small remainders from being likelier.
    const limit = 2 ** 32 - (2 ** 32 % count);
    let value = this.next();
    while (value >= limit) value = this.next();
    return value % count;
  }

  /** The integers 0 ... count - 1 in random order. */
  permutation(count: number): Int32Array<ArrayBuffer> {
    const order = Int32Array.from({ length: count }, (_, i) => i);
    for (let i = count - 1; i > 0; i--) {
      const j = this.below(i + 1);
      const swapped = order[i]!;
      order[i] = order[j]!;
      order[j] = swapped;
    }
    return order;
  }
}
