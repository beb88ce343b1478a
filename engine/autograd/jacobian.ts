import { eye } from "../ops/create.js";
import { stack } from "../ops/join.js";
import { reshape } from "../ops/view.js";
import type { Tensor } from "../tensor.js";
import { mapLeaves } from "../tree.js";
import { concrete } from "../vmap/batched.js";
import { withGrad } from "./graph.js";
import { asSamplesOf, Inputs, type Liftable, requireResult, type Tree } from "./inputs.js";
import { Pushforward } from "./products.js";
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
 * The Jacobian of a function with respect to its first argument, by one backward pass per element of the result: the choice
 * when the result is smaller than the argument. `torch.func.jacrev`, `jax.jacrev`.
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
      const seeds = unitVectors(value);
      const rows = seeds.map(seed => new Map(pairs(inputs, inputs.pull(value, seed, nested))));
      return x =>
        assemble(
          rows.map(row => row.get(concrete(x))!),
          0,
          value,
          x,
        );
    }) as TreeByTree<V, P>;
}

/**
 * The Jacobian of a function with respect to its first argument, by one pass per element of the argument: the choice when the
 * argument is smaller than the result. The same values as `jacobian`. `torch.func.jacfwd`, `jax.jacfwd`.
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
      return x =>
        assemble(
          unitVectors(x).map(unit => pushed.alongOne(concrete(x), asSamplesOf("jacfwd", x, unit), nested)),
          -1,
          value,
          x,
        );
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

/** Tensors like x with a single 1 each, in order. */
function unitVectors(x: Tensor): Tensor[] {
  const all = reshape(eye(x.size, { dtype: x.dtype }) as Tensor, [x.size, ...x.shape]) as Tensor;
  return Array.from({ length: x.size }, (_, i) => all.at(i));
}

/** The tensors of a tree that has the form of the arguments, by argument. */
function* pairs(inputs: Inputs, tree: unknown): Iterable<[Tensor, Tensor]> {
  const found: Tensor[] = [];
  mapLeaves(tree, leaf => found.push(leaf as Tensor));
  let next = 0;
  for (const x of inputs.leaves) yield [x, found[next++]!];
}

/** Rows or columns side by side, as [...Y, ...X]. */
function assemble(parts: Tensor[], axis: 0 | -1, value: Tensor, x: Tensor): Tensor {
  const shape = [...value.shape, ...x.shape];
  if (parts.length === 0) return reshape((axis === 0 ? value : x) as Tensor, shape).detach() as Tensor;
  return reshape(stack(parts, axis) as Tensor, shape) as Tensor;
}
