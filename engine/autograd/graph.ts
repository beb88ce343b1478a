import type { Tensor } from "../tensor.js";

/** How a tensor was computed: the edge from a result back to what it depends on. */
export interface GradNode {
  readonly op: string;
  readonly inputs: readonly Tensor[];
  /** Counts up with every node: a result always comes after what it depends on. */
  readonly order: number;
  /**
   * Cotangents of the inputs from the cotangent of the result, in tensor operations; `undefined` where there is none or
   * `needs` says that nobody asks.
   */
  readonly backward: (gradient: Tensor, needs: (input: number) => boolean) => readonly (Tensor | undefined)[];
}

let enabled = true;
let count = 0;

/** True while operations note how they were computed. */
export function gradEnabled(): boolean {
  return enabled;
}

/** Runs `work` with the noting of operations on or off. */
export function withGrad<T>(on: boolean, work: () => T): T {
  const before = enabled;
  enabled = on;
  try {
    return work();
  } finally {
    enabled = before;
  }
}

/**
 * Computes without noting operations: faster, and nothing is kept for a backward pass. For validation and prediction. Give a
 * function that does not await: what runs after an `await` is outside.
 * @example const accuracy = noGrad(() => model(x).argMax(-1).eq(labels).cast("float32").mean().item());
 */
export function noGrad<T>(work: () => T): T {
  return withGrad(false, work);
}

/** Notes that `output` was computed from `inputs`, if anybody may want gradients. Returns `output`. */
export function attach<T extends Tensor>(
  output: T,
  op: string,
  inputs: readonly Tensor[],
  backward: GradNode["backward"],
): T {
  if (!enabled) return output;
  for (let i = 0; i < inputs.length; i++) {
    if (inputs[i]!.requiresGrad) {
      output.node = { op, inputs, order: ++count, backward };
      (output as { requiresGrad: boolean }).requiresGrad = true;
      return output;
    }
  }
  return output;
}
