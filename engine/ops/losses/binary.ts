import { Elementwise } from "../../elementwise.js";
import type { Tensor } from "../../tensor.js";
import type { Operand } from "../../types.js";
import { mul } from "../arithmetic.js";
import { formulaLoss, type PairLoss, pairLoss } from "./pair.js";
import type { LossOptions } from "./reduction.js";

/** Its own formula, because the derivative of its parts is not that of the whole where x is 0. */
const logistic = new Elementwise(
  "binaryCrossEntropyWithLogits",
  ["x", "target"],
  "max(x, 0) - x * target + log1p(exp(-abs(x)))",
  "floating",
  { x: "g * (sigmoid(x) - target)" },
);
const weighted = new Elementwise(
  "binaryCrossEntropyWithLogits",
  ["x", "target", "w"],
  "(1 - target) * x + (1 + (w - 1) * target) * (log1p(exp(-abs(x))) + max(-x, 0))",
  "floating",
  { x: "g * ((1 - target) - (1 + (w - 1) * target) * (1 - sigmoid(x)))" },
);

/** Options of the binary cross-entropies. */
export interface BinaryOptions extends LossOptions {
  /** Weight of each element; broadcast. */
  weight?: Operand;
}

/** Options of `binaryCrossEntropyWithLogits`. */
export interface BinaryLogitsOptions extends BinaryOptions {
  /** Weight of the positive class against the negative one: a number, or one per class; broadcast. */
  posWeight?: Operand;
}

const weigh = (losses: Tensor, weight: unknown) =>
  weight === undefined ? losses : (mul(losses, weight as never) as Tensor);

/**
 * The binary cross-entropy of a sigmoid, from logits; it does not overflow. As
 * `torch.nn.functional.binary_cross_entropy_with_logits`. logits, target (0 to 1): [...] -> a scalar.
 * @throws ShapeError when the shapes differ
 * @example binaryCrossEntropyWithLogits(model(x), y.gt(0).cast("float32"), { posWeight: 3 });
 */
export const binaryCrossEntropyWithLogits: PairLoss<BinaryLogitsOptions> = pairLoss("binaryCrossEntropyWithLogits", {
  doc: "The binary cross-entropy of a sigmoid, from logits.",
  targetRange: [0, 1],
  options: [{ posWeight: 2.5 }, { weight: 0.5 }],
  compute: (x, target, { weight, posWeight }) => {
    const losses =
      posWeight === undefined ? logistic.apply([x, target]) : weighted.apply([x, target, posWeight as Tensor]);
    return weigh(losses, weight);
  },
});

const ofProbabilities = new Elementwise(
  "binaryCrossEntropy",
  ["x", "target"],
  "-(target * max(log(x), -100) + (1 - target) * max(log1p(-x), -100))",
  "floating",
  // That of the formula is not finite at 0 and 1; this is PyTorch's.
  { x: "g * (x - target) / max(x * (1 - x), 1e-12)" },
);

/**
 * The binary cross-entropy from probabilities; logarithms count at least -100. As `torch.nn.functional.binary_cross_entropy`;
 * `binaryCrossEntropyWithLogits` is more exact. probabilities, target (0 to 1): [...] -> a scalar.
 * @throws ShapeError when the shapes differ
 * @example binaryCrossEntropy(model(x).sigmoid(), y.gt(0).cast("float32"));
 */
export const binaryCrossEntropy: PairLoss<BinaryOptions> = pairLoss("binaryCrossEntropy", {
  doc: "The binary cross-entropy, from probabilities.",
  range: [0.1, 0.9],
  targetRange: [0, 1],
  options: [{ weight: 0.5 }],
  compute: (x, target, { weight }) => weigh(ofProbabilities.apply([x, target]), weight),
});

/**
 * The binary cross-entropy from logits with well-classified elements weighed down, for rare positives (Lin et al. 2017), as
 * `torchvision.ops.sigmoid_focal_loss`. logits, target (0 to 1): [...] -> a scalar.
 * @throws ShapeError when the shapes differ
 * @example focalLoss(model(x), y.gt(0).cast("float32"), { alpha: 0.25, gamma: 2 });
 */
export const focalLoss: PairLoss<LossOptions & { alpha?: number; gamma?: number }> = formulaLoss("focalLoss", {
  doc: "The binary cross-entropy from logits, with well-classified elements weighed down.",
  formula:
    "(alpha * target + (1 - alpha) * (1 - target)) * pow(sigmoid(x) * (1 - target) + (1 - sigmoid(x)) * target, gamma) * (max(x, 0) - x * target + log1p(exp(-abs(x))))",
  numbers: { alpha: 0.25, gamma: 2 },
  targetRange: [0, 1],
  options: [{ alpha: 0.5, gamma: 1.5 }],
});

/**
 * 1 less twice the overlap by the sum of both sizes, over all elements (Milletari et al. 2016), as `keras.losses.Dice`.
 * probabilities, target (0 to 1): [...] -> a scalar.
 * @throws ShapeError when the shapes differ
 * @example diceLoss(model(x).sigmoid(), y.gt(0).cast("float32"));
 */
export const diceLoss: PairLoss<{ epsilon?: number }> = pairLoss("diceLoss", {
  doc: "1 less twice the overlap by the sum of both sizes.",
  range: [0.1, 0.9],
  targetRange: [0, 1],
  reduce: loss => loss,
  compute: (x, target, { epsilon = 1e-7 }) => {
    const overlap = mul(x, target as Tensor).sum() as Tensor;
    const sizes = x.add(target as never).sum() as Tensor;
    return overlap
      .mul(2)
      .add(epsilon as number)
      .div(sizes.add(epsilon as number) as never)
      .neg()
      .add(1) as Tensor;
  },
});
