import type { Tensor } from "../../tensor.js";
import type { CommonDType, Concatenated } from "../../types/joined.js";
import { Add, Average, Concatenate, Dot, Maximum, type Merged, Minimum, Multiply, Subtract } from "../merge.js";

/**
 * The sum of tensors, or a layer that adds symbolic ones, as `keras.layers.add`.
 * @throws as `nn.Add`
 * @example nn.add([ones([2, 3]), ones([2, 3])]).shape; // [2, 3]
 */
export function add<const T extends readonly Tensor[]>(inputs: T): Tensor<Merged<T>, CommonDType<T>> {
  return new Add()(inputs);
}

/**
 * The first of two tensors minus the second, as `keras.layers.subtract`.
 * @throws as `nn.Subtract`
 * @example nn.subtract([ones([2, 3]), ones([2, 3])]).shape; // [2, 3]
 */
export function subtract<const T extends readonly Tensor[]>(inputs: T): Tensor<Merged<T>, CommonDType<T>> {
  return new Subtract()(inputs);
}

/**
 * The product of tensors, element by element, as `keras.layers.multiply`.
 * @throws as `nn.Multiply`
 * @example nn.multiply([ones([2, 3]), ones([2, 3])]).shape; // [2, 3]
 */
export function multiply<const T extends readonly Tensor[]>(inputs: T): Tensor<Merged<T>, CommonDType<T>> {
  return new Multiply()(inputs);
}

/**
 * The mean of tensors, element by element, as `keras.layers.average`.
 * @throws as `nn.Average`
 * @example nn.average([ones([2, 3]), zeros([2, 3])]).shape; // [2, 3]
 */
export function average<const T extends readonly Tensor[]>(inputs: T): Tensor<Merged<T>, CommonDType<T>> {
  return new Average()(inputs);
}

/**
 * The larger of tensors, element by element, as `keras.layers.maximum`.
 * @throws as `nn.Maximum`
 * @example nn.maximum([ones([2, 3]), zeros([2, 3])]).shape; // [2, 3]
 */
export function maximum<const T extends readonly Tensor[]>(inputs: T): Tensor<Merged<T>, CommonDType<T>> {
  return new Maximum()(inputs);
}

/**
 * The smaller of tensors, element by element, as `keras.layers.minimum`.
 * @throws as `nn.Minimum`
 * @example nn.minimum([ones([2, 3]), zeros([2, 3])]).shape; // [2, 3]
 */
export function minimum<const T extends readonly Tensor[]>(inputs: T): Tensor<Merged<T>, CommonDType<T>> {
  return new Minimum()(inputs);
}

/**
 * Tensors one behind the other along an axis (default the last), as `keras.layers.concatenate`.
 * @throws as `nn.Concatenate`
 * @example nn.concatenate([ones([2, 3]), ones([2, 4])]).shape; // [2, 7]
 */
export function concatenate<const T extends readonly Tensor[], const A extends number = -1>(
  inputs: T,
  { axis = -1 as A }: { axis?: A } = {},
): Tensor<Concatenated<T, A>, CommonDType<T>> {
  return new Concatenate(axis)(inputs);
}

/**
 * Scalar products of two tensors along axes, sample by sample, as `keras.layers.dot`.
 * @throws as `nn.Dot`
 * @example nn.dot([ones([2, 3]), ones([2, 3])], { axes: 1 }).shape; // [2, 1]
 */
export function dot(
  inputs: readonly Tensor[],
  { axes, normalize = false }: { axes: number | readonly [number, number]; normalize?: boolean },
): Tensor {
  return new Dot(axes, { normalize })(inputs);
}
