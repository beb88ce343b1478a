import { ShapeError, ValueError } from "../../errors.js";
import { defineOp, type Op } from "../../op.js";
import { formatShape, type Shape, sameShape } from "../../shape.js";
import type { Tensor } from "../../tensor.js";
import { add, maximum, mul, sub } from "../arithmetic.js";
import { gt, logicalAnd, lt, ne, where } from "../compare.js";
import { arange, full } from "../create.js";
import { gather } from "../gather.js";
import { concat, stack } from "../join.js";
import { neg } from "../math.js";
import { logSumExp, mean } from "../reduce.js";
import { broadcastTo } from "../repeat.js";
import { requireIndices, requireTensor } from "../require.js";
import { slice } from "../slice.js";
import { reshape, squeeze, unsqueeze } from "../view.js";
import { type LossOptions, reduced } from "./reduction.js";

/** Options of `ctcLoss`. */
export interface CtcOptions extends LossOptions {
  /** The class that stands for no label (default 0). */
  blank?: number;
  /** Counts targets that cannot fit their input as 0, with gradients of 0 (default false: infinity). */
  zeroInfinity?: boolean;
}

interface CtcLoss extends Op {
  (
    logProbabilities: Tensor,
    targets: Tensor,
    inputLengths: Tensor,
    targetLengths: Tensor,
    options?: CtcOptions,
  ): Tensor<[], "float32" | "float64">;
  readonly method: (
    this: Tensor,
    targets: Tensor,
    inputLengths: Tensor,
    targetLengths: Tensor,
    options?: CtcOptions,
  ) => Tensor<[], "float32" | "float64">;
}

/** Stands for the logarithm of 0: infinities would make the gradients of their sums NaN. */
const never = -1e30;

/**
 * The negative log-likelihood of label sequences whose alignment with the input is not known (Graves et al. 2006), as
 * `torch.nn.functional.ctc_loss`; the mean divides each loss by the length of its target first.
 * logProbabilities: [T, N, C], log-softmaxed; targets: [N, L] classes without blank, padded with anything that is a class;
 * inputLengths, targetLengths: [N] -> a scalar (`reduction: "none"`: [N]).
 * @throws ShapeError when the shapes do not fit; ValueError for a blank that is no class
 * @example
 * const targets = tensor([[1, 2]], { dtype: "int32" });
 * const [inputLengths, targetLengths] = [tensor([8], { dtype: "int32" }), tensor([2], { dtype: "int32" })];
 * ctcLoss(randn([8, 1, 5]).logSoftmax(), targets, inputLengths, targetLengths);
 */
export const ctcLoss: CtcLoss = defineOp(
  {
    name: "ctcLoss",
    doc: "The negative log-likelihood of label sequences whose alignment with the input is not known.",
    samples: [
      {
        args: [
          { shape: [6, 2, 4], range: [-3, -0.5] },
          { shape: [2, 2], dtype: "int32", range: [1, 4] },
          { shape: [2], dtype: "int32", range: [5, 7] },
          { shape: [2], dtype: "int32", range: [1, 3] },
        ],
      },
    ],
    rejects: [
      {
        args: [
          { shape: [6, 2, 4] },
          { shape: [3, 2], dtype: "int32", range: [1, 4] },
          { shape: [2], dtype: "int32", range: [5, 7] },
          { shape: [2], dtype: "int32", range: [1, 3] },
        ],
        message: "log-probabilities [6, 2, 4] and targets [3, 2] do not fit",
      },
      {
        args: [
          { shape: [6, 2, 4] },
          { shape: [2, 2], dtype: "int32", range: [1, 4] },
          { shape: [2], dtype: "int32", range: [5, 7] },
          { shape: [2], dtype: "int32", range: [1, 3] },
          { blank: 4 },
        ],
        message: "blank is 4",
      },
    ],
    gradient: true,
  },
  (x: Tensor, targets: Tensor, inputLengths: Tensor, targetLengths: Tensor, options: CtcOptions = {}) => {
    const { blank = 0, zeroInfinity = false, reduction } = options;
    const [steps, batch, classes] = requireFitting(x, targets, inputLengths, targetLengths);
    if (!Number.isSafeInteger(blank) || blank < 0 || blank >= classes) {
      throw new ValueError(`blank is ${blank}`, { op: "ctcLoss", hint: `Give one of the ${classes} classes.` });
    }
    const labels = withBlanks(targets, batch, blank);
    const length = labels.shape[1]!;
    const index = broadcastTo(unsqueeze(labels, 0) as Tensor, [steps, batch, length]) as Tensor;
    const emitted = gather(x, index as never, 2) as Tensor;
    const before = shifted(labels, 2, blank);
    const mayskip = logicalAnd(ne(labels, blank) as never, ne(labels, before as never) as never) as Tensor;
    const skip = where(mayskip as never, full([], 0, { device: x.device }) as never, never) as Tensor;
    const isStart = lt(arange(length, { device: x.device }) as never, 2) as Tensor;
    let alpha = where(isStart as never, emitted.at(0) as never, never) as Tensor;
    for (let t = 1; t < steps; t++) {
      const ways = [alpha, shifted(alpha, 1, never), add(shifted(alpha, 2, never), skip as never) as Tensor];
      const next = add(logSumExp(stack(ways) as Tensor, 0) as Tensor, emitted.at(t) as never) as Tensor;
      alpha = where(unsqueeze(gt(inputLengths, t) as Tensor, 1) as never, next as never, alpha as never) as Tensor;
    }
    const losses = ended(alpha, targetLengths);
    const isPossible = lt(losses, -never / 10) as Tensor;
    const all = where(isPossible as never, losses as never, zeroInfinity ? 0 : Number.POSITIVE_INFINITY) as Tensor;
    if ((reduction ?? "mean") !== "mean") return reduced("ctcLoss", all, reduction);
    return mean(all.div(maximum(targetLengths, 1).cast(x.dtype as "float32") as never) as Tensor);
  },
);

