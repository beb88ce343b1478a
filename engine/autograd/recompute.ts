import { Tensor } from "../tensor.js";
import { attach, withGrad } from "./graph.js";
import { propagate } from "./propagate.js";

/**
 * The cotangents of inputs from the cotangent of `f(inputs)`, where `f` computes in operations what a kernel computes in one go.
 * The results are part of the graph, so they can be derived again: the second derivative of a fused operation.
 */
export function gradientsThrough(
  f: (inputs: readonly Tensor[]) => Tensor,
  inputs: readonly Tensor[],
  cotangent: Tensor,
): (Tensor | undefined)[] {
  return withGrad(true, () => {
    const copies = inputs.map(x => {
      const copy = new Tensor(x.storage, x.shape, x.dtype, x.strides, x.offset, true);
      return attach(copy, "recompute", [x], g => [g]);
    });
    const found = propagate(f(copies), cotangent, new Set(copies), true);
    return copies.map(copy => found.get(copy));
  });
}
