import { ValueError } from "../../errors.js";
import type { Tensor } from "../../tensor.js";
import { mean, sum } from "../reduce.js";

/** `"mean"` over the samples (default), their `"sum"`, or `"none"`: one loss each. */
export type LossReduction = "mean" | "sum" | "none";

/** How the losses of single elements become one. */
export interface LossOptions {
  reduction?: LossReduction;
}

/** The losses as they are asked for. @throws ValueError for an unknown reduction */
export function reduced(op: string, losses: Tensor, reduction: LossReduction = "mean"): Tensor {
  if (reduction === "mean") return mean(losses);
  if (reduction === "sum") return sum(losses) as Tensor;
  if (reduction === "none") return losses;
  throw new ValueError(`no reduction ${String(reduction)}`, { op, hint: 'There are "mean", "sum" and "none".' });
}
