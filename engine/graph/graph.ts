import { type NodeOperations, nodeOperations } from "./operations.js";
import { gradientDescentOptimizer, Operation } from "./optimizer.js";
import { placeholder } from "./placeholder.js";
import { session } from "./session.js";
import { globalVariables, variable } from "./variable.js";

function globalVariablesInitializer(): Operation {
  return new Operation("globalVariablesInitializer", [], () => undefined);
}

/** What there is for programs in the style of TensorFlow 1. */
export interface Graph extends NodeOperations {
  /** A tensor that every run is fed. */
  readonly placeholder: typeof placeholder;
  /** A value that a session keeps and training changes. */
  readonly variable: typeof variable;
  /** Gives every variable its initial value, in the session that runs it. */
  globalVariablesInitializer(): Operation;
  /** The variables that the program holds. */
  readonly globalVariables: typeof globalVariables;
  /** Plain gradient descent. */
  readonly gradientDescentOptimizer: typeof gradientDescentOptimizer;
  /** Holds the values of variables, and runs parts of the graph. */
  readonly session: typeof session;
}

/**
 * Programs in the style of TensorFlow 1: first a graph of placeholders, variables and operations, then a session that runs
 * parts of it. Every operation of the engine is here under its name, and as a method of nodes; `reduceSum`, `reduceMean` and the
 * like are TensorFlow's names.
 *
 * `log(softmax(z))` is computed as one log-softmax. The textbook's loss `-sum(y * log(softmax(z)))` is undefined where a softmax
 * rounds to 0, which a summed loss at a rate of 0.1 reaches in the first steps; as a log-softmax it is finite for all logits.
 * @example
 * const x = graph.placeholder([null, 2]);
 * const y = graph.placeholder([null, 2]);
 * const w = graph.variable(zeros([2, 2]));
 * const yHat = graph.softmax(graph.matmul(x, w));
 * const loss = graph.reduceSum(graph.mul(y, graph.log(yHat))).neg();
 * const optimizer = graph.gradientDescentOptimizer(0.1).minimize(loss);
 *
 * const session = graph.session();
 * session.run(graph.globalVariablesInitializer());
 * const feed = [[x, [[1, 0], [0, 1]]], [y, [[1, 0], [0, 1]]]] as const;
 * for (let step = 0; step < 100; step++) session.run([optimizer, loss], feed);
 * session.run(loss, feed) < 0.2; // true
 */
export const graph: Graph = {
  ...nodeOperations,
  placeholder,
  variable,
  globalVariablesInitializer,
  globalVariables,
  gradientDescentOptimizer,
  session,
};
