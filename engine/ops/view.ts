import { attach } from "../autograd/graph.js";
import type { DType } from "../dtype.js";
import { ShapeError } from "../errors.js";
import { expandTo, reshapeTo } from "../layout.js";
import { defineOp, type Op } from "../op.js";
import { formatShape, requireShape, resolveAxes, resolveAxis, resolveReshape, type Shape } from "../shape.js";
import { Tensor } from "../tensor.js";
import type { WithNewAxis } from "../types/joined.js";
import type { Permuted, Plain, Reshaped, Squeezed, Transposed } from "../types.js";
import { requireTensor } from "./require.js";

interface Reshape extends Op {
  <D extends DType, const T extends Shape>(x: Tensor<Shape, D>, shape: T): Tensor<Reshaped<T>, D>;
  readonly method: <D extends DType, const T extends Shape>(this: Tensor<Shape, D>, shape: T) => Tensor<Reshaped<T>, D>;
}

/**
 * The same elements in another shape; one length may be -1 and is computed. A view where the layout allows it, else a copy.
 * @throws ShapeError when the numbers of elements differ
 * @example arange(6).reshape([2, -1]).shape; // [2, 3]
 */
export const reshape: Reshape = defineOp(
  {
    name: "reshape",
    doc: "The same elements in another shape.",
    samples: [
      { args: [{ shape: [2, 6] }, [3, 4]] },
      { args: [{ shape: [4, 3] }, [2, -1]] },
      { args: [{ shape: [] }, [1, 1]] },
      { args: [{ shape: [0, 3] }, [3, 0]] },
    ],
    rejects: [
      { args: [{ shape: [2, 3] }, [4, 2]], message: "[2, 3] has 6 elements, [4, 2] has 8" },
      { args: [{ shape: [2, 3] }, [4, -1]], message: "6 elements of [2, 3] do not divide into [4, -1]" },
      { args: [{ shape: [4] }, [-1, -1]], message: "leaves two lengths open" },
    ],
    gradient: true,
  },
  (x: Tensor, to: Shape) => {
    requireTensor("reshape", x);
    return reshapeTo(x, resolveReshape("reshape", x.shape, to));
  },
);

interface Flatten extends Op {
  <D extends DType>(x: Tensor<Shape, D>): Tensor<[number], D>;
  readonly method: <D extends DType>(this: Tensor<Shape, D>) => Tensor<[number], D>;
}

/** All elements in one axis, in row-major order. */
export const flatten: Flatten = defineOp(
  {
    name: "flatten",
    doc: "All elements in one axis.",
    samples: [{ args: [{ shape: [2, 3] }] }, { args: [{ shape: [] }] }],
    rejects: [],
    gradient: true,
  },
  (x: Tensor) => reshape(x, [-1]),
);

interface Permute extends Op {
  <S extends Shape, D extends DType, const A extends Shape>(x: Tensor<S, D>, axes: A): Tensor<Permuted<S, A>, D>;
  readonly method: <S extends Shape, D extends DType, const A extends Shape>(
    this: Tensor<S, D>,
    axes: A,
  ) => Tensor<Permuted<S, A>, D>;
}

/**
 * The axes in another order: axis i of the result is axis `axes[i]` of x. A view.
 * @throws ShapeError when `axes` does not name every axis once
 */
export const permute: Permute = defineOp(
  {
    name: "permute",
    doc: "The axes in another order.",
    samples: [{ args: [{ shape: [2, 3, 4] }, [2, 0, 1]] }, { args: [{ shape: [2, 3] }, [-1, 0]] }],
    rejects: [
      { args: [{ shape: [2, 3] }, [0]], message: "[0] does not name each of the 2 axes once" },
      { args: [{ shape: [2, 3] }, [0, 0]], message: "axis 0 is named twice" },
    ],
    gradient: true,
  },
  (x: Tensor, axes: readonly number[]) => {
    requireTensor("permute", x);
    const sorted = resolveAxes("permute", axes, x.shape.length);
    if (sorted.length !== x.shape.length) {
      throw new ShapeError(`${formatShape(axes)} does not name each of the ${x.shape.length} axes once`, {
        op: "permute",
      });
    }
    const order = axes.map(axis => resolveAxis("permute", axis, x.shape.length));
    const shape = order.map(axis => x.shape[axis]!);
    const strides = order.map(axis => x.strides[axis]!);
    const out = new Tensor(x.storage, shape, x.dtype, strides, x.offset);
    return attach(out, "permute", [x], g => [permute(g, inverse(order))]);
  },
);

function inverse(order: readonly number[]): number[] {
  const result: number[] = [];
  order.forEach((axis, i) => {
    result[axis] = i;
  });
  return result;
}

interface Transpose extends Op {
  <S extends Shape, D extends DType>(x: Tensor<S, D>): Tensor<Transposed<S>, D>;
  <D extends DType>(x: Tensor<Shape, D>, axis1: number, axis2: number): Tensor<number[], D>;
  readonly method: {
    <S extends Shape, D extends DType>(this: Tensor<S, D>): Tensor<Transposed<S>, D>;
    <D extends DType>(this: Tensor<Shape, D>, axis1: number, axis2: number): Tensor<number[], D>;
  };
}

