import { DTypeError, ShapeError, ValueError } from "../errors.js";
import { castTo, expandTo } from "../layout.js";
import { trackStorages } from "../memory.js";
import { sum } from "../ops/reduce.js";
import { isFloat } from "../promotion.js";
import { Tensor } from "../tensor.js";
import { isPlainObject } from "../tree.js";
import { Batched, batchedAs, concrete } from "../vmap/batched.js";
import { mapping } from "../vmap/vmap.js";
import { attach, withGrad } from "./graph.js";
import { requireLike } from "./hooks.js";
import { requireResult } from "./inputs.js";

/** What the backward function of `customGrad` may need beside the cotangent. */
export interface BackwardContext<A extends unknown[], T extends Tensor, S> {
  /** The arguments of the call. */
  readonly inputs: A;
  /** The result of the call. */
  readonly output: T;
  /** What forward returned as `saved`. For a second derivative it is constant: compute from `inputs` and `output` then. */
  readonly saved: S;
  /** Whether somebody asks for the gradient of an argument. */
  readonly needs: (argument: number) => boolean;
}

/** A function with a derivative of its own. */
export interface CustomFunction<A extends unknown[], T extends Tensor, S> {
  /** How errors and the graph call it (default `"customGrad"`). */
  name?: string;
  /** Computes the result [...]; nothing inside is noted for gradients. May also return values for the backward function. */
  forward: (...inputs: A) => T | { value: T; saved: S };
  /**
   * From the cotangent of the result to that of each argument, in its shape, in order; `undefined` for what has none. For a
   * single argument the tensor alone will do. Made of tensor operations, it can be derived again.
   */
  backward: (
    gradient: Tensor,
    context: BackwardContext<A, T, S>,
  ) => Tensor | undefined | readonly (Tensor | undefined)[];
}

/**
 * A function whose gradient you write yourself: for steps that have no derivative, for a better one than follows from the
 * operations, or for a cheaper one. `torch.autograd.Function`, `jax.custom_vjp`, `tf.custom_gradient`.
 * @returns the function; it can be used like any operation, also inside `grad`, `jacobian` and `compile`
 * @throws ValueError when forward or backward is missing; DTypeError when forward returns no tensor; in the backward pass
 * ShapeError for a gradient that has not the shape of its argument, or for too few of them
 * @example
 * // Rounds, and lets the gradient through as if it did not: a straight-through estimator (Bengio et al. 2013).
 * const roundThrough = customGrad({ forward: (x: Tensor) => x.round(), backward: g => g });
 * grad((x: Tensor) => roundThrough(x.mul(3)).sum())(tensor([0.4, 0.7])).toArray(); // [3, 3]
 */
export function customGrad<A extends unknown[], T extends Tensor, S = undefined>(
  custom: CustomFunction<A, T, S>,
): (...inputs: A) => T {
  const { name = "customGrad", forward, backward } = custom ?? {};
  if (typeof forward !== "function" || typeof backward !== "function") {
    throw new ValueError("forward and backward must be functions", {
      op: name,
      hint: "customGrad({ forward: x => ..., backward: (g, { inputs }) => ... })",
    });
  }
  return (...inputs) => {
    const result = withGrad(false, () => forward(...inputs));
    const { value, saved } = isPlainObject(result) ? result : { value: result, saved: undefined };
    requireResult(name, value, "Return a tensor, or { value, saved } with a tensor as the value.");
    // A tensor of its own, because forward may return one that it was given.
    const output = value.detach() as T;
    if (!isFloat(output.dtype)) return output;
    const positions = inputs.flatMap((x, i) => (x instanceof Tensor ? [i] : []));
    const tensors = positions.map(i => inputs[i] as Tensor);
    const node = attach(
      concrete(output),
      name,
      tensors.map(concrete),
      (g, wanted) => {
        const needs = (argument: number) => positions.includes(argument) && wanted(positions.indexOf(argument));
        // Results inside vmap are samples again; and what the user's code makes may be kept by it.
        const run = () => {
          return backward(batchedAs(output, g), { inputs, output: attached, saved: saved as S, needs });
        };
        const given = trackStorages(undefined, () => (output.isConcrete ? run() : mapping(run)));
        const all = Array.isArray(given) ? (given as unknown[]) : [given];
        if (all.length !== inputs.length && !(all.length === 1 && all[0] === undefined)) {
          throw new ShapeError(`backward returned ${all.length} gradients for ${inputs.length} arguments`, {
            op: name,
            hint: "Return one for each argument, in order, and undefined for those that have none.",
          });
        }
        return positions.map((position, i) => cotangent(name, all[position], tensors[i]!, position));
      },
      true,
    );
    const attached = batchedAs(output, node) as T;
    return attached;
  };
}

function cotangent(name: string, gradient: unknown, x: Tensor, position: number): Tensor | undefined {
  if (gradient === undefined || !isFloat(x.dtype)) return undefined;
  const g = requireLike(name, `the gradient of argument ${position}`, gradient, x);
  const asConcrete = () => overSamples(castTo(g, x.dtype), x);
  if (isFloat(g.dtype)) return g.isConcrete && x.isConcrete ? asConcrete() : mapping(asConcrete);
  throw new DTypeError(`the gradient of argument ${position} is ${g.dtype}`, {
    op: name,
    expected: x.dtype,
    got: g.dtype,
  });
}

/** A cotangent as a concrete one for x: what is the same for all samples gets the sum of theirs. */
function overSamples(g: Tensor, x: Tensor): Tensor {
  const own = x instanceof Batched ? x.level : undefined;
  const given = g instanceof Batched ? g.level : undefined;
  if (given !== undefined && (own === undefined || given.id > own.id)) {
    return overSamples(sum((g as Batched).value, 0) as Tensor, x);
  }
  if (own === undefined) return g;
  const front = given === own ? (g as Batched).value : expandTo(g, [own.size, ...g.shape]);
  return overSamples(front, (x as Batched).value);
}
