import type { Device } from "../backend/backend.js";
import { opcodes } from "../backend/commands.js";
import { ShapeError } from "../errors.js";
import { expandTo, reshapeTo } from "../layout.js";
import { allocate, finish, open, prepared, pushAll, pushOperand, writeData } from "../record.js";
import { broadcastShapes, broadcastStrides, formatShape, rowMajorStrides, type Shape, sizeOf } from "../shape.js";
import { Tensor } from "../tensor.js";
import { tensor } from "./create.js";
import { requireIndices } from "./require.js";
import { type Index, type Region, type Resolved, Slice } from "./slice.js";
import { permute } from "./view.js";

// Indexing by tensors and masks. The axes with picks become one axis, and one list of flat indices into it says what is chosen:
// then it is `take`, and assignment is its counterpart.

/** Makes tensors of arrays on a device, and checks what tensors hold. @throws DTypeError when it is neither integers nor truth values */
export function resolvePicks(op: string, indices: readonly Index[], device: Device): Resolved[] {
  return indices.map(index => {
    if (Array.isArray(index)) {
      let first: unknown = index;
      while (Array.isArray(first)) first = first[0];
      return tensor(index as never, { dtype: typeof first === "boolean" ? "bool" : "int32", device }) as Tensor;
    }
    if (index instanceof Tensor && index.dtype !== "bool") requireIndices(op, "an index tensor", index);
    return index as Resolved;
  });
}

/** How picks choose from a view: which axes they take together, and what from those. */
export interface Choice {
  /** Axes of the view in the order that brings the picked ones together. */
  readonly order: readonly number[];
  /** Where the picked axes begin in that order, and their lengths. */
  readonly axis: number;
  readonly lengths: readonly number[];
  /** Into the picked axes as one, int32; its shape stands in the result in their place. */
  readonly flat: Tensor;
}

/**
 * Brings picks together. Those on neighbouring axes stay in their place, others come to the front, as in NumPy and PyTorch.
 * @throws ShapeError when shapes do not broadcast or a mask does not fit; ValueError for an index out of range
 */
export function choose(op: string, view: Tensor, picks: Region["picks"]): Choice {
  const [only] = picks;
  if (picks.length === 1 && only!.index.dtype === "bool") return chooseByMask(op, view, only!);
  const axes: number[] = [];
  const lists: Tensor[] = [];
  for (const { index, axis, covers } of picks) {
    for (let i = 0; i < covers; i++) axes.push(axis + i);
    if (index.dtype !== "bool") {
      lists.push(prepared(index, "int32"));
      continue;
    }
    requireMask(op, index, view.shape.slice(axis, axis + covers));
    for (const places of coordinates(index)) lists.push(indexTensor(places, [places.length], view));
  }
  const rest = view.shape.map((_, i) => i).filter(i => !axes.includes(i));
  const together = axes.every((axis, i) => i === 0 || axis === axes[i - 1]! + 1);
  const axis = together ? axes[0]! : 0;
  const lengths = axes.map(a => view.shape[a]!);
  const flat = flatten(op, lists, axes, lengths, view);
  return { order: [...rest.slice(0, axis), ...axes, ...rest.slice(axis)], axis, lengths, flat };
}

/** One mask alone: its places are those of the axes that it covers taken as one. */
function chooseByMask(op: string, view: Tensor, { index, axis, covers }: Region["picks"][number]): Choice {
  const lengths = view.shape.slice(axis, axis + covers);
  requireMask(op, index, lengths);
  const places = nonzeroPlaces(index);
  return { order: view.shape.map((_, i) => i), axis, lengths, flat: indexTensor(places, [places.length], view) };
}

/** The view with its picked axes as one. */
export function mergePicked(view: Tensor, { order, axis, lengths }: Choice): Tensor {
  const turned = permute(view, order) as Tensor;
  const before = turned.shape.slice(0, axis);
  const after = turned.shape.slice(axis + lengths.length);
  return reshapeTo(turned, [...before, sizeOf(lengths), ...after]);
}

/** Undoes `mergePicked`. */
export function splitPicked(merged: Tensor, { order, axis, lengths }: Choice): Tensor {
  const turned = reshapeTo(merged, [...merged.shape.slice(0, axis), ...lengths, ...merged.shape.slice(axis + 1)]);
  return permute(
    turned,
    order.map((_, i) => order.indexOf(i)),
  ) as Tensor;
}

