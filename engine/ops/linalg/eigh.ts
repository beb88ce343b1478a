import { attach } from "../../autograd/graph.js";
import type { DType } from "../../dtype.js";
import { defineOp, type Op } from "../../op.js";
import type { Floating } from "../../promotion.js";
import { allocate } from "../../record.js";
import type { Shape } from "../../shape.js";
import type { Tensor } from "../../tensor.js";
import { div, mul } from "../arithmetic.js";
import { recordFactor, requireConverged, squareMatrices, squareSamples } from "./factor-kernel.js";
import { gaps, scaleColumns, skew, times, turned } from "./matrix-algebra.js";

/** The factors of a symmetric x = V diag(λ) Vᵀ. */
export interface Eigh<D extends DType = DType> {
  /** Ascending. */
  eigenvalues: Tensor<number[], D>;
  /** Orthonormal, one a column. */
  eigenvectors: Tensor<number[], D>;
}

function decompose(op: string, x: Tensor): { eigenvalues: Tensor; eigenvectors: Tensor } {
  const { backend } = x.storage;
  const values = allocate(x.shape.slice(0, -1), x.dtype, backend);
  const vectors = allocate(x.shape, x.dtype, backend);
  requireConverged(op, x, recordFactor("eigh", x, values, vectors));
  attach(values, op, [x], g => [times(scaleColumns(vectors, g), turned(vectors))]);
  attach(vectors, op, [x], g => {
    const inner = div(mul(skew(times(turned(vectors), g)), 0.5) as Tensor, gaps(values) as never) as Tensor;
    return [times(times(vectors, inner), turned(vectors))];
  });
  return { eigenvalues: values, eigenvectors: vectors };
}

interface EighOp extends Op {
  <D extends DType>(x: Tensor<Shape, D>): Eigh<Floating<D>>;
  readonly method: <D extends DType>(this: Tensor<Shape, D>) => Eigh<Floating<D>>;
}

/**
 * The eigenvalues and eigenvectors of symmetric matrices, as `torch.linalg.eigh`, by QL steps. x: [..., N, N], of which
 * the lower triangle is read -> eigenvalues: [..., N], eigenvectors: [..., N, N]. The signs of the vectors are free; their
 * gradients need eigenvalues that differ.
 * @throws ShapeError when a matrix is not square; ValueError when it holds NaN or infinity
 * @example tensor([[2, 1], [1, 2]]).eigh().eigenvalues.toArray(); // [1, 3]
 */
export const eigh: EighOp = defineOp(
  {
    name: "eigh",
    doc: "The eigenvalues and eigenvectors of symmetric matrices.",
    samples: [],
    rejects: [{ args: [{ shape: [2, 3] }], message: "expected square matrices, got [2, 3]" }],
    gradient: { none: "two tensors; their gradients are checked beside PyTorch's" },
  },
  (x: Tensor) => decompose("eigh", squareMatrices("eigh", x)),
);

interface Eigvalsh extends Op {
  <D extends DType>(x: Tensor<Shape, D>): Tensor<number[], Floating<D>>;
  readonly method: <D extends DType>(this: Tensor<Shape, D>) => Tensor<number[], Floating<D>>;
}

/**
 * The eigenvalues of symmetric matrices, the smallest first, as `torch.linalg.eigvalsh`. x: [..., N, N], of which the lower
 * triangle is read -> [..., N].
 * @throws ShapeError when a matrix is not square; ValueError when it holds NaN or infinity
 * @example tensor([[2, 1], [1, 2]]).eigvalsh().toArray(); // [1, 3]
 */
export const eigvalsh: Eigvalsh = defineOp(
  {
    name: "eigvalsh",
    doc: "The eigenvalues of symmetric matrices.",
    definite: true,
    samples: squareSamples,
    rejects: [{ args: [{ shape: [3] }], message: "expected square matrices, got [3]" }],
    gradient: true,
  },
  (x: Tensor) => decompose("eigvalsh", squareMatrices("eigvalsh", x)).eigenvalues,
);
