import { ValueError } from "../errors.js";
import { tensor } from "../ops/create.js";
import type { Tensor } from "../tensor.js";
import { RandomStream } from "./stream.js";

/** Points of the plane with their classes. */
export interface LabelledPoints {
  /** [N, features], float32. */
  x: Tensor<[number, number], "float32">;
  /** [N], int32. */
  y: Tensor<[number], "int32">;
}

/** How many points are drawn, how far they stray, and by which seed. */
export interface PointOptions {
  /** Points in all (default 200). */
  count?: number;
  /** Standard deviation of the noise. */
  noise?: number;
  /** An integer that decides everything that is drawn (default 0). */
  seed?: number;
}

/** Draws points one by one in random order of their classes, so that any part of them is a fair sample. */
function points(
  op: string,
  { count = 200, seed = 0, noise = 0 }: PointOptions,
  classes: number,
  place: (label: number, random: RandomStream) => readonly number[],
): LabelledPoints {
  if (!Number.isSafeInteger(count) || count < 1)
    throw new ValueError(`count is ${count}`, { op, hint: "Give 1 or more." });
  if (!Number.isSafeInteger(seed)) throw new ValueError(`seed is ${seed}`, { op, hint: "Give an integer." });
  if (!(noise >= 0)) throw new ValueError(`noise is ${noise}`, { op, hint: "Give 0 or more." });
  const random = new RandomStream(seed);
  const labels = random.permutation(count).map(i => i % classes);
  const rows = [...labels].map(label => place(label, random).map(v => v + noise * random.bell()));
  return {
    x: tensor(Float32Array.from(rows.flat()), { shape: [count, rows[0]!.length] }),
    y: tensor(labels, { shape: [count] }) as Tensor<[number], "int32">,
  } as LabelledPoints;
}

/**
 * Round clouds of points, one per class, with centres in [-10, 10]. x: float32 [count, features]; y: int32 [count].
 * @throws ValueError for counts that make no sense
 * @example data.blobs({ count: 300, classes: 4 }).x.shape; // [300, 2]
 */
export function blobs({
  classes = 3,
  features = 2,
  noise = 1,
  ...options
}: PointOptions & { classes?: number; features?: number } = {}): LabelledPoints {
  for (const [name, value] of Object.entries({ classes, features })) {
    if (Number.isSafeInteger(value) && value >= 1) continue;
    throw new ValueError(`${name} is ${value}`, { op: "blobs", hint: "Give a whole number, 1 or more." });
  }
  const random = new RandomStream(options.seed ?? 0, 1);
  const centres = Array.from({ length: classes }, () =>
    Array.from({ length: features }, () => random.uniform(-10, 10)),
  );
  return points("blobs", { noise, ...options }, classes, label => centres[label]!);
}

/**
 * Two half circles that reach into each other: no line separates them. x: float32 [count, 2]; y: int32 [count].
 * @throws as `blobs`
 * @example data.moons({ count: 100 }).y.max().item(); // 1
 */
export function moons({ noise = 0.1, ...options }: PointOptions = {}): LabelledPoints {
  return points("moons", { noise, ...options }, 2, (label, random) => {
    const angle = random.uniform(0, Math.PI);
    return label === 0 ? [Math.cos(angle), Math.sin(angle)] : [1 - Math.cos(angle), 0.5 - Math.sin(angle)];
  });
}

/**
 * A small circle within a large one. `factor` is the small one's radius (default 0.5). x: float32 [count, 2]; y: int32 [count].
 * @throws as `blobs`; ValueError for a factor outside of 0 to 1
 * @example data.circles({ count: 100, factor: 0.3 }).x.shape; // [100, 2]
 */
export function circles({
  noise = 0.05,
  factor = 0.5,
  ...options
}: PointOptions & { factor?: number } = {}): LabelledPoints {
  if (!(factor >= 0 && factor < 1))
    throw new ValueError(`factor is ${factor}`, { op: "circles", hint: "Give 0 to 1." });
  return points("circles", { noise, ...options }, 2, (label, random) => {
    const angle = random.uniform(0, 2 * Math.PI);
    const radius = label === 0 ? 1 : factor;
    return [radius * Math.cos(angle), radius * Math.sin(angle)];
  });
}

/**
 * Arms that wind around each other, one per class. x: float32 [count, 2] within the unit circle; y: int32 [count].
 * @throws as `blobs`
 * @example data.spirals({ count: 150, classes: 3, turns: 1 }).y.max().item(); // 2
 */
export function spirals({
  noise = 0.02,
  classes = 2,
  turns = 1.5,
  ...options
}: PointOptions & { classes?: number; turns?: number } = {}): LabelledPoints {
  if (!Number.isSafeInteger(classes) || classes < 1) {
    throw new ValueError(`classes is ${classes}`, { op: "spirals", hint: "Give a whole number, 1 or more." });
  }
  return points("spirals", { noise, ...options }, classes, (label, random) => {
    const radius = random.uniform(0.05, 1);
    const angle = 2 * Math.PI * (radius * turns + label / classes);
    return [radius * Math.cos(angle), radius * Math.sin(angle)];
  });
}

/**
 * Points of a square; those with both coordinates of the same sign are class 0. x: float32 [count, 2] in [-1, 1] before noise;
 * y: int32 [count].
 * @throws as `blobs`
 * @example data.xor({ count: 4 }).x.shape; // [4, 2]
 */
export function xor({ noise = 0, ...options }: PointOptions = {}): LabelledPoints {
  return points("xor", { noise, ...options }, 2, (label, random) => {
    const [a, b] = [random.uniform(0.05, 1), random.uniform(0.05, 1)];
    const sign = random.below(2) === 0 ? 1 : -1;
    return [sign * a, (label === 0 ? sign : -sign) * b];
  });
}
