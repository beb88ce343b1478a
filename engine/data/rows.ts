import { ShapeError, ValueError } from "../errors.js";
import { at } from "../ops/at.js";
import { tensor } from "../ops/create.js";
import { take } from "../ops/indexing.js";
import { slice } from "../ops/slice.js";
import { formatShape, type Shape } from "../shape.js";
import type { Tensor } from "../tensor.js";

/** Tensors that belong together: entry i of each is sample i. `{ images, labels }`, for example. */
export type Columns = Readonly<Record<string, Tensor>>;

/** The same columns with another number of samples. */
export type Resized<C extends Columns> = {
  [K in keyof C]: C[K] extends Tensor<infer S, infer D> ? Tensor<RestOf<S>, D> : never;
};
type RestOf<S extends Shape> = S extends readonly [number, ...infer Rest extends Shape] ? [number, ...Rest] : number[];

/**
 * The number of samples.
 * @throws ShapeError when the columns disagree or one has no axis; ValueError when there are none
 */
export function sampleCount(op: string, columns: Columns): number {
  const entries = Object.entries(columns);
  const first = entries[0];
  if (first === undefined) {
    throw new ValueError("there are no tensors", { op, hint: "Give an object of tensors, as { images, labels }." });
  }
  for (const [name, column] of entries) {
    if (column?.shape === undefined) {
      throw new ValueError(`${name} is no tensor`, { op, hint: "Give an object of tensors, as { images, labels }." });
    }
    if (column.shape.length === 0)
      throw new ShapeError(`${name} is a scalar`, { op, hint: "Its first axis counts samples." });
    if (column.shape[0] !== first[1].shape[0]) {
      throw new ShapeError(
        `${first[0]} ${formatShape(first[1].shape)} and ${name} ${formatShape(column.shape)} have different numbers of samples`,
        { op, hint: "Their first axes must have the same length." },
      );
    }
  }
  return first[1].shape[0]!;
}

/** Samples `first` up to, not including, `end`: views. */
export function rowsFrom<C extends Columns>(columns: C, first: number, end: number): Resized<C> {
  return mapped(columns, column => at(column, slice(first, end)));
}

/** Samples by index: copies. */
export function rowsAt<C extends Columns>(columns: C, indices: Int32Array): Resized<C> {
  const index = tensor(indices, { shape: [indices.length] });
  return mapped(columns, column => take(column, index));
}

function mapped<C extends Columns>(columns: C, change: (column: Tensor) => Tensor): Resized<C> {
  return Object.fromEntries(Object.entries(columns).map(([name, column]) => [name, change(column)])) as Resized<C>;
}
