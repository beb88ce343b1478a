import { ValueError } from "../errors.js";
import type { Optimizer } from "../optim/optimizer.js";
import { SGD } from "../optim/sgd.js";
import type { Tensor } from "../tensor.js";
import { GraphNode, nodesIn } from "./node.js";
import { VariableNode } from "./variable.js";

/** A node that is run for what it does. Its value is `undefined`. */
export class Operation extends GraphNode {}

/** One step of an optimizer: the gradient of a loss, and the change of the variables that it depends on. */
export class MinimizeNode extends Operation {
  readonly loss: GraphNode;
  readonly variables: readonly VariableNode[];
  /** Makes the optimizer for a session's values. */
  readonly create: (parameters: readonly Tensor[]) => Optimizer;

  constructor(loss: GraphNode, variables: readonly VariableNode[], create: MinimizeNode["create"]) {
    super("minimize", [], () => undefined, `minimize ${loss.label}`);
    this.loss = loss;
    this.variables = variables;
    this.create = create;
  }
}

/** Something that makes training steps. */
export interface GraphOptimizer {
  /**
   * One step that makes the loss smaller: run it with `session.run`. It changes the trainable variables that the loss depends
   * on, or those given.
   * @throws ValueError when there are none
   */
  minimize(loss: Tensor, variables?: readonly Tensor[]): Operation;
}

/** Every trainable variable below a node. */
function variablesBelow(node: GraphNode, seen = new Set<GraphNode>()): VariableNode[] {
  if (seen.has(node)) return [];
  seen.add(node);
  if (node instanceof VariableNode) return node.trainable ? [node] : [];
  return nodesIn(node.args).flatMap(input => variablesBelow(input, seen));
}

function optimizer(create: MinimizeNode["create"]): GraphOptimizer {
  return {
    minimize(loss, variables) {
      if (!((loss as unknown) instanceof GraphNode)) {
        throw new ValueError("the loss is no node of a graph", {
          op: "minimize",
          hint: "Make it from placeholders and variables.",
        });
      }
      const node = loss as unknown as GraphNode;
      const chosen = (variables as unknown as VariableNode[] | undefined) ?? variablesBelow(node);
      if (chosen.length === 0) {
        throw new ValueError(`${node.label} depends on no trainable variable`, { op: "minimize" });
      }
      return new MinimizeNode(node, chosen, create);
    },
  };
}

/**
 * Plain gradient descent: every variable moves against its gradient times the rate.
 * @param learningRate above 0
 * @throws ValueError for a rate that is no number above 0
 * @example const step = graph.gradientDescentOptimizer(0.1);
 */
export function gradientDescentOptimizer(learningRate: number): GraphOptimizer {
  if (!(learningRate > 0 && Number.isFinite(learningRate))) {
    throw new ValueError(`the learning rate is ${learningRate}`, {
      op: "gradientDescentOptimizer",
      hint: "Give a number above 0.",
    });
  }
  return optimizer(parameters => new SGD(parameters, { lr: learningRate }));
}
