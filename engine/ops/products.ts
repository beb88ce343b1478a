import type { DType } from "../dtype.js";
import { ShapeError, ValueError } from "../errors.js";
import { castTo, reshapeTo } from "../layout.js";
import { defineOp, type Op } from "../op.js";
import { type Promote, promote } from "../promotion.js";
import { formatShape, resolveAxis, type Shape, sizeOf } from "../shape.js";
import type { Tensor } from "../tensor.js";
import { mul } from "./arithmetic.js";
import { matmul } from "./matmul.js";
import { sum } from "./reduce.js";
import { requireTensor } from "./require.js";
import { permute } from "./view.js";

interface Dot extends Op {
  <D extends DType, E extends DType>(a: Tensor<Shape, D>, b: Tensor<Shape, E>): Tensor<[], Promote<D, E>>;
  readonly method: <D extends DType, E extends DType>(
    this: Tensor<Shape, D>,
    b: Tensor<Shape, E>,
  ) => Tensor<[], Promote<D, E>>;
}

function requireVectors(op: string, a: unknown, b: unknown): asserts a is Tensor {
  for (const x of [a, b]) {
    requireTensor(op, x);
    if (x.shape.length === 1) continue;
    throw new ShapeError(`expected vectors, got ${formatShape(x.shape)}`, {
      op,
      expected: "two tensors with one axis",
      got: formatShape(x.shape),
      hint: "matmul takes matrices; flatten() makes a vector.",
    });
  }
}

/** The sum of the products of two vectors. a, b: [N] -> []. @throws ShapeError when they are no vectors of one length */
export const dot: Dot = defineOp(
  {
    name: "dot",
    doc: "The sum of the products of two vectors.",
    samples: [{ args: [{ shape: [5] }, { shape: [5] }] }],
    rejects: [
      { args: [{ shape: [2, 2] }, { shape: [2] }], message: "expected vectors, got [2, 2]" },
      { args: [{ shape: [2] }, { shape: [3] }], message: "vectors of 2 and of 3 elements" },
    ],
    gradient: true,
  },
  (a: Tensor, b: Tensor) => {
    requireVectors("dot", a, b);
    if (a.shape[0] !== b.shape[0]) {
      throw new ShapeError(`vectors of ${a.shape[0]} and of ${b.shape[0]} elements`, { op: "dot" });
    }
    return matmul(a, b as never);
  },
);

interface VecDot extends Op {
  <D extends DType, E extends DType>(
    a: Tensor<Shape, D>,
    b: Tensor<Shape, E>,
    axis?: number,
  ): Tensor<number[], Promote<D, E>>;
  readonly method: <D extends DType, E extends DType>(
    this: Tensor<Shape, D>,
    b: Tensor<Shape, E>,
    axis?: number,
  ) => Tensor<number[], Promote<D, E>>;
}

/**
 * The sums of the products of many vectors along an axis (default the last), as `torch.linalg.vecdot`; a and b broadcast.
 * a, b: [..., N] -> [...].
 * @throws ShapeError when they do not broadcast
 * @example vecdot(tensor([[1, 2], [3, 4]]), tensor([1, 10])).toArray(); // [21, 43]
 */
export const vecdot: VecDot = defineOp(
  {
    name: "vecdot",
    doc: "The sums of the products of many vectors.",
    samples: [{ args: [{ shape: [3, 4] }, { shape: [4] }] }, { args: [{ shape: [3, 2] }, { shape: [3, 1] }, 0] }],
    rejects: [
      { args: [{ shape: [2, 3] }, { shape: [2] }], message: "cannot broadcast [2, 3] with [2]" },
      { args: [{ shape: [2] }, { shape: [2] }, 1], message: "axis 1 does not exist" },
    ],
    gradient: true,
  },
  (a: Tensor, b: Tensor, axis = -1) => {
    requireTensor("vecdot", a);
    requireTensor("vecdot", b);
    return castTo(sum(mul(a, b as never) as Tensor, axis) as Tensor, promote(a.dtype, b.dtype));
  },
);

interface Outer extends Op {
  <D extends DType, E extends DType>(a: Tensor<Shape, D>, b: Tensor<Shape, E>): Tensor<[number, number], Promote<D, E>>;
  readonly method: <D extends DType, E extends DType>(
    this: Tensor<Shape, D>,
    b: Tensor<Shape, E>,
  ) => Tensor<[number, number], Promote<D, E>>;
}

