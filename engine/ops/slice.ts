import { attach } from "../autograd/graph.js";
import { ShapeError, ValueError } from "../errors.js";
import { expandTo, reshapeTo } from "../layout.js";
import { allocate, denseCopy, recordCopy, recordFill } from "../record.js";
import { formatShape, type Shape } from "../shape.js";
import { Tensor } from "../tensor.js";

/** A range of an axis, as Python's `start:stop:step`; make one with `slice`. */
export class Slice<
  Start extends number | undefined = number | undefined,
  Stop extends number | undefined = number | undefined,
  Step extends number = number,
> {
  constructor(
    readonly start: Start,
    readonly stop: Stop,
    readonly step: Step,
  ) {}
}

/**
 * A range of an axis for `at`: from start up to, not including, stop. Negative ends count from the back, ends outside are cut
 * off, a negative step runs backwards.
 * @example x.at(slice(1, 3)); x.at("...", slice(undefined, undefined, 2));
 */
export function slice<
  const Start extends number | undefined = undefined,
  const Stop extends number | undefined = undefined,
  const Step extends number = 1,
>(start?: Start, stop?: Stop, step?: Step): Slice<Start, Stop, Step>;
export function slice(start?: number, stop?: number, step = 1): Slice {
  for (const [name, value] of Object.entries({ start, stop, step })) {
    if (value !== undefined && !Number.isInteger(value)) {
      throw new ValueError(`${name} is ${value}`, { op: "slice", hint: "Give whole numbers." });
    }
  }
  if (step === 0) throw new ValueError("the step is 0", { op: "slice", hint: "Give a step other than 0." });
  return new Slice(start, stop, step);
}

/** Indices chosen one by one: a tensor of integers, a mask of truth values, or (nested) arrays of either. */
export type Picks = Tensor | readonly (number | boolean | readonly unknown[])[];

/**
 * What `at` takes per axis: an index, a range, `"..."` for the axes between, `null` for a new axis of length 1, a tensor or
 * array of integers, or a mask over as many axes as it has.
 */
export type Index = number | Slice | "..." | null | Picks;

/** For every axis of a tensor: where the part begins, its step, its length. */
interface Part {
  readonly starts: readonly number[];
  readonly steps: readonly number[];
  readonly lengths: readonly number[];
}

function viewOf(x: Tensor, { starts, steps, lengths }: Part): Tensor {
  const offset = starts.reduce((sum, start, i) => sum + start * x.strides[i]!, x.offset);
  const strides = x.strides.map((stride, i) => stride * steps[i]!);
  return new Tensor(x.storage, lengths, x.dtype, strides, offset);
}

/** A part of x, as a view. */
function partOf(x: Tensor, part: Part): Tensor {
  return attach(viewOf(x, part), "at", [x], g => [placed(g, x.shape, part)]);
}

/** g at the places of the part, in a tensor of zeros: the derivative of taking the part. */
function placed(g: Tensor, shape: Shape, part: Part): Tensor {
  const out = allocate(shape, g.dtype, g.storage.backend);
  recordFill(out, 0);
  recordCopy(g, viewOf(out, part));
  return attach(out, "at.gradient", [g], h => [partOf(h, part)]);
}

/** x with a value in the place of the part. Memory of its own. */
function replaced(x: Tensor, part: Part, value: Tensor): Tensor {
  const out = denseCopy(x);
  recordCopy(value, viewOf(out, part));
  return attach(out, "set", [x, value], (g, needs) => [
    needs(0) ? replaced(g, part, zeroLike(value)) : undefined,
    needs(1) ? partOf(g, part) : undefined,
  ]);
}

function zeroLike(x: Tensor): Tensor {
  const zero = allocate([], x.dtype, x.storage.backend);
  recordFill(zero, 0);
  return expandTo(zero, x.shape);
}

/** What the numbers, ranges and new axes of an index list choose. Axes with picks are whole. */
export interface Region {
  readonly part: Part;
  /** With the axes of numbers gone and the new ones there. */
  readonly shape: readonly number[];
  /** The picks, each with the axis of `shape` where it begins and the number of axes it covers. */
  readonly picks: readonly { readonly index: Tensor; readonly axis: number; readonly covers: number }[];
}

/** One index with its picks already a tensor. */
export type Resolved = Exclude<Index, Picks> | Tensor;

