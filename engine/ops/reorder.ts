import type { DType } from "../dtype.js";
import { ShapeError, ValueError } from "../errors.js";
import { defineOp, type Op } from "../op.js";
import { resolveAxes, resolveAxis, type Shape } from "../shape.js";
import type { Tensor } from "../tensor.js";
import { at } from "./at.js";
import { concat } from "./join.js";
import { requireTensor } from "./require.js";
import type { Axes } from "./signatures.js";
import { slice } from "./slice.js";
import { flatten, permute, reshape, transpose } from "./view.js";

interface Flip extends Op {
  <S extends Shape, D extends DType>(x: Tensor<S, D>, axis?: Axes): Tensor<S, D>;
  readonly method: <S extends Shape, D extends DType>(this: Tensor<S, D>, axis?: Axes) => Tensor<S, D>;
}

/** The elements backwards along an axis, several, or all. A view. @example image.flip(-1); // mirrored */
export const flip: Flip = defineOp(
  {
    name: "flip",
    doc: "The elements backwards along axes.",
    samples: [{ args: [{ shape: [3, 4] }] }, { args: [{ shape: [2, 3, 4] }, [0, -1]] }, { args: [{ shape: [] }] }],
    rejects: [{ args: [{ shape: [2] }, 1], message: "axis 1 does not exist" }],
    gradient: true,
  },
  (x: Tensor, axis?: Axes) => {
    requireTensor("flip", x);
    const axes = resolveAxes("flip", axis, x.shape.length);
    const back = slice(undefined, undefined, -1);
    return axes.length === 0 ? x : at(x, ...x.shape.map((_, i) => (axes.includes(i) ? back : slice())));
  },
);

interface Rot90 extends Op {
  <D extends DType>(x: Tensor<Shape, D>, times?: number, axes?: readonly [number, number]): Tensor<number[], D>;
  readonly method: <D extends DType>(
    this: Tensor<Shape, D>,
    times?: number,
    axes?: readonly [number, number],
  ) => Tensor<number[], D>;
}

/**
 * The elements turned by 90 degrees in the plane of two axes (default the first two), from the first to the second, so many
 * `times` (default 1; negative the other way round), as `torch.rot90`. A view.
 * @throws ShapeError when there are no two such axes; ValueError when `times` is no whole number
 * @example rot90(tensor([[1, 2], [3, 4]])).toArray(); // [[2, 4], [1, 3]]
 */
export const rot90: Rot90 = defineOp(
  {
    name: "rot90",
    doc: "The elements turned by 90 degrees in the plane of two axes.",
    samples: [
      { args: [{ shape: [3, 4] }] },
      { args: [{ shape: [2, 3, 4] }, -1, [1, 2]] },
      { args: [{ shape: [3, 2] }, 6] },
      { args: [{ shape: [3, 2] }, 0] },
    ],
    rejects: [
      { args: [{ shape: [3] }], message: "axis 1 does not exist" },
      { args: [{ shape: [3, 3] }, 1, [0, -2]], message: "axis 0 is named twice" },
      { args: [{ shape: [3, 3] }, 0.5], message: "0.5 times" },
    ],
    gradient: true,
  },
  (x: Tensor, times = 1, axes: readonly [number, number] = [0, 1]) => {
    requireTensor("rot90", x);
    if (!Number.isSafeInteger(times)) {
      throw new ValueError(`${String(times)} times`, { op: "rot90", hint: "Give a whole number." });
    }
    // Also refuses an axis that is named twice.
    resolveAxes("rot90", axes, x.shape.length);
    const [from, to] = axes.map(axis => resolveAxis("rot90", axis, x.shape.length)) as [number, number];
    const turns = ((times % 4) + 4) % 4;
    if (turns === 0) return x;
    if (turns === 2) return flip(x, [from, to]);
    const turned = transpose(x, from, to) as Tensor;
    return flip(turned, turns === 1 ? from : to);
  },
);

interface Roll extends Op {
  <S extends Shape, D extends DType>(x: Tensor<S, D>, shift: number | readonly number[], axis?: Axes): Tensor<S, D>;
  readonly method: <S extends Shape, D extends DType>(
    this: Tensor<S, D>,
    shift: number | readonly number[],
    axis?: Axes,
  ) => Tensor<S, D>;
}

/**
 * The elements moved along axes; what leaves at one end comes in at the other. Without an axis it moves the elements in
 * row-major order.
 * @throws ValueError when shifts and axes are not equally many, or a shift is no whole number
 * @example arange(4).roll(1).toArray(); // [3, 0, 1, 2]
 */
