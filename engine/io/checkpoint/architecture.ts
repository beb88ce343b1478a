import { ValueError } from "../../errors.js";
import * as nn from "../../nn/index.js";
import { AllowanceError, withAllowance } from "../../record.js";
import { isPlainObject } from "../../tree.js";
import { containers } from "./containers.js";

/** A layer as plain data: its class, what its constructor takes, and for a container the layers in it. */
export interface Architecture {
  readonly class: string;
  /** Missing where a module cannot be made from plain data: a class of the user's own. */
  readonly args?: readonly unknown[];
  readonly layers?: readonly Architecture[];
  /** Of a functional model and a dictionary: the names of its layers. */
  readonly names?: readonly string[];
  /** Of a functional model: how tensors go through its layers. */
  readonly wiring?: unknown;
  /** In place of all that: the layer is one that came before, counted from 0 in the order of the data. */
  readonly shared?: number;
}

const classes = nn as unknown as Readonly<Record<string, new (...args: unknown[]) => nn.Module>>;

/** What a model is made of, as plain data. */
export function architectureOf(model: nn.Module): Architecture {
  const seen = new Map<nn.Module, number>();
  const describe = (module: nn.Module): Architecture => {
    const made = module.constructor;
    const { name } = made;
    const shared = seen.get(module);
    if (shared !== undefined) return { class: name, shared };
    seen.set(module, seen.size);
    if (classes[name] !== made) return { class: name };
    if (Object.hasOwn(containers, name)) {
      const contents = containers[name]!.contents(module);
      return contents ? { class: name, ...contents, layers: contents.layers.map(describe) } : { class: name };
    }
    const args = module.config();
    return args === undefined ? { class: name } : { class: name, args };
  };
  return describe(model);
}

/** Layers within layers go no deeper, and models have no more. */
const [deepest, most] = [64, 100_000];

/** Bytes that making a model may take for each element in the file: float32, first values, and a copy of them. */
const bytesForElement = 16;

/** The same for what a file does not hold: empty caches and counters. */
const bytesBeside = 4096;

/** A module, once it is made, and how many modules it took. */
interface Place {
  module?: nn.Module;
  count: number;
}

/**
 * Makes the model that the data describes, with new weights: only classes of `nn`, called by their names.
 * @param elements how many the file's tensors have: a layer that wants more is a lie, and nothing is allocated for it
 * @throws ValueError for a class of somebody's own, and for data that describes no model
 */
export function buildArchitecture(data: unknown, elements: number): nn.Module {
  const places: Place[] = [];
  let count = 0;
  const build = (part: unknown, depth: number): nn.Module => {
    if (!isPlainObject(part) || depth > deepest || ++count > most) refuse("the architecture is damaged");
    const { class: name, args, layers, shared } = part as Partial<Record<string, unknown>>;
    if (shared !== undefined) {
      const place = Number.isSafeInteger(shared) ? places[shared as number] : undefined;
      // Two of a layer, in a container of which there are two, and so on: there are only few of them, but a call would not end.
      count += place?.count ?? 0;
      return place?.module ?? refuse("the architecture is damaged");
    }
    const place: Place = { count: 0 };
    places.push(place);
    const before = count;
    const inside = Array.isArray(layers) ? layers.map(layer => build(layer, depth + 1)) : undefined;
    place.module = inside ? contain(inside, part as Partial<Record<string, unknown>>) : layerOf(name, args, elements);
    place.count = count - before;
    return place.module;
  };
  return withAllowance(bytesBeside + elements * bytesForElement, () => build(data, 0));
}

function contain(layers: readonly nn.Module[], part: Readonly<Partial<Record<string, unknown>>>): nn.Module {
  const { class: name, names: given, wiring, args } = part;
  const fits = given === undefined || (Array.isArray(given) && given.length === layers.length && given.every(isName));
  if (typeof name !== "string" || !Object.hasOwn(containers, name) || !fits) refuse("the architecture is damaged");
  const names = given === undefined ? {} : { names: given as readonly string[] };
  const how = Array.isArray(args) ? { args } : {};
  return containers[name]!.make({ layers, wiring, ...names, ...how }) ?? refuse("the architecture is damaged");
}

function layerOf(name: unknown, args: unknown, elements: number): nn.Module {
  if (typeof name !== "string" || !Array.isArray(args) || !isKnown(name)) {
    refuse(`a ${typeof name === "string" ? name : "module"} cannot be made from the file`);
  }
  const options = args.filter(arg => isPlainObject(arg)) as Readonly<Record<string, unknown>>[];
  // Layers that learn their sizes learn them from the tensors of the file.
  if (options.some(each => "inputShape" in each)) refuse("the architecture is damaged");
  // Each layer of a stack has parameters: there are no more layers than elements.
  if (options.some(({ layers }) => typeof layers === "number" && layers > elements)) tooLarge(name);
  try {
    return new classes[name]!(...(args as unknown[]));
  } catch (error) {
    if (error instanceof AllowanceError) tooLarge(name);
    throw error;
  }
}

/** Names become fields: none may be what every object has. */
function isName(name: unknown): boolean {
  return typeof name === "string" && name !== "" && !name.includes(".") && !(name in Object.prototype);
}

/** Layers of `nn` that tell what their constructors take. */
function isKnown(name: string): boolean {
  const made = Object.hasOwn(classes, name) ? (classes[name] as { prototype?: unknown }) : undefined;
  const own = typeof made === "function" ? (made as { prototype?: unknown }).prototype : undefined;
  return own instanceof nn.Module && own.config !== nn.Module.prototype.config;
}

function tooLarge(name: string): never {
  refuse(`a ${name} is larger than the file`);
}

function refuse(problem: string): never {
  throw new ValueError(problem, {
    op: "io.load",
    hint: "Make the model yourself and give it: io.load(path, { model }).",
  });
}
