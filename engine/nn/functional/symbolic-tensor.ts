import { noGrad } from "../../autograd/graph.js";
import { outside } from "../../capturing.js";
import type { DType } from "../../dtype.js";
import { ValueError } from "../../errors.js";
import * as operations from "../../ops/all.js";
import { Tensor } from "../../tensor.js";
import { isPlainObject, mapLeaves } from "../../tree.js";
import { buildWith, layerName, type OpenShape, zerosOf } from "../building.js";
import { watchSymbolicCalls } from "../call.js";
import type { Module } from "../module.js";

/** A call of a layer or an operation with symbolic tensors. */
export interface SymbolicCall {
  /** Calls have rising numbers: what a call reads was made before it. */
  readonly id: number;
  readonly layer: Module | undefined;
  readonly operation: string | undefined;
  readonly args: readonly unknown[];
  /** All tensors that it gives. */
  readonly outputs: SymbolicTensor[];
}

/**
 * The place of a tensor in a model that is being put together: it has a shape and comes from somewhere, but has no values. To the
 * compiler it is the tensor that it stands for, so shapes are checked as everywhere.
 */
export class SymbolicTensor {
  /** `null` where any length will do. */
  readonly shape: OpenShape;
  readonly dtype: DType;
  /** The call that gives it; undefined for an input. */
  readonly from: SymbolicCall | undefined;
  /** What an input was called. */
  readonly label: string | undefined;

  constructor(shape: OpenShape, dtype: DType, from: SymbolicCall | undefined, label?: string) {
    this.shape = shape;
    this.dtype = dtype;
    this.from = from;
    this.label = label;
  }

  /** How the console shows it. */
  toString(): string {
    return `SymbolicTensor(${this.from ? describeCall(this.from) : (this.label ?? "input")}, ${openText(this.shape)}, ${this.dtype})`;
  }
}

/** A shape in words: `[null, 784]`. */
export function openText(shape: OpenShape): string {
  return `[${shape.map(length => length ?? "null").join(", ")}]`;
}

/** A call in words: the layer's name and class, or the operation. */
export function describeCall({ layer, operation }: SymbolicCall): string {
  if (layer === undefined) return operation!;
  const name = layerName(layer);
  return name === undefined ? layer.constructor.name : `${name} (${layer.constructor.name})`;
}

for (const name of ["item", "data", "toArray", "grad", "size", "backward", "read"]) {
  Object.defineProperty(SymbolicTensor.prototype, name, {
    get(this: SymbolicTensor) {
      throw new ValueError(`a symbolic tensor has no ${name}`, {
        op: String(this),
        hint: "Make a model of it and call that with values: nn.model({ inputs, outputs }).",
      });
    },
  });
}

for (const [name, run] of Object.entries(operations)) {
  if (name in SymbolicTensor.prototype || ["registerHook", "retainGrad"].includes(name)) continue;
  Object.defineProperty(SymbolicTensor.prototype, name, {
    value(this: SymbolicTensor, ...args: unknown[]) {
      const all = [this, ...args];
      const compute = (given: readonly unknown[]) => {
        return outside(() => noGrad(() => (run as unknown as (...args: unknown[]) => unknown)(...given)));
      };
      return record({ layer: undefined, operation: name }, all, compute);
    },
  });
}

/** The symbolic tensors among arguments, at any depth. */
export function symbolicIn(value: unknown): SymbolicTensor[] {
  const found: SymbolicTensor[] = [];
  mapLeaves(value, leaf => {
    if (leaf instanceof SymbolicTensor) found.push(leaf);
  });
  return found;
}

/** Notes a call, and finds the shapes of its results by making it with zeros. */
function record(
  what: Pick<SymbolicCall, "layer" | "operation">,
  args: readonly unknown[],
  compute: (given: readonly unknown[]) => unknown,
): unknown {
  const call: SymbolicCall = { ...what, id: ++calls, args, outputs: [] };
  const shapes = symbolicIn(args).map(x => x.shape);
  const attempt = (open: number) => {
    try {
      return compute(args.map(arg => mapLeaves(arg, x => (x instanceof SymbolicTensor ? zerosFor(x, open) : x))));
    } catch (error) {
      if (error instanceof Error) {
        error.message += ` (${what.layer ? "layer" : "operation"} ${describeCall(call)}, called with ${shapes.map(openText).join(", ")})`;
      }
      throw error;
    }
  };
  // The layer itself says what it makes of a sample of zeros: no second rule of shapes that could differ from it. Where axes
  // beside that of the samples are open, those that change with their length are open in the result.
  const isOpen = shapes.some(shape => shape.slice(1).includes(null));
  const result = attempt(isOpen ? 64 : 1);
  const others = isOpen ? leavesOf(attempt(96)) : undefined;
  let i = 0;
  return mapLeaves(result, x => {
    if (!(x instanceof Tensor)) return x;
    const other = others?.[i++];
    const shape = (x.shape as readonly number[]).map((length, axis) =>
      axis === 0 || (other && other.shape[axis] !== length) ? null : length,
    );
    const output = new SymbolicTensor(shape, x.dtype, call);
    call.outputs.push(output);
    return output;
  });
}

let calls = 0;

function zerosFor({ shape, dtype }: SymbolicTensor, open: number): Tensor {
  return zerosOf([1, ...shape.slice(1)].slice(0, shape.length), open, dtype);
}

function leavesOf(value: unknown): Tensor[] {
  const found: Tensor[] = [];
  mapLeaves(value, leaf => {
    if (leaf instanceof Tensor) found.push(leaf);
  });
  return found;
}

function holdsSymbolic(value: unknown): boolean {
  if (value instanceof SymbolicTensor) return true;
  if (Array.isArray(value)) return value.some(holdsSymbolic);
  return isPlainObject(value) && Object.values(value).some(holdsSymbolic);
}

/** Makes an input of a model. */
export function symbolicInput(shape: OpenShape, dtype: DType, name: string | undefined): SymbolicTensor {
  watchSymbolicCalls({
    concerns: holdsSymbolic,
    call: (module, args) => record({ layer: module, operation: undefined }, args, given => buildWith(module, given)),
  });
  return new SymbolicTensor([null, ...shape], dtype, undefined, name);
}
