import { DTypeError } from "../errors.js";
import { tensor, zeros } from "../ops/create.js";
import { isFloat } from "../promotion.js";
import { Tensor } from "../tensor.js";
import { mapLeaves } from "../tree.js";
import { seedFor } from "./backward.js";
import { attach, gradEnabled, withGrad } from "./graph.js";
import { propagate } from "./propagate.js";

/** A tensor, or arrays and plain objects of tensors, to any depth; the functions below check it when they are called. */
export type Tree = object;

/** A tree as a caller may give it: a number stands for a scalar. */
export type Liftable<P> = P | (P extends Tensor ? number : never);

/** Calls `change` for every tensor of a tree and returns a tree of the results. */
function mapTree(tree: unknown, change: (x: Tensor) => Tensor, op: string): unknown {
  return mapLeaves(tree, leaf => {
    if (typeof leaf === "number") return change(tensor(leaf));
    if (leaf instanceof Tensor) return change(leaf);
    const got = leaf === null ? "null" : typeof leaf === "object" ? leaf.constructor.name : typeof leaf;
    throw new DTypeError(`cannot differentiate with respect to ${got}`, {
      op,
      expected: "a tensor, a number, or arrays and plain objects of them",
      got,
    });
  });
}

/** A stand-in for x inside a function: gradients are asked of it, and flow on to x if x is part of a graph itself. */
function standIn(x: Tensor, op: string): Tensor {
  if (!isFloat(x.dtype)) {
    throw new DTypeError(`cannot differentiate with respect to ${x.dtype}`, {
      op,
      expected: "a float dtype",
      got: x.dtype,
    });
  }
  const copy = new Tensor(x.storage, x.shape, x.dtype, x.strides, x.offset, true);
  return attach(copy, op, [x], g => [g]);
}

/**
 * The value of a function and its gradient with respect to the first argument, in one pass. The argument may be a tensor, a
 * number, or arrays and objects of tensors: the gradient has the same form.
 * @throws ShapeError when the function's result is not a single value
 * @example
 * const step = valueAndGrad(({ w, b }: { w: Tensor; b: Tensor }) => mseLoss(x.matmul(w).add(b), y));
 * const { value, grad } = step({ w, b });
 */
export function valueAndGrad<P extends Tree, R extends unknown[], V extends Tensor>(
  f: (params: P, ...rest: R) => V,
): (params: Liftable<P>, ...rest: R) => { value: V; grad: P } {
  return (params, ...rest) =>
    differentiate("valueAndGrad", f as unknown as Loss, params, rest) as { value: V; grad: P };
}

/**
 * The gradient of a function with respect to its first argument. Apply it again for higher derivatives.
 * @throws ShapeError when the function's result is not a single value
 * @example grad((x: Tensor) => x.pow(3))(2).item(); // 12
 */
export function grad<P extends Tree, R extends unknown[]>(
  f: (params: P, ...rest: R) => Tensor,
): (params: Liftable<P>, ...rest: R) => P {
  return (params, ...rest) => differentiate("grad", f as unknown as Loss, params, rest).grad as P;
}

/**
 * The value of a function, and its vector-Jacobian product: from a cotangent of the value to the cotangent of the argument.
 * @example const [y, pullback] = vjp((x: Tensor) => x.sin(), x); pullback(ones(y.shape));
 */
export function vjp<P extends Tree>(f: (params: P) => Tensor, params: Liftable<P>): [Tensor, (cotangent: Tensor) => P] {
  const { inputs, tree, nested } = prepare("vjp", params);
  const value = withGrad(true, () => f(tree as P));
  const pullback = (cotangent: Tensor) => collect("vjp", value, cotangent, inputs, tree, nested) as P;
  return [nested ? value : value.detach(), pullback];
}

function prepare(op: string, params: unknown): { inputs: Set<Tensor>; tree: unknown; nested: boolean } {
  const inputs = new Set<Tensor>();
  let nested = false;
  const tree = mapTree(
    params,
    x => {
      nested ||= gradEnabled() && x.requiresGrad;
      const copy = standIn(x, op);
      inputs.add(copy);
      return copy;
    },
    op,
  );
  return { inputs, tree, nested };
}

function collect(
  op: string,
  value: Tensor,
  seed: Tensor | undefined,
  inputs: Set<Tensor>,
  tree: unknown,
  nested: boolean,
) {
  const found = value.requiresGrad
    ? propagate(value, seedFor(op, value, seed), inputs, nested)
    : new Map<Tensor, Tensor>();
  return mapTree(tree, x => found.get(x) ?? (zeros(x.shape, { dtype: x.dtype, device: x.device }) as Tensor), op);
}

/** Any function that gives a loss; its own type was checked where it came in. */
// biome-ignore lint/suspicious/noExplicitAny: arguments of any type
type Loss = (...args: any[]) => Tensor;

function differentiate(op: string, f: Loss, params: unknown, rest: unknown[]) {
  const { inputs, tree, nested } = prepare(op, params);
  const value = withGrad(true, () => f(tree, ...rest));
  if (!(value instanceof Tensor)) {
    throw new DTypeError(`the function returned ${value === null ? "null" : typeof value}`, {
      op,
      expected: "a tensor with one element",
      hint: "Return the loss.",
    });
  }
  return { value: nested ? value : value.detach(), grad: collect(op, value, undefined, inputs, tree, nested) };
}
