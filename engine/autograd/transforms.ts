import type { Tensor } from "../tensor.js";
import { seedFor } from "./backward.js";
import { withGrad } from "./graph.js";
import { Inputs, type Liftable, requireResult, type Tree } from "./inputs.js";

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
  const inputs = new Inputs("vjp", params);
  const value = withGrad(true, () => f(inputs.tree as P));
  requireResult("vjp", value);
  const nested = inputs.isNested(value);
  const pullback = (cotangent: Tensor) =>
    inputs.pull(value, seedFor("vjp", value, cotangent), nested || cotangent.requiresGrad) as P;
  return [nested ? value : value.detach(), pullback];
}

/** Any function that gives a loss; its own type was checked where it came in. */
// biome-ignore lint/suspicious/noExplicitAny: arguments of any type
type Loss = (...args: any[]) => Tensor;

function differentiate(op: string, f: Loss, params: unknown, rest: unknown[]) {
  const inputs = new Inputs(op, params);
  const value = withGrad(true, () => f(inputs.tree, ...rest));
  requireResult(op, value, "Return the loss.");
  const nested = inputs.isNested(value);
  return { value: nested ? value : value.detach(), grad: inputs.pull(value, seedFor(op, value), nested) };
}
