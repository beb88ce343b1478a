import { noGrad } from "../autograd/graph.js";
import type { DType } from "../dtype.js";
import { ValueError } from "../errors.js";
import { parameter } from "../nn/module.js";
import type { Optimizer } from "../optim/optimizer.js";
import { denseCopy } from "../record.js";
import type { Shape } from "../shape.js";
import { Tensor } from "../tensor.js";
import { GraphNode } from "./node.js";
import { MinimizeNode, Operation } from "./optimizer.js";
import { PlaceholderNode } from "./placeholder.js";
import { globalVariables, VariableNode } from "./variable.js";

/** What placeholders hold in a run: pairs of a placeholder and its value, or a `Map` of them. */
export type Feed = Iterable<readonly [placeholder: Tensor, value: unknown]>;

/** The value of a fetched node: a number for a scalar, nothing for an operation, else a tensor. */
export type Fetched<T> = T extends Operation
  ? undefined
  : T extends Tensor<infer S extends Shape, infer D extends DType>
    ? number extends S["length"]
      ? Tensor<S, D> | number
      : S["length"] extends 0
        ? number
        : Tensor<S, D>
    : never;

/** Holds the values of variables, and runs parts of the graph. */
export class Session {
  readonly #values = new Map<VariableNode, Tensor>();
  readonly #optimizers = new Map<MinimizeNode, Optimizer>();

  /**
   * Computes nodes and runs operations. Everything in one run sees the same values: operations act after all fetched tensors
   * were computed.
   * @param fetches a node, or a list
   * @param feed a value for every placeholder that the fetches depend on
   * @throws ValueError for a missing or unknown placeholder, or a variable without a value; ShapeError for a value that does not fit
   * @example
   * const x = graph.placeholder([null, 2]);
   * graph.session().run(graph.reduceSum(x), [[x, [[1, 2], [3, 4]]]]); // 10
   */
  run<T extends Tensor | Operation>(fetches: T, feed?: Feed): Fetched<T>;
  run<const T extends readonly (Tensor | Operation)[]>(
    fetches: T,
    feed?: Feed,
  ): { -readonly [K in keyof T]: Fetched<T[K]> };
  run(fetches: unknown, feed: Feed = []): unknown {
    const list = (Array.isArray(fetches) ? fetches : [fetches]) as readonly unknown[];
    for (const node of list) {
      if (node instanceof GraphNode) continue;
      throw new ValueError("a fetch is no node of a graph", {
        op: "session.run",
        hint: "Give nodes, or a list of them.",
      });
    }
    const nodes = list as readonly GraphNode[];
    const fed = this.#feed(feed);
    const known = new Map<GraphNode, unknown>();
    const evaluate = (node: GraphNode): unknown => {
      if (!known.has(node)) known.set(node, this.#valueOf(node, fed, evaluate));
      return known.get(node);
    };
    const trains = nodes.some(node => node instanceof MinimizeNode);
    const compute = () => {
      for (const node of nodes) if (!(node instanceof Operation)) evaluate(node);
      for (const node of nodes) if (node instanceof MinimizeNode) evaluate(node.loss);
    };
    if (trains) compute();
    else noGrad(compute);
    const values = nodes.map(node => (node instanceof Operation ? undefined : this.#outward(known.get(node))));
    for (const node of nodes) if (node instanceof Operation) this.#act(node, known);
    return Array.isArray(fetches) ? values : values[0];
  }

  /** Forgets all values. Sessions need not be closed: `using session = graph.session()` does it at the end of the block. */
  close(): void {
    this.#values.clear();
    this.#optimizers.clear();
  }

  /** Closes the session. */
  [Symbol.dispose](): void {
    this.close();
  }

  #feed(feed: Feed): Map<GraphNode, Tensor> {
    const fed = new Map<GraphNode, Tensor>();
    for (const [node, value] of feed) {
      if (!((node as unknown) instanceof PlaceholderNode)) {
        throw new ValueError("only placeholders are fed", {
          op: "session.run",
          hint: "Write the feed as [[x, values], [y, labels]].",
        });
      }
      const placeholder = node as unknown as PlaceholderNode;
      fed.set(placeholder, placeholder.accept(value));
    }
    return fed;
  }

  #valueOf(node: GraphNode, fed: ReadonlyMap<GraphNode, Tensor>, evaluate: (node: GraphNode) => unknown): unknown {
    if (node instanceof PlaceholderNode) {
      const value = fed.get(node);
      if (value) return value;
      throw new ValueError(`${node.label} was not fed`, {
        op: "session.run",
        hint: "Add it to the feed: session.run(fetches, [[placeholder, value]]).",
      });
    }
    if (node instanceof VariableNode) {
      const value = this.#values.get(node);
      if (value) return value;
      throw new ValueError(`${node.label} has no value`, {
        op: "session.run",
        hint: "Run graph.globalVariablesInitializer() in this session first.",
      });
    }
    return node.evaluate(evaluate);
  }

  #act(node: Operation, known: ReadonlyMap<GraphNode, unknown>): void {
    if (!(node instanceof MinimizeNode)) {
      for (const variable of globalVariables()) this.#initialise(variable);
      return;
    }
    let optimizer = this.#optimizers.get(node);
    if (!optimizer) {
      optimizer = node.create(node.variables.map(variable => this.#values.get(variable)!));
      this.#optimizers.set(node, optimizer);
    }
    optimizer.zeroGrad();
    (known.get(node.loss) as Tensor).backward();
    optimizer.step();
  }

  /** A value as the program gets it: a scalar as a number; of a variable a copy, which training does not change. */
  #outward(value: unknown): unknown {
    if (!(value instanceof Tensor)) return value;
    if (value.shape.length === 0) return Number(value.item());
    const shared = [...this.#values.values()].some(({ storage }) => storage === value.storage);
    return shared ? noGrad(() => denseCopy(value)) : value.detach();
  }

  #initialise(variable: VariableNode): void {
    const { initial } = variable;
    const value = initial instanceof GraphNode ? this.run(initial as unknown as Tensor) : initial;
    this.#values.set(variable, parameter(value as Tensor));
    // Their state belongs to values that are gone.
    this.#optimizers.clear();
  }
}

/** Makes a session: it holds the values of variables, and runs parts of the graph. @example using session = graph.session(); */
export function session(): Session {
  return new Session();
}
