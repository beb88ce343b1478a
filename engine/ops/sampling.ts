import type { DType } from "../dtype.js";
import { ShapeError, ValueError } from "../errors.js";
import { castTo, reshapeTo } from "../layout.js";
import { floating } from "../promotion.js";
import { type Generator, type RandomOptions, rand, randn } from "../random.js";
import { requireShape, type Shape, sizeOf } from "../shape.js";
import type { Tensor } from "../tensor.js";
import type { Plain } from "../types.js";
import { div, mul, sub } from "./arithmetic.js";
import { lt, where } from "./compare.js";
import { full } from "./create.js";
import { cumSum } from "./cumulative.js";
import { exp, log } from "./math.js";
import { searchSorted, topK } from "./order.js";
import { min, sum } from "./reduce.js";
import { requireTensor } from "./require.js";

// Distributions that are made of uniform and normal numbers. All are outside the graph of gradients.

interface FromGenerator {
  /** Where the numbers come from (default: the global generator). */
  generator?: Generator;
}

/** Uniform numbers in (0, 1]: their logarithm is finite. */
function positive(shape: Shape, options: FromGenerator): Tensor {
  return sub(1, rand(shape, options) as Tensor) as Tensor;
}

/** @throws ValueError for a parameter that is not finite or not above 0 */
export function requirePositive(op: string, name: string, value: number): void {
  if (Number.isFinite(value) && value > 0) return;
  throw new ValueError(`${name} ${String(value)}`, { op, hint: "Give a finite number above 0." });
}

/**
 * 1 with the probability that stands at each place, else 0, in the dtype of the probabilities.
 * @throws ValueError when a probability is not from 0 to 1
 * @example bernoulli(full([4], 0.5));
 */
export function bernoulli<S extends Shape, D extends DType>(
  p: Tensor<S, D>,
  options: FromGenerator = {},
): Tensor<S, D> {
  requireTensor("bernoulli", p);
  const given = p.detach() as Tensor;
  if (given.size > 0 && given.lt(0).logicalOr(given.gt(1)).logicalOr(given.isNaN()).any().item()) {
    throw new ValueError("a probability is not from 0 to 1", {
      op: "bernoulli",
      hint: "sigmoid() makes one of a logit.",
    });
  }
  return castTo(lt(rand(p.shape, options) as Tensor, given as never) as Tensor, p.dtype) as Tensor<S, D>;
}

/**
 * Waiting times of events that come at a constant rate: density rate * exp(-rate * x).
 * @throws ValueError when the rate is not above 0
 */
export function exponential<const S extends Shape, D extends DType = "float32">(
  shape: S,
  options: RandomOptions<D> & { rate?: number } = {},
): Tensor<Plain<S>, D> {
  const { rate = 1, dtype = "float32", generator } = options;
  requirePositive("exponential", "the rate", rate);
  requireShape("exponential", shape);
  const times = mul(log(positive(shape, generator ? { generator } : {})), -1 / rate) as Tensor;
  return castTo(times, dtype) as never;
}

/**
 * Gumbel numbers, -log(-log(u)): added to logits, their largest one is a sample of softmax(logits).
 * @example logits.add(gumbel(logits.shape)).argMax(-1);
 */
export function gumbel<const S extends Shape, D extends DType = "float32">(
  shape: S,
  options: RandomOptions<D> = {},
): Tensor<Plain<S>, D> {
  const { dtype = "float32", generator } = options;
  requireShape("gumbel", shape);
  // The smallest time that is not 0: its logarithm must be finite.
  const times = exponential(shape, generator ? { generator } : {}).clip({ min: 1e-30 }) as Tensor;
  return castTo(mul(log(times), -1) as Tensor, dtype) as never;
}

/**
 * Normal numbers with the given mean and deviation, redrawn until they lie within [low, high] (default two deviations around
 * the mean, as initialisers use).
 * @throws ValueError when the range lies so far off that numbers hardly ever fall into it
 */
export function truncatedNormal<const S extends Shape, D extends DType = "float32">(
  shape: S,
  options: RandomOptions<D> & { mean?: number; std?: number; low?: number; high?: number } = {},
): Tensor<Plain<S>, D> {
  const { mean = 0, std = 1, dtype = "float32", generator } = options;
  const { low = mean - 2 * std, high = mean + 2 * std } = options;
  requirePositive("truncatedNormal", "the deviation", std);
  requireShape("truncatedNormal", shape);
  const [from, to] = [(low - mean) / std, (high - mean) / std];
  if (!(to - from > 0.1 && from < 3 && to > -3)) {
    throw new ValueError(`a range from ${low} to ${high} for mean ${mean} and deviation ${std}`, {
      op: "truncatedNormal",
      hint: "Give a range of some width near the mean.",
    });
  }
  const given = generator ? { generator } : {};
  const outside = (x: Tensor) => x.lt(from).logicalOr(x.gt(to)) as Tensor;
  return castTo(
    redrawn(() => randn(shape, given) as Tensor, outside)
      .mul(std)
      .add(mean) as Tensor,
    dtype,
  ) as never;
}

/** Draws again what is refused until nothing is. */
function redrawn(draw: () => Tensor, refused: (x: Tensor) => Tensor): Tensor {
  let x = draw();
  for (let again = refused(x); x.size > 0 && again.any().item(); again = refused(x)) {
    x = where(again, draw(), x) as Tensor;
  }
  return x;
}

