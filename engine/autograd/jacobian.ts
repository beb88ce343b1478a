import { zeros } from "../ops/create.js";
import { moveAxis } from "../ops/reorder.js";
import { reshape } from "../ops/view.js";
import type { Tensor } from "../tensor.js";
import { mapLeaves } from "../tree.js";
import { concrete } from "../vmap/batched.js";
import { withGrad } from "./graph.js";
import { Inputs, type Liftable, requireResult, type Tree } from "./inputs.js";
import { Pushforward } from "./products.js";
import { pullMany } from "./pull-many.js";
import { grad } from "./transforms.js";

/** A tree of the same form whose tensors have other shapes. */
export type SameTree<P> = P extends Tensor
  ? Tensor
  : P extends (...args: never[]) => unknown
    ? P
    : { [K in keyof P]: SameTree<P[K]> };

/** By output, by argument: a tree whose leaves are trees. */
export type TreeByTree<V, P> = V extends Tensor ? SameTree<P> : { [K in keyof V]: TreeByTree<V[K], P> };

/**
 * The Jacobian of a function with respect to its first argument, by the pullback of every element of the result: the choice
 * when the result is smaller than the argument. All of them go back in one pass where every operation has a rule for that. `torch.func.jacrev`, `jax.jacrev`.
 * @param f from params (tensors [...X], also in arrays and plain objects) to a tensor [...Y], or a tree of them
 * @returns a function that gives for each output a tree like params, of tensors [...Y, ...X]
 * @throws DTypeError when arguments hold no floats, or the function returns no tensor
 * @example
 * jacobian((x: Tensor) => x.square())(tensor([1, 2])).toArray(); // [[2, 0], [0, 4]]
 */
export function jacobian<P extends Tree, R extends unknown[], V extends Tree>(
  f: (params: P, ...rest: R) => V,
): (params: Liftable<P>, ...rest: R) => TreeByTree<V, P> {
  return (params, ...rest) =>
    derivative("jacobian", f as never, params, rest, (inputs, value, nested) => {
      const rows = pullMany("jacobian", value, asGiven(inputs.tree), nested);
      return x => {
        const shape = [...value.shape, ...x.shape];
        const found = rows.get(concrete(x));
        return found
          ? (reshape(found, shape) as Tensor)
          : (zeros(shape, { dtype: x.dtype, device: x.device }) as Tensor);
      };
    }) as TreeByTree<V, P>;
}

/**
 * The Jacobian of a function with respect to its first argument, by the tangent of every element of the argument: the choice
 * when the argument is smaller than the result. The same values as `jacobian`. `torch.func.jacfwd`, `jax.jacfwd`.
 * @throws DTypeError when arguments hold no floats, or the function returns no tensor
 * @example
 * jacfwd((x: Tensor) => x.mul(tensor([1, 2, 3])))(2).toArray(); // [1, 2, 3]
 */
export function jacfwd<P extends Tree, R extends unknown[], V extends Tree>(
  f: (params: P, ...rest: R) => V,
): (params: Liftable<P>, ...rest: R) => TreeByTree<V, P> {
  return (params, ...rest) =>
    derivative("jacfwd", f as never, params, rest, (inputs, value, nested) => {
      const pushed = new Pushforward(inputs, value);
      return x => {
        const shape = [...value.shape, ...x.shape];
        const columns = pushed.alongAll(x, nested);
        if (columns === undefined) return zeros(shape, { dtype: value.dtype, device: value.device }) as Tensor;
        return reshape(moveAxis(columns, 0, -1) as Tensor, shape) as Tensor;
      };
    }) as TreeByTree<V, P>;
}

/**
 * The second derivatives of a function of a single value with respect to its first argument. `torch.func.hessian`,
 * `jax.hessian`. Use `hvp` where only products with vectors are needed.
 * @param f from params (tensors [...X], also in arrays and plain objects) to a single value
 * @returns a function that gives, for a tensor, [...X, ...X]; for a tree, a tree of trees, by both arguments
 * @throws ShapeError when the function's result is not a single value
 * @example
 * hessian((x: Tensor) => x.prod())(tensor([2, 3, 4])).toArray(); // [[0, 4, 3], [4, 0, 2], [3, 2, 0]]
 */
export function hessian<P extends Tree, R extends unknown[]>(
  f: (params: P, ...rest: R) => Tensor,
): (params: Liftable<P>, ...rest: R) => TreeByTree<P, P> {
  return jacobian(grad(f) as (params: P, ...rest: R) => P);
}

/** The derivatives of one result: given an argument, a tensor [...Y, ...X]. */
type ByArgument = (inputs: Inputs, value: Tensor, nested: boolean) => (x: Tensor) => Tensor;

/** Calls the function and takes the derivatives of all its results by all its arguments. */
function derivative(
  op: string,
  f: (...args: unknown[]) => unknown,
  params: unknown,
  rest: unknown[],
  by: ByArgument,
): unknown {
  const inputs = new Inputs(op, params);
  const result = withGrad(true, () => f(inputs.tree, ...rest));
  return mapLeaves(result, value => {
    requireResult(op, value, "Return a tensor, or arrays and plain objects of tensors.");
    const nested = inputs.isNested(value);
    return withGrad(nested, () => {
      const of = by(inputs, value, nested);
      return mapLeaves(inputs.tree, x => of(x as Tensor));
    });
  });
}

/** The tensors of a tree by what they are in the graph. */
function asGiven(tree: unknown): Map<Tensor, Tensor> {
  const given = new Map<Tensor, Tensor>();
  mapLeaves(tree, x => given.set(concrete(x as Tensor), x as Tensor));
  return given;
}
