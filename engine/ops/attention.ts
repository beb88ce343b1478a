import type { DType } from "../dtype.js";
import { ShapeError } from "../errors.js";
import { castTo, expandTo, reshapeTo } from "../layout.js";
import { defineOp, type Op } from "../op.js";
import { isFloat } from "../promotion.js";
import type { Generator } from "../random.js";
import { formatShape, type Shape } from "../shape.js";
import type { Tensor } from "../tensor.js";
import { add, mul } from "./arithmetic.js";
import { ge, where } from "./compare.js";
import { arange } from "./create.js";
import { dropout } from "./dropout.js";
import { matmul } from "./matmul.js";
import { requireTensor } from "./require.js";
import { softmax } from "./softmax.js";
import { transpose, unsqueeze } from "./view.js";

export interface AttentionOptions {
  /** Truth values [..., L, S]: true where a query may look at a key; or floats that are added to the scores. */
  mask?: Tensor;
  /** Each query sees only keys up to its own place (default false). */
  causal?: boolean;
  /** What scores are multiplied by (default 1 / sqrt(E)). */
  scale?: number;
  /** Probability with which attention weights are dropped (default 0). */
  dropout?: number;
  generator?: Generator;
}

interface Attention extends Op {
  <S extends Shape, D extends DType>(
    query: Tensor<S, D>,
    key: Tensor<Shape, D>,
    value: Tensor<Shape, D>,
    options?: AttentionOptions,
  ): Tensor<number[], D>;
  readonly method: <S extends Shape, D extends DType>(
    this: Tensor<S, D>,
    key: Tensor<Shape, D>,
    value: Tensor<Shape, D>,
    options?: AttentionOptions,
  ) => Tensor<number[], D>;
}

/** A score that softmax turns into 0, yet finite: rows in which nothing may be seen stay free of NaN. */
const never = -1e30;

function requireAttention(query: Tensor, key: Tensor, value: Tensor): void {
  const shapes = `query ${formatShape(query.shape)}, key ${formatShape(key.shape)} and value ${formatShape(value.shape)}`;
  for (const x of [query, key, value]) {
    if (x.shape.length >= 2 && isFloat(x.dtype)) continue;
    throw new ShapeError(`${shapes} need two axes and a float dtype`, {
      op: "scaledDotProductAttention",
      expected: "[..., L, E], [..., S, E] and [..., S, Ev]",
      got: shapes,
    });
  }
  if (query.shape.at(-1) !== key.shape.at(-1) || key.shape.at(-2) !== value.shape.at(-2)) {
    throw new ShapeError(`${shapes} do not fit`, {
      op: "scaledDotProductAttention",
      expected: "[..., L, E], [..., S, E] and [..., S, Ev]",
      got: shapes,
      hint: "Queries and keys need the same features, keys and values the same length.",
    });
  }
}

/** Fewer heads of keys and values than of queries: each serves a group of them (Ainslie et al. 2023). */
function spreadHeads(x: Tensor, query: Tensor): Tensor {
  const [heads, wanted] = [x.shape.at(-3), query.shape.at(-3)];
  if (heads === undefined || wanted === undefined || heads === wanted || heads <= 1 || wanted % heads !== 0) return x;
  const [before, after] = [x.shape.slice(0, -3), x.shape.slice(-2)];
  const repeated = expandTo(unsqueeze(x, -3) as Tensor, [...before, heads, wanted / heads, ...after]);
  return reshapeTo(repeated, [...before, wanted, ...after]);
}

/**
 * softmax(query key^T * scale) value: each query's mean of the values, weighed by how well the keys fit (Vaswani et al. 2017),
 * as `torch.nn.functional.scaled_dot_product_attention`. query: [..., L, E], key: [..., S, E], value: [..., S, Ev] ->
 * [..., L, Ev]. The axes before broadcast; with fewer heads (axis -3) of keys and values each serves a group of queries. A
 * query that may see nothing gets 0.
 * @throws ShapeError when they do not fit
 * @example scaledDotProductAttention(q, k, v, { causal: true });
 */
export const scaledDotProductAttention: Attention = defineOp(
  {
    name: "scaledDotProductAttention",
    doc: "Each query's mean of the values, weighed by how well the keys fit.",
    samples: [
      { args: [{ shape: [3, 4] }, { shape: [5, 4] }, { shape: [5, 2] }] },
      { args: [{ shape: [2, 2, 3, 4] }, { shape: [2, 2, 3, 4] }, { shape: [2, 2, 3, 4] }, { causal: true }] },
      { args: [{ shape: [1, 4, 2, 3] }, { shape: [1, 2, 3, 3] }, { shape: [1, 2, 3, 3] }, { scale: 0.3 }] },
    ],
    rejects: [
      {
        args: [{ shape: [3, 4] }, { shape: [5, 3] }, { shape: [5, 2] }],
        message: "query [3, 4], key [5, 3] and value [5, 2] do not fit",
      },
      { args: [{ shape: [4] }, { shape: [4] }, { shape: [4] }], message: "need two axes" },
    ],
    gradient: true,
  },
  (query: Tensor, key: Tensor, value: Tensor, options: AttentionOptions = {}) => {
    for (const x of [query, key, value]) requireTensor("scaledDotProductAttention", x);
    requireAttention(query, key, value);
    if (options.mask !== undefined) requireTensor("scaledDotProductAttention", options.mask);
    const { mask, causal = false, scale = 1 / Math.sqrt(query.shape.at(-1)!) } = options;
    const keys = spreadHeads(key, query);
    let scores = matmul(mul(query, scale) as never, transpose(keys) as never) as Tensor;
    if (causal) {
      const { device } = query;
      const [rows, columns] = scores.shape.slice(-2) as [number, number];
      const seen = ge(
        unsqueeze(arange(0, rows, 1, { device }), 1) as Tensor,
        arange(0, columns, 1, { device }),
      ) as Tensor;
      scores = where(seen, scores, never) as Tensor;
    }
    if (mask)
      scores = (mask.dtype === "bool" ? where(mask, scores, never) : add(scores, castTo(mask, scores.dtype))) as Tensor;
    let weights = softmax(scores) as Tensor;
    if (mask?.dtype === "bool") weights = where(mask, weights, 0) as Tensor;
    if (options.dropout) {
      weights = dropout(weights, options.dropout, options.generator ? { generator: options.generator } : {});
    }
    return matmul(weights as never, spreadHeads(value, query) as never);
  },
);
