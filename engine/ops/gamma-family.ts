import type { DType } from "../dtype.js";
import { ShapeError, ValueError } from "../errors.js";
import { castTo } from "../layout.js";
import { type Generator, type RandomOptions, rand } from "../random.js";
import { requireShape, type Shape } from "../shape.js";
import { Tensor } from "../tensor.js";
import type { Plain } from "../types.js";
import { sigmoid } from "./activation.js";
import { sub } from "./arithmetic.js";
import { full, tensor } from "./create.js";
import { requireTensor } from "./require.js";
import { logGamma, requirePositive } from "./sampling.js";
import { softmax } from "./softmax.js";

// Distributions that are made of gamma numbers, and Poisson's. All are outside the graph of gradients.

/**
 * Beta numbers in [0, 1]: density proportional to x^(alpha - 1) (1 - x)^(beta - 1).
 * @throws ValueError when a concentration is not above 0
 * @example beta([1000], 2, 5).mean(); // about 2 / 7
 */
export function beta<const S extends Shape, D extends DType = "float32">(
  shape: S,
  alpha: number,
  beta: number,
  options: RandomOptions<D> = {},
): Tensor<Plain<S>, D> {
  const { dtype = "float32", generator } = options;
  requirePositive("beta", "the concentration alpha", alpha);
  requirePositive("beta", "the concentration beta", beta);
  requireShape("beta", shape);
  const draw = (a: number) => logGamma(full(shape, a) as Tensor, generator ? { generator } : {});
  // x / (x + y) by their logarithms: with small concentrations both may be smaller than any number.
  return castTo(sigmoid(sub(draw(alpha), draw(beta) as never) as Tensor) as Tensor, dtype) as never;
}

/**
 * Points of a simplex, as `torch.distributions.Dirichlet`: the last axis adds up to 1.
 * @param shape of the draws; each is a row with one number for every concentration
 * @param concentration [K], above 0: a tensor or numbers -> [...shape, K]
 * @throws ValueError when a concentration is not above 0; ShapeError when there is not one axis of them
 * @example dirichlet([5], [1, 1, 1]).shape; // [5, 3]
 */
export function dirichlet<D extends DType = "float32">(
  shape: Shape,
  concentration: Tensor | readonly number[],
  options: RandomOptions<D> = {},
): Tensor<number[], D> {
  const op = "dirichlet";
  const { dtype = "float32", generator } = options;
  const given =
    concentration instanceof Tensor ? concentration.detach() : (tensor(concentration as number[]) as Tensor);
  if (given.shape.length !== 1 || given.size === 0) {
    throw new ShapeError(`concentrations with the shape [${given.shape.join(", ")}]`, {
      op,
      expected: "[K], not empty",
    });
  }
  for (const value of castTo(given, "float64").data()) requirePositive(op, "the concentration", value);
  requireShape(op, [...shape, given.size]);
  const each = castTo(given, "float32").expand([...shape, given.size]) as Tensor;
  return castTo(softmax(logGamma(each, generator ? { generator } : {}), -1) as Tensor, dtype) as never;
}

/**
 * Counts of events that come at the rate that stands at each place, as `torch.poisson`, in the dtype of the rates.
 * @throws ValueError when a rate is below 0, not finite, or above 2^30
 * @example poisson(full([1000], 4)).mean(); // about 4
 */
export function poisson<S extends Shape, D extends DType>(
  rate: Tensor<S, D>,
  options: { generator?: Generator } = {},
): Tensor<S, D> {
  requireTensor("poisson", rate);
  const rates = castTo(rate.detach() as Tensor, "float64").data() as Float64Array;
  const next = uniforms(options);
  const counts = rates.map(r => {
    if (!(r >= 0 && r <= 2 ** 30)) {
      throw new ValueError(`a rate of ${r}`, { op: "poisson", hint: "Give rates from 0 to 2^30." });
    }
    return r < 10 ? countOfFew(r, next) : countOfMany(r, next);
  });
  return castTo(tensor(counts, { shape: rate.shape }) as Tensor, rate.dtype) as Tensor<S, D>;
}

/** Uniform numbers in (0, 1), one by one. */
function uniforms(options: { generator?: Generator }): () => number {
  let drawn = new Float32Array(0);
  let at = 0;
  return () => {
    if (at === drawn.length) {
      drawn = (rand([4096], options) as Tensor).data() as Float32Array<ArrayBuffer>;
      at = 0;
    }
    // The middle of a step of 2^-24: neither 0 nor 1.
    return drawn[at++]! + 2 ** -25;
  };
}

/** Knuth (1969): uniform numbers multiply until they are below e^-rate. */
function countOfFew(rate: number, next: () => number): number {
  const limit = Math.exp(-rate);
  let count = 0;
  for (let product = next(); product > limit; product *= next()) count++;
  return count;
}

/** The transformed rejection of Hörmann (1993), PTRS. */
function countOfMany(rate: number, next: () => number): number {
  const [log, root] = [Math.log(rate), Math.sqrt(rate)];
  const b = 0.931 + 2.53 * root;
  const a = -0.059 + 0.02483 * b;
  const scale = 1.1239 + 1.1328 / (b - 3.4);
  const accepted = 0.9277 - 3.6224 / (b - 2);
  while (true) {
    const u = next() - 0.5;
    const v = next();
    const us = 0.5 - Math.abs(u);
    const k = Math.floor(((2 * a) / us + b) * u + rate + 0.43);
    if (us >= 0.07 && v <= accepted) return k;
    if (k < 0 || (us < 0.013 && v > us)) continue;
    if (Math.log((v * scale) / (a / (us * us) + b)) <= k * log - rate - logFactorial(k)) return k;
  }
}

/** By Stirling's series, which is exact to rounding from 10 on. */
function logFactorial(k: number): number {
  if (k < 10) {
    let product = 1;
    for (let i = 2; i <= k; i++) product *= i;
    return Math.log(product);
  }
  const x = k + 1;
  const inverse = 1 / (x * x);
  const series = (1 / 12 - inverse * (1 / 360 - inverse * (1 / 1260 - inverse / 1680))) / x;
  return (x - 0.5) * Math.log(x) - x + 0.5 * Math.log(2 * Math.PI) + series;
}
