import type { Tensor } from "./tensor.js";

/** Frozen parameters, each with a number of its own. */
const frozen = new WeakMap<Tensor, number>();
let sum = 0;

/** A number that is the same whenever the same parameters are frozen: what was captured with others does not fit. */
export function frozenSignature(): number {
  return sum;
}

/** Whether a tensor is a parameter that gets no gradients for now. */
export function isFrozen(x: Tensor): boolean {
  return frozen.has(x);
}

/** Takes a parameter out of training, or brings it back. It forgets its gradient. */
export function setFrozen(x: Tensor, on: boolean): void {
  const mark = frozen.get(x);
  if (on === (mark !== undefined)) return;
  x.grad = undefined;
  (x as { requiresGrad: boolean }).requiresGrad = !on;
  if (on) {
    // Sums of whole numbers below 2^40 are exact, in any order.
    const fresh = 1 + Math.floor(Math.random() * 2 ** 40);
    frozen.set(x, fresh);
    sum += fresh;
  } else {
    frozen.delete(x);
    sum -= mark!;
  }
}