function requireFitting(x: Tensor, targets: Tensor, ...lengths: Tensor[]): [number, number, number] {
  requireTensor("ctcLoss", x);
  requireIndices("ctcLoss", "targets", targets);
  for (const each of lengths) requireIndices("ctcLoss", "lengths", each);
  const [steps, batch, classes] = x.shape as readonly number[];
  const fits = x.shape.length === 3 && targets.shape.length === 2 && targets.shape[0] === batch && steps! > 0;
  if (fits && lengths.every(each => sameShape(each.shape, [batch!]))) return [steps!, batch!, classes!];
  throw new ShapeError(
    `log-probabilities ${formatShape(x.shape)} and targets ${formatShape(targets.shape)} do not fit, or the lengths ${lengths.map(each => formatShape(each.shape)).join(" and ")}`,
    { op: "ctcLoss", expected: "[T, N, C], [N, L], [N] and [N]" },
  );
}

/** Every target with a blank before, between and after its labels: [N, 2 L + 1]. */
function withBlanks(targets: Tensor, batch: number, blank: number): Tensor {
  const labels = targets.cast("int32") as Tensor;
  const { device } = labels;
  const blanks = full(labels.shape as Shape, blank, { dtype: "int32", device }) as Tensor;
  const pairs = reshape(stack([blanks, labels], 2) as Tensor, [batch, 2 * labels.shape[1]!]) as Tensor;
  return concat([pairs, full([batch, 1], blank, { dtype: "int32", device }) as Tensor], 1) as Tensor;
}

/** The columns moved to the right, filled up with a value. */
function shifted(x: Tensor, by: number, value: number): Tensor {
  const [rows, columns] = x.shape as readonly [number, number];
  const width = Math.min(by, columns);
  const fresh = full([rows, width], value, { dtype: x.dtype as "float32", device: x.device }) as Tensor;
  return concat([fresh, x.at(slice(), slice(0, columns - width)) as Tensor], 1) as Tensor;
}

/** The loss at the end: in the last label, or in the blank after it. */
function ended(alpha: Tensor, targetLengths: Tensor): Tensor {
  const last = mul(targetLengths.cast("int32") as Tensor, 2) as Tensor;
  const at = (index: Tensor) => squeeze(gather(alpha, unsqueeze(index, 1) as never, 1) as Tensor, 1) as Tensor;
  const inLabel = at(maximum(sub(last, 1) as Tensor, 0) as Tensor);
  const label = where(gt(last, 0) as never, inLabel as never, never) as Tensor;
  return neg(logSumExp(stack([at(last), label]) as Tensor, 0) as Tensor) as Tensor;
}