/**
 * Gamma numbers with the given concentration (shape) and rate, by the method of Marsaglia and Tsang (2000).
 * @throws ValueError when one of them is not above 0
 */
export function gamma<const S extends Shape, D extends DType = "float32">(
  shape: S,
  concentration: number,
  options: RandomOptions<D> & { rate?: number } = {},
): Tensor<Plain<S>, D> {
  const { rate = 1, dtype = "float32", generator } = options;
  requirePositive("gamma", "the concentration", concentration);
  requirePositive("gamma", "the rate", rate);
  requireShape("gamma", shape);
  const drawn = standardGamma(full(shape, concentration) as Tensor, generator ? { generator } : {});
  const shrink = drawn.shrink === undefined ? drawn.raised : mul(drawn.raised, exp(drawn.shrink) as never);
  return castTo(div(shrink as Tensor, rate) as Tensor, dtype) as never;
}

/** The logarithm of gamma numbers of rate 1, also where they are smaller than any number. */
export function logGamma(concentration: Tensor, given: FromGenerator): Tensor {
  const { raised, shrink } = standardGamma(concentration, given);
  const logarithm = log(raised) as Tensor;
  return shrink === undefined ? logarithm : (logarithm.add(shrink as never) as Tensor);
}

/**
 * Gamma numbers of rate 1. Where a concentration is below 1 the method draws for one more; the logarithm of what shrinks these
 * is `shrink`.
 */
function standardGamma(concentration: Tensor, given: FromGenerator): { raised: Tensor; shrink: Tensor | undefined } {
  const { shape } = concentration;
  const small = lt(concentration, 1) as Tensor;
  const d = where(small, concentration.add(2 / 3), concentration.sub(1 / 3)) as Tensor;
  const c = d.mul(9).rsqrt() as Tensor;
  const draw = (): Tensor => {
    const x = randn(shape, given) as Tensor;
    const root = x.mul(c as never).add(1) as Tensor;
    const v = root.mul(root as never).mul(root as never) as Tensor;
    const bound = x
      .square()
      .mul(0.5)
      .add(d as never)
      .sub(v.mul(d as never) as never)
      .add(log(v.clip({ min: 1e-30 }) as Tensor).mul(d as never) as never);
    const accepted = log(positive(shape, given))
      .lt(bound as never)
      .logicalAnd(root.gt(0) as never) as Tensor;
    return where(accepted, v.mul(d as never), -1) as Tensor;
  };
  const raised = redrawn(draw, x => x.lt(0) as Tensor);
  if (!small.any().item()) return { raised, shrink: undefined };
  const shrink = where(small, div(log(positive(shape, given)) as Tensor, concentration as never), 0) as Tensor;
  return { raised, shrink };
}

/**
 * Places drawn from rows of weights, each in proportion to its weight. weights: [N] or [B, N] -> [count] or [B, count], int32.
 * @param options.replacement true: the same place may come again (default false, as in PyTorch)
 * @throws ValueError for a weight below 0 or not finite, for rows without weight, or too few places without replacement
 * @example multinomial(softmax(logits), 1); // the next token
 */
export function multinomial(
  weights: Tensor,
  count: number,
  options: FromGenerator & { replacement?: boolean } = {},
): Tensor<number[], "int32"> {
  const op = "multinomial";
  requireTensor(op, weights);
  const { replacement = false, ...given } = options;
  if (weights.shape.length !== 1 && weights.shape.length !== 2) {
    throw new ShapeError(`weights with ${weights.shape.length} axes`, { op, expected: "[N] or [B, N]" });
  }
  if (!Number.isSafeInteger(count) || count < 0) {
    throw new ValueError(`${String(count)} draws`, { op, hint: "Give a whole number." });
  }
  const rows = weights.shape.slice(0, -1);
  const x = castTo(weights.detach(), floating(weights.dtype) === "float64" ? "float64" : "float32");
  if (sizeOf(rows) === 0 || count === 0) return castTo(rand([...rows, count]) as Tensor, "int32") as never;
  if (x.size === 0 || !((min(x).item() as number) >= 0) || !x.isFinite().all().item()) {
    throw new ValueError("a weight is below 0 or not finite, or there are none", {
      op,
      hint: "softmax() makes weights.",
    });
  }
  const positives = Number(min(sum(castTo(x.gt(0) as Tensor, "int32"), -1) as Tensor).item());
  if (positives === 0 || (!replacement && positives < count)) {
    throw new ValueError(`${count} draws from a row with ${positives} weights above 0`, {
      op,
      hint: "Give { replacement: true } to draw the same place again.",
    });
  }
  if (!replacement) {
    // The first of events that come at rates in proportion to the weights (Efraimidis and Spirakis 2006).
    const times = div(exponential(x.shape, given) as Tensor, x as never) as Tensor;
    return topK(times, count, -1, { largest: false }).indices;
  }
  const totals = cumSum(castTo(x, "float64"), -1);
  const all = totals.at("...", -1).unsqueeze(-1) as Tensor;
  const drawn = mul(castTo(rand([...rows, count], given) as Tensor, "float64"), all as never) as Tensor;
  return reshapeTo(searchSorted(totals, drawn, { right: true }) as Tensor, [...rows, count]) as never;
}
