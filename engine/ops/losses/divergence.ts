import { Elementwise } from "../../elementwise.js";
import { ValueError } from "../../errors.js";
import type { Tensor } from "../../tensor.js";
import { type PairLoss, pairLoss } from "./pair.js";
import type { LossReduction } from "./reduction.js";

/** Options of `klDivLoss`. */
export interface DivergenceOptions {
  /** `"batchMean"` divides the sum by the length of the first axis: the divergence as mathematics has it. */
  reduction?: LossReduction | "batchMean";
  /** Whether the target is given as logarithms, too (default false). */
  logTarget?: boolean;
}

const ofLogs = new Elementwise("klDivLoss", ["x", "target"], "exp(target) * (target - x)", "floating");
const ofProbabilities = new Elementwise(
  "klDivLoss",
  ["x", "target"],
  // 0 log 0 is 0.
  "select(target > 0, target * (log(select(target > 0, target, 1)) - x), -(target * x))",
  "floating",
);

/**
 * The Kullback-Leibler divergence of predictions, given as log-probabilities, from a target, as
 * `torch.nn.functional.kl_div`; by default the mean over all elements. logProbabilities, target: [N, ...] -> a scalar.
 * @throws ShapeError when the shapes differ; ValueError for an unknown reduction
 * @example klDivLoss(logits.logSoftmax(), randn([4, 10]).softmax(), { reduction: "batchMean" });
 */
export const klDivLoss: PairLoss<DivergenceOptions> = pairLoss("klDivLoss", {
  doc: "The Kullback-Leibler divergence of log-probabilities from a target.",
  targetRange: [0.1, 1],
  options: [{ logTarget: true }, { reduction: "batchMean" }],
  compute: (x, target, options) => {
    return (options.logTarget ? ofLogs : ofProbabilities).apply([x, target]);
  },
  reduce: (losses, x, { reduction }) => {
    if ((reduction as string | undefined) !== "batchMean") return undefined;
    const [batch] = x.shape;
    if (batch === undefined) {
      throw new ValueError("a scalar has no batch", { op: "klDivLoss", hint: 'Use the reduction "mean".' });
    }
    return losses.sum().div(batch) as Tensor;
  },
});
