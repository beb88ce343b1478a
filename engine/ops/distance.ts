import type { DType } from "../dtype.js";
import { ShapeError, ValueError } from "../errors.js";
import { castTo } from "../layout.js";
import { defineOp, type Op } from "../op.js";
import { type Floating, floating, type Promote, promote } from "../promotion.js";
import { formatShape, type Shape } from "../shape.js";
import type { Tensor } from "../tensor.js";
import { add, div, maximum, mul, sub } from "./arithmetic.js";
import { square } from "./math.js";
import { matmul } from "./matmul.js";
import { sum } from "./reduce.js";
import { requireTensor } from "./require.js";
import type { FloatUnaryWith } from "./signatures.js";
import { norm, smoothRoot } from "./vector-norm.js";
import { transpose, unsqueeze } from "./view.js";

/** How vectors are brought to length 1. */
export interface NormalizeOptions {
  /** p of the p-norm (default 2). */
  order?: number;
  /** Along which axis the vectors lie (default 1, as in PyTorch). */
  axis?: number;
  /** Shorter vectors are divided by this (default 1e-12). */
  epsilon?: number;
}

/**
 * Vectors divided by their length, as `torch.nn.functional.normalize`. x: [N, D, ...] -> the same.
 * @throws ShapeError when there is no such axis
 * @example normalize(tensor([[3, 4]])).mul(10).round().toArray(); // [[6, 8]]
 */
export const normalize: FloatUnaryWith<NormalizeOptions> = defineOp(
  {
    name: "normalize",
    doc: "Vectors divided by their length.",
    samples: [
      { args: [{ shape: [3, 4] }] },
      { args: [{ shape: [2, 3, 2] }, { axis: -1, order: 3 }] },
      { args: [{ shape: [4] }, { axis: 0, order: 1 }] },
    ],
    rejects: [{ args: [{ shape: [3] }], message: "axis 1 does not exist" }],
    gradient: true,
  },
  (x: Tensor, { order = 2, axis = 1, epsilon = 1e-12 }: NormalizeOptions = {}) => {
    const length = norm(x, axis, { order, keepDims: true }) as Tensor;
    return div(x, maximum(length, epsilon) as never);
  },
);

interface PairwiseDistance extends Op {
  <D extends DType, E extends DType>(
    a: Tensor<Shape, D>,
    b: Tensor<Shape, E>,
    options?: PairwiseDistanceOptions,
  ): Tensor<number[], Floating<Promote<D, E>>>;
  readonly method: <D extends DType, E extends DType>(
    this: Tensor<Shape, D>,
    b: Tensor<Shape, E>,
    options?: PairwiseDistanceOptions,
  ) => Tensor<number[], Floating<Promote<D, E>>>;
}

/** How `pairwiseDistance` measures. */
export interface PairwiseDistanceOptions {
  /** p of the p-norm (default 2). */
  order?: number;
  /** Added to the difference (default 1e-6). */
  epsilon?: number;
  /** True: the last axis stays with length 1 (default false). */
  keepDims?: boolean;
}

/**
 * The length of a - b + epsilon along the last axis, as `torch.nn.functional.pairwise_distance`; a and b broadcast.
 * a, b: [..., D] -> [...].
 * @throws ShapeError when they do not broadcast
 * @example pairwiseDistance(tensor([[3, 4]]), tensor([[0, 0]]), { epsilon: 0 }).toArray(); // [5]
 */
export const pairwiseDistance: PairwiseDistance = defineOp(
  {
    name: "pairwiseDistance",
    doc: "The length of the difference of vectors.",
    samples: [
      { args: [{ shape: [3, 4] }, { shape: [3, 4] }] },
      { args: [{ shape: [2, 3, 4] }, { shape: [4] }, { order: 1, keepDims: true }] },
    ],
    rejects: [{ args: [{ shape: [3] }, { shape: [2] }], message: "cannot broadcast [3] with [2]" }],
    gradient: true,
  },
  (a: Tensor, b: Tensor, { order = 2, epsilon = 1e-6, keepDims = false }: PairwiseDistanceOptions = {}) => {
    requireTensor("pairwiseDistance", a);
    requireTensor("pairwiseDistance", b);
    return norm(add(sub(a, b as never) as Tensor, epsilon) as Tensor, -1, { order, keepDims });
  },
);

