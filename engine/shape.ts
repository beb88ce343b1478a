import { ShapeError } from "./errors.js";

/** Lengths of the axes, outermost first; `[]` is a scalar. In types, `number` stands for a length that is not known. */
export type Shape = readonly number[];

/** Most axes a tensor may have: what the kernels are built for. */
export const maxRank = 16;

/** Number of elements. */
export function sizeOf(shape: Shape): number {
  let size = 1;
  for (let i = 0; i < shape.length; i++) size *= shape[i]!;
  return size;
}

/** Strides, in elements, of a dense tensor whose last axis runs fastest. */
export function rowMajorStrides(shape: Shape): number[] {
  const strides = new Array<number>(shape.length);
  let step = 1;
  for (let i = shape.length - 1; i >= 0; i--) {
    strides[i] = step;
    step *= shape[i]!;
  }
  return strides;
}

/** True when the elements lie row by row without gaps. Strides of axes of length 1 do not matter. */
export function isDense(shape: Shape, strides: readonly number[]): boolean {
  let step = 1;
  for (let i = shape.length - 1; i >= 0; i--) {
    if (shape[i] !== 1 && strides[i] !== step) return false;
    step *= shape[i]!;
  }
  return true;
}

/** Whether the elements lie without gaps and none twice, in whatever order of the axes. */
export function isCompact(shape: Shape, strides: readonly number[]): boolean {
  const axes = shape.map((_, axis) => axis).filter(axis => shape[axis] !== 1);
  axes.sort((a, b) => strides[a]! - strides[b]!);
  let step = 1;
  for (const axis of axes) {
    if (strides[axis] !== step) return false;
    step *= shape[axis]!;
  }
  return true;
}

/** Strides of a dense tensor [N, C, ...] whose channels run fastest: what convolutions compute in. */
export function channelsLastStrides(shape: Shape): number[] {
  const strides = new Array<number>(shape.length);
  let step = shape[1]!;
  for (let i = shape.length - 1; i >= 2; i--) {
    strides[i] = step;
    step *= shape[i]!;
  }
  strides[0] = step;
  strides[1] = 1;
  return strides;
}

/**
 * Strides for the elementwise result of `operands`: where one of that shape has its channels run fastest, so has the result, and
 * chains between convolutions need no conversion. Row by row otherwise.
 */
export function stridesLike(
  shape: Shape,
  operands: readonly { readonly shape: Shape; readonly strides: readonly number[] }[],
): readonly number[] {
  if (shape.length >= 3 && shape[1] !== 1) {
    for (const x of operands) {
      if (x.strides[1] !== 1 || !sameShape(x.shape, shape)) continue;
      const strides = channelsLastStrides(shape);
      if (sameShape(x.strides, strides)) return strides;
    }
  }
  return rowMajorStrides(shape);
}

/** `[2, 3]`, as messages write shapes. */
export function formatShape(shape: Shape): string {
  return `[${shape.join(", ")}]`;
}

export function sameShape(a: Shape, b: Shape): boolean {
  if (a.length !== b.length) return false;
  for (let i = 0; i < a.length; i++) if (a[i] !== b[i]) return false;
  return true;
}

/** Refuses what is no shape: negative or broken lengths, too many axes, more elements than a number can count. */
export function requireShape(op: string, shape: Shape): void {
  if (!Array.isArray(shape)) {
    throw new ShapeError(`the shape is ${String(shape)}`, {
      op,
      hint: "Give an array of lengths, for example [2, 3].",
    });
  }
  if (shape.length > maxRank) {
    throw new ShapeError(`${shape.length} axes; a tensor has at most ${maxRank}`, { op });
  }
  for (const length of shape) {
    if (!Number.isSafeInteger(length) || length < 0) {
      throw new ShapeError(`${formatShape(shape)} is no shape: ${length} is not a whole number of at least 0`, { op });
    }
  }
  if (sizeOf(shape) > 2 ** 48)
    throw new ShapeError(`${formatShape(shape)} has more elements than any memory holds`, { op });
}

