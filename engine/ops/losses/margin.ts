import { Elementwise } from "../../elementwise.js";
import { ShapeError } from "../../errors.js";
import { defineOp, type Op } from "../../op.js";
import { formatShape, sameShape } from "../../shape.js";
import type { Tensor } from "../../tensor.js";
import { relu } from "../activation.js";
import { add, minimum, sub } from "../arithmetic.js";
import { requireTensor } from "../require.js";
import { norm } from "../vector-norm.js";
import { formulaLoss, type PairLoss, requireSameShape } from "./pair.js";
import { type LossOptions, reduced } from "./reduction.js";

/**
 * max(0, 1 - target * prediction), as `keras.losses.Hinge`. prediction: [...], target (-1 or 1): [...] -> a scalar.
 * @throws ShapeError when the shapes differ
 * @example hingeLoss(prediction, target.sign());
 */
export const hingeLoss: PairLoss = formulaLoss("hingeLoss", {
  doc: "The hinge loss of scores against targets of -1 and 1.",
  formula: "max(0, 1 - target * x)",
});

/**
 * The square of the hinge loss, as `keras.losses.SquaredHinge`. prediction: [...], target (-1 or 1): [...] -> a scalar.
 * @throws ShapeError when the shapes differ
 * @example squaredHingeLoss(prediction, target.sign());
 */
export const squaredHingeLoss: PairLoss = formulaLoss("squaredHingeLoss", {
  doc: "The squared hinge loss of scores against targets of -1 and 1.",
  formula: "square(max(0, 1 - target * x))",
});

/**
 * A distance where the target is 1, the margin less the distance (at least 0) where it is -1, as
 * `torch.nn.functional.hinge_embedding_loss`. distances, target: [...] -> a scalar.
 * @throws ShapeError when the shapes differ
 * @example hingeEmbeddingLoss(prediction.abs(), target.sign());
 */
export const hingeEmbeddingLoss: PairLoss<LossOptions & { margin?: number }> = formulaLoss("hingeEmbeddingLoss", {
  doc: "Distances that are to be small for pairs and beyond a margin for others.",
  formula: "select(target > 0, x, max(0, margin - x))",
  numbers: { margin: 1 },
});

/** Options of the losses with a margin. */
export interface MarginOptions extends LossOptions {
  /** What the difference must exceed (0; of triplets 1). */
  margin?: number;
}

interface PairsLoss<Options> extends Op {
  (first: Tensor, second: Tensor, target: Tensor, options?: Options): Tensor<[], "float32" | "float64">;
  readonly method: (
    this: Tensor,
    second: Tensor,
    target: Tensor,
    options?: Options,
  ) => Tensor<[], "float32" | "float64">;
}

const ranking = new Elementwise(
  "marginRankingLoss",
  ["a", "b", "target", "margin"],
  "max(0, margin - target * (a - b))",
  "floating",
);

/**
 * max(0, margin - target * (first - second)): the first is to be the larger where the target is 1, the second where it is -1.
 * As `torch.nn.functional.margin_ranking_loss`. first, second, target: [...] -> a scalar.
 * @throws ShapeError when the shapes differ
 * @example marginRankingLoss(prediction, target, randn([4, 2]).sign(), { margin: 0.1 });
 */
export const marginRankingLoss: PairsLoss<MarginOptions> = defineOp(
  {
    name: "marginRankingLoss",
    doc: "Two scores of which a target of 1 or -1 says which is to be the larger.",
    samples: [{ args: [{ shape: [5] }, { shape: [5] }, { shape: [5] }, { margin: 0.3 }] }],
    rejects: [{ args: [{ shape: [5] }, { shape: [5] }, { shape: [4] }], message: "prediction [5] and target [4]" }],
    gradient: true,
  },
  (a: Tensor, b: Tensor, target: Tensor, { margin = 0, reduction }: MarginOptions = {}) => {
    for (const x of [a, b, target]) requireTensor("marginRankingLoss", x);
    requireSameShape("marginRankingLoss", a, b, "second");
    requireSameShape("marginRankingLoss", a, target);
    return reduced("marginRankingLoss", ranking.apply([a, b, target, margin]), reduction);
  },
);

const byCosine = new Elementwise(
  "cosineEmbeddingLoss",
  ["c", "target", "margin"],
  "select(target > 0, 1 - c, max(0, c - margin))",
  "floating",
);
const cosine = new Elementwise(
  "cosineEmbeddingLoss",
  ["ab", "aa", "bb"],
  "ab / sqrt((aa + 1e-12) * (bb + 1e-12))",
  "floating",
);

