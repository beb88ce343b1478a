import type { Tensor } from "../../tensor.js";
import { damaged, type Field, fieldsOf, floatsOf, integersOf, textOf } from "./protobuf.js";
import { type NamedTensor, readTensor } from "./values.js";

export type AttributeValue = number | string | Tensor | GraphMessage | readonly (number | string)[];

export interface NodeMessage {
  name: string;
  type: string;
  domain: string;
  inputs: string[];
  outputs: string[];
  attributes: Map<string, AttributeValue>;
}

export interface GraphMessage {
  nodes: NodeMessage[];
  initializers: NamedTensor[];
  inputs: string[];
  outputs: string[];
}

export interface ModelMessage {
  graph: GraphMessage;
  /** The version of the standard operators that the model was written for. */
  opset: number;
}

/** Graphs within graphs go no deeper. */
const deepest = 32;

function readAttribute(bytes: Uint8Array, depth: number): [string, AttributeValue | undefined] {
  let [name, type] = ["", 0];
  const byType = new Map<number, AttributeValue>();
  const [floats, integers, strings]: [number[], number[], string[]] = [[], [], []];
  const read: Record<number, (field: Field) => void> = {
    1: field => (name = textOf(field)),
    2: field => byType.set(1, [...floatsOf(field, 4)][0] ?? 0),
    3: field => byType.set(2, Number(BigInt.asIntN(64, field.integer))),
    4: field => byType.set(3, textOf(field)),
    5: field => byType.set(4, readTensor(field.bytes).value),
    6: field => byType.set(5, readGraph(field.bytes, depth + 1)),
    7: field => {
      for (const x of floatsOf(field, 4)) floats.push(x);
    },
    8: field => {
      for (const n of integersOf(field)) integers.push(Number(n));
    },
    9: field => strings.push(textOf(field)),
    20: field => (type = Number(field.integer)),
  };
  for (const field of fieldsOf(bytes)) read[field.number]?.(field);
  // A single value that equals the default may be left out of the file.
  const empty: Record<number, AttributeValue> = { 1: 0, 2: 0, 3: "", 6: floats, 7: integers, 8: strings };
  return [name, byType.get(type) ?? empty[type]];
}

function readNode(bytes: Uint8Array, depth: number): NodeMessage {
  const node: NodeMessage = { name: "", type: "", domain: "", inputs: [], outputs: [], attributes: new Map() };
  for (const field of fieldsOf(bytes)) {
    if (field.number === 1) node.inputs.push(textOf(field));
    else if (field.number === 2) node.outputs.push(textOf(field));
    else if (field.number === 3) node.name = textOf(field);
    else if (field.number === 4) node.type = textOf(field);
    else if (field.number === 7) node.domain = textOf(field);
    else if (field.number === 5) {
      const [name, value] = readAttribute(field.bytes, depth);
      if (value !== undefined) node.attributes.set(name, value);
    }
  }
  return node;
}

function nameOf(valueInfo: Uint8Array): string {
  for (const field of fieldsOf(valueInfo)) if (field.number === 1) return textOf(field);
  return "";
}

function readGraph(bytes: Uint8Array, depth = 0): GraphMessage {
  if (depth > deepest) damaged(`graphs within graphs, more than ${deepest} deep`);
  const graph: GraphMessage = { nodes: [], initializers: [], inputs: [], outputs: [] };
  for (const field of fieldsOf(bytes)) {
    if (field.number === 1) graph.nodes.push(readNode(field.bytes, depth));
    else if (field.number === 5) graph.initializers.push(readTensor(field.bytes));
    else if (field.number === 11) graph.inputs.push(nameOf(field.bytes));
    else if (field.number === 12) graph.outputs.push(nameOf(field.bytes));
  }
  return graph;
}

/** Reads a ModelProto (onnx/onnx.proto3). @throws ValueError for bytes that are none; DTypeError for dtypes we have not */
export function readModel(bytes: Uint8Array): ModelMessage {
  let graph: GraphMessage | undefined;
  let opset = 1;
  for (const field of fieldsOf(bytes)) {
    if (field.number === 7) graph = readGraph(field.bytes);
    else if (field.number === 8) {
      let [domain, version] = ["", 1];
      for (const part of fieldsOf(field.bytes)) {
        if (part.number === 1) domain = textOf(part);
        else if (part.number === 2) version = Number(part.integer);
      }
      if (domain === "" || domain === "ai.onnx") opset = version;
    }
  }
  return { graph: graph ?? damaged("there is no graph in it"), opset };
}