/** Two axes exchanged, the last two when none are named. A view. */
export const transpose: Transpose = defineOp(
  {
    name: "transpose",
    doc: "Two axes exchanged, the last two when none are named.",
    samples: [{ args: [{ shape: [2, 3] }] }, { args: [{ shape: [2, 3, 4] }, 0, -1] }],
    rejects: [{ args: [{ shape: [3] }], message: "axis -2 does not exist in a tensor with 1 axis" }],
    gradient: true,
  },
  (x: Tensor, axis1 = -2, axis2 = -1) => {
    requireTensor("transpose", x);
    const rank = x.shape.length;
    const a = resolveAxis("transpose", axis1, rank);
    const b = resolveAxis("transpose", axis2, rank);
    const order = Array.from({ length: rank }, (_, i) => (i === a ? b : i === b ? a : i));
    return permute(x, order);
  },
);

interface Expand extends Op {
  <D extends DType, const T extends Shape>(x: Tensor<Shape, D>, shape: T): Tensor<Plain<T>, D>;
  readonly method: <D extends DType, const T extends Shape>(this: Tensor<Shape, D>, shape: T) => Tensor<Plain<T>, D>;
}

/** Repeats axes of length 1 (and new ones in front) without copying. A view. @throws ShapeError when it does not broadcast */
export const expand: Expand = defineOp(
  {
    name: "expand",
    doc: "Repeats axes of length 1 without copying.",
    samples: [{ args: [{ shape: [3, 1] }, [2, 3, 4]] }, { args: [{ shape: [] }, [2]] }],
    rejects: [{ args: [{ shape: [3] }, [4]], message: "cannot repeat [3] to [4]" }],
    gradient: true,
  },
  (x: Tensor, shape: Shape) => {
    requireTensor("expand", x);
    requireShape("expand", shape);
    const missing = shape.length - x.shape.length;
    if (missing < 0 || x.shape.some((length, i) => length !== 1 && length !== shape[i + missing])) {
      throw new ShapeError(`cannot repeat ${formatShape(x.shape)} to ${formatShape(shape)}`, {
        op: "expand",
        hint: "Only axes of length 1 repeat, and new axes stand in front.",
      });
    }
    return expandTo(x, shape);
  },
);

interface Squeeze extends Op {
  <S extends Shape, D extends DType, A extends number | undefined = undefined>(
    x: Tensor<S, D>,
    axis?: A,
  ): Tensor<Squeezed<S, A>, D>;
  readonly method: <S extends Shape, D extends DType, A extends number | undefined = undefined>(
    this: Tensor<S, D>,
    axis?: A,
  ) => Tensor<Squeezed<S, A>, D>;
}

/** Without the named axis, which must have length 1; without all such axes when none is named. */
export const squeeze: Squeeze = defineOp(
  {
    name: "squeeze",
    doc: "Without axes of length 1.",
    samples: [{ args: [{ shape: [2, 1, 3, 1] }] }, { args: [{ shape: [1, 3] }, 0] }],
    rejects: [{ args: [{ shape: [2, 3] }, 0], message: "axis 0 of [2, 3] has length 2, not 1" }],
    gradient: true,
  },
  (x: Tensor, axis?: number) => {
    requireTensor("squeeze", x);
    if (axis === undefined)
      return reshape(
        x,
        x.shape.filter(length => length !== 1),
      );
    const at = resolveAxis("squeeze", axis, x.shape.length);
    if (x.shape[at] !== 1) {
      throw new ShapeError(`axis ${axis} of ${formatShape(x.shape)} has length ${x.shape[at]}, not 1`, {
        op: "squeeze",
      });
    }
    return reshape(
      x,
      x.shape.filter((_, i) => i !== at),
    );
  },
);

interface Unsqueeze extends Op {
  <S extends Shape, D extends DType, A extends number = 0>(x: Tensor<S, D>, axis?: A): Tensor<WithNewAxis<S, A, 1>, D>;
  readonly method: <S extends Shape, D extends DType, A extends number = 0>(
    this: Tensor<S, D>,
    axis?: A,
  ) => Tensor<WithNewAxis<S, A, 1>, D>;
}

/** With a new axis of length 1 at the given place. */
export const unsqueeze: Unsqueeze = defineOp(
  {
    name: "unsqueeze",
    doc: "With a new axis of length 1.",
    samples: [{ args: [{ shape: [2, 3] }, 1] }, { args: [{ shape: [2] }, -1] }],
    rejects: [{ args: [{ shape: [2] }, 3], message: "axis 3 does not exist" }],
    gradient: true,
  },
  (x: Tensor, axis = 0) => {
    requireTensor("unsqueeze", x);
    const at = resolveAxis("unsqueeze", axis, x.shape.length + 1);
    return reshape(x, [...x.shape.slice(0, at), 1, ...x.shape.slice(at)]);
  },
);
