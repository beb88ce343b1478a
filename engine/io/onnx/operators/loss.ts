import * as ops from "../../../ops/all.js";
import { ones } from "../../../ops/create.js";
import type { Tensor } from "../../../tensor.js";
import { type Node, type Operators, t } from "../node.js";

/** -log p of the labels [N, ...] in logP [N, C, ...]; ignored labels weigh 0. */
function labelled(node: Node, logP: Tensor): Tensor {
  const [label, weight] = [node.input(1), node.inputs[2]];
  const ignored = node.has("ignore_index") ? t(ops.eq(label, node.number("ignore_index"))) : undefined;
  const index = t(ops.cast(ignored ? ops.where(ignored, 0, label) : label, "int32"));
  const picked = ops.squeeze(ops.gather(logP, t(ops.unsqueeze(index, 1)), 1), 1);
  let weights = weight ? t(ops.take(weight, index, 0)) : t(ones(index.shape, { dtype: logP.dtype }));
  if (ignored) weights = t(ops.where(ignored, 0, weights));
  const loss = t(ops.neg(ops.mul(picked, weights as never)));
  const reduction = node.text("reduction", "mean");
  if (reduction === "none") return loss;
  return t(reduction === "sum" ? ops.sum(loss) : ops.div(ops.sum(loss), ops.sum(weights) as never));
}

export const loss: Operators = {
  NegativeLogLikelihoodLoss: node => labelled(node, node.input(0)),
  SoftmaxCrossEntropyLoss: node => {
    const logP = t(ops.logSoftmax(node.input(0), 1));
    return [labelled(node, logP), logP];
  },
};
