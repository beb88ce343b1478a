import { Elementwise } from "../../elementwise.js";
import { ValueError } from "../../errors.js";
import { defineOp, type Op } from "../../op.js";
import type { Tensor } from "../../tensor.js";
import { add, maximum } from "../arithmetic.js";
import { where } from "../compare.js";
import { requireTensor } from "../require.js";
import { formulaLoss, type PairLoss, pairLoss, requireSameShape } from "./pair.js";
import { type LossOptions, reduced } from "./reduction.js";

/**
 * The squared error, by default its mean over all elements. prediction, target: [...] -> a scalar.
 * @throws ShapeError when the shapes differ
 * @example mseLoss(tensor([1, 2]), tensor([1, 4])).item(); // 2
 */
export const mseLoss: PairLoss = formulaLoss("mseLoss", {
  doc: "The mean squared error.",
  formula: "square(x - target)",
});

/**
 * The absolute error, by default its mean over all elements. prediction, target: [...] -> a scalar.
 * @throws ShapeError when the shapes differ
 * @example maeLoss(tensor([1, 2]), tensor([1, 4])).item(); // 1
 */
export const maeLoss: PairLoss = formulaLoss("maeLoss", {
  doc: "The mean absolute error.",
  formula: "abs(x - target)",
});

/**
 * Half the squared error up to `delta`, beyond it delta times the distance less half of delta (Huber 1964), as
 * `torch.nn.functional.huber_loss`. prediction, target: [...] -> a scalar.
 * @throws ShapeError when the shapes differ; ValueError for a delta of 0 or below
 * @example huberLoss(prediction, target, { delta: 1.5 });
 */
export const huberLoss: PairLoss<LossOptions & { delta?: number }> = formulaLoss("huberLoss", {
  doc: "The squared error near 0, the absolute error beyond delta.",
  formula: "select(abs(x - target) <= delta, 0.5 * square(x - target), delta * (abs(x - target) - 0.5 * delta))",
  numbers: { delta: 1 },
  least: 0,
  options: [{ delta: 0.5 }],
  rejects: [{ args: [{ shape: [2] }, { shape: [2] }, { delta: 0 }], message: "delta is 0" }],
});

/**
 * Huber's loss by delta, with the absolute error's slope, as `torch.nn.functional.smooth_l1_loss`.
 * prediction, target: [...] -> a scalar.
 * @throws ShapeError when the shapes differ; ValueError for a beta of 0 or below
 * @example smoothL1Loss(prediction, target, { beta: 0.1 });
 */
export const smoothL1Loss: PairLoss<LossOptions & { beta?: number }> = formulaLoss("smoothL1Loss", {
  doc: "The absolute error, made smooth within beta of 0.",
  formula: "select(abs(x - target) < beta, 0.5 * square(x - target) / beta, abs(x - target) - 0.5 * beta)",
  numbers: { beta: 1 },
  least: 0,
  options: [{ beta: 0.5 }],
  rejects: [{ args: [{ shape: [2] }, { shape: [2] }, { beta: -1 }], message: "beta is -1" }],
});

/**
 * log(cosh(prediction - target)): near the squared error at 0, near the absolute one far away, as `keras.losses.LogCosh`.
 * prediction, target: [...] -> a scalar.
 * @throws ShapeError when the shapes differ
 * @example logCoshLoss(prediction, target);
 */
export const logCoshLoss: PairLoss = formulaLoss("logCoshLoss", {
  doc: "The logarithm of the hyperbolic cosine of the error.",
  formula: `abs(x - target) + log1p(exp(-2 * abs(x - target))) - ${Math.LN2}`,
  gradient: { x: "g * tanh(x - target)", target: "-(g * tanh(x - target))" },
});

/**
 * The error of a quantile: `quantile` times the distance where the prediction is too low, (1 - quantile) times where it is too
 * high (Koenker and Bassett 1978). prediction, target: [...] -> a scalar.
 * @throws ShapeError when the shapes differ; ValueError for a quantile outside 0 to 1
 * @example quantileLoss(prediction, target, { quantile: 0.9 });
 */
export const quantileLoss: PairLoss<LossOptions & { quantile?: number }> = pairLoss("quantileLoss", {
  doc: "The pinball loss of a quantile.",
  options: [{ quantile: 0.9 }],
  rejects: [{ args: [{ shape: [2] }, { shape: [2] }, { quantile: 1 }], message: "quantile is 1" }],
  compute: (x, target, { quantile = 0.5 }) => {
    if (typeof quantile !== "number" || !(quantile > 0 && quantile < 1)) {
      throw new ValueError(`quantile is ${String(quantile)}`, {
        op: "quantileLoss",
        hint: "Give a number between 0 and 1.",
      });
    }
    return pinball.apply([x, target, quantile]);
  },
});
const pinball = new Elementwise(
  "quantileLoss",
  ["x", "target", "q"],
  "max(q * (target - x), (q - 1) * (target - x))",
  "floating",
);

