import * as ops from "../ops/all.js";
import type { BinaryLogitsOptions, BinaryOptions } from "../ops/losses/binary.js";
import type { ClassOptions, CrossEntropyOptions } from "../ops/losses/cross-entropy.js";
import type { CtcOptions } from "../ops/losses/ctc.js";
import type { DivergenceOptions } from "../ops/losses/divergence.js";
import type { MarginOptions, TripletOptions } from "../ops/losses/margin.js";
import type { LossOptions } from "../ops/losses/reduction.js";
import type { GaussianOptions, PoissonOptions } from "../ops/losses/regression.js";
import type { MultilabelOptions, MultiMarginOptions } from "../ops/losses/soft-margin.js";
import { Tensor } from "../tensor.js";
import { Module } from "./module.js";

type Scalar = Tensor<[], "float32" | "float64">;

/** A loss function with its options as a module: for models that hold their loss. */
abstract class Loss<Options extends object> extends Module {
  readonly options: Options;

  constructor(options: Options = {} as Options) {
    super();
    this.options = options;
  }

  /** Undefined with tensors among the options, such as the weights of classes. */
  override config(): readonly unknown[] | undefined {
    return Object.values(this.options).some(value => value instanceof Tensor) ? undefined : [this.options];
  }
}

/**
 * The cross-entropy of a softmax from logits [..., C] against classes [...] or probabilities [..., C], as a module; see `crossEntropy`.
 * @example const lossOf = new nn.CrossEntropyLoss();
 */
export class CrossEntropyLoss extends Loss<CrossEntropyOptions> {
  forward(logits: Tensor, target: Tensor): Tensor<[]> {
    return ops.crossEntropy(logits, target, this.options);
  }
}

/**
 * The negative log-likelihood of classes [...], from log-probabilities [..., C], as a module; see `nllLoss`.
 * @example const lossOf = new nn.NLLLoss();
 */
export class NLLLoss extends Loss<ClassOptions> {
  forward(logProbabilities: Tensor, classes: Tensor): Tensor<[]> {
    return ops.nllLoss(logProbabilities, classes, this.options);
  }
}

/**
 * The mean squared error, as a module; see `mseLoss`.
 * @example const lossOf = new nn.MSELoss();
 */
export class MSELoss extends Loss<LossOptions> {
  forward(prediction: Tensor, target: Tensor): Scalar {
    return ops.mseLoss(prediction, target, this.options);
  }
}

/**
 * The mean absolute error, as a module; see `maeLoss`.
 * @example const lossOf = new nn.MAELoss();
 */
export class MAELoss extends Loss<LossOptions> {
  forward(prediction: Tensor, target: Tensor): Scalar {
    return ops.maeLoss(prediction, target, this.options);
  }
}

/**
 * The squared error near 0, the absolute error beyond delta, as a module; see `huberLoss`.
 * @example const lossOf = new nn.HuberLoss();
 */
export class HuberLoss extends Loss<LossOptions & { delta?: number }> {
  forward(prediction: Tensor, target: Tensor): Scalar {
    return ops.huberLoss(prediction, target, this.options);
  }
}

/**
 * The absolute error, smooth within beta of 0, as a module; see `smoothL1Loss`.
 * @example const lossOf = new nn.SmoothL1Loss();
 */
export class SmoothL1Loss extends Loss<LossOptions & { beta?: number }> {
  forward(prediction: Tensor, target: Tensor): Scalar {
    return ops.smoothL1Loss(prediction, target, this.options);
  }
}

/**
 * The logarithm of the hyperbolic cosine of the error, as a module; see `logCoshLoss`.
 * @example const lossOf = new nn.LogCoshLoss();
 */
export class LogCoshLoss extends Loss<LossOptions> {
  forward(prediction: Tensor, target: Tensor): Scalar {
    return ops.logCoshLoss(prediction, target, this.options);
  }
}

/**
 * The pinball loss of a quantile, as a module; see `quantileLoss`.
 * @example const lossOf = new nn.QuantileLoss();
 */
export class QuantileLoss extends Loss<LossOptions & { quantile?: number }> {
  forward(prediction: Tensor, target: Tensor): Scalar {
    return ops.quantileLoss(prediction, target, this.options);
  }
}

/**
 * The negative log-likelihood of counts under Poisson distributions, as a module; see `poissonNllLoss`.
 * @example const lossOf = new nn.PoissonNLLLoss();
 */
export class PoissonNLLLoss extends Loss<PoissonOptions> {
  forward(prediction: Tensor, target: Tensor): Scalar {
    return ops.poissonNllLoss(prediction, target, this.options);
  }
}

/**
 * The binary cross-entropy, from probabilities, as a module; see `binaryCrossEntropy`.
 * @example const lossOf = new nn.BCELoss();
 */
export class BCELoss extends Loss<BinaryOptions> {
  forward(probabilities: Tensor, target: Tensor): Scalar {
    return ops.binaryCrossEntropy(probabilities, target, this.options);
  }
}

/**
 * The binary cross-entropy of a sigmoid, from logits, as a module; see `binaryCrossEntropyWithLogits`.
 * @example const lossOf = new nn.BCEWithLogitsLoss();
 */
export class BCEWithLogitsLoss extends Loss<BinaryLogitsOptions> {
  forward(logits: Tensor, target: Tensor): Scalar {
    return ops.binaryCrossEntropyWithLogits(logits, target, this.options);
  }
}

/**
 * The binary cross-entropy from logits, with well-classified elements weighed down, as a module; see `focalLoss`.
 * @example const lossOf = new nn.FocalLoss();
 */