/**
 * 1 less the cosine of two vectors where the target is 1, what the cosine exceeds the margin where it is -1, as
 * `torch.nn.functional.cosine_embedding_loss`. first, second: [..., D], target: [...] -> a scalar.
 * @throws ShapeError when the shapes do not fit
 * @example cosineEmbeddingLoss(prediction, target, tensor([1, 1, -1, -1]), { margin: 0.2 });
 */
export const cosineEmbeddingLoss: PairsLoss<MarginOptions> = defineOp(
  {
    name: "cosineEmbeddingLoss",
    doc: "Vectors that are to point the same way where the target is 1, and apart where it is -1.",
    samples: [{ args: [{ shape: [5, 4] }, { shape: [5, 4] }, { shape: [5] }, { margin: -0.5 }] }],
    rejects: [
      { args: [{ shape: [5, 4] }, { shape: [5, 4] }, { shape: [4] }], message: "vectors [5, 4] and target [4]" },
    ],
    gradient: true,
  },
  (a: Tensor, b: Tensor, target: Tensor, { margin = 0, reduction }: MarginOptions = {}) => {
    for (const x of [a, b, target]) requireTensor("cosineEmbeddingLoss", x);
    requireSameShape("cosineEmbeddingLoss", a, b, "second");
    if (!sameShape(a.shape.slice(0, -1), target.shape) || a.shape.length === 0) {
      throw new ShapeError(`vectors ${formatShape(a.shape)} and target ${formatShape(target.shape)} do not fit`, {
        op: "cosineEmbeddingLoss",
        expected: formatShape(a.shape.slice(0, -1)),
        got: formatShape(target.shape),
        hint: "Give one target, 1 or -1, per pair of vectors.",
      });
    }
    const product = (x: Tensor, y: Tensor) => x.mul(y as never).sum(-1) as Tensor;
    const cosines = cosine.apply([product(a, b), product(a, a), product(b, b)]);
    return reduced("cosineEmbeddingLoss", byCosine.apply([cosines, target, margin]), reduction);
  },
);

/** Options of `tripletMarginLoss`. */
export interface TripletOptions extends MarginOptions {
  /** p of the distance (default 2). */
  order?: number;
  /** Added to differences, so that the distance has a gradient at 0 (default 1e-6). */
  epsilon?: number;
  /** Takes the distance of positive and negative where it is smaller (default false). */
  swap?: boolean;
}

/**
 * How much nearer than a margin the negative is to the anchor than the positive, at least 0 (Schroff et al. 2015), as
 * `torch.nn.functional.triplet_margin_loss`. anchor, positive, negative: [..., D] -> a scalar.
 * @throws ShapeError when the shapes differ
 * @example tripletMarginLoss(prediction, target, randn([4, 2]), { margin: 0.5 });
 */
export const tripletMarginLoss: PairsLoss<TripletOptions> = defineOp(
  {
    name: "tripletMarginLoss",
    doc: "A negative that is to be farther from its anchor than the positive, by a margin.",
    samples: [
      { args: [{ shape: [5, 4] }, { shape: [5, 4] }, { shape: [5, 4] }] },
      { args: [{ shape: [5, 4] }, { shape: [5, 4] }, { shape: [5, 4] }, { swap: true, margin: 2, order: 3 }] },
    ],
    rejects: [
      { args: [{ shape: [5, 4] }, { shape: [5, 4] }, { shape: [5, 3] }], message: "[5, 4] and negative [5, 3]" },
    ],
    gradient: true,
  },
  (anchor: Tensor, positive: Tensor, negative: Tensor, options: TripletOptions = {}) => {
    const { margin = 1, order = 2, epsilon = 1e-6, swap = false, reduction } = options;
    for (const x of [anchor, positive, negative]) requireTensor("tripletMarginLoss", x);
    requireSameShape("tripletMarginLoss", anchor, positive, "positive");
    requireSameShape("tripletMarginLoss", anchor, negative, "negative");
    const distance = (x: Tensor, y: Tensor) =>
      norm(add(sub(x, y) as Tensor, epsilon) as Tensor, -1, { order }) as Tensor;
    const far = distance(anchor, negative);
    const away = swap ? (minimum(far, distance(positive, negative) as never) as Tensor) : far;
    const losses = relu(sub(add(distance(anchor, positive), margin) as Tensor, away) as Tensor) as Tensor;
    return reduced("tripletMarginLoss", losses, reduction);
  },
);
