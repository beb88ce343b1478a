import { attach, gradEnabled } from "../../autograd/graph.js";
import { opcodes } from "../../backend/commands.js";
import type { DType } from "../../dtype.js";
import { ShapeError, ValueError } from "../../errors.js";
import { castTo } from "../../layout.js";
import { defineOp, type Op } from "../../op.js";
import { floating, isFloat } from "../../promotion.js";
import { allocate, finish, finishNow, open, prepared, pushOperand } from "../../record.js";
import { formatShape, type Shape, sameShape, sizeOf } from "../../shape.js";
import type { Tensor } from "../../tensor.js";
import { add, div, mul, sub } from "../arithmetic.js";
import { ne, where } from "../compare.js";
import { oneHot, take } from "../indexing.js";
import { neg } from "../math.js";
import { sum } from "../reduce.js";
import { requireIndices, requireTensor } from "../require.js";
import { logSoftmax, softmax } from "../softmax.js";
import { unsqueeze } from "../view.js";
import { type LossOptions, reduced } from "./reduction.js";

/** Options of losses against classes. */
export interface ClassOptions extends LossOptions {
  /** The weight of each class, [C]; the mean is over the weights. */
  weight?: Tensor;
  /** A class whose samples count nothing, such as that of padding. */
  ignoreIndex?: number;
}

/** Options of `crossEntropy`. */
export interface CrossEntropyOptions extends ClassOptions {
  /** The share of the target that is spread evenly over all classes, 0 to 1 (default 0; Szegedy et al. 2016). */
  labelSmoothing?: number;
}

interface CrossEntropy extends Op {
  <D extends DType>(logits: Tensor<Shape, D>, target: Tensor, options?: CrossEntropyOptions): Tensor<[], D>;
  readonly method: <D extends DType>(
    this: Tensor<Shape, D>,
    target: Tensor,
    options?: CrossEntropyOptions,
  ) => Tensor<[], D>;
}

/**
 * The cross-entropy of a softmax over the last axis against classes, or against probabilities, as
 * `torch.nn.functional.cross_entropy` (whose classes stand on axis 1).
 * logits: [..., C]; target: classes [...] of an integer dtype, or probabilities [..., C] -> a scalar
 * (`reduction: "none"`: [...]).
 * @throws ShapeError when the shapes do not fit; ValueError for a class outside 0 to C - 1 or an option out of range
 * @example const loss = crossEntropy(model(x), labels, { labelSmoothing: 0.1 });
 */
export const crossEntropy: CrossEntropy = defineOp(
  {
    name: "crossEntropy",
    doc: "The cross-entropy of a softmax over the last axis against classes or probabilities.",
    samples: [
      { args: [{ shape: [5, 4] }, { shape: [5], dtype: "int32", range: [0, 4] }] },
      { args: [{ shape: [5, 4] }, { shape: [5], dtype: "int32", range: [0, 4] }, { reduction: "sum" }] },
      { args: [{ shape: [2, 3, 4] }, { shape: [2, 3], dtype: "int32", range: [0, 4] }, { reduction: "none" }] },
      {
        args: [
          { shape: [6, 4] },
          { shape: [6], dtype: "int32", range: [0, 4] },
          { ignoreIndex: 1, labelSmoothing: 0.2 },
        ],
      },
      { args: [{ shape: [5, 4] }, { shape: [5, 4], range: [0, 1] }] },
      { args: [{ shape: [5, 4] }, { shape: [5, 4], range: [0, 1] }, { labelSmoothing: 0.3 }] },
    ],
    rejects: [
      { args: [{ shape: [5, 4] }, { shape: [4], dtype: "int32", range: [0, 4] }], message: "[5, 4] and target [4]" },
      { args: [{ shape: [5, 4] }, { shape: [5, 4], dtype: "int32", range: [0, 2] }], message: "target.argMax(-1)" },
      { args: [{ shape: [2, 4] }, { shape: [2], dtype: "int32", range: [4, 5] }], message: "label 4" },
      {
        args: [{ shape: [2, 4] }, { shape: [2], dtype: "int32", range: [4, 5] }, { ignoreIndex: 0 }],
        message: "4",
      },
      {
        args: [{ shape: [2, 4] }, { shape: [2], dtype: "int32", range: [0, 4] }, { labelSmoothing: 2 }],
        message: "labelSmoothing is 2",
      },
    ],
    gradient: true,
  },
  (logits: Tensor, target: Tensor, options: CrossEntropyOptions = {}) => {
    requireTensor("crossEntropy", logits);
    requireTensor("crossEntropy", target);
    const { labelSmoothing: smoothing = 0, weight, ignoreIndex, reduction } = options;
    if (typeof smoothing !== "number" || !(smoothing >= 0 && smoothing <= 1)) {
      throw new ValueError(`labelSmoothing is ${String(smoothing)}`, {
        op: "crossEntropy",
        hint: "Give a number from 0 to 1.",
      });
    }
    const batch = logits.shape.slice(0, -1);
    const values = castTo(logits, logits.dtype === "float64" ? "float64" : "float32");
    const result = (loss: Tensor) => castTo(loss, floating(logits.dtype));
    if (isFloat(target.dtype) && logits.shape.length > 0 && sameShape(logits.shape, target.shape)) {
      const losses = againstProbabilities(values, target, smoothing, weight);
      return result(reduced("crossEntropy", losses, reduction));
    }
    requireClasses("crossEntropy", "logits", logits, target);
    if (weight === undefined && ignoreIndex === undefined && smoothing === 0) {
      return result(reduced("crossEntropy", againstClasses(values, prepared(target, "int32"), batch), reduction));
    }
    const logProbabilities = logSoftmax(values) as Tensor;
    return result(weighed("crossEntropy", logProbabilities, target, options, smoothing));
  },
);

