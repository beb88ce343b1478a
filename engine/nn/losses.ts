import { binaryCrossEntropyWithLogits, crossEntropy, type LossOptions, mseLoss } from "../ops/loss.js";
import type { Tensor } from "../tensor.js";
import { Module } from "./module.js";

/** The cross-entropy of a softmax from logits [..., C] against classes [...] or probabilities [..., C], as a module. */
export class CrossEntropyLoss extends Module {
  constructor(readonly options: LossOptions = {}) {
    super();
  }

  forward(logits: Tensor, target: Tensor): Tensor<[]> {
    return crossEntropy(logits, target, this.options);
  }
}

/** The mean squared error, as a module. */
export class MSELoss extends Module {
  constructor(readonly options: LossOptions = {}) {
    super();
  }

  forward(prediction: Tensor, target: Tensor): Tensor<[]> {
    return mseLoss(prediction, target, this.options);
  }
}

/** The binary cross-entropy of a sigmoid from logits, as a module. */
export class BCEWithLogitsLoss extends Module {
  constructor(readonly options: LossOptions = {}) {
    super();
  }

  forward(logits: Tensor, target: Tensor): Tensor<[]> {
    return binaryCrossEntropyWithLogits(logits, target, this.options);
  }
}
