import type { DType } from "../dtype.js";
import { ShapeError, ValueError } from "../errors.js";
import { expandTo, reshapeTo } from "../layout.js";
import { formatShape, type Shape } from "../shape.js";
import type { Tensor } from "../tensor.js";
import { requireTensor } from "./require.js";

/**
 * Coordinates of a grid: result i holds at every point its coordinate on axis i, taken from the i-th vector. Views.
 * The option `indexing` is "ij" (default): axis i belongs to vector i; "xy": the first two axes are exchanged, as pictures and
 * plots count.
 * @throws ShapeError when something is no vector
 * @example const [rows, columns] = meshgrid([arange(2), arange(3)]); // both [2, 3]
 */
export function meshgrid<D extends DType>(
  vectors: readonly Tensor<Shape, D>[],
  { indexing = "ij" }: { indexing?: "ij" | "xy" } = {},
): Tensor<number[], D>[] {
  if (!Array.isArray(vectors) || vectors.length === 0) {
    throw new ShapeError("no vectors", { op: "meshgrid", hint: "Give an array of tensors with one axis each." });
  }
  if (indexing !== "ij" && indexing !== "xy") {
    throw new ValueError(`no indexing ${String(indexing)}`, { op: "meshgrid", hint: 'There are "ij" and "xy".' });
  }
  for (const x of vectors) {
    requireTensor("meshgrid", x);
    if (x.shape.length > 1) throw new ShapeError(`expected vectors, got ${formatShape(x.shape)}`, { op: "meshgrid" });
  }
  const places = vectors.map((_, i) => (indexing === "xy" && vectors.length > 1 && i < 2 ? 1 - i : i));
  const shape: number[] = [];
  places.forEach((place, i) => {
    shape[place] = vectors[i]!.size;
  });
  const ones = vectors.map(() => 1);
  return vectors.map((x, i) => expandTo(reshapeTo(x, ones.with(places[i]!, x.size)), shape)) as Tensor<number[], D>[];
}
