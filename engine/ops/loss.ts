import { attach, gradEnabled } from "../autograd/graph.js";
import { opcodes } from "../backend/commands.js";
import type { DType } from "../dtype.js";
import { Elementwise } from "../elementwise.js";
import { ShapeError, ValueError } from "../errors.js";
import { castTo } from "../layout.js";
import { defineOp, type Op } from "../op.js";
import { floating, isFloat } from "../promotion.js";
import { allocate, finish, finishNow, open, prepared, pushOperand } from "../record.js";
import { formatShape, type Shape, sameShape, sizeOf } from "../shape.js";
import type { Tensor } from "../tensor.js";
import type { Operand } from "../types.js";
import { mul, sub } from "./arithmetic.js";
import { oneHot } from "./indexing.js";
import { abs, neg, square } from "./math.js";
import { mean, sum } from "./reduce.js";
import { requireIndices, requireTensor } from "./require.js";
import { logSoftmax, softmax } from "./softmax.js";
import { unsqueeze } from "./view.js";

/** `"mean"` over the samples (default), their `"sum"`, or `"none"`: one loss each. */
export type LossReduction = "mean" | "sum" | "none";

/** How the losses of single elements become one. */
export interface LossOptions {
  reduction?: LossReduction;
}

function reduced(op: string, losses: Tensor, reduction: LossReduction = "mean"): Tensor {
  if (reduction === "mean") return mean(losses);
  if (reduction === "sum") return sum(losses) as Tensor;
  if (reduction === "none") return losses;
  throw new ValueError(`no reduction ${String(reduction)}`, { op, hint: 'There are "mean", "sum" and "none".' });
}

interface CrossEntropy extends Op {
  <D extends DType>(logits: Tensor<Shape, D>, target: Tensor, options?: LossOptions): Tensor<[], D>;
  readonly method: <D extends DType>(this: Tensor<Shape, D>, target: Tensor, options?: LossOptions) => Tensor<[], D>;
}

/**
 * The cross-entropy of a softmax over the last axis against classes, or against probabilities, as
 * `torch.nn.functional.cross_entropy` (whose classes stand on axis 1).
 * logits: [..., C]; target: classes [...] of an integer dtype, or probabilities [..., C] -> a scalar
 * (`reduction: "none"`: [...]).
 * @throws ShapeError when the shapes do not fit; ValueError for a class outside 0 to C - 1
 * @example const loss = crossEntropy(model(x), labels);
 */
export const crossEntropy: CrossEntropy = defineOp(
  {
    name: "crossEntropy",
    doc: "The cross-entropy of a softmax over the last axis against classes or probabilities.",
    samples: [
      { args: [{ shape: [5, 4] }, { shape: [5], dtype: "int32", range: [0, 4] }] },
      { args: [{ shape: [5, 4] }, { shape: [5], dtype: "int32", range: [0, 4] }, { reduction: "sum" }] },
      { args: [{ shape: [2, 3, 4] }, { shape: [2, 3], dtype: "int32", range: [0, 4] }, { reduction: "none" }] },
      { args: [{ shape: [5, 4] }, { shape: [5, 4], range: [0, 1] }] },
    ],
    rejects: [
      { args: [{ shape: [5, 4] }, { shape: [4], dtype: "int32", range: [0, 4] }], message: "[5, 4] and target [4]" },
      { args: [{ shape: [2, 4] }, { shape: [2], dtype: "int32", range: [4, 5] }], message: "label 4" },
    ],
    gradient: true,
  },
  (logits: Tensor, target: Tensor, options: LossOptions = {}) => {
    requireTensor("crossEntropy", logits);
    requireTensor("crossEntropy", target);
    const batch = logits.shape.slice(0, -1);
    const values = castTo(logits, logits.dtype === "float64" ? "float64" : "float32");
    let losses: Tensor;
    if (isFloat(target.dtype) && sameShape(logits.shape, target.shape)) {
      losses = neg(sum(mul(logSoftmax(values), target) as Tensor, -1) as Tensor);
    } else if (logits.shape.length > 0 && sameShape(batch, target.shape)) {
      requireIndices("crossEntropy", "classes", target);
      losses = againstClasses(values, prepared(target, "int32"), batch);
    } else {
      throw new ShapeError(`logits ${formatShape(logits.shape)} and target ${formatShape(target.shape)} do not fit`, {
        op: "crossEntropy",
        expected: `${formatShape(batch)} or ${formatShape(logits.shape)}`,
        got: formatShape(target.shape),
        hint: "Give one class per sample (integers), or one probability per class.",
      });
    }
    return castTo(reduced("crossEntropy", losses, options.reduction), floating(logits.dtype));
  },
);

function againstClasses(logits: Tensor, labels: Tensor, batch: Shape): Tensor {
  const { backend } = logits.storage;
  const classes = logits.shape[logits.shape.length - 1]!;
  const rows = sizeOf(batch);
  const source = prepared(logits, logits.dtype);
  const losses = allocate(batch, logits.dtype, backend);
  open(backend, opcodes.crossEntropy, 11);
  backend.commands.push(rows);
  backend.commands.push(classes);
  for (const x of [source, labels, losses]) pushOperand(backend, x);
  finishNow(backend);
  return attach(losses, "crossEntropy", [logits], g => {
    if (gradEnabled() || !g.isConcrete) {
      const error = sub(softmax(logits), oneHot(labels, classes, { dtype: logits.dtype })) as Tensor;
      return [mul(error, unsqueeze(g, -1)) as Tensor];
    }
    const gradient = allocate(logits.shape, logits.dtype, backend);
    const perRow = prepared(g, logits.dtype);
    open(backend, opcodes.crossEntropyGrad, 14);
    backend.commands.push(rows);
    backend.commands.push(classes);
    for (const x of [source, labels, perRow, gradient]) pushOperand(backend, x);
    finish(backend);
    return [gradient];
  });
}

