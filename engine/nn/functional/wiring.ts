import type { DType } from "../../dtype.js";
import { ValueError } from "../../errors.js";
import { Tensor } from "../../tensor.js";
import { mapLeaves } from "../../tree.js";
import { layerName, type OpenShape } from "../building.js";
import type { Module } from "../module.js";
import { describeCall, openText, type SymbolicCall, SymbolicTensor, symbolicIn } from "./symbolic-tensor.js";

/** Stands for a tensor of the run: those of the inputs come first, then those of the calls. */
export class Wire {
  constructor(readonly index: number) {}
}

/** One call of a layer or an operation. */
export interface WiredCall {
  /** The name of a layer of the model. */
  readonly layer?: string;
  /** The name of an operation. */
  readonly operation?: string;
  /** What it is called with: tensors are wires. */
  readonly args: readonly unknown[];
  /** How many tensors it gives. */
  readonly outputs: number;
}

/** What a model takes for one input. */
export interface WiredInput {
  readonly name: string;
  readonly shape: OpenShape;
  readonly dtype: DType;
}

/** How tensors go through the layers of a model. */
export interface Wiring {
  readonly inputs: readonly WiredInput[];
  /** Whether the inputs are one tensor, a list or an object by name. */
  readonly form: "one" | "list" | "named";
  readonly calls: readonly WiredCall[];
  /** One wire, a list or an object of them. */
  readonly outputs: unknown;
}

/**
 * Finds the calls between inputs and outputs, and names their layers.
 * @throws ValueError for what is no symbolic tensor, an input that is missing or not used, or a name that two layers have
 */
export function wire(inputs: unknown, outputs: unknown): { layers: Record<string, Module>; wiring: Wiring } {
  const given = named("inputs", inputs);
  named("outputs", outputs);
  for (const [name, x] of given) {
    if (x.from === undefined) continue;
    throw new ValueError(`input ${name} is a result of ${describeCall(x.from)}`, {
      op: "model",
      hint: "Inputs are what nn.input(...) gives.",
    });
  }
  const places = new Map(given.map(([, x], i) => [x, i]));
  if (places.size < given.length)
    throw new ValueError("one input is given twice", { op: "model", hint: "Give each once." });
  const calls = callsBehind(symbolicIn(outputs), new Set(places.keys()));
  const used = new Set([...calls.flatMap(call => symbolicIn(call.args)), ...symbolicIn(outputs)]);
  for (const [name, x] of given) {
    if (used.has(x)) continue;
    throw new ValueError(`no output depends on input ${name} ${openText(x.shape)}`, {
      op: "model",
      hint: "Leave it out, or connect it.",
    });
  }
  const names = namesOf(calls);
  const asWires = (value: unknown) =>
    mapLeaves(value, leaf => (leaf instanceof SymbolicTensor ? new Wire(places.get(leaf)!) : leaf));
  const wired = calls.map((call): WiredCall => {
    const args = call.args.map(asWires);
    for (const output of call.outputs) places.set(output, places.size);
    const outputs = call.outputs.length;
    return call.layer
      ? { layer: names.get(call.layer)!, args, outputs }
      : { operation: call.operation!, args, outputs };
  });
  return {
    layers: Object.fromEntries([...names].map(([layer, name]) => [name, layer])),
    wiring: {
      inputs: given.map(([name, { shape, dtype }]) => ({ name, shape, dtype })),
      form: inputs instanceof SymbolicTensor ? "one" : Array.isArray(inputs) ? "list" : "named",
      calls: wired,
      outputs: asWires(outputs),
    },
  };
}

function named(what: string, given: unknown): [name: string, x: SymbolicTensor][] {
  const entries: [string, unknown][] =
    given instanceof SymbolicTensor || given instanceof Tensor || typeof given !== "object" || given === null
      ? [["0", given]]
      : Object.entries(given);
  const bad = entries.find(([, x]) => !(x instanceof SymbolicTensor));
  if (bad !== undefined || entries.length === 0) {
    throw new ValueError(bad ? `${what} ${bad[0]} is no symbolic tensor` : `there are no ${what}`, {
      op: "model",
      hint: "Begin with const x = nn.input([784]), and call layers with it.",
    });
  }
  return (entries as [string, SymbolicTensor][]).map(([name, x]) => [x.label ?? name, x]);
}

/** The calls that outputs need, in order. */
function callsBehind(outputs: readonly SymbolicTensor[], inputs: ReadonlySet<SymbolicTensor>): SymbolicCall[] {
  const found = new Set<SymbolicCall>();
  const visit: [x: SymbolicTensor, reader: SymbolicCall | undefined][] = outputs.map(x => [x, undefined]);
  for (let next = visit.pop(); next !== undefined; next = visit.pop()) {
    const [x, reader] = next;
    if (inputs.has(x)) continue;
    const { from } = x;
    if (from === undefined) {
      throw new ValueError(
        `${reader ? `layer ${describeCall(reader)}` : "an output"} needs the input ${x.label ?? ""} ${openText(x.shape)}, which is not among the inputs`,
        { op: "model", hint: "Add it to the inputs." },
      );
    }
    if (found.has(from)) continue;
    found.add(from);
    visit.push(...symbolicIn(from.args).map((arg): [SymbolicTensor, SymbolicCall] => [arg, from]));
  }
  return [...found].sort((a, b) => a.id - b.id);
}

/** A name for every layer: its own, or its class with a number where there are several. */
function namesOf(calls: readonly SymbolicCall[]): Map<Module, string> {
  const layers = [...new Set(calls.flatMap(call => call.layer ?? []))];
  const taken = new Set<string>();
  for (const name of layers.flatMap(layer => layerName(layer) ?? [])) {
    if (taken.has(name) || name === "" || name.includes(".")) {
      throw new ValueError(
        taken.has(name) ? `two layers are called ${name}` : `a layer is called ${JSON.stringify(name)}`,
        {
          op: "model",
          hint: "Names are different, and without dots.",
        },
      );
    }
    taken.add(name);
  }
  const names = new Map<Module, string>();
  for (const layer of layers) {
    const type = layer.constructor.name || "layer";
    const base = type.charAt(0).toLowerCase() + type.slice(1);
    let name = layerName(layer) ?? base;
    if (layerName(layer) === undefined) for (let i = 1; taken.has(name); i++) name = `${base}_${i}`;
    taken.add(name);
    names.set(layer, name);
  }
  return names;
}