/** @throws ShapeError, DTypeError unless there is one whole number per row */
function requireClasses(op: string, what: string, x: Tensor, target: Tensor): void {
  const batch = x.shape.slice(0, -1);
  if (x.shape.length > 0 && sameShape(batch, target.shape)) {
    requireIndices(op, "classes", target);
    return;
  }
  const isOneHot = sameShape(x.shape, target.shape);
  throw new ShapeError(`${what} ${formatShape(x.shape)} and target ${formatShape(target.shape)} do not fit`, {
    op,
    expected: `${formatShape(batch)} or ${formatShape(x.shape)}`,
    got: formatShape(target.shape),
    hint: isOneHot
      ? 'The target looks one-hot: give classes, target.argMax(-1), or probabilities, target.cast("float32").'
      : "Give one class per sample (integers), or one probability per class.",
  });
}

/** @throws ShapeError unless there is one weight per class */
function requireWeight(op: string, weight: Tensor, classes: number): void {
  requireTensor(op, weight);
  if (sameShape(weight.shape, [classes])) return;
  throw new ShapeError(`weight ${formatShape(weight.shape)} for ${classes} classes`, {
    op,
    expected: `[${classes}]`,
    got: formatShape(weight.shape),
    hint: "Give one weight per class.",
  });
}

function againstProbabilities(logits: Tensor, target: Tensor, smoothing: number, weight: Tensor | undefined): Tensor {
  const classes = logits.shape[logits.shape.length - 1]!;
  let wanted = target;
  if (smoothing > 0) wanted = add(mul(target, 1 - smoothing) as Tensor, smoothing / classes) as Tensor;
  if (weight !== undefined) {
    requireWeight("crossEntropy", weight, classes);
    wanted = mul(wanted, weight as never) as Tensor;
  }
  return neg(sum(mul(logSoftmax(logits), wanted) as Tensor, -1) as Tensor);
}

/** The loss from log-probabilities, with weights, smoothing, and classes that count nothing. */
function weighed(
  op: string,
  logProbabilities: Tensor,
  target: Tensor,
  { weight, ignoreIndex, reduction }: ClassOptions,
  smoothing: number,
): Tensor {
  const { dtype, shape } = logProbabilities;
  const classes = shape[shape.length - 1]!;
  if (weight !== undefined) requireWeight(op, weight, classes);
  const counts = ignoreIndex === undefined ? undefined : (ne(target, ignoreIndex) as Tensor);
  const labels = counts === undefined ? target : (where(counts as never, target as never, 0) as Tensor);
  const chosen = oneHot(labels, classes, { dtype }) as Tensor;
  let losses = neg(sum(mul(logProbabilities, chosen) as Tensor, -1) as Tensor) as Tensor;
  let weights =
    weight === undefined ? undefined : (castTo(take(weight, labels as never, 0) as Tensor, dtype) as Tensor);
  if (weights !== undefined) losses = mul(losses, weights) as Tensor;
  if (smoothing > 0) {
    const each = weight === undefined ? logProbabilities : (mul(logProbabilities, weight as never) as Tensor);
    const even = mul(sum(each, -1) as Tensor, -smoothing / classes) as Tensor;
    losses = add(mul(losses, 1 - smoothing) as Tensor, even) as Tensor;
  }
  if (counts !== undefined) {
    losses = where(counts as never, losses as never, 0) as Tensor;
    weights = (weights === undefined ? castTo(counts, dtype) : where(counts as never, weights as never, 0)) as Tensor;
  }
  if (weights === undefined || (reduction ?? "mean") !== "mean") return reduced(op, losses, reduction);
  return div(sum(losses) as Tensor, sum(weights) as never) as Tensor;
}

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

interface NllLoss extends Op {
  <D extends DType>(logProbabilities: Tensor<Shape, D>, classes: Tensor, options?: ClassOptions): Tensor<[], D>;
  readonly method: <D extends DType>(this: Tensor<Shape, D>, classes: Tensor, options?: ClassOptions) => Tensor<[], D>;
}

/**
 * The negative log-likelihood of classes, from log-probabilities, as `torch.nn.functional.nll_loss` with the classes on the
 * last axis. logProbabilities: [..., C], classes: [...] -> a scalar.
 * @throws ShapeError when the shapes do not fit; ValueError for a class outside 0 to C - 1
 * @example nllLoss(logits.logSoftmax(), labels, { ignoreIndex: 0 });
 */
export const nllLoss: NllLoss = defineOp(
  {
    name: "nllLoss",
    doc: "The negative log-likelihood of classes, from log-probabilities.",
    samples: [
      { args: [{ shape: [5, 4] }, { shape: [5], dtype: "int32", range: [0, 4] }] },
      { args: [{ shape: [6, 4] }, { shape: [6], dtype: "int32", range: [0, 4] }, { ignoreIndex: 2 }] },
    ],
    rejects: [
      { args: [{ shape: [2, 4] }, { shape: [2], dtype: "int32", range: [4, 5] }], message: "4" },
      { args: [{ shape: [2, 4] }, { shape: [3], dtype: "int32", range: [0, 4] }], message: "[2, 4] and target [3]" },
    ],
    gradient: true,
  },
  (x: Tensor, classes: Tensor, options: ClassOptions = {}) => {
    requireTensor("nllLoss", x);
    requireTensor("nllLoss", classes);
    requireClasses("nllLoss", "log-probabilities", x, classes);
    return weighed("nllLoss", x, classes, options, 0);
  },
);