/** An axis as 0 to rank - 1; negative ones count from the end. */
export function resolveAxis(op: string, axis: number, rank: number): number {
  const resolved = axis < 0 ? axis + rank : axis;
  if (!Number.isInteger(axis) || resolved < 0 || resolved >= rank) {
    throw new ShapeError(`axis ${axis} does not exist in a tensor with ${countAxes(rank)}`, {
      op,
      hint: rank === 0 ? "A scalar has no axes." : `Give an axis from ${-rank} to ${rank - 1}.`,
    });
  }
  return resolved;
}

/** Axes in ascending order; `undefined` means all. Naming one twice is an error. */
export function resolveAxes(op: string, axes: number | readonly number[] | undefined, rank: number): number[] {
  if (axes === undefined) return Array.from({ length: rank }, (_, i) => i);
  if (typeof axes === "number") return [resolveAxis(op, axes, rank)];
  const resolved = axes.map(axis => resolveAxis(op, axis, rank)).sort((a, b) => a - b);
  for (let i = 1; i < resolved.length; i++) {
    if (resolved[i] === resolved[i - 1]) throw new ShapeError(`axis ${resolved[i]} is named twice`, { op });
  }
  return resolved;
}

/** The common shape by NumPy's rule: aligned at the end, equal or 1. */
export function broadcastShapes(op: string, a: Shape, b: Shape): number[] {
  const rank = Math.max(a.length, b.length);
  const shape = new Array<number>(rank);
  for (let i = 1; i <= rank; i++) {
    const x = i <= a.length ? a[a.length - i]! : 1;
    const y = i <= b.length ? b[b.length - i]! : 1;
    if (x !== y && x !== 1 && y !== 1) {
      throw new ShapeError(`cannot broadcast ${formatShape(a)} with ${formatShape(b)}: ${x} and ${y} on axis ${-i}`, {
        op,
        expected: "lengths that are equal or 1, aligned at the last axis",
        got: `${formatShape(a)}, ${formatShape(b)}`,
        hint: "Lengths must be equal or 1, counted from the last axis. Reshape one of them, or insert an axis.",
      });
    }
    shape[rank - i] = x === 1 ? y : x;
  }
  return shape;
}

/** Strides that read a tensor as if it had the shape `to`: repeated axes get stride 0. */
export function broadcastStrides(shape: Shape, strides: readonly number[], to: Shape): number[] {
  const missing = to.length - shape.length;
  const result = new Array<number>(to.length);
  for (let i = 0; i < to.length; i++) {
    result[i] = i < missing || (shape[i - missing] === 1 && to[i] !== 1) ? 0 : strides[i - missing]!;
  }
  return result;
}

/** Fills in the one -1 of a shape from the number of elements, and checks that the sizes agree. */
export function resolveReshape(op: string, from: Shape, to: Shape): number[] {
  const open = to.indexOf(-1);
  const shape = [...to];
  const size = sizeOf(from);
  if (open >= 0) {
    shape[open] = 1;
    if (shape.includes(-1)) {
      throw new ShapeError(`${formatShape(to)} leaves two lengths open`, { op, hint: "Only one may be -1." });
    }
    requireShape(op, shape);
    const rest = sizeOf(shape);
    shape[open] = rest === 0 ? 0 : size / rest;
  }
  if (open >= 0 && !Number.isInteger(shape[open])) {
    throw new ShapeError(`${size} elements of ${formatShape(from)} do not divide into ${formatShape(to)}`, { op });
  }
  requireShape(op, shape);
  if (sizeOf(shape) !== size) {
    throw new ShapeError(
      `${formatShape(from)} has ${size} elements, ${formatShape(to)} has ${sizeOf(shape)}; they must be the same`,
      { op, expected: `${size} elements`, got: formatShape(to), hint: "Give one length as -1 to have it computed." },
    );
  }
  return shape;
}

function countAxes(rank: number): string {
  return rank === 0 ? "no axes" : rank === 1 ? "1 axis" : `${rank} axes`;
}
