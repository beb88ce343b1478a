import { reshapeTo } from "../../layout.js";
import {
  add,
  cholesky,
  cond,
  det,
  eigh,
  eigvalsh,
  inv,
  lu,
  matmul,
  matrixExp,
  matrixNorm,
  matrixRank,
  pinv,
  qr,
  relu,
  scaledDotProductAttention,
  slogdet,
  solve,
  svd,
  svdvals,
  transpose,
  triangularSolve,
} from "../../ops/all.js";
import type { AttentionOptions } from "../../ops/attention.js";
import type { TriangularSolveOptions } from "../../ops/linalg/triangular-solve.js";
import type { LinearOptions } from "../../ops/matmul.js";
import { linear } from "../../ops/matmul.js";
import type { Tensor } from "../../tensor.js";
import type { Batched } from "../batched.js";
import type { Rule, Samples } from "../samples.js";

function product(s: Samples, a: Tensor, b: Tensor): Tensor {
  const rank = Math.max(a.shape.length, b.shape.length);
  return matmul(s.broadcast(a, rank) as Tensor, s.broadcast(b, rank) as never) as Tensor;
}

/** An operation on matrices, whatever axes come before them. */
// biome-ignore lint/suspicious/noExplicitAny: operations of many signatures
type MatrixOp = (x: any, ...rest: any[]) => unknown;

const ofMatrices = {
  cholesky,
  cond,
  det,
  eigh,
  eigvalsh,
  inv,
  lu,
  matrixExp,
  matrixNorm,
  matrixRank,
  pinv,
  qr,
  slogdet,
  svd,
  svdvals,
};

const overMatrices = (op: MatrixOp): Rule => {
  return (_, x: Batched, ...rest: unknown[]) => op(x.value, ...rest);
};

/** Products and factorisations of matrices, whose first axes are batches already. */
export const productRules: Record<string, Rule> = {
  matmul: (s, a: Tensor, b: Tensor) => {
    // A vector is a matrix with one row or one column, which is taken away again.
    const row = a.shape.length === 1;
    const column = b.shape.length === 1;
    if (row || column) {
      const left = row ? (reshapeTo(a, [1, a.size]) as Tensor) : a;
      const right = column ? (reshapeTo(b, [b.size, 1]) as Tensor) : b;
      const product = matmul(left, right as never) as Tensor;
      const shape = [...product.shape];
      if (column) shape.pop();
      if (row) shape.splice(column ? shape.length - 1 : shape.length - 2, 1);
      return reshapeTo(product, shape);
    }
    return product(s, a, b);
  },
  product,
  linear: (s, x: Tensor, weight: Tensor, { bias, activation }: LinearOptions = {}) => {
    if (!s.has(weight) && !s.has(bias)) {
      return linear(s.front(x), weight as never, { ...(bias && { bias }), ...(activation && { activation }) });
    }
    const product = matmul(x, transpose(weight) as never) as Tensor;
    const sum = bias ? (add(product, bias as never) as Tensor) : product;
    return activation === "relu" ? relu(sum) : sum;
  },
  scaledDotProductAttention: (s, query: Tensor, key: Tensor, value: Tensor, options: AttentionOptions = {}) => {
    const rank = Math.max(query.shape.length, key.shape.length, value.shape.length);
    const [q, k, v] = [query, key, value].map(x => s.aligned(x, rank)) as [Tensor, Tensor, Tensor];
    const { mask, ...rest } = options;
    return scaledDotProductAttention(q as never, k as never, v as never, {
      ...rest,
      ...(mask && { mask: s.broadcast(mask, rank) as Tensor }),
    });
  },
  ...Object.fromEntries(Object.entries(ofMatrices).map(([name, op]) => [name, overMatrices(op as MatrixOp)])),
  solve: (s, a: Tensor, b: Tensor) => {
    if (b.shape.length === 1) {
      const column = solve(a, reshapeTo(b, [b.size, 1]) as never) as Tensor;
      return reshapeTo(column, column.shape.slice(0, -1));
    }
    const rank = Math.max(a.shape.length, b.shape.length);
    return solve(s.aligned(a, rank), s.aligned(b, rank) as never);
  },
  triangularSolve: (s, a: Tensor, b: Tensor, options: TriangularSolveOptions) => {
    const rank = Math.max(a.shape.length, b.shape.length);
    return triangularSolve(s.aligned(a, rank), s.aligned(b, rank), options);
  },
};
