import { ValueError } from "../errors.js";
import { Tensor } from "../tensor.js";
import { isPlainObject, mapLeaves } from "../tree.js";

/** The same arrays and plain objects with every tensor changed. */
export function mapTensors(tree: unknown, change: (x: Tensor) => Tensor): unknown {
  return mapLeaves(tree, leaf => (leaf instanceof Tensor ? change(leaf) : leaf));
}

/** @throws ValueError when a function returned what a replay could not compute anew */
export function requireTensors(tree: unknown): void {
  if (tree === undefined || tree === null || tree instanceof Tensor) return;
  if (Array.isArray(tree)) for (const part of tree) requireTensors(part);
  else if (isPlainObject(tree)) for (const part of Object.values(tree)) requireTensors(part);
  else {
    throw new ValueError(`the function returned a ${tree instanceof Promise ? "promise" : typeof tree}`, {
      op: "compile",
      expected: "tensors, or arrays and plain objects of them",
      hint: "A replay runs no JavaScript: return tensors, and make everything else of them outside.",
    });
  }
}

const identities = new WeakMap<object, number>();
let count = 0;

/** What a plan is looked up by: shapes, dtypes and layouts of tensors, values of numbers and texts, identities of objects. */
export function keyOf(tree: unknown, found: Tensor[]): string {
  if (tree instanceof Tensor) {
    found.push(tree);
    return `${tree.dtype}[${tree.shape.join()}|${tree.strides.join()}]`;
  }
  if (Array.isArray(tree)) return `[${tree.map(part => keyOf(part, found)).join()}]`;
  if (isPlainObject(tree)) {
    return `{${Object.entries(tree)
      .map(([k, part]) => `${JSON.stringify(k)}:${keyOf(part, found)}`)
      .join()}}`;
  }
  if (typeof tree === "string") return JSON.stringify(tree);
  if ((typeof tree === "object" && tree !== null) || typeof tree === "function") {
    if (!identities.has(tree)) identities.set(tree, ++count);
    return `#${identities.get(tree)}`;
  }
  return Object.is(tree, -0) ? "-0" : `${typeof tree}:${String(tree)}`;
}
