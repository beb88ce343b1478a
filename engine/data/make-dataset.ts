import type { TypedArray } from "../backend/backend.js";
import type { DType } from "../dtype.js";
import { ShapeError, ValueError } from "../errors.js";
import { at } from "../ops/at.js";
import { tensor } from "../ops/create.js";
import type { Shape } from "../shape.js";
import { Tensor } from "../tensor.js";
import { isPlainObject } from "../tree.js";
import { collate } from "./collate.js";
import { Dataset } from "./dataset.js";
import { rowsAt } from "./rows.js";
import { indexed } from "./source.js";

/** Tensors and lists that belong together: entry i of each is sample i. */
export type MixedColumns = Readonly<Record<string, Tensor | readonly unknown[] | TypedArray>>;

/** Sample i of a tensor or list. */
export type RowOf<C> =
  C extends Tensor<infer S, infer D>
    ? Tensor<S extends readonly [number, ...infer Rest extends Shape] ? Rest : number[], D>
    : C extends readonly (infer E)[]
      ? E
      : C extends TypedArray
        ? Tensor<[], DTypeOf<C>>
        : unknown;

type DTypeOf<A extends TypedArray> = A extends Float32Array
  ? "float32"
  : A extends Int32Array
    ? "int32"
    : A extends Uint8Array
      ? "uint8"
      : DType;

/**
 * Makes a dataset: of a list of samples; of an object of columns (tensors or lists), whose samples are objects with one row of
 * each (a typed array is taken as a tensor [N]); of a tensor, whose samples are its rows; or of a function that begins a pass, as a generator.
 * @throws ValueError for another kind of source; ShapeError when columns differ in length
 * @example
 * const samples = data.dataset({ image: zeros([10, 28, 28]), name: ["a", "b", "c", "d", "e", "f", "g", "h", "i", "j"] });
 * (await samples.at(2)).name; // "c"
 * const lines = data.dataset(function* () { yield "one"; yield "two"; });
 * await lines.map(line => line.length).toArray(); // [3, 3]
 */
export function dataset<T>(samples: readonly T[]): Dataset<T>;
export function dataset<T>(begin: () => Iterable<T> | AsyncIterable<T>): Dataset<T>;
export function dataset<T extends Tensor>(rows: T): Dataset<RowOf<T>>;
export function dataset<C extends MixedColumns>(columns: C): Dataset<{ [K in keyof C]: RowOf<C[K]> }>;
export function dataset(from: unknown): Dataset<unknown> {
  if (typeof from === "function") {
    return new Dataset({ length: undefined, pass: () => requireIterable((from as () => unknown)()) });
  }
  if (from instanceof Tensor) {
    return new Dataset(indexed(lengthOf("the tensor", from), rowReader(from), i => rowsAt({ from }, i).from));
  }
  if (Array.isArray(from)) return new Dataset(indexed(from.length, i => from[i]));
  if (isPlainObject(from) && Object.keys(from).length > 0) return ofColumns(from);
  throw new ValueError("there is nothing to take samples from", {
    op: "dataset",
    expected: "a list, a tensor, an object of columns, or a function that begins a pass",
    hint: "Give a list, a tensor, an object of columns as { images, labels }, or a generator function.",
  });
}

function ofColumns(given: Record<string, unknown>): Dataset<unknown> {
  const names = Object.keys(given);
  const columns = Object.fromEntries(
    Object.entries(given).map(([name, column]) => [
      name,
      ArrayBuffer.isView(column) && "length" in column ? tensor(column as TypedArray) : column,
    ]),
  );
  const length = lengthOf(names[0]!, columns[names[0]!]);
  for (const name of names) {
    const own = lengthOf(name, columns[name]);
    if (own === length) continue;
    throw new ShapeError(`${names[0]} has ${length} samples and ${name} has ${own}`, {
      op: "dataset",
      hint: "All columns must have the same number of samples.",
    });
  }
  const readers = names.map(name => [name, rowReader(columns[name])] as const);
  const gatherers = names.map(name => [name, gatherer(columns[name])] as const);
  return new Dataset<unknown>(
    indexed(
      length,
      i => Object.fromEntries(readers.map(([name, read]) => [name, read(i)])),
      indices => Object.fromEntries(gatherers.map(([name, gather]) => [name, gather(indices)])),
    ),
  );
}

function lengthOf(name: string, column: unknown): number {
  if (column instanceof Tensor) {
    if (column.shape.length > 0) return column.shape[0]!;
    throw new ShapeError(`${name} is a scalar`, { op: "dataset", hint: "Its first axis counts samples." });
  }
  if (Array.isArray(column)) return column.length;
  throw new ValueError(`${name} is neither a tensor nor a list`, {
    op: "dataset",
    hint: "Columns are tensors, arrays or typed arrays.",
  });
}

function rowReader(column: unknown): (index: number) => unknown {
  if (column instanceof Tensor) return i => at(column, i);
  return i => (column as readonly unknown[])[i];
}

function gatherer(column: unknown): (indices: Int32Array) => unknown {
  if (column instanceof Tensor) return indices => rowsAt({ column }, indices).column;
  return indices => collate(Array.from(indices, i => (column as readonly unknown[])[i]));
}

function requireIterable(value: unknown): Iterable<unknown> | AsyncIterable<unknown> {
  if (typeof value === "object" && value !== null && (Symbol.iterator in value || Symbol.asyncIterator in value)) {
    return value as Iterable<unknown>;
  }
  throw new ValueError("the function gave nothing to go through", {
    op: "dataset",
    hint: "It must return an iterable, or be a generator: function* () { yield sample; }.",
  });
}
