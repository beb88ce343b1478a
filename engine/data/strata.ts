import { ShapeError, ValueError } from "../errors.js";
import type { Columns } from "./rows.js";
import type { RandomStream } from "./stream.js";

/**
 * The samples of every class, in order of the classes.
 * @throws ShapeError when the column does not hold one class per sample; ValueError when it is not there
 */
export function strataOf(op: string, columns: Columns, by: string): Int32Array[] {
  const column = columns[by];
  if (column === undefined) {
    throw new ValueError(`there is no column ${JSON.stringify(by)}`, {
      op,
      expected: Object.keys(columns).join(", "),
      got: by,
      hint: "Name the column that holds the classes.",
    });
  }
  if (column.shape.length !== 1) {
    throw new ShapeError(`${by} has ${column.shape.length} axes`, {
      op,
      hint: "Classes are one number per sample: [N].",
    });
  }
  const members = new Map<number, number[]>();
  const labels = Array.from(column.data() as ArrayLike<number | bigint>, Number);
  labels.forEach((label, sample) => {
    const list = members.get(label);
    if (list) list.push(sample);
    else members.set(label, [sample]);
  });
  return [...members].sort(([a], [b]) => a - b).map(([, samples]) => Int32Array.from(samples));
}

/**
 * How many of each class are drawn, so that the shares stay: rounded down, then one more for the classes that lost most, as
 * scikit-learn does it; those that lost equally much take turns by chance.
 */
export function drawnOfEach(sizes: readonly number[], draws: number, random: RandomStream): number[] {
  const all = sizes.reduce((a, b) => a + b, 0);
  const exact = sizes.map(size => (size * draws) / all);
  const counts = exact.map(Math.floor);
  const chance = random.permutation(sizes.length);
  const losers = sizes
    .map((_, i) => i)
    .sort((a, b) => exact[b]! - counts[b]! - (exact[a]! - counts[a]!) || chance[a]! - chance[b]!);
  const missing = draws - counts.reduce((a, b) => a + b, 0);
  for (const loser of losers.slice(0, missing)) counts[loser]!++;
  return counts;
}

/** Puts samples in another order, in place. */
export function shuffle(samples: Int32Array, random: RandomStream): Int32Array {
  const order = random.permutation(samples.length);
  return samples.map((_, i) => samples[order[i]!]!);
}
