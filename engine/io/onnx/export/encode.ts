import type { Tensor } from "../../../tensor.js";
import { bytesOfTensor } from "../../raw.js";
import { codeOfDtype } from "../values.js";
import type { Attribute, GraphBuilder, GraphNode } from "./graph.js";
import { refuse } from "./graph.js";

/** What protobuf can hold in one message. */
const mostBytes = 2 ** 31 - 1;

/** The operators' version, and the oldest version of the file format that has it. */
const [opset, irVersion] = [18, 8];

/** Length-delimited fields, numbers and texts of protobuf, one after the other. */
class Message {
  readonly parts: Uint8Array[] = [];
  length = 0;

  bytes(field: number, content: Uint8Array | Message): this {
    this.#varint(field * 8 + 2);
    this.#varint(content.length);
    for (const part of content instanceof Message ? content.parts : [content]) this.#push(part);
    return this;
  }

  text(field: number, content: string): this {
    return this.bytes(field, new TextEncoder().encode(content));
  }

  integer(field: number, value: number): this {
    this.#varint(field * 8);
    this.#varint(value);
    return this;
  }

  float(field: number, value: number): this {
    this.#varint(field * 8 + 5);
    this.#push(new Uint8Array(Float32Array.of(value).buffer));
    return this;
  }

  #push(part: Uint8Array): void {
    this.parts.push(part);
    this.length += part.length;
  }

  #varint(value: number): void {
    const bytes: number[] = [];
    let rest = BigInt.asUintN(64, BigInt(value));
    for (; rest > 127n; rest >>= 7n) bytes.push(Number(rest & 127n) | 128);
    bytes.push(Number(rest));
    this.#push(Uint8Array.from(bytes));
  }
}

function attributeMessage(name: string, value: Attribute): Message {
  const message = new Message().text(1, name);
  if (typeof value === "number") return message.integer(3, value).integer(20, 2);
  if (typeof value === "string") return message.text(4, value).integer(20, 3);
  if ("float" in value) return message.float(2, value.float).integer(20, 1);
  for (const n of value) message.integer(8, n);
  return message.integer(20, 7);
}

function nodeMessage({ type, inputs, outputs, attributes }: GraphNode): Message {
  const message = new Message();
  for (const name of inputs) message.text(1, name);
  for (const name of outputs) message.text(2, name);
  message.text(3, outputs[0]!).text(4, type);
  for (const [name, value] of Object.entries(attributes)) message.bytes(5, attributeMessage(name, value));
  return message;
}

function tensorMessage(name: string, x: Tensor): Message {
  const message = new Message();
  for (const n of x.shape) message.integer(1, n);
  return message.integer(2, codeOfDtype[x.dtype]).text(8, name).bytes(9, bytesOfTensor(x));
}

/** A length that is not known, by a name, or a known one. */
export type Length = number | string;

/** What an input or output is like. */
export interface Port {
  readonly name: string;
  readonly tensor: Tensor;
  readonly shape: readonly Length[];
}

function portMessage({ name, tensor, shape }: Port): Message {
  const lengths = new Message();
  for (const length of shape) {
    const one = new Message();
    lengths.bytes(1, typeof length === "number" ? one.integer(1, length) : one.text(2, length));
  }
  const type = new Message().integer(1, codeOfDtype[tensor.dtype]).bytes(2, lengths);
  return new Message().text(1, name).bytes(2, new Message().bytes(1, type));
}

/** A whole model as the parts of a file (ModelProto, onnx/onnx.proto3). @throws ValueError beyond 2 GiB */
export function encodeModel(graph: GraphBuilder, inputs: readonly Port[], outputs: readonly Port[]): Uint8Array[] {
  const message = new Message();
  for (const node of graph.nodes) message.bytes(1, nodeMessage(node));
  message.text(2, "gradbook");
  for (const [name, x] of graph.initializers) message.bytes(5, tensorMessage(name, x));
  for (const port of inputs) message.bytes(11, portMessage(port));
  for (const port of outputs) message.bytes(12, portMessage(port));
  const model = new Message().integer(1, irVersion).text(2, "gradbook").bytes(7, message);
  model.bytes(8, new Message().text(1, "").integer(2, opset));
  if (model.length > mostBytes) refuse(`the model takes ${model.length} bytes`, "An ONNX file ends at 2 GiB.");
  return model.parts;
}
