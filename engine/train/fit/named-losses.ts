import { ShapeError, ValueError } from "../../errors.js";
import { clip } from "../../ops/activation.js";
import { div, mul } from "../../ops/arithmetic.js";
import { oneHot } from "../../ops/indexing.js";
import { binaryCrossEntropy, binaryCrossEntropyWithLogits, focalLoss } from "../../ops/losses/binary.js";
import { crossEntropy } from "../../ops/losses/cross-entropy.js";
import { klDivLoss } from "../../ops/losses/divergence.js";
import { hingeLoss, squaredHingeLoss } from "../../ops/losses/margin.js";
import { huberLoss, logCoshLoss, maeLoss, mseLoss, poissonNllLoss } from "../../ops/losses/regression.js";
import { log, neg } from "../../ops/math.js";
import { sum } from "../../ops/reduce.js";
import { isFloat } from "../../promotion.js";
import { formatShape, sameShape } from "../../shape.js";
import type { Tensor } from "../../tensor.js";

/** Losses of the samples, [N, ...], from what the model gives and what is wanted. A scalar is possible, too. */
export type LossFunction = (prediction: Tensor, target: Tensor) => Tensor;

/** Keras' distance from 0 and 1 of probabilities. */
const epsilon = 1e-7;

type Pair = (prediction: Tensor, target: Tensor, options: { reduction: "none" }) => Tensor;

/** A loss that compares element by element; targets [N] stand for [N, 1], as in Keras. */
const pair = (name: string, loss: Pair): LossFunction => {
  return (prediction, target) => loss(prediction, likePrediction(name, prediction, target), { reduction: "none" });
};

function likePrediction(op: string, prediction: Tensor, target: Tensor): Tensor {
  const wanted = prediction.shape;
  const float = (isFloat(target.dtype) ? target : target.cast(prediction.dtype)) as Tensor;
  if (sameShape(wanted, target.shape)) return float;
  const last = wanted[wanted.length - 1];
  if (last === 1 && sameShape(wanted.slice(0, -1), target.shape)) return float.reshape(wanted) as Tensor;
  throw new ShapeError(`the model gives ${formatShape(wanted)}, the targets are ${formatShape(target.shape)}`, {
    op,
    expected: formatShape(wanted),
    got: formatShape(target.shape),
    hint: "They must have one shape.",
  });
}

/** Probabilities that sum to 1, against probabilities or one-hot rows. */
function categorical(prediction: Tensor, target: Tensor): Tensor {
  requireOneHot("categoricalCrossentropy", prediction, target);
  const total = sum(prediction, -1, { keepDims: true }) as Tensor;
  const sure = clip(div(prediction, total as never) as Tensor, { min: epsilon, max: 1 - epsilon }) as Tensor;
  return neg(sum(mul(target.cast(prediction.dtype), log(sure) as never) as Tensor, -1) as Tensor) as Tensor;
}

function requireOneHot(op: string, prediction: Tensor, target: Tensor): void {
  if (sameShape(prediction.shape, target.shape)) return;
  const areClasses = classesOf(prediction, target) !== undefined;
  throw new ShapeError(
    `the model gives ${formatShape(prediction.shape)}, the labels are ${formatShape(target.shape)}`,
    {
      op,
      expected: `one-hot rows ${formatShape(prediction.shape)}`,
      got: formatShape(target.shape),
      hint: areClasses
        ? 'The labels look like class numbers: use "sparseCategoricalCrossentropy", or oneHot(labels, classes).'
        : "Give one column per class.",
    },
  );
}

/** Class numbers of the shape that goes with scores [..., C]: [...], or [..., 1]. */
function classesOf(scores: Tensor, target: Tensor): Tensor | undefined {
  const wanted = scores.shape.slice(0, -1);
  if (sameShape(wanted, target.shape)) return target;
  return sameShape([...wanted, 1], target.shape) ? (target.reshape(wanted) as Tensor) : undefined;
}

/** @throws ShapeError for labels of another form */
function requireClasses(op: string, prediction: Tensor, target: Tensor): Tensor {
  const classes = classesOf(prediction, target);
  if (classes !== undefined) return classes.cast("int32") as Tensor;
  throw new ShapeError(
    `the model gives ${formatShape(prediction.shape)}, the labels are ${formatShape(target.shape)}`,
    {
      op,
      expected: `class numbers ${formatShape(prediction.shape.slice(0, -1))}`,
      got: formatShape(target.shape),
      hint: sameShape(prediction.shape, target.shape)
        ? 'The labels look one-hot: use "categoricalCrossentropy", or labels.argMax(-1).'
        : "Give one class number per sample.",
    },
  );
}