/** The shape that a value must broadcast to, to be put where the picks are. */
export function valueShape(merged: Tensor, { axis, flat }: Choice): number[] {
  return [...merged.shape.slice(0, axis), ...flat.shape, ...merged.shape.slice(axis + 1)];
}

function requireMask(op: string, mask: Tensor, lengths: Shape): void {
  if (mask.shape.length > 0 && mask.shape.every((n, i) => n === lengths[i])) return;
  throw new ShapeError(`a mask of shape ${formatShape(mask.shape)} for axes of shape ${formatShape(lengths)}`, {
    op,
    expected: formatShape(lengths),
    got: formatShape(mask.shape),
    hint: "A mask must have the lengths of the axes that it stands for.",
  });
}

/** Where a mask (or any tensor) is not 0, counting its elements in row-major order. */
export function nonzeroPlaces(mask: Tensor): Int32Array {
  const truth = mask.dtype === "bool" ? mask : mask.ne(0);
  const values = truth.data() as Uint8Array;
  let count = 0;
  for (let i = 0; i < values.length; i++) if (values[i] !== 0) count++;
  const places = new Int32Array(count);
  for (let i = 0, k = 0; k < count; i++) if (values[i] !== 0) places[k++] = i;
  return places;
}

/** The same as one list of indices per axis. */
export function coordinates(mask: Tensor): Int32Array[] {
  const places = nonzeroPlaces(mask);
  return rowMajorStrides(mask.shape).map((stride, axis) =>
    mask.shape.length === 1 ? places : places.map(place => Math.floor(place / stride) % mask.shape[axis]!),
  );
}

/** An int32 tensor of places, on the device of a tensor. */
export function indexTensor(places: Int32Array, shape: Shape, like: Tensor): Tensor {
  const { backend } = like.storage;
  const out = allocate([...shape], "int32", backend);
  writeData(out, places);
  return out;
}

/** One int32 tensor of places in the picked axes taken as one. What is out of range is refused when it is computed. */
function flatten(
  op: string,
  lists: readonly Tensor[],
  axes: readonly number[],
  lengths: readonly number[],
  like: Tensor,
): Tensor {
  if (sizeOf(lengths) > 2 ** 31 - 1) {
    throw new ShapeError(`the picked axes ${formatShape(lengths)} have more places than int32 counts`, { op });
  }
  const shape = lists.reduce<Shape>((common, list) => broadcastShapes(op, common, list.shape), []);
  const scales = rowMajorStrides(lengths);
  const { backend } = like.storage;
  const out = allocate(shape, "int32", backend);
  open(backend, opcodes.at, 2 + shape.length + lists.length * (7 + shape.length) + 3);
  pushAll(backend, [shape.length, lists.length, ...shape]);
  lists.forEach((list, k) => {
    pushAll(backend, [axes[k]!, lengths[k]!, scales[k]!, list.size]);
    pushOperand(backend, list);
    pushAll(backend, broadcastStrides(list.shape, rowMajorStrides(list.shape), shape));
  });
  pushOperand(backend, out);
  finish(backend);
  return out;
}

/** A value for `set`: a number or tensor, broadcast. @throws ShapeError when it does not fit */
export function fitValue(op: string, value: Tensor, shape: Shape): Tensor {
  const missing = shape.length - value.shape.length;
  const extra = value.shape.slice(0, Math.max(0, -missing));
  const own = value.shape.slice(extra.length);
  const fits = own.every((n, i) => n === 1 || n === shape[i + Math.max(0, missing)]);
  if (!fits || extra.some(n => n !== 1)) {
    throw new ShapeError(`a value of shape ${formatShape(value.shape)} for a part of shape ${formatShape(shape)}`, {
      op,
      expected: formatShape(shape),
      got: formatShape(value.shape),
      hint: "The value must have the shape of the part, or broadcast to it.",
    });
  }
  return expandTo(reshapeTo(value, own), shape);
}

/** True when an index list is only numbers, ranges and new axes. */
export function isPlain(indices: readonly Index[]): boolean {
  return indices.every(i => typeof i === "number" || i === null || i === "..." || i instanceof Slice);
}
