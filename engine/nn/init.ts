import { ShapeError } from "../errors.js";
import { normal, type RandomOptions, uniform } from "../random.js";
import { formatShape, type Shape, sizeOf } from "../shape.js";
import type { Tensor } from "../tensor.js";
import type { Plain } from "../types.js";

type Options = Pick<RandomOptions, "generator">;

/** Inputs and outputs of one unit. Weights are [out, in, ...], as in PyTorch. */
function fans(op: string, shape: Shape): { input: number; output: number } {
  if (shape.length < 2) {
    throw new ShapeError(`a weight of shape ${formatShape(shape)} has no inputs and outputs`, {
      op,
      hint: "Give at least [out, in].",
    });
  }
  const field = sizeOf(shape.slice(2));
  return { input: shape[1]! * field, output: shape[0]! * field };
}

type Initialised<S extends Shape> = Tensor<Plain<S>, "float32">;

/** Uniform over +-sqrt(6 / (in + out)): keeps the variance for tanh and sigmoid (Glorot and Bengio 2010). */
export function xavierUniform<const S extends Shape>(shape: S, options: Options = {}): Initialised<S> {
  const { input, output } = fans("xavierUniform", shape);
  const limit = Math.sqrt(6 / (input + output));
  return uniform(shape, { ...options, low: -limit, high: limit });
}

/** Normal with deviation sqrt(2 / (in + out)) (Glorot and Bengio 2010). */
export function xavierNormal<const S extends Shape>(shape: S, options: Options = {}): Initialised<S> {
  const { input, output } = fans("xavierNormal", shape);
  return normal(shape, { ...options, std: Math.sqrt(2 / (input + output)) });
}

/** Uniform over +-sqrt(6 / in): keeps the variance for ReLU (He et al. 2015). */
export function kaimingUniform<const S extends Shape>(shape: S, options: Options = {}): Initialised<S> {
  const limit = Math.sqrt(6 / fans("kaimingUniform", shape).input);
  return uniform(shape, { ...options, low: -limit, high: limit });
}

/** Normal with deviation sqrt(2 / in) (He et al. 2015). */
export function kaimingNormal<const S extends Shape>(shape: S, options: Options = {}): Initialised<S> {
  return normal(shape, { ...options, std: Math.sqrt(2 / fans("kaimingNormal", shape).input) });
}
