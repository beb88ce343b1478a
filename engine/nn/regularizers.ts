import { ValueError } from "../errors.js";
import { add, mul } from "../ops/arithmetic.js";
import { abs, square } from "../ops/math.js";
import { sum } from "../ops/reduce.js";
import type { Tensor } from "../tensor.js";
import { type Module, parametersSoFar } from "./module.js";

/** A penalty on a weight, to be added to the loss: a scalar. */
export type Regularizer = (weight: Tensor) => Tensor<[]>;

function requireFactor(op: string, factor: number): void {
  if (typeof factor === "number" && factor >= 0 && Number.isFinite(factor)) return;
  throw new ValueError(`factor is ${String(factor)}`, { op, hint: "Give a finite number of at least 0." });
}

/**
 * The factor times the sum of sizes, as `keras.regularizers.L1`: makes weights sparse.
 * @throws ValueError for a negative factor
 * @example loss.add(nn.regularizers.l1(1e-4)(layer.weight));
 */
export function l1(factor = 0.01): Regularizer {
  requireFactor("l1", factor);
  return weight => mul(sum(abs(weight) as Tensor) as Tensor, factor) as Tensor<[]>;
}

/**
 * The factor times the sum of squares, as `keras.regularizers.L2`; its gradient is that of a weight decay of twice the factor.
 * @throws ValueError for a negative factor
 * @example loss.add(nn.regularizers.l2(1e-4)(layer.weight));
 */
export function l2(factor = 0.01): Regularizer {
  requireFactor("l2", factor);
  return weight => mul(sum(square(weight) as Tensor) as Tensor, factor) as Tensor<[]>;
}

/**
 * Both, as `keras.regularizers.L1L2`.
 * @throws ValueError for a negative factor
 * @example loss.add(nn.regularizers.l1l2({ l1: 1e-5, l2: 1e-4 })(layer.weight));
 */
export function l1l2(factors: { l1?: number; l2?: number } = {}): Regularizer {
  const [first, second] = [l1(factors.l1 ?? 0), l2(factors.l2 ?? 0)];
  return weight => add(first(weight), second(weight)) as Tensor<[]>;
}

/**
 * The sum of a penalty over parameters.
 * @throws ValueError without parameters
 * @example const total = loss.add(nn.regularizers.penalty(model.parameters(), nn.regularizers.l2(1e-4)));
 */
export function penalty(parameters: Iterable<Tensor>, regularizer: Regularizer): Tensor<[]> {
  const [first, ...rest] = [...parameters].map(regularizer);
  if (first === undefined) throw new ValueError("no parameters", { op: "penalty", hint: "Give model.parameters()." });
  return rest.reduce((total, each) => add(total, each) as Tensor<[]>, first);
}

const regularized = new WeakMap<Tensor, Regularizer>();
/** Whether any parameter has ever had a penalty: most programs need not look for them in every step. */
let isUsed = false;

/**
 * Gives parameters a penalty of their own, which `fit` adds to the loss; in a loop of your own add `penaltyOf(model)`.
 * @example
 * nn.regularizers.regularize([layer.weight], nn.regularizers.l2(1e-4));
 */
export function regularize(parameters: Iterable<Tensor>, regularizer: Regularizer): void {
  for (const parameter of parameters) regularized.set(parameter, regularizer);
  isUsed = true;
}

/**
 * The sum of the penalties that a model's parameters have; undefined where none has one.
 * @example
 * const net = nn.sequential([nn.dense(8, { kernelRegularizer: "l2", inputShape: [3] })]);
 * loss.add(nn.regularizers.penaltyOf(net)!).shape; // []
 */
export function penaltyOf(model: Module): Tensor<[]> | undefined {
  if (!isUsed) return undefined;
  let total: Tensor<[]> | undefined;
  for (const [, parameter] of parametersSoFar(model)) {
    const part = regularized.get(parameter)?.(parameter);
    if (part !== undefined) total = total === undefined ? part : (add(total, part) as Tensor<[]>);
  }
  return total;
}