const categoricalLogits: LossFunction = (logits, target) => {
  requireOneHot("categoricalCrossentropyWithLogits", logits, target);
  return crossEntropy(logits, target.cast(logits.dtype) as never, { reduction: "none" }) as Tensor;
};
const sparse: LossFunction = (prediction, target) => {
  const classes = requireClasses("sparseCategoricalCrossentropy", prediction, target);
  return categorical(prediction, oneHot(classes, prediction.shape.at(-1)!, { dtype: prediction.dtype }) as Tensor);
};
const sparseLogits: LossFunction = (logits, target) => {
  const classes = requireClasses("crossEntropy", logits, target);
  return crossEntropy(logits, classes as never, { reduction: "none" }) as Tensor;
};
const binary: Pair = (p, y, options) =>
  binaryCrossEntropy(clip(p, { min: epsilon, max: 1 - epsilon }) as Tensor, y, options) as Tensor;
const mape: LossFunction = (prediction, target) => {
  const wanted = likePrediction("mape", prediction, target);
  const size = clip(wanted.abs() as Tensor, { min: epsilon }) as Tensor;
  return prediction
    .sub(wanted as never)
    .abs()
    .div(size as never)
    .mul(100) as Tensor;
};

const mseOf = pair("mse", mseLoss as Pair);
const maeOf = pair("mae", maeLoss as Pair);
const binaryOf = pair("binaryCrossentropy", binary);
const logitsOf = pair("binaryCrossentropyWithLogits", binaryCrossEntropyWithLogits as Pair);
const hingeOf = pair("hinge", hingeLoss as Pair);
const squaredHingeOf = pair("squaredHinge", squaredHingeLoss as Pair);
const logCoshOf = pair("logCosh", logCoshLoss as Pair);
const certain = (p: Tensor) => clip(p, { min: epsilon, max: 1 }) as Tensor;
const divergence = pair("klDivergence", (p, y, options) => {
  return sum(klDivLoss(log(certain(p)) as Tensor, certain(y), options) as Tensor, -1) as Tensor;
});

const losses = {
  mse: mseOf,
  meanSquaredError: mseOf,
  mean_squared_error: mseOf,
  mae: maeOf,
  meanAbsoluteError: maeOf,
  mean_absolute_error: maeOf,
  mape,
  meanAbsolutePercentageError: mape,
  mean_absolute_percentage_error: mape,
  huber: pair("huber", huberLoss as Pair),
  logCosh: logCoshOf,
  log_cosh: logCoshOf,
  categoricalCrossentropy: categorical,
  categorical_crossentropy: categorical,
  categoricalCrossentropyWithLogits: categoricalLogits,
  sparseCategoricalCrossentropy: sparse,
  sparse_categorical_crossentropy: sparse,
  sparseCategoricalCrossentropyWithLogits: sparseLogits,
  crossEntropy: sparseLogits,
  binaryCrossentropy: binaryOf,
  binary_crossentropy: binaryOf,
  binaryCrossentropyWithLogits: logitsOf,
  focal: pair("focal", focalLoss as Pair),
  hinge: hingeOf,
  squaredHinge: squaredHingeOf,
  squared_hinge: squaredHingeOf,
  klDivergence: divergence,
  kl_divergence: divergence,
  poisson: pair("poisson", (p, y, options) => poissonNllLoss(p, y, { ...options, logInput: false, epsilon }) as Tensor),
} satisfies Record<string, LossFunction>;

/**
 * The name of a loss, as in Keras, in camel case or with underscores. Cross-entropies take probabilities, those
 * `WithLogits` and `crossEntropy` (class numbers, as PyTorch's) take logits.
 */
export type LossName = keyof typeof losses;

/** A loss, or its name. */
export type GivenLoss = LossName | LossFunction;

/** @throws ValueError for an unknown name */
export function lossOf(given: GivenLoss): LossFunction {
  if (typeof given === "function") return given;
  if (typeof given === "string" && Object.hasOwn(losses, given)) return losses[given];
  throw new ValueError(`no loss ${JSON.stringify(given)}`, {
    op: "compile",
    hint: `There are ${Object.keys(losses)
      .filter(name => !name.includes("_"))
      .join(", ")}; or give a function of prediction and target.`,
  });
}

/** Whether a loss takes logits: half is probability then, at 0. */
export function takesLogits(given: GivenLoss): boolean {
  return typeof given === "string" && (given.endsWith("WithLogits") || given === "crossEntropy" || given === "focal");
}

/** Whether targets of a loss are class numbers. */
export function takesClasses(given: GivenLoss): boolean {
  return typeof given === "string" && (losses[given] === sparse || losses[given] === sparseLogits);
}