interface Cdist extends Op {
  <D extends DType, E extends DType>(
    a: Tensor<Shape, D>,
    b: Tensor<Shape, E>,
    options?: { order?: number },
  ): Tensor<number[], Floating<Promote<D, E>>>;
  readonly method: <D extends DType, E extends DType>(
    this: Tensor<Shape, D>,
    b: Tensor<Shape, E>,
    options?: { order?: number },
  ) => Tensor<number[], Floating<Promote<D, E>>>;
}

/** From so many rows on Euclidean distances come from a matrix product, as in PyTorch. */
const many = 25;

/** By |a|² + |b|² - 2 a b, with as much memory as the result has. */
function euclidean(a: Tensor, b: Tensor): Tensor {
  const squares = (x: Tensor) => sum(square(x) as Tensor, -1) as Tensor;
  const both = add(unsqueeze(squares(a), -1) as Tensor, unsqueeze(squares(b), -2) as never) as Tensor;
  const products = matmul(a, transpose(b, -1, -2) as never) as Tensor;
  return smoothRoot(maximum(sub(both, mul(products, 2) as never) as Tensor, 0) as Tensor);
}

/**
 * The distance of every vector of a from every vector of b, as `torch.cdist`. a: [..., P, D], b: [..., R, D] -> [..., P, R].
 * Euclidean distances of more than 25 vectors come from a matrix product: small ones among large vectors are less exact.
 * @param options.order p of the p-norm (default 2)
 * @throws ShapeError when they are no matrices, or their vectors have different lengths; ValueError for a negative order
 * @example cdist(tensor([[0, 0], [3, 0]]), tensor([[0, 4]])).toArray(); // [[4], [5]]
 */
export const cdist: Cdist = defineOp(
  {
    name: "cdist",
    doc: "The distance of every vector from every other.",
    samples: [
      { args: [{ shape: [3, 4] }, { shape: [2, 4] }] },
      { args: [{ shape: [2, 3, 4] }, { shape: [2, 4] }, { order: 1 }] },
      { args: [{ shape: [2, 3] }, { shape: [27, 3] }] },
      { args: [{ shape: [2, 3] }, { shape: [2, 3] }, { order: Number.POSITIVE_INFINITY }] },
    ],
    rejects: [
      { args: [{ shape: [3] }, { shape: [2, 3] }], message: "expected vectors in rows, got [3]" },
      { args: [{ shape: [2, 3] }, { shape: [2, 4] }], message: "vectors of 3 and of 4 numbers" },
      { args: [{ shape: [2, 3] }, { shape: [2, 3] }, { order: -1 }], message: "an order of -1" },
    ],
    gradient: true,
  },
  (a: Tensor, b: Tensor, { order = 2 }: { order?: number } = {}) => {
    for (const x of [a, b]) {
      requireTensor("cdist", x);
      if (x.shape.length >= 2) continue;
      throw new ShapeError(`expected vectors in rows, got ${formatShape(x.shape)}`, {
        op: "cdist",
        expected: "[..., N, D]",
      });
    }
    if (a.shape.at(-1) !== b.shape.at(-1)) {
      throw new ShapeError(`vectors of ${a.shape.at(-1)} and of ${b.shape.at(-1)} numbers`, { op: "cdist" });
    }
    if (!(order >= 0))
      throw new ValueError(`an order of ${order}`, { op: "cdist", hint: "Give a number of at least 0." });
    const dtype = floating(promote(a.dtype, b.dtype));
    const [left, right] = [castTo(a, dtype), castTo(b, dtype)];
    if (order === 2 && Math.max(a.shape.at(-2)!, b.shape.at(-2)!) > many) return euclidean(left, right);
    const differences = sub(unsqueeze(left, -2) as Tensor, unsqueeze(right, -3) as never) as Tensor;
    return norm(differences, -1, { order });
  },
);