/** Options of `poissonNllLoss`. */
export interface PoissonOptions extends LossOptions {
  /** Whether the prediction is the logarithm of the rate (default true). */
  logInput?: boolean;
  /** Adds Stirling's approximation of log(target!) (default false). */
  full?: boolean;
  /** Keeps the logarithm away from 0 when the rate itself is given (default 1e-8). */
  epsilon?: number;
}

const ofLog = new Elementwise("poissonNllLoss", ["x", "target"], "exp(x) - target * x", "floating");
const ofRate = new Elementwise("poissonNllLoss", ["x", "target", "e"], "x - target * log(x + e)", "floating");
const stirling = new Elementwise(
  "poissonNllLoss",
  ["target"],
  `target * log(target) - target + 0.5 * log(${2 * Math.PI} * target)`,
  "floating",
);

/**
 * The negative log-likelihood of counts under Poisson distributions, as `torch.nn.functional.poisson_nll_loss`.
 * prediction (log of the rate), target (counts): [...] -> a scalar.
 * @throws ShapeError when the shapes differ
 * @example poissonNllLoss(prediction, randint(0, 9, [4, 2]));
 */
export const poissonNllLoss: PairLoss<PoissonOptions> = pairLoss("poissonNllLoss", {
  doc: "The negative log-likelihood of counts under Poisson distributions.",
  range: [0.5, 2],
  targetRange: [1.5, 5],
  options: [{ logInput: false }, { full: true }],
  compute: (x, target, { logInput = true, full = false, epsilon = 1e-8 }) => {
    const losses = logInput ? ofLog.apply([x, target]) : ofRate.apply([x, target, epsilon as number]);
    if (!full) return losses;
    if (typeof target === "number") {
      const more = target > 1 ? target * Math.log(target) - target + 0.5 * Math.log(2 * Math.PI * target) : 0;
      return add(losses, more) as Tensor;
    }
    // Inside the logarithm only what counts: the gradient of the other branch must be finite.
    const large = stirling.apply([maximum(target, 1) as Tensor]);
    return add(losses, where(target.gt(1), large as never, 0) as Tensor) as Tensor;
  },
});

/** Options of `gaussianNllLoss`. */
export interface GaussianOptions extends LossOptions {
  /** Adds the constant log(2 pi) / 2 (default false). */
  full?: boolean;
  /** Smaller variances count as this (default 1e-6). */
  epsilon?: number;
}

interface GaussianNllLoss extends Op {
  (prediction: Tensor, target: Tensor, variance: Tensor, options?: GaussianOptions): Tensor<[], "float32" | "float64">;
  readonly method: (
    this: Tensor,
    target: Tensor,
    variance: Tensor,
    options?: GaussianOptions,
  ) => Tensor<[], "float32" | "float64">;
}

const gaussian = new Elementwise(
  "gaussianNllLoss",
  ["x", "target", "v", "e"],
  "0.5 * (log(max(v, e)) + square(x - target) / max(v, e))",
  "floating",
  // As in PyTorch, a variance that was raised still gets its gradient.
  { v: "g * 0.5 * (1 / max(v, e) - square((x - target) / max(v, e)))" },
);

/**
 * The negative log-likelihood of values under normal distributions whose variance is predicted, too, as
 * `torch.nn.functional.gaussian_nll_loss`. prediction, target, variance: [...] -> a scalar.
 * @throws ShapeError when the shapes differ
 * @example gaussianNllLoss(prediction, target, rand([4, 2]));
 */
export const gaussianNllLoss: GaussianNllLoss = defineOp(
  {
    name: "gaussianNllLoss",
    doc: "The negative log-likelihood of values under normal distributions.",
    samples: [
      { args: [{ shape: [4, 3] }, { shape: [4, 3] }, { shape: [4, 3], range: [0.5, 2] }] },
      { args: [{ shape: [4] }, { shape: [4] }, { shape: [4], range: [0.5, 2] }, { full: true, reduction: "sum" }] },
    ],
    rejects: [{ args: [{ shape: [4] }, { shape: [4] }, { shape: [3] }], message: "prediction [4] and variance [3]" }],
    gradient: true,
  },
  (x: Tensor, target: Tensor, variance: Tensor, options: GaussianOptions = {}) => {
    for (const each of [x, target, variance]) requireTensor("gaussianNllLoss", each);
    requireSameShape("gaussianNllLoss", x, target);
    requireSameShape("gaussianNllLoss", x, variance, "variance");
    const { full = false, epsilon = 1e-6 } = options;
    const losses = gaussian.apply([x, target, variance, epsilon]);
    const all = full ? (add(losses, 0.5 * Math.log(2 * Math.PI)) as Tensor) : losses;
    return reduced("gaussianNllLoss", all, options.reduction);
  },
);
