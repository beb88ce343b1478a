import * as operations from "../ops/all.js";
import { einsum } from "../ops/einsum.js";
import { concat, stack } from "../ops/join.js";
import { logSoftmax } from "../ops/softmax.js";
import type { Tensor } from "../tensor.js";
import { type Compute, GraphNode } from "./node.js";

// What a graph has no use for: training goes through `minimize`.
type Methods = Omit<typeof operations, "backward">;

/** The engine's operations, to the compiler as on tensors. */
export interface NodeOperations extends Methods {
  /** One behind the other along an axis. */
  readonly concat: typeof concat;
  /** Side by side on a new axis. */
  readonly stack: typeof stack;
  /** Sums of products by named axes. */
  readonly einsum: typeof einsum;
  // TensorFlow's names for what the engine calls otherwise.
  readonly reduceSum: Methods["sum"];
  readonly reduceMean: Methods["mean"];
  readonly reduceMax: Methods["max"];
  readonly reduceMin: Methods["min"];
  readonly argmax: Methods["argMax"];
  readonly negative: Methods["neg"];
  readonly subtract: Methods["sub"];
}

function computations(): NodeOperations {
  const { backward: _, ...methods } = operations;
  const { sum, mean, max, min, argMax, neg, sub } = operations;
  const synonyms = {
    reduceSum: sum,
    reduceMean: mean,
    reduceMax: max,
    reduceMin: min,
    argmax: argMax,
    negative: neg,
    subtract: sub,
  };
  return { ...methods, concat, stack, einsum, ...synonyms };
}

/**
 * A call on nodes becomes a node. One pair is put together in a safer form: `log(softmax(z))` is `logSoftmax(z)`, which stays
 * finite where a softmax rounds to 0.
 */
function lift(name: string, compute: Compute): (...args: unknown[]) => unknown {
  return (...args) => {
    const [first] = args;
    if (name === "log" && first instanceof GraphNode && first.op === "softmax") {
      return new GraphNode("logSoftmax", first.args, logSoftmax as unknown as Compute);
    }
    return new GraphNode(name, args, compute);
  };
}

const lifted = Object.fromEntries(
  Object.entries(computations()).map(([name, compute]) => [name, lift(name, compute as unknown as Compute)]),
);

for (const [name, run] of Object.entries(lifted)) {
  // `name` says which operation a node is; as a method it would hide that.
  if (name in GraphNode.prototype) continue;
  Object.defineProperty(GraphNode.prototype, name, {
    value(this: GraphNode, ...args: unknown[]) {
      return run(this as unknown as Tensor, ...args);
    },
  });
}

/** Every operation of the engine, on nodes; also as methods of nodes. */
export const nodeOperations: NodeOperations = lifted as unknown as NodeOperations;
