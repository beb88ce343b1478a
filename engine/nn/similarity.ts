import { type PairwiseDistanceOptions, pairwiseDistance } from "../ops/distance.js";
import { cosineSimilarity } from "../ops/vector-norm.js";
import type { Tensor } from "../tensor.js";
import { Layer } from "./module.js";

/**
 * The cosine of the angle between vectors along an axis as a layer, as `torch.nn.CosineSimilarity` (default axis 1, epsilon 1e-8).
 * a, b: [..., D, ...] -> [..., ...].
 * @throws ShapeError when they do not broadcast, or have no such axis
 * @example new nn.CosineSimilarity()(tensor([[1, 0]]), tensor([[0, 2]])).toArray(); // [0]
 */
export class CosineSimilarity extends Layer {
  readonly axis: number;
  readonly epsilon: number;

  constructor({ axis = 1, epsilon = 1e-8 }: { axis?: number; epsilon?: number } = {}) {
    super();
    this.axis = axis;
    this.epsilon = epsilon;
  }

  forward(a: Tensor, b: Tensor): Tensor<number[]> {
    return cosineSimilarity(a, b, { axis: this.axis, epsilon: this.epsilon });
  }

  override config(): readonly unknown[] {
    return [{ axis: this.axis, epsilon: this.epsilon }];
  }
}
export interface CosineSimilarity {
  (a: Tensor, b: Tensor): Tensor<number[]>;
}

/**
 * The length of a - b + epsilon along the last axis as a layer, as `torch.nn.PairwiseDistance`. a, b: [..., D] -> [...].
 * @throws ShapeError when they do not broadcast
 * @example new nn.PairwiseDistance({ epsilon: 0 })(tensor([[3, 4]]), tensor([[0, 0]])).toArray(); // [5]
 */
export class PairwiseDistance extends Layer {
  readonly order: number;
  readonly epsilon: number;
  readonly keepDims: boolean;

  constructor({ order = 2, epsilon = 1e-6, keepDims = false }: PairwiseDistanceOptions = {}) {
    super();
    this.order = order;
    this.epsilon = epsilon;
    this.keepDims = keepDims;
  }

  forward(a: Tensor, b: Tensor): Tensor<number[]> {
    return pairwiseDistance(a, b, { order: this.order, epsilon: this.epsilon, keepDims: this.keepDims });
  }

  override config(): readonly unknown[] {
    return [{ order: this.order, epsilon: this.epsilon, keepDims: this.keepDims }];
  }
}
export interface PairwiseDistance {
  (a: Tensor, b: Tensor): Tensor<number[]>;
}
