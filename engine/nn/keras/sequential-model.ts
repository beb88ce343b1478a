import { inputShapeOf, type OpenShape, setLayerName } from "../building.js";
import { Module } from "../module.js";
import { Sequential } from "../sequential.js";

/**
 * Layers one after the other, as `keras.Sequential`. With `inputShape`, here or on the first layer, all parameters are made at
 * once; else on the first call, or by `fit`.
 * @param options `inputShape`: of a sample, without the axis of the samples
 * @throws DTypeError for something that is no module
 * @example
 * const mlp = nn.sequential([
 *   nn.dense(64, { activation: "relu" }),
 *   nn.dense(32, { activation: "relu" }),
 *   nn.dense(10, { activation: "softmax" }),
 * ]);
 * mlp(zeros([5, 100])).shape; // [5, 10]
 */
export function sequential(
  layers: readonly Module[],
  { inputShape, name }: { inputShape?: OpenShape; name?: string } = {},
): Sequential {
  const model = new Sequential(...layers);
  setLayerName(model, name);
  const shape = inputShape ?? (layers[0] instanceof Module ? inputShapeOf(layers[0]) : undefined);
  if (shape !== undefined) model.build([null, ...shape]);
  return model;
}