export const roll: Roll = defineOp(
  {
    name: "roll",
    doc: "The elements moved along axes, round the end.",
    samples: [
      { args: [{ shape: [3, 4] }, 2] },
      { args: [{ shape: [3, 4] }, [1, -1], [0, 1]] },
      { args: [{ shape: [3, 0] }, 1, 1] },
    ],
    rejects: [
      { args: [{ shape: [3] }, [1, 2], 0], message: "2 shifts for 1 axes" },
      { args: [{ shape: [3] }, 0.5, 0], message: "a shift of 0.5" },
    ],
    gradient: true,
  },
  (x: Tensor, shift: number | readonly number[], axis?: Axes) => {
    requireTensor("roll", x);
    const shifts = typeof shift === "number" ? [shift] : shift;
    for (const each of shifts) {
      if (!Number.isSafeInteger(each)) {
        throw new ValueError(`a shift of ${String(each)}`, { op: "roll", hint: "Give whole numbers." });
      }
    }
    if (axis === undefined) {
      if (shifts.length !== 1) throw new ValueError(`${shifts.length} shifts without axes`, { op: "roll" });
      return reshape(rolled(flatten(x), shifts[0]!, 0), x.shape);
    }
    const axes = (typeof axis === "number" ? [axis] : axis).map(a => resolveAxis("roll", a, x.shape.length));
    if (axes.length !== shifts.length) {
      throw new ValueError(`${shifts.length} shifts for ${axes.length} axes`, {
        op: "roll",
        hint: "Give one shift per axis.",
      });
    }
    return axes.reduce((result, a, i) => rolled(result, shifts[i]!, a), x);
  },
);

function rolled(x: Tensor, shift: number, axis: number): Tensor {
  const length = x.shape[axis]!;
  const first = length === 0 ? 0 : ((-shift % length) + length) % length;
  if (first === 0) return x;
  const before = Array.from({ length: axis }, () => slice());
  return concat([at(x, ...before, slice(first)), at(x, ...before, slice(0, first))], axis);
}

interface MoveAxis extends Op {
  <D extends DType>(
    x: Tensor<Shape, D>,
    from: Exclude<Axes, undefined>,
    to: Exclude<Axes, undefined>,
  ): Tensor<number[], D>;
  readonly method: <D extends DType>(
    this: Tensor<Shape, D>,
    from: Exclude<Axes, undefined>,
    to: Exclude<Axes, undefined>,
  ) => Tensor<number[], D>;
}

/** Axes moved to other places; the others keep their order. A view. @example images.moveAxis(-1, 1); // NHWC to NCHW */
export const moveAxis: MoveAxis = defineOp(
  {
    name: "moveAxis",
    doc: "Axes moved to other places.",
    samples: [{ args: [{ shape: [2, 3, 4] }, 0, -1] }, { args: [{ shape: [2, 3, 4] }, [0, 2], [1, 0]] }],
    rejects: [
      { args: [{ shape: [2, 3] }, [0, 1], 0], message: "2 axes to 1 places" },
      { args: [{ shape: [2, 3] }, 2, 0], message: "axis 2 does not exist" },
    ],
    gradient: true,
  },
  (x: Tensor, from: number | readonly number[], to: number | readonly number[]) => {
    requireTensor("moveAxis", x);
    const rank = x.shape.length;
    // Also refuses an axis that is named twice.
    if (resolveAxes("moveAxis", from, rank).length !== resolveAxes("moveAxis", to, rank).length) {
      const counts = [from, to].map(axes => (typeof axes === "number" ? 1 : axes.length));
      throw new ShapeError(`${counts[0]} axes to ${counts[1]} places`, {
        op: "moveAxis",
        hint: "Give one place per axis.",
      });
    }
    const resolve = (axes: number | readonly number[]) =>
      (typeof axes === "number" ? [axes] : axes).map(axis => resolveAxis("moveAxis", axis, rank));
    const [sources, places] = [resolve(from), resolve(to)];
    const rest = x.shape.map((_, i) => i).filter(i => !sources.includes(i));
    const order = x.shape.map((_, i) => (places.includes(i) ? sources[places.indexOf(i)]! : rest.shift()!));
    return permute(x, order) as Tensor;
  },
);

interface SwapAxes extends Op {
  <D extends DType>(x: Tensor<Shape, D>, axis1: number, axis2: number): Tensor<number[], D>;
  readonly method: <D extends DType>(this: Tensor<Shape, D>, axis1: number, axis2: number) => Tensor<number[], D>;
}

/** Two axes exchanged. A view; the same as `transpose` with both axes named. */
export const swapAxes: SwapAxes = defineOp(
  {
    name: "swapAxes",
    doc: "Two axes exchanged.",
    samples: [{ args: [{ shape: [2, 3, 4] }, 0, 2] }],
    rejects: [{ args: [{ shape: [2, 3] }, 0, 2], message: "axis 2 does not exist" }],
    gradient: true,
  },
  (x: Tensor, axis1: number, axis2: number) => transpose(x, axis1, axis2),
);
