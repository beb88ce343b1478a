import { ShapeError, ValueError } from "../../errors.js";
import { castTo } from "../../layout.js";
import { defineOp, type Op } from "../../op.js";
import { formatShape, sameShape } from "../../shape.js";
import type { Tensor } from "../../tensor.js";
import { relu } from "../activation.js";
import { add, mod, mul, pow, sub } from "../arithmetic.js";
import { ne } from "../compare.js";
import { arange } from "../create.js";
import { gather } from "../gather.js";
import { mean } from "../reduce.js";
import { requireIndices, requireTensor } from "../require.js";
import { expand, unsqueeze } from "../view.js";
import { binaryCrossEntropyWithLogits } from "./binary.js";
import { formulaLoss, type PairLoss, pairLoss } from "./pair.js";
import { type LossOptions, reduced } from "./reduction.js";

/**
 * log(1 + exp(-target * prediction)), as `torch.nn.functional.soft_margin_loss`. prediction: [...], target (-1 or 1): [...] -> a
 * scalar.
 * @throws ShapeError when the shapes differ
 * @example softMarginLoss(prediction, target.sign());
 */
export const softMarginLoss: PairLoss = formulaLoss("softMarginLoss", {
  doc: "The logistic loss of scores against targets of -1 and 1.",
  formula: "max(-target * x, 0) + log1p(exp(-abs(target * x)))",
  gradient: { x: "-g * target * sigmoid(-target * x)", target: "-g * x * sigmoid(-target * x)" },
});

/** Options of `multilabelSoftMarginLoss`. */
export interface MultilabelOptions extends LossOptions {
  /** A factor for each class: [C]. */
  weight?: Tensor;
}

/**
 * The binary cross-entropy of logits for several labels at once, the mean over classes, as
 * `torch.nn.functional.multilabel_soft_margin_loss`. logits, target (0 or 1): [..., C] -> a scalar.
 * @throws ShapeError when the shapes differ
 * @example multilabelSoftMarginLoss(prediction, target.gt(0).cast("float32"));
 */
export const multilabelSoftMarginLoss: PairLoss<MultilabelOptions> = pairLoss("multilabelSoftMarginLoss", {
  doc: "The binary cross-entropy of logits for several labels, the mean over classes.",
  targetRange: [0, 1],
  compute: (logits, target, { weight }) => {
    const losses = binaryCrossEntropyWithLogits(logits, target, { reduction: "none" }) as unknown as Tensor;
    return mean(weight === undefined ? losses : (mul(losses, weight as never) as Tensor), -1) as Tensor;
  },
});

/** Options of `multiMarginLoss`. */
export interface MultiMarginOptions extends LossOptions {
  /** By how much the score of the class must exceed the others (default 1). */
  margin?: number;
  /** The power that what is missing is taken to: 1 (default) or 2. */
  power?: 1 | 2;
  /** A factor for each class: [C]. */
  weight?: Tensor;
}

interface ClassMargin extends Op {
  (scores: Tensor, classes: Tensor, options?: MultiMarginOptions): Tensor<[], "float32" | "float64">;
  readonly method: (this: Tensor, classes: Tensor, options?: MultiMarginOptions) => Tensor<[], "float32" | "float64">;
}

/**
 * What the score of the class lacks to exceed the others by a margin, the mean over classes (Crammer and Singer 2001), as
 * `torch.nn.functional.multi_margin_loss`. scores: [..., C], classes: [...] of integers -> a scalar.
 * @throws ShapeError when the shapes do not fit; ValueError for another power, or a class that there is not
 * @example multiMarginLoss(tensor([[0.1, 0.9]]), tensor([1], { dtype: "int32" })).item().toFixed(2); // "0.10"
 */
export const multiMarginLoss: ClassMargin = defineOp(
  {
    name: "multiMarginLoss",
    doc: "What the score of the class lacks to exceed the others by a margin.",
    samples: [
      { args: [{ shape: [4, 3] }, { shape: [4], dtype: "int32", range: [0, 3] }] },
      { args: [{ shape: [2, 2, 5] }, { shape: [2, 2], dtype: "int32", range: [0, 5] }, { power: 2, margin: 0.7 }] },
    ],
    rejects: [
      {
        args: [{ shape: [4, 3] }, { shape: [3], dtype: "int32", range: [0, 3] }],
        message: "scores [4, 3] and classes [3] do not fit",
      },
      { args: [{ shape: [4, 3] }, { shape: [4] }], message: "the classes must be integers" },
      {
        args: [{ shape: [4, 3] }, { shape: [4], dtype: "int32", range: [0, 3] }, { power: 3 }],
        message: "a power of 3",
      },
      { args: [{ shape: [2, 3] }, { shape: [2], dtype: "int32", range: [3, 4] }], message: "index 3" },
    ],
    gradient: true,
  },
  (scores: Tensor, classes: Tensor, { margin = 1, power = 1, weight, reduction }: MultiMarginOptions = {}) => {
    const op = "multiMarginLoss";
    requireTensor(op, scores);
    requireIndices(op, "the classes", classes);
    if (scores.shape.length === 0 || !sameShape(scores.shape.slice(0, -1), classes.shape)) {
      throw new ShapeError(`scores ${formatShape(scores.shape)} and classes ${formatShape(classes.shape)} do not fit`, {
        op,
        expected: formatShape(scores.shape.slice(0, -1)),
        got: formatShape(classes.shape),
        hint: "Give one class per row of scores.",
      });
    }
    if (power !== 1 && power !== 2) throw new ValueError(`a power of ${String(power)}`, { op, hint: "Give 1 or 2." });
    const index = unsqueeze(classes, -1) as Tensor;
    const own = gather(scores, index, -1) as Tensor;
    const missing = relu(add(sub(scores, own as never) as Tensor, margin) as Tensor) as Tensor;
    // An index may count from the end.
    const count = scores.shape.at(-1)!;
    const others = ne(arange(0, count, 1, { device: scores.device }), mod(index, count) as never) as Tensor;
    const counted = mul(power === 1 ? missing : (pow(missing, 2) as Tensor), castTo(others, scores.dtype) as never);
    const factors = weight && (gather(expandedTo(weight, scores), index, -1) as Tensor);
    return reduced(
      op,
      mean(factors ? (mul(counted as Tensor, factors as never) as Tensor) : (counted as Tensor), -1) as Tensor,
      reduction,
    );
  },
);

/** The factors of classes beside every row of scores. */
function expandedTo(weight: Tensor, scores: Tensor): Tensor {
  requireTensor("multiMarginLoss", weight);
  return castTo(expand(weight, scores.shape) as Tensor, scores.dtype);
}