/** Reads an index list. @throws ShapeError for too many indices; ValueError for an index out of range */
export function regionOf(op: string, x: Tensor, indices: readonly Resolved[]): Region {
  const covers = (index: Resolved) => {
    if (index === null || index === "...") return 0;
    return index instanceof Tensor && index.dtype === "bool" ? index.shape.length : 1;
  };
  const named = indices.reduce<number>((sum, index) => sum + covers(index), 0);
  if (named > x.shape.length || indices.filter(i => i === "...").length > 1) {
    throw new ShapeError(`${named} indices for a tensor with ${x.shape.length} axes, shape ${formatShape(x.shape)}`, {
      op,
      hint: 'Give at most one index per axis, and "..." once.',
    });
  }
  const part = { starts: [] as number[], steps: [] as number[], lengths: [] as number[] };
  const shape: number[] = [];
  const picks: { index: Tensor; axis: number; covers: number }[] = [];
  const take = (start: number, step: number, length: number, keep: boolean): void => {
    part.starts.push(start);
    part.steps.push(step);
    part.lengths.push(length);
    if (keep) shape.push(length);
  };
  const whole = (count: number): void => {
    for (let i = 0; i < count; i++) take(0, 1, x.shape[part.starts.length]!, true);
  };
  for (const index of indices) {
    const axis = part.starts.length;
    if (index === null) shape.push(1);
    else if (index === "...") whole(x.shape.length - named);
    else if (index instanceof Tensor) {
      picks.push({ index, axis: shape.length, covers: covers(index) });
      whole(covers(index));
    } else if (index instanceof Slice) {
      const { start, length } = range(index, x.shape[axis]!);
      take(start, index.step, length, true);
    } else {
      take(place(op, index, axis, x.shape[axis]!), 1, 1, false);
    }
  }
  whole(x.shape.length - part.starts.length);
  return { part, shape, picks };
}

/** The region of x as a view, in the region's shape. */
export function viewRegion(x: Tensor, { part, shape }: Region): Tensor {
  const view = partOf(x, part);
  return shape.length === part.lengths.length && shape.every((n, i) => n === part.lengths[i])
    ? view
    : reshaped(view, shape);
}

/** x with a value of the region's shape in its place. */
export function replaceRegion(x: Tensor, { part }: Region, value: Tensor): Tensor {
  return replaced(x, part, reshapeTo(value, part.lengths));
}

/** Drops picked axes and adds new ones without copying. */
function reshaped(x: Tensor, shape: readonly number[]): Tensor {
  const strides: number[] = [];
  let axis = 0;
  for (const length of shape) {
    while (axis < x.shape.length && x.shape[axis] === 1 && length !== 1) axis++;
    if (length === 1 && x.shape[axis] !== 1) strides.push(0);
    else strides.push(x.strides[axis++] ?? 0);
  }
  const out = new Tensor(x.storage, shape, x.dtype, strides, x.offset);
  return attach(out, "at", [x], g => [reshapeTo(g, x.shape)]);
}

function place(op: string, index: unknown, axis: number, length: number): number {
  if (typeof index !== "number" || !Number.isInteger(index)) {
    throw new ValueError(`index ${String(index)} on axis ${axis}`, {
      op,
      hint: 'Give a whole number, slice(start, stop), "...", null, or a tensor of integers or truth values.',
    });
  }
  const resolved = index < 0 ? index + length : index;
  if (resolved >= 0 && resolved < length) return resolved;
  throw new ValueError(`index ${index} is out of range on axis ${axis} of length ${length}`, {
    op,
    hint: length === 0 ? "The axis is empty." : `Give an index from ${-length} to ${length - 1}.`,
  });
}

/** Start and length of a range on an axis, by Python's rules. */
function range({ start, stop, step }: Slice, length: number): { start: number; length: number } {
  const limit = (value: number, low: number, high: number) => {
    return Math.min(Math.max(value < 0 ? value + length : value, low), high);
  };
  const first = step > 0 ? limit(start ?? 0, 0, length) : limit(start ?? length - 1, -1, length - 1);
  const end = step > 0 ? limit(stop ?? length, 0, length) : stop === undefined ? -1 : limit(stop, -1, length - 1);
  const count = Math.max(0, Math.ceil((end - first) / step));
  return { start: count === 0 ? 0 : first, length: count };
}
