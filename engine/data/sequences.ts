import { ValueError } from "../errors.js";
import { tensor } from "../ops/create.js";
import type { Tensor } from "../tensor.js";
import { RandomStream } from "./stream.js";

/** How many sequences are drawn, and how long they are. */
export interface SequenceOptions {
  /** Sequences in all (default 200). */
  count?: number;
  /** Steps of each (default 20). */
  length?: number;
  /** An integer that decides everything that is drawn (default 0). */
  seed?: number;
}

function requireSizes(op: string, sizes: Readonly<Record<string, number>>, seed: number): void {
  for (const [name, value] of Object.entries(sizes)) {
    const least = name === "length" ? 2 : 1;
    if (Number.isSafeInteger(value) && value >= least) continue;
    throw new ValueError(`${name} is ${value}`, { op, hint: `Give a whole number, ${least} or more.` });
  }
  if (!Number.isSafeInteger(seed)) throw new ValueError(`seed is ${seed}`, { op, hint: "Give an integer." });
}

/**
 * Sine waves of their own frequency and phase, with the step that follows as the target: for predicting the next value.
 * x: float32 [count, length, 1]; y: float32 [count, 1].
 * @throws ValueError for counts that make no sense
 * @example data.waves({ count: 8, length: 30 }).x.shape; // [8, 30, 1]
 */
export function waves({ count = 200, length = 20, noise = 0, seed = 0 }: SequenceOptions & { noise?: number } = {}): {
  x: Tensor<[number, number, 1], "float32">;
  y: Tensor<[number, 1], "float32">;
} {
  requireSizes("waves", { count, length }, seed);
  const random = new RandomStream(seed);
  const x = new Float32Array(count * length);
  const y = new Float32Array(count);
  for (let i = 0; i < count; i++) {
    const [frequency, phase] = [random.uniform(0.1, 0.5), random.uniform(0, 2 * Math.PI)];
    for (let t = 0; t < length; t++) x[i * length + t] = Math.sin(frequency * t + phase) + noise * random.bell();
    y[i] = Math.sin(frequency * length + phase);
  }
  return { x: tensor(x, { shape: [count, length, 1] }), y: tensor(y, { shape: [count, 1] }) };
}

/**
 * The adding problem (Hochreiter and Schmidhuber 1997): of a sequence of numbers two are marked, and the target is their sum;
 * it asks for memory over the whole length. x: float32 [count, length, 2], the number and its mark; y: float32 [count, 1].
 * @throws ValueError for counts that make no sense
 * @example data.adding({ count: 8, length: 50 }).y.shape; // [8, 1]
 */
export function adding({ count = 200, length = 20, seed = 0 }: SequenceOptions = {}): {
  x: Tensor<[number, number, 2], "float32">;
  y: Tensor<[number, 1], "float32">;
} {
  requireSizes("adding", { count, length }, seed);
  const random = new RandomStream(seed);
  const x = new Float32Array(count * length * 2);
  const y = new Float32Array(count);
  const half = Math.floor(length / 2);
  for (let i = 0; i < count; i++) {
    const at = i * length;
    for (let t = 0; t < length; t++) x[2 * (at + t)] = random.uniform();
    for (const t of [random.below(half), half + random.below(length - half)]) {
      x[2 * (at + t) + 1] = 1;
      y[i]! += x[2 * (at + t)]!;
    }
  }
  return { x: tensor(x, { shape: [count, length, 2] }), y: tensor(y, { shape: [count, 1] }) };
}
