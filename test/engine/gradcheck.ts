import { Generator, grad, type Tensor, tensor, uniform } from "../../engine/index.js";
import { distance, numbers } from "./samples.js";

type Call = (...args: never[]) => Tensor;

/** A fixed random cotangent, so that errors cannot cancel out as they can in a plain sum. */
function weigh(y: Tensor, seed = 99): Tensor {
  const weights = uniform(y.shape, { generator: new Generator(seed), low: 0.5, high: 1.5 }).cast("float64");
  return y.mul(weights as never).sum() as Tensor;
}

/** The derivative of `f` by central differences, in float64. */
function numerical(f: (x: Tensor) => Tensor, x: Tensor, step = 1e-5): number[] {
  const values = Float64Array.from(numbers(x));
  return Array.from(values, (value, i) => {
    const at = (v: number) => {
      const moved = Float64Array.from(values);
      moved[i] = v;
      return Number(f(tensor(moved, { shape: x.shape })).item());
    };
    return (at(value + step) - at(value - step)) / (2 * step);
  });
}

/** The distance between the engine's first derivative with respect to argument `i` and the numerical one. */
export function firstOrder(call: Call, args: unknown[], i: number): number {
  const f = (x: Tensor) => weigh(call(...(args.with(i, x) as never[])));
  const x = args[i] as Tensor;
  return distance(numbers(grad(f)(x as never) as Tensor), numerical(f, x));
}

/** The same for the second derivative: the derivative of the weighed first one. */
export function secondOrder(call: Call, args: unknown[], i: number): number {
  const f = (x: Tensor) => weigh(call(...(args.with(i, x) as never[])));
  const slope = (x: Tensor) => weigh(grad(f)(x as never) as Tensor, 7);
  const x = args[i] as Tensor;
  return distance(numbers(grad(slope)(x as never) as Tensor), numerical(slope, x, 1e-4));
}