export class FocalLoss extends Loss<LossOptions & { alpha?: number; gamma?: number }> {
  forward(logits: Tensor, target: Tensor): Scalar {
    return ops.focalLoss(logits, target, this.options);
  }
}

/**
 * 1 less twice the overlap by the sum of both sizes, as a module; see `diceLoss`.
 * @example const lossOf = new nn.DiceLoss();
 */
export class DiceLoss extends Loss<{ epsilon?: number }> {
  forward(probabilities: Tensor, target: Tensor): Scalar {
    return ops.diceLoss(probabilities, target, this.options);
  }
}

/**
 * The Kullback-Leibler divergence of log-probabilities from a target, as a module; see `klDivLoss`.
 * @example const lossOf = new nn.KLDivLoss();
 */
export class KLDivLoss extends Loss<DivergenceOptions> {
  forward(logProbabilities: Tensor, target: Tensor): Scalar {
    return ops.klDivLoss(logProbabilities, target, this.options);
  }
}

/**
 * The hinge loss of scores against targets of -1 and 1, as a module; see `hingeLoss`.
 * @example const lossOf = new nn.HingeLoss();
 */
export class HingeLoss extends Loss<LossOptions> {
  forward(prediction: Tensor, target: Tensor): Scalar {
    return ops.hingeLoss(prediction, target, this.options);
  }
}

/**
 * The squared hinge loss of scores against targets of -1 and 1, as a module; see `squaredHingeLoss`.
 * @example const lossOf = new nn.SquaredHingeLoss();
 */
export class SquaredHingeLoss extends Loss<LossOptions> {
  forward(prediction: Tensor, target: Tensor): Scalar {
    return ops.squaredHingeLoss(prediction, target, this.options);
  }
}

/**
 * The logistic loss of scores against targets of -1 and 1, as a module; see `softMarginLoss`.
 * @example const lossOf = new nn.SoftMarginLoss();
 */
export class SoftMarginLoss extends Loss<LossOptions> {
  forward(prediction: Tensor, target: Tensor): Scalar {
    return ops.softMarginLoss(prediction, target, this.options);
  }
}

/**
 * The binary cross-entropy of logits [..., C] for several labels, as a module; see `multilabelSoftMarginLoss`.
 * @example const lossOf = new nn.MultiLabelSoftMarginLoss();
 */
export class MultiLabelSoftMarginLoss extends Loss<MultilabelOptions> {
  forward(logits: Tensor, target: Tensor): Scalar {
    return ops.multilabelSoftMarginLoss(logits, target, this.options);
  }
}

/**
 * What the score of the class lacks to exceed the others by a margin, as a module; see `multiMarginLoss`.
 * @example const lossOf = new nn.MultiMarginLoss({ margin: 0.5 });
 */
export class MultiMarginLoss extends Loss<MultiMarginOptions> {
  forward(scores: Tensor, classes: Tensor): Scalar {
    return ops.multiMarginLoss(scores, classes, this.options);
  }
}

/**
 * Distances that are to be small where the target is 1, beyond a margin where it is -1, as a module; see `hingeEmbeddingLoss`.
 * @example const lossOf = new nn.HingeEmbeddingLoss();
 */
export class HingeEmbeddingLoss extends Loss<LossOptions & { margin?: number }> {
  forward(distances: Tensor, target: Tensor): Scalar {
    return ops.hingeEmbeddingLoss(distances, target, this.options);
  }
}

/**
 * The negative log-likelihood of values under normal distributions with a predicted variance, as a module; see `gaussianNllLoss`.
 * @example const lossOf = new nn.GaussianNLLLoss();
 */
export class GaussianNLLLoss extends Loss<GaussianOptions> {
  forward(prediction: Tensor, target: Tensor, variance: Tensor): Scalar {
    return ops.gaussianNllLoss(prediction, target, variance, this.options);
  }
}

/**
 * Two scores of which a target of 1 or -1 says which is to be the larger, as a module; see `marginRankingLoss`.
 * @example const lossOf = new nn.MarginRankingLoss();
 */
export class MarginRankingLoss extends Loss<MarginOptions> {
  forward(first: Tensor, second: Tensor, target: Tensor): Scalar {
    return ops.marginRankingLoss(first, second, target, this.options);
  }
}

/**
 * Vectors [..., D] that are to point the same way where the target [...] is 1, and apart where it is -1, as a module; see `cosineEmbeddingLoss`.
 * @example const lossOf = new nn.CosineEmbeddingLoss();
 */
export class CosineEmbeddingLoss extends Loss<MarginOptions> {
  forward(first: Tensor, second: Tensor, target: Tensor): Scalar {
    return ops.cosineEmbeddingLoss(first, second, target, this.options);
  }
}

/**
 * A negative that is to be farther from its anchor than the positive, by a margin; all [..., D], as a module; see `tripletMarginLoss`.
 * @example const lossOf = new nn.TripletMarginLoss();
 */
export class TripletMarginLoss extends Loss<TripletOptions> {
  forward(anchor: Tensor, positive: Tensor, negative: Tensor): Scalar {
    return ops.tripletMarginLoss(anchor, positive, negative, this.options);
  }
}

/**
 * The negative log-likelihood of label sequences whose alignment with the input is not known, as a module; see `ctcLoss`.
 * @example const lossOf = new nn.CTCLoss({ blank: 0 });
 */
export class CTCLoss extends Loss<CtcOptions> {
  forward(logProbabilities: Tensor, targets: Tensor, inputLengths: Tensor, targetLengths: Tensor): Scalar {
    return ops.ctcLoss(logProbabilities, targets, inputLengths, targetLengths, this.options);
  }
}
