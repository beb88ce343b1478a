import { noGrad } from "../../../autograd.js";
import { type CallKind, type Formula, type Interceptor, withInterceptor } from "../../../intercept.js";
import { Module } from "../../../nn/module.js";
import { Tensor } from "../../../tensor.js";
import { isPlainObject } from "../../../tree.js";
import { addFormula } from "./formula.js";
import { GraphBuilder, refuse } from "./graph.js";
import { exportRules } from "./rules.js";

/** What can be exported: a module, or a function of tensors. */
export type Exportable = (...args: never[]) => unknown;

/** A function as a graph, and what came out when it was traced. */
export interface Trace {
  readonly graph: GraphBuilder;
  readonly outputs: Readonly<Record<string, Tensor>>;
}

/** Runs the function once, in evaluation, and writes down what it does. */
export function trace(f: Exportable, inputs: Readonly<Record<string, Tensor>>): Trace {
  const parameters = new Map<Tensor, string>();
  if (f instanceof Module) {
    for (const [name, x] of [...f.namedParameters(), ...f.namedBuffers()]) {
      const isTaken = Object.hasOwn(inputs, name) || reservedNames.includes(name);
      parameters.set(x, isTaken ? `${name}.parameter` : name);
    }
  }
  const graph = new GraphBuilder(parameters, [...Object.keys(inputs), ...reservedNames]);
  for (const [name, x] of Object.entries(inputs)) graph.bind(x, name);
  const result = evaluated(f, () =>
    noGrad(() => withInterceptor(new Tracer(graph), () => f(...(Object.values(inputs) as never[])))),
  );
  const outputs = outputsOf(result);
  for (const [name, x] of Object.entries(outputs)) {
    if (Object.hasOwn(inputs, name)) refuse(`an input and an output are called ${name}`, "Name the input otherwise.");
    const from = graph.nameOf(x);
    if (graph.computes(name)) refuse(`something inside is called ${name}, too`, "Name the output otherwise.");
    graph.alias(from, name);
  }
  return { graph, outputs };
}

/** Names of outputs, which no node inside takes. */
const reservedNames = ["output", ...Array.from({ length: 64 }, (_, i) => `output_${i}`)];

/** Runs work while a module and those inside are in evaluation, each as it was again afterwards. */
export function evaluated<T>(f: Exportable, work: () => T): T {
  if (!(f instanceof Module)) return work();
  const trained = f.namedModules().filter(([, module]) => module.training);
  f.eval();
  try {
    return work();
  } finally {
    for (const [, module] of trained) module.training = true;
  }
}

/** The results by name: `output`, their names in an object, or `output_0`, `output_1`, ... */
export function outputsOf(result: unknown): Record<string, Tensor> {
  if (result instanceof Tensor) return { output: result };
  const parts: [string, unknown][] = Array.isArray(result)
    ? result.map((x, i) => [`output_${i}`, x])
    : isPlainObject(result)
      ? Object.entries(result)
      : [];
  if (parts.length === 0 || !parts.every(([, x]) => x instanceof Tensor)) {
    refuse("the model gives no tensors", "It must give a tensor, or an array or an object of tensors.");
  }
  return Object.fromEntries(parts) as Record<string, Tensor>;
}

class Tracer implements Interceptor {
  readonly bySteps = true;
  readonly #graph: GraphBuilder;

  constructor(graph: GraphBuilder) {
    this.#graph = graph;
  }

  call(
    op: string,
    run: (...args: never[]) => unknown,
    args: readonly unknown[],
    kind: CallKind,
    formula?: Formula,
  ): unknown {
    const graph = this.#graph;
    const inputs = [...tensorsIn(args)];
    const alone = () => withInterceptor(undefined, () => run(...(args as never[])));
    if (!inputs.some(x => graph.has(x))) return alone();
    // In evaluation nothing is dropped.
    if (op === "dropout") return inputs[0];
    if (kind === "elementwise" && formula) {
      const result = alone() as Tensor;
      graph.bind(result, addFormula(graph, op, formula, args as (Tensor | number)[], result));
      return result;
    }
    const rule = Object.hasOwn(exportRules, op) ? exportRules[op] : undefined;
    if (rule) {
      const result = alone() as Tensor;
      if (graph.has(result)) return result;
      const name = rule(graph, result, ...(args as never[]));
      if (name !== undefined) {
        graph.bind(result, name);
        return result;
      }
    }
    const result = run(...(args as never[]));
    for (const x of tensorsIn([result])) {
      if (!graph.has(x)) refuse(`the operation ${op} has no ONNX form here`, "Compute it outside of the model.");
    }
    return result;
  }
}

function* tensorsIn(value: unknown): Iterable<Tensor> {
  if (value instanceof Tensor) yield value;
  else if (Array.isArray(value)) for (const part of value) yield* tensorsIn(part);
  else if (isPlainObject(value)) for (const part of Object.values(value)) yield* tensorsIn(part);
}
