import { castTo, expandTo, reshapeTo } from "../layout.js";
import type { Shape } from "../shape.js";
import type { Tensor } from "../tensor.js";
import { add, mul } from "./arithmetic.js";
import type { AttentionOptions } from "./attention.js";
import { ge, where } from "./compare.js";
import { arange } from "./create.js";
import { dropout } from "./dropout.js";
import { matmul } from "./matmul.js";
import { softmax } from "./softmax.js";
import { transpose, unsqueeze } from "./view.js";

/** A score that softmax turns into 0, yet finite: rows in which nothing may be seen stay free of NaN. */
const never = -1e30;

/** Fewer heads of keys and values than of queries: each serves a group of them (Ainslie et al. 2023). */
export function spreadHeads(x: Tensor, query: Tensor): Tensor {
  const [heads, wanted] = [x.shape.at(-3), query.shape.at(-3)];
  if (heads === undefined || wanted === undefined || heads === wanted || heads <= 1 || wanted % heads !== 0) return x;
  const [before, after] = [x.shape.slice(0, -3), x.shape.slice(-2)];
  const repeated = expandTo(unsqueeze(x, -3) as Tensor, [...before, heads, wanted / heads, ...after]);
  return reshapeTo(repeated, [...before, wanted, ...after]);
}

/** How much each query attends to each key, [..., L, S], dropout included. */
export function attentionWeights(
  query: Tensor,
  key: Tensor,
  { mask, causal = false, scale = 1 / Math.sqrt(query.shape.at(-1)!), dropout: rate, generator }: AttentionOptions,
): Tensor {
  const keys = spreadHeads(key, query);
  let scores = matmul(mul(query, scale) as never, transpose(keys) as never) as Tensor;
  if (causal) {
    const [rows, columns] = scores.shape.slice(-2) as [number, number] & Shape;
    const { device } = query;
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
  return rate ? dropout(weights, rate, generator ? { generator } : {}) : weights;
}

/** Attention step by step in operations, the scores as one tensor: with dropout, and for derivatives of derivatives. */
export function attentionBySteps(query: Tensor, key: Tensor, value: Tensor, options: AttentionOptions): Tensor {
  const weights = attentionWeights(query, key, options);
  return matmul(weights as never, spreadHeads(value, query) as never) as Tensor;
}
