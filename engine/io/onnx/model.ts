import { EngineError, ValueError } from "../../errors.js";
import { isFloat } from "../../promotion.js";
import { Tensor } from "../../tensor.js";
import type { GraphMessage, ModelMessage } from "./messages.js";
import { Node } from "./node.js";
import { operators } from "./operators/index.js";

/**
 * A model from an ONNX file, running on gradbook's own operations, so that gradients flow through it. Made by `onnx.load`.
 * @example
 * const classifier = await io.onnx.load("classifier.onnx");
 * classifier({ x: zeros([1, 2]) }).probabilities.sum().backward(); // into its weights
 */
export interface OnnxModel {
  /** Runs the model: tensors by input name, outputs by output name. @throws ValueError for a missing input */
  (inputs: Readonly<Record<string, Tensor>>): Record<string, Tensor>;
  /** The names of the inputs to give: those that no initializer fills. */
  readonly inputNames: readonly string[];
  readonly outputNames: readonly string[];
  /** The weights by name: float initializers, leaves that collect gradients. */
  readonly parameters: Readonly<Record<string, Tensor>>;
  /** The version of the ONNX operators that the file was written for. */
  readonly opset: number;
}

/** Makes the model that the message describes. @throws ValueError naming every operator that there is not */
export function buildModel({ graph, opset }: ModelMessage): OnnxModel {
  const missing = new Set(
    graph.nodes.filter(n => !known(n.domain, n.type)).map(n => (n.domain ? `${n.domain}.${n.type}` : n.type)),
  );
  if (missing.size > 0) {
    throw new ValueError(`no operator ${[...missing].sort().join(", ")}`, {
      op: "onnx",
      hint: "Export the model without it, or split the model there.",
    });
  }
  const initial = new Map(graph.initializers.map(({ name, value }) => [name, asParameter(value)]));
  const inputNames = graph.inputs.filter(name => !initial.has(name));
  const parameters = Object.fromEntries([...initial].filter(([, value]) => value.requiresGrad));
  const model = (inputs: Readonly<Record<string, Tensor>>): Record<string, Tensor> => {
    const values = new Map(initial);
    for (const name of inputNames) values.set(name, requireInput(inputs, name, inputNames));
    runGraph(graph, values, opset);
    return Object.fromEntries(graph.outputs.map(name => [name, computed(values, name)]));
  };
  return Object.assign(model, { inputNames, outputNames: graph.outputs, parameters, opset });
}

function known(domain: string, type: string): boolean {
  return (domain === "" || domain === "ai.onnx") && Object.hasOwn(operators, type);
}

function asParameter(x: Tensor): Tensor {
  return isFloat(x.dtype) ? new Tensor(x.storage, x.shape, x.dtype, x.strides, x.offset, true) : x;
}

function requireInput(inputs: Readonly<Record<string, Tensor>>, name: string, names: readonly string[]): Tensor {
  const x = Object.hasOwn(inputs, name) ? inputs[name] : undefined;
  if (x instanceof Tensor) return x;
  throw new ValueError(`input ${JSON.stringify(name)} is no tensor`, {
    op: "onnx",
    expected: `tensors for ${names.join(", ")}`,
    hint: `Call the model with { ${names.join(", ")} }.`,
  });
}

function computed(values: ReadonlyMap<string, Tensor>, name: string): Tensor {
  const value = values.get(name);
  if (value) return value;
  throw new ValueError(`nothing computes the value ${JSON.stringify(name)}`, {
    op: "onnx",
    hint: "The nodes of a model must stand in the order in which they run.",
  });
}

/** Runs the nodes in their order; each adds its outputs to the values. */
function runGraph(graph: GraphMessage, values: Map<string, Tensor>, opset: number): void {
  for (const message of graph.nodes) {
    const inputs = message.inputs.map(name => (name === "" ? undefined : computed(values, name)));
    const node = new Node(message, inputs, opset);
    const made = compute(node);
    message.outputs.forEach((name, i) => {
      if (name === "") return;
      values.set(name, made[i] ?? node.refuse(`output ${i} (${JSON.stringify(name)}) is not computed`));
    });
  }
}

/** Broken shapes and missing inputs of a damaged model surface as many kinds of errors; all become one that names the node. */
function compute(node: Node): readonly Tensor[] {
  try {
    const made = operators[node.message.type]!(node);
    return made instanceof Tensor ? [made] : made;
  } catch (error) {
    if (error instanceof EngineError) throw error;
    return node.refuse(error instanceof Error ? error.message : String(error));
  }
}