interface PairLoss extends Op {
  (prediction: Tensor, target: Operand, options?: LossOptions): Tensor<[], "float32" | "float64">;
  readonly method: (this: Tensor, target: Operand, options?: LossOptions) => Tensor<[], "float32" | "float64">;
}

const samples = [
  { args: [{ shape: [4, 3] }, { shape: [4, 3] }] },
  { args: [{ shape: [4, 3] }, { shape: [4, 3] }, { reduction: "sum" }] },
];

/** A loss that compares two tensors of the same shape. Broadcasting by accident is the classical mistake: it is refused. */
function pairLoss(
  name: string,
  doc: string,
  compute: (x: Tensor, target: Tensor | number) => Tensor,
  range?: [number, number],
) {
  return defineOp<PairLoss>(
    {
      name,
      doc,
      samples: range ? samples.map(({ args: [x, y, o] }) => ({ args: [x!, { ...y!, range }, o] })) : samples,
      rejects: [{ args: [{ shape: [4, 1] }, { shape: [4] }], message: "prediction [4, 1] and target [4]" }],
      gradient: true,
    },
    (prediction: Tensor, target: Tensor | number, options: LossOptions = {}) => {
      requireTensor(name, prediction);
      if (typeof target !== "number") {
        requireTensor(name, target);
        if (!sameShape(prediction.shape, target.shape)) {
          throw new ShapeError(
            `prediction ${formatShape(prediction.shape)} and target ${formatShape(target.shape)} differ`,
            { op: name, hint: "They must have one shape: reshape or expand one of them on purpose." },
          );
        }
      }
      return reduced(name, compute(prediction, target), options.reduction);
    },
  );
}

/** The squared error, by default its mean over all elements. prediction, target: [...] -> a scalar. */
export const mseLoss: PairLoss = pairLoss(
  "mseLoss",
  "The mean squared error.",
  (x, y) => square(sub(x, y as Tensor)) as Tensor,
);

/** The absolute error, by default its mean over all elements. prediction, target: [...] -> a scalar. */
export const maeLoss: PairLoss = pairLoss(
  "maeLoss",
  "The mean absolute error.",
  (x, y) => abs(sub(x, y as Tensor)) as Tensor,
);

/** Its own formula, because the derivative of its parts is not that of the whole where x is 0. */
const logistic = new Elementwise(
  "binaryCrossEntropyWithLogits",
  ["x", "target"],
  "max(x, 0) - x * target + log1p(exp(-abs(x)))",
  "floating",
  { x: "g * (sigmoid(x) - target)" },
);

/**
 * The binary cross-entropy of a sigmoid, from logits; it does not overflow. logits, target (0 to 1): [...] -> a scalar.
 */
export const binaryCrossEntropyWithLogits: PairLoss = pairLoss(
  "binaryCrossEntropyWithLogits",
  "The binary cross-entropy of a sigmoid, from logits.",
  (x, target) => logistic.apply([x, target]),
  [0, 1],
);

interface NllLoss extends Op {
  <D extends DType>(logProbabilities: Tensor<Shape, D>, classes: Tensor, options?: LossOptions): Tensor<[], D>;
  readonly method: <D extends DType>(this: Tensor<Shape, D>, classes: Tensor, options?: LossOptions) => Tensor<[], D>;
}

/**
 * The negative log-likelihood of classes, from log-probabilities. logProbabilities: [..., C], classes: [...] -> a scalar.
 */
export const nllLoss: NllLoss = defineOp(
  {
    name: "nllLoss",
    doc: "The negative log-likelihood of classes, from log-probabilities.",
    samples: [{ args: [{ shape: [5, 4] }, { shape: [5], dtype: "int32", range: [0, 4] }] }],
    rejects: [
      { args: [{ shape: [2, 4] }, { shape: [2], dtype: "int32", range: [4, 5] }], message: "4" },
      { args: [{ shape: [2, 4] }, { shape: [3], dtype: "int32", range: [0, 4] }], message: "[2, 4] and classes [3]" },
    ],
    gradient: true,
  },
  (x: Tensor, classes: Tensor, options: LossOptions = {}) => {
    requireTensor("nllLoss", x);
    requireIndices("nllLoss", "classes", classes);
    if (!sameShape(x.shape.slice(0, -1), classes.shape)) {
      throw new ShapeError(`input ${formatShape(x.shape)} and classes ${formatShape(classes.shape)} do not fit`, {
        op: "nllLoss",
      });
    }
    const chosen = oneHot(classes, x.shape[x.shape.length - 1]!, { dtype: x.dtype });
    return reduced("nllLoss", neg(sum(mul(x, chosen) as Tensor, -1) as Tensor), options.reduction);
  },
);
