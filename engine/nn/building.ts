import { noGrad } from "../autograd/graph.js";
import { outside } from "../capturing.js";
import type { DType } from "../dtype.js";
import { ValueError } from "../errors.js";
import { zeros } from "../ops/create.js";
import type { Shape } from "../shape.js";
import { Tensor } from "../tensor.js";
import type { Module } from "./module.js";

/** Lengths of axes; `null` where any length will do, as for the samples of a batch. */
export type OpenShape = readonly (number | null)[];

/** A layer that makes its parameters when it learns the size of its input. */
export interface Unbuilt {
  /** Makes the parameters for the shapes of a state, by the layer's own names; false where they do not tell the size. */
  buildFromState(shapes: Readonly<Record<string, Shape>>): boolean;
}

const unbuilt = new WeakMap<Module, Unbuilt>();
const names = new WeakMap<Module, string>();

/** Notes that a layer has no parameters yet. */
export function markUnbuilt(module: Module, how: Unbuilt): void {
  unbuilt.set(module, how);
}

/** Notes that a layer has its parameters. */
export function markBuilt(module: Module): void {
  unbuilt.delete(module);
}

/** Whether a layer itself has yet to make its parameters; those inside are not asked. */
export function isUnbuilt(module: Module): boolean {
  return unbuilt.has(module);
}

/** Gives a layer a name of its own. */
export function setLayerName(module: Module, name: string | undefined): void {
  if (name !== undefined) names.set(module, name);
}

/** The name that a layer was given. */
export function layerName(module: Module): string | undefined {
  return names.get(module);
}

const inputShapes = new WeakMap<Module, OpenShape>();

/** Notes the shape that a layer's inputs have, without the axis of the samples. */
export function setInputShape(module: Module, shape: OpenShape): void {
  inputShapes.set(module, shape);
}

/** The shape of its inputs that a layer was given. */
export function inputShapeOf(module: Module): OpenShape | undefined {
  return inputShapes.get(module);
}

/** The first layer in a model that has no parameters yet, with its path. */
export function unbuiltLayer(model: Module): [path: string, layer: Module] | undefined {
  return model.namedModules().find(([, module]) => unbuilt.has(module));
}

/** @throws ValueError that names the first layer without parameters */
export function requireBuilt(op: string, model: Module): void {
  const found = unbuiltLayer(model);
  if (found === undefined) return;
  const [path, layer] = found;
  const who = path === "" ? `the ${layer.constructor.name}` : `layer ${path} (${layer.constructor.name})`;
  throw new ValueError(`${who} has no parameters yet: it makes them when it sees its first input`, {
    op,
    hint: "Call the model once, or give an input shape: model.build([null, 784]), or inputShape: [784] on the first layer.",
  });
}

/**
 * Lets every layer of a model make its parameters, by calling the model once without gradients and as after `eval()`.
 * @param inputs what the model is called with
 * @returns what the call returned
 */
export function buildWith(model: Module, inputs: readonly unknown[]): unknown {
  const modes = model.namedModules().map(([, module]) => [module, module.training] as const);
  return outside(() => {
    model.eval();
    try {
      return noGrad(() => (model as unknown as (...args: unknown[]) => unknown)(...inputs));
    } finally {
      for (const [module, training] of modes) module.training = training;
    }
  });
}

/** Zeros of a shape; open axes have the length `open`. */
export function zerosOf(shape: OpenShape, open = 1, dtype: DType = "float32"): Tensor {
  const { storage, dtype: own } = zeros([], { dtype }) as Tensor;
  // A single zero, seen everywhere: the stand-in for a large input costs nothing.
  const lengths = shape.map(length => length ?? open);
  return new Tensor(
    storage,
    lengths,
    own,
    lengths.map(() => 0),
  ) as Tensor;
}

/** Lets unbuilt layers make their parameters for the shapes of a state dict. */
export function buildFromState(model: Module, state: Readonly<Record<string, unknown>>): void {
  for (const [path, module] of model.namedModules()) {
    const how = unbuilt.get(module);
    if (how === undefined) continue;
    const prefix = path === "" ? "" : `${path}.`;
    const own = Object.entries(state).filter(([key, x]) => key.startsWith(prefix) && x instanceof Tensor);
    how.buildFromState(Object.fromEntries(own.map(([key, x]) => [key.slice(prefix.length), (x as Tensor).shape])));
  }
}
