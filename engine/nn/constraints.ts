import { withGrad } from "../autograd/graph.js";
import { ValueError } from "../errors.js";
import { clip, relu } from "../ops/activation.js";
import { add, div, mul } from "../ops/arithmetic.js";
import { norm } from "../ops/vector-norm.js";
import { recordCopy } from "../record.js";
import type { Tensor } from "../tensor.js";

/** The nearest weight that is allowed. */
export type Constraint = (weight: Tensor) => Tensor;

/** Axes over which the length of one unit's weights is taken; by default all but the first: weights are [out, in, ...]. */
interface OverAxes {
  axis?: number | readonly number[];
}

const epsilon = 1e-7;

function lengths(weight: Tensor, axis: OverAxes["axis"]): Tensor {
  const rest = weight.shape.length > 1 ? weight.shape.slice(1).map((_, i) => i + 1) : [0];
  return norm(weight, (axis ?? rest) as number[], { keepDims: true }) as Tensor;
}

/**
 * Makes the weights of a unit no longer than `limit`, as `keras.constraints.MaxNorm` (Srivastava et al. 2014).
 * @throws ValueError for a negative limit
 * @example nn.constraints.constrain(model.parameters(), nn.constraints.maxNorm(2));
 */
export function maxNorm(limit = 2, { axis }: OverAxes = {}): Constraint {
  return minMaxNorm({ max: limit, ...(axis === undefined ? {} : { axis }) });
}

/**
 * Brings the length of a unit's weights into a range, or nearer to it by `rate`, as `keras.constraints.MinMaxNorm`.
 * @throws ValueError for a range that is none
 * @example nn.constraints.minMaxNorm({ min: 0.5, max: 1 });
 */
export function minMaxNorm({
  min = 0,
  max = 1,
  rate = 1,
  axis,
}: OverAxes & { min?: number; max?: number; rate?: number } = {}): Constraint {
  if (!(min >= 0 && max >= min && rate >= 0 && rate <= 1)) {
    throw new ValueError(`from ${min} to ${max} at rate ${rate}`, {
      op: "minMaxNorm",
      hint: "Give 0 <= min <= max and a rate from 0 to 1.",
    });
  }
  return weight => {
    const length = lengths(weight, axis);
    const wanted = mul(clip(length, { min, max }) as Tensor, rate) as Tensor;
    const desired = rate === 1 ? wanted : (add(wanted, mul(length, 1 - rate) as Tensor) as Tensor);
    return mul(weight, div(desired, add(length, epsilon) as Tensor) as Tensor) as Tensor;
  };
}

/**
 * Makes negative weights 0, as `keras.constraints.NonNeg`.
 * @example nn.constraints.nonNeg()(layer.weight);
 */
export function nonNeg(): Constraint {
  return weight => relu(weight) as Tensor;
}

/**
 * Makes the weights of a unit have length 1, as `keras.constraints.UnitNorm`.
 * @example nn.constraints.unitNorm()(layer.weight);
 */
export function unitNorm({ axis }: OverAxes = {}): Constraint {
  return weight => div(weight, add(lengths(weight, axis), epsilon) as Tensor) as Tensor;
}

/**
 * Applies a constraint to parameters in place; call it after `optimizer.step()`, also in a compiled step.
 * @example
 * optimizer.step();
 * nn.constraints.constrain([layer.weight], nn.constraints.maxNorm(2));
 */
export function constrain(parameters: Iterable<Tensor>, constraint: Constraint): void {
  withGrad(false, () => {
    for (const parameter of parameters) recordCopy(constraint(parameter.detach()), parameter);
  });
}

const kept = new WeakMap<Tensor, Constraint>();
/** No parameter has ever had a constraint: nobody has to look. */
let none = true;

/**
 * Keeps parameters within a constraint: every optimizer applies it at the end of its step.
 * @example nn.constraints.keep([layer.weight], nn.constraints.maxNorm(2));
 */
export function keep(parameters: Iterable<Tensor>, constraint: Constraint): void {
  for (const parameter of parameters) {
    none = false;
    kept.set(parameter, constraint);
  }
}

/** Applies the constraints that parameters are kept within. */
export function applyKept(parameters: Iterable<Tensor>): void {
  if (none) return;
  for (const parameter of parameters) {
    const constraint = kept.get(parameter);
    // A frozen parameter was not updated.
    if (constraint !== undefined && parameter.requiresGrad) constrain([parameter], constraint);
  }
}
