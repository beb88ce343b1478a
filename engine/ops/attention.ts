import type { DType } from "../dtype.js";
import { ShapeError } from "../errors.js";
import { castTo } from "../layout.js";
import { defineOp, type Op } from "../op.js";
import { isFloat } from "../promotion.js";
import type { Generator } from "../random.js";
import { broadcastShapes, formatShape, type Shape } from "../shape.js";
import type { Tensor } from "../tensor.js";
import { at } from "./at.js";
import { isTiled, selfAttention, tiledAttention } from "./attention-kernel.js";
import { attentionBySteps, spreadHeads } from "./attention-steps.js";
import { computing } from "./conv-require.js";
import { requireTensor } from "./require.js";
import { permute } from "./view.js";

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

/** Refuses a mask whose shape does not broadcast to the scores. */
function requireMask(query: Shape, key: Shape, mask: unknown): asserts mask is Tensor {
  requireTensor("scaledDotProductAttention", mask);
  const scores = [...broadcastShapes("scaledDotProductAttention", query.slice(0, -2), key.slice(0, -2))];
  const whole = [...scores, query.at(-2)!, key.at(-2)!];
  const extra = mask.shape.length - whole.length;
  const fits = mask.shape.every((n, i) => i < extra || n === 1 || n === whole[i - extra]);
  if (extra <= 0 && fits && (mask.dtype === "bool" || isFloat(mask.dtype))) return;
  throw new ShapeError(`the mask ${formatShape(mask.shape)} of ${mask.dtype} does not fit`, {
    op: "scaledDotProductAttention",
    expected: `bool or floats, ${formatShape(whole)}, axes of length 1 allowed`,
    got: `${mask.dtype} ${formatShape(mask.shape)}`,
  });
}

/**
 * softmax(query key^T * scale) value: each query's mean of the values, weighed by how well the keys fit (Vaswani et al. 2017),
 * as `torch.nn.functional.scaled_dot_product_attention`. query: [..., L, E], key: [..., S, E], value: [..., S, Ev] ->
 * [..., L, Ev]. The axes before broadcast; with fewer heads (axis -3) of keys and values each serves a group of queries. A
 * query that may see nothing gets 0. Computed by tiles (Dao et al. 2022), without the whole [L, S] of scores; only dropout, and
 * a mask that wants a gradient itself, take that memory, and WebGPU, which has no such kernel.
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
    const [keys, values] = [spreadHeads(key, query), spreadHeads(value, query)];
    if (options.mask !== undefined) requireMask(query.shape, keys.shape, options.mask);
    const dtype = computing(query.dtype);
    const featureless = query.shape.at(-1) === 0 || value.shape.at(-1) === 0;
    if (!isTiled(options, query.storage.backend) || featureless || [key, value].some(x => x.dtype !== query.dtype))
      return attentionBySteps(query, keys, values, options);
    const out = tiledAttention([castTo(query, dtype), castTo(keys, dtype), castTo(values, dtype)], options);
    return castTo(out, query.dtype);
  },
);

/**
 * Attention of a sequence to itself, from queries, keys and values in one tensor [N, L, 3, heads, E] -> [N, heads, L, E]: their
 * gradient is one tensor, too. @internal
 */
export function attendToItself(all: Tensor, options: AttentionOptions): Tensor {
  const [samples, length, , heads, size] = all.shape as [number, number, number, number, number];
  if (!all.isConcrete || !isTiled(options, all.storage.backend)) {
    const turned = permute(all, [2, 0, 3, 1, 4]) as Tensor;
    const [q, k, v] = [0, 1, 2].map(i => at(turned, i) as Tensor);
    return scaledDotProductAttention(q!, k!, v!, options) as Tensor;
  }
  if (options.mask !== undefined)
    requireMask([samples, heads, length, size], [samples, heads, length, size], options.mask);
  const dtype = computing(all.dtype);
  return castTo(selfAttention(castTo(all, dtype), options), all.dtype);
}
