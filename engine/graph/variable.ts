import type { DType } from "../dtype.js";
import { tensor } from "../ops/create.js";
import type { Shape } from "../shape.js";
import { Tensor } from "../tensor.js";
import type { Nested } from "../types.js";
import { GraphNode } from "./node.js";

/** A value that a session keeps and training changes. */
export class VariableNode extends GraphNode {
  /** What it holds after initialisation: a tensor, or a node that is run for it. */
  readonly initial: Tensor | GraphNode;
  readonly trainable: boolean;

  constructor(initial: Tensor | GraphNode, { name, trainable }: Required<VariableOptions>) {
    super("variable", [], () => undefined, `variable ${name}`);
    this.initial = initial;
    this.trainable = trainable;
  }
}

/** How a variable is called, and whether optimizers change it. */
export interface VariableOptions {
  name?: string;
  /** False: `minimize` leaves it alone (default true). */
  trainable?: boolean;
}

// A cell that is run again makes its variables anew; those that nobody holds any more need no value.
const variables = new Set<WeakRef<VariableNode>>();
let made = 0;

/** Every variable that the program still holds. */
export function globalVariables(): VariableNode[] {
  const living: VariableNode[] = [];
  for (const reference of variables) {
    const variable = reference.deref();
    if (variable) living.push(variable);
    else variables.delete(reference);
  }
  return living;
}

/**
 * A value that lives in a session: it begins as `initial` when `globalVariablesInitializer()` runs, and optimizers change it.
 * @param initial a tensor, nested numbers, or a node that is run once
 * @example const w = graph.variable(zeros([784, 10]), { name: "w" });
 */
export function variable<S extends Shape, D extends DType>(
  initial: Tensor<S, D> | Nested,
  options: VariableOptions = {},
): Tensor<S, D> {
  const { name = String(++made), trainable = true } = options;
  const value = initial instanceof Tensor || initial instanceof GraphNode ? initial : tensor(initial as never);
  const node = new VariableNode(value as Tensor | GraphNode, { name, trainable });
  variables.add(new WeakRef(node));
  return node as unknown as Tensor<S, D>;
}
