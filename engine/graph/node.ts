import { ValueError } from "../errors.js";
import { Tensor } from "../tensor.js";
import { isPlainObject } from "../tree.js";

/** What a node does with the values of its inputs. */
export type Compute = (...args: readonly unknown[]) => unknown;

/** How a run finds the value of a node. */
export type Evaluate = (node: GraphNode) => unknown;

/**
 * A place in a graph: what will be computed, from which other nodes. To the compiler a node is the tensor that it stands for,
 * so shapes are checked as everywhere; its values exist only in a session.
 */
export class GraphNode {
  /** How messages call it. */
  readonly label: string;
  /** The operation, the arguments of which may hold nodes at any depth. */
  readonly op: string;
  readonly args: readonly unknown[];
  readonly #compute: Compute;

  constructor(op: string, args: readonly unknown[], compute: Compute, label = op) {
    this.op = op;
    this.args = args;
    this.label = label;
    this.#compute = compute;
  }

  /** Its value, from those of its inputs. Errors say where in the graph they arose. */
  evaluate(evaluate: Evaluate): unknown {
    const inputs = this.args.map(arg => mapNodes(arg, evaluate));
    try {
      return this.#compute(...inputs);
    } catch (error) {
      const inputNodes = nodesIn(this.args).map(node => node.label);
      if (error instanceof Error && inputNodes.length > 0 && !error.message.includes(" (graph: ")) {
        error.message += ` (graph: ${this.label} of ${inputNodes.join(", ")})`;
      }
      throw error;
    }
  }

  /** How the console shows it. */
  toString(): string {
    return `GraphNode(${this.label})`;
  }
}

for (const name of ["item", "data", "toArray", "grad", "shape", "size"]) {
  Object.defineProperty(GraphNode.prototype, name, {
    get(this: GraphNode) {
      throw new ValueError(`a node has no ${name}`, {
        op: this.label,
        hint: "Its values exist in a session: session.run(node, feed).",
      });
    },
  });
}

/** The nodes among arguments, at any depth. */
export function nodesIn(value: unknown): GraphNode[] {
  const found: GraphNode[] = [];
  mapNodes(value, node => {
    found.push(node);
    return node;
  });
  return found;
}

/** Arguments with every node replaced. */
export function mapNodes(value: unknown, replace: Evaluate): unknown {
  if (value instanceof GraphNode) return replace(value);
  if (value instanceof Tensor) return value;
  if (Array.isArray(value)) return value.map(entry => mapNodes(entry, replace));
  if (isPlainObject(value)) {
    return Object.fromEntries(Object.entries(value).map(([key, entry]) => [key, mapNodes(entry, replace)]));
  }
  return value;
}