/** Every element of a times every element of b. a: [N], b: [M] -> [N, M]. @throws ShapeError when they are no vectors */
export const outer: Outer = defineOp(
  {
    name: "outer",
    doc: "Every element of a vector times every element of another.",
    samples: [{ args: [{ shape: [3] }, { shape: [4] }] }],
    rejects: [{ args: [{ shape: [] }, { shape: [2] }], message: "expected vectors, got []" }],
    gradient: true,
  },
  (a: Tensor, b: Tensor) => {
    requireVectors("outer", a, b);
    return mul(reshapeTo(a, [a.size, 1]), b as never);
  },
);

interface TensorDot extends Op {
  <D extends DType, E extends DType>(
    a: Tensor<Shape, D>,
    b: Tensor<Shape, E>,
    axes?: number | readonly [readonly number[], readonly number[]],
  ): Tensor<number[], Promote<D, E>>;
  readonly method: <D extends DType, E extends DType>(
    this: Tensor<Shape, D>,
    b: Tensor<Shape, E>,
    axes?: number | readonly [readonly number[], readonly number[]],
  ) => Tensor<number[], Promote<D, E>>;
}

/**
 * The sum of products over several axes: the last `axes` (default 2) of a with the first of b, or the pairs of axes given. The
 * result has the other axes of a, then those of b. As `numpy.tensordot`.
 * @throws ShapeError when the lengths of a pair differ
 */
export const tensordot: TensorDot = defineOp(
  {
    name: "tensordot",
    doc: "The sum of products over several axes.",
    samples: [
      { args: [{ shape: [2, 3, 4] }, { shape: [3, 4, 2] }] },
      { args: [{ shape: [2, 3] }, { shape: [4] }, 0] },
      {
        args: [
          { shape: [2, 3, 4] },
          { shape: [4, 5, 2] },
          [
            [0, 2],
            [2, 0],
          ],
        ],
      },
    ],
    rejects: [
      { args: [{ shape: [2, 3] }, { shape: [2, 3] }, 1], message: "axis 1 of [2, 3] with axis 0 of [2, 3]" },
      { args: [{ shape: [2] }, { shape: [2] }, 2], message: "2 axes of [2] and [2]" },
      { args: [{ shape: [2, 2] }, { shape: [2] }, [[0, 1], [0]]], message: "2 axes with 1" },
    ],
    gradient: true,
  },
  (a: Tensor, b: Tensor, axes: number | readonly [readonly number[], readonly number[]] = 2) => {
    requireTensor("tensordot", a);
    requireTensor("tensordot", b);
    const [left, right] = pairs(a, b, axes);
    left.forEach((axis, i) => {
      if (a.shape[axis] === b.shape[right[i]!]) return;
      throw new ShapeError(
        `axis ${axis} of ${formatShape(a.shape)} with axis ${right[i]} of ${formatShape(b.shape)}: the lengths differ`,
        { op: "tensordot" },
      );
    });
    const restA = a.shape.map((_, i) => i).filter(i => !left.includes(i));
    const restB = b.shape.map((_, i) => i).filter(i => !right.includes(i));
    const shape = [...restA.map(i => a.shape[i]!), ...restB.map(i => b.shape[i]!)];
    const inner = sizeOf(left.map(i => a.shape[i]!));
    const rows = reshapeTo(permute(a, [...restA, ...left]) as Tensor, [sizeOf(restA.map(i => a.shape[i]!)), inner]);
    const columns = reshapeTo(permute(b, [...right, ...restB]) as Tensor, [inner, sizeOf(restB.map(i => b.shape[i]!))]);
    return reshapeTo(matmul(rows, columns as never) as Tensor, shape);
  },
);

function pairs(
  a: Tensor,
  b: Tensor,
  axes: number | readonly [readonly number[], readonly number[]],
): [number[], number[]] {
  if (typeof axes === "number") {
    if (!Number.isInteger(axes) || axes < 0 || axes > a.shape.length || axes > b.shape.length) {
      throw new ValueError(`${axes} axes of ${formatShape(a.shape)} and ${formatShape(b.shape)}`, { op: "tensordot" });
    }
    const count = Array.from({ length: axes }, (_, i) => i);
    return [count.map(i => a.shape.length - axes + i), count];
  }
  const [left, right] = axes;
  if (left.length !== right.length) {
    throw new ValueError(`${left.length} axes with ${right.length}`, { op: "tensordot", hint: "Axes are paired up." });
  }
  return [
    left.map(axis => resolveAxis("tensordot", axis, a.shape.length)),
    right.map(axis => resolveAxis("tensordot", axis, b.shape.length)),
  ];
}
