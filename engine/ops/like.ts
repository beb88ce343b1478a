import type { DType } from "../dtype.js";
import { type RandomOptions, rand, randn } from "../random.js";
import type { Shape } from "../shape.js";
import type { Tensor } from "../tensor.js";
import { type CreateOptions, full } from "./create.js";
import { requireTensor } from "./require.js";

/** Every element the same, in the shape of x and, unless told, its dtype. @example fullLike(x, 0.5); */
export function fullLike<S extends Shape, D extends DType, E extends DType = D>(
  x: Tensor<S, D>,
  value: number,
  options: CreateOptions<E> = {},
): Tensor<S, E> {
  requireTensor("fullLike", x);
  return full(x.shape, value, { dtype: x.dtype as DType, device: x.device, ...options }) as never;
}

/** Zeros in the shape of x and, unless told, its dtype. @example zerosLike(x); */
export function zerosLike<S extends Shape, D extends DType, E extends DType = D>(
  x: Tensor<S, D>,
  options: CreateOptions<E> = {},
): Tensor<S, E> {
  return fullLike(x, 0, options);
}

/** Ones in the shape of x and, unless told, its dtype. @example onesLike(x); */
export function onesLike<S extends Shape, D extends DType, E extends DType = D>(
  x: Tensor<S, D>,
  options: CreateOptions<E> = {},
): Tensor<S, E> {
  return fullLike(x, 1, options);
}

/** Normal numbers with mean 0 and deviation 1, in the shape of x and, unless told, its dtype. @throws DTypeError for integers */
export function randnLike<S extends Shape, D extends DType, E extends DType = D>(
  x: Tensor<S, D>,
  options: RandomOptions<E> = {},
): Tensor<S, E> {
  requireTensor("randnLike", x);
  return randn(x.shape, { dtype: x.dtype as DType, device: x.device, ...options }) as never;
}

/** Numbers spread evenly over [0, 1), in the shape of x and, unless told, its dtype. @throws DTypeError for integers */
export function randLike<S extends Shape, D extends DType, E extends DType = D>(
  x: Tensor<S, D>,
  options: RandomOptions<E> = {},
): Tensor<S, E> {
  requireTensor("randLike", x);
  return rand(x.shape, { dtype: x.dtype as DType, device: x.device, ...options }) as never;
}
