import type { GradNode } from "./autograd/graph.js";
import type { Device, TypedArray } from "./backend/backend.js";
import { capture } from "./capturing.js";
import { bytesPerElement, type DType, typedArrays } from "./dtype.js";
import { ShapeError } from "./errors.js";
import type { Storage } from "./memory.js";
import type { TensorMethods } from "./ops/index.js";
import { castCopy, compute, denseCopy } from "./record.js";
import { formatShape, isDense, type Shape, sizeOf } from "./shape.js";
import type { NestedValues } from "./types.js";

/** The typed array that holds elements of a dtype; 16-bit floats are read as float32. */
export type ArrayOf<D extends DType> = D extends "float32" | "float16" | "bfloat16"
  ? Float32Array
  : D extends "float64"
    ? Float64Array
    : D extends "int8"
      ? Int8Array
      : D extends "int32"
        ? Int32Array
        : D extends "int64"
          ? BigInt64Array
          : D extends "uint32"
            ? Uint32Array
            : Uint8Array;

/** How the elements of a tensor are handed out. */
export interface DataOptions {
  /** False: the memory itself, where that is possible (default true). */
  copy?: boolean;
}

/** One element as a JavaScript value. */
export type ValueOf<D extends DType> = D extends "int64" ? number | bigint : D extends "bool" ? boolean : number;

/**
 * An n-dimensional array of numbers on a device. It never changes from outside: operations give new tensors, views
 * (`reshape`, `transpose`, `at`) share memory. Every operation of the engine is also a method.
 *
 * In its type, `S` holds the lengths of the axes (`number` where a length is not known) and `D` the dtype.
 * @example
 * const x = tensor([[1, 2], [3, 4]]);
 * x.mul(2).sum(0).toArray(); // [8, 12]
 */
export class Tensor<out S extends Shape = Shape, out D extends DType = DType> {
  // Declared only, and set in the constructor: a field that is defined first is written twice, for millions of tensors.
  declare readonly shape: S;
  declare readonly dtype: D;
  /** @internal */
  declare readonly storage: Storage;
  /** @internal In elements. */
  declare readonly strides: readonly number[];
  /** @internal In elements. */
  declare readonly offset: number;
  /** Number of elements. */
  declare readonly size: number;
  /** True when gradients flow to this tensor. */
  declare readonly requiresGrad: boolean;
  /** What `backward()` has added up for this tensor so far; only leaves that require gradients have one. */
  declare grad: Tensor<S, D> | undefined;
  /** @internal How it was computed, when gradients are needed. */
  declare node: GradNode | undefined;

  /** @internal Use `tensor()` and the other creators. */
  constructor(storage: Storage, shape: S, dtype: D, strides: readonly number[], offset = 0, requiresGrad = false) {
    this.storage = storage;
    this.shape = shape;
    this.dtype = dtype;
    this.strides = strides;
    this.offset = offset;
    this.size = sizeOf(shape);
    this.requiresGrad = requiresGrad;
    this.grad = undefined;
    this.node = undefined;
  }

  /** A bundler may rename the class; what inspects values should not. (A getter: any other way makes `instanceof` slow.) */
  static get name(): string {
    return "Tensor";
  }

  /** @internal False for one that only stands for many, inside `vmap`. */
  get isConcrete(): boolean {
    return true;
  }

  /** Number of axes. */
  get rank(): S["length"] {
    return this.shape.length;
  }

  /** Where the elements are: `"cpu"` or `"webgpu"`. */
  get device(): Device {
    return this.storage.backend.name;
  }

  /**
   * The elements in row-major order, as a typed array. Waits for the device.
   * float16 and bfloat16 come as Float32Array, bool as Uint8Array of 0 and 1, int64 as BigInt64Array.
   *
   * With `copy: false` it is the tensor's own memory where that is possible: native CPU kernels, elements that lie side by side in
   * row-major order, a dtype that has an array of its own; else a copy. Such an array keeps its memory, also when the tensor is
   * dropped or disposed. It shows what an optimizer writes there after the next read. What a program writes into it changes
   * the tensor, all that share its memory, and results that are still to be computed: read those first.
   * @throws InterruptedError when the value was never computed because the cell was stopped
   * @example tensor([[1, 2], [3, 4]]).data({ copy: false }).length; // 4
   */
  data(options: DataOptions = {}): ArrayOf<D> {
    return options.copy === false ? this.#shown() : this.#read("data");
  }

  #shown(): ArrayOf<D> {
    this.storage.requireLive("data");
    if (capture !== undefined) capture.refuseRead("data");
    const { storage, offset, dtype } = this.#readable();
    compute(this);
    const buffer = this.size > 0 ? storage.share() : undefined;
    if (buffer === undefined) return this.#read("data");
    return new typedArrays[dtype](buffer, offset * bytesPerElement[dtype], this.size) as ArrayOf<D>;
  }

  #read(op: string): ArrayOf<D> {
    const array = this.#array(op);
    if (this.size === 0) return array as ArrayOf<D>;
    const { storage, offset, dtype } = this.#readable();
    storage.backend.read(storage.id, offset * bytesPerElement[dtype], array);
    return array as ArrayOf<D>;
  }

  /** Where the elements of a read go. */
  #array(op: string): TypedArray {
    this.storage.requireLive(op);
    if (capture !== undefined) capture.refuseRead(op);
    return new typedArrays[this.dtype](this.size) as TypedArray;
  }

  /** The elements as they are read: row by row, in a dtype that has a typed array. */
  #readable(): Tensor {
    return this.dtype === "float16" || this.dtype === "bfloat16" ? castCopy(this, "float32") : this.#dense();
  }

  /** The same as `data()`; the event loop goes on while the device computes. */
  async read(): Promise<ArrayOf<D>> {
    const { backend } = this.storage;
    if (backend.readLater !== undefined && this.size > 0) {
      const array = this.#array("read");
      const source = this.#readable();
      await backend.readLater(source.storage.id, source.offset * bytesPerElement[source.dtype], array);
      return array as ArrayOf<D>;
    }
    this.storage.requireLive("read");
    if (capture !== undefined) capture.refuseRead("read");
    compute(this);
    await backend.flushAside();
    return this.data();
  }

  /**
   * The only element, as a JavaScript value: a number; a boolean for bool; a bigint for an int64 beyond 2^53.
   * @throws ShapeError when there is not exactly one
   */
  item(): ValueOf<D> {
    if (this.size !== 1) {
      throw new ShapeError(`a tensor of shape ${formatShape(this.shape)} has ${this.size} elements`, {
        op: "item",
        expected: "one element",
        got: `${this.size} elements`,
        hint: "Reduce it first (sum, mean), pick one with at(...), or take all with toArray().",
      });
    }
    return toValue(this.#read("item")[0]!, this.dtype) as ValueOf<D>;
  }

  /** The elements as nested arrays (a bare value for a scalar). */
  toArray<A extends Shape, E extends DType>(this: Tensor<A, E>): NestedValues<A, ValueOf<E>> {
    const values = this.#read("toArray");
    let next = 0;
    const build = (axis: number): unknown => {
      if (axis === this.shape.length) return toValue(values[next++]!, this.dtype);
      return Array.from({ length: this.shape[axis]! }, () => build(axis + 1));
    };
    return build(0) as NestedValues<A, ValueOf<E>>;
  }

  /** The same values, outside the graph of gradients. Shares memory. */
  detach(): Tensor<S, D> {
    return new Tensor(this.storage, this.shape, this.dtype, this.strides, this.offset);
  }

  /** Frees the memory now, for experts; every tensor that shares it becomes unusable. The collector does it otherwise. */
  dispose(): void {
    this.storage.release();
  }

  /** `using x = ...` frees the memory at the end of the block, as `dispose` does. */
  [Symbol.dispose](): void {
    this.dispose();
  }

  /** Slices along the first axis, in order. */
  *[Symbol.iterator](): IterableIterator<Tensor> {
    if (this.shape.length === 0) {
      throw new ShapeError("a scalar has nothing to iterate over", {
        op: "iterate",
        hint: "Take its value with item().",
      });
    }
    for (let i = 0; i < this.shape[0]!; i++) yield this.at(i);
  }

  /** The shape, dtype and first values, as `console.log` prints them. */
  toString(): string {
    if (this.shape.length === 0) return `Tensor(${String(this.item())}, ${this.dtype})`;
    return `Tensor${formatShape(this.shape)} ${this.dtype}`;
  }

  [Symbol.for("nodejs.util.inspect.custom")](): string {
    return this.toString();
  }

  #dense(): Tensor {
    return isDense(this.shape, this.strides) ? this : denseCopy(this);
  }
}

/** Every operation is a method, too: `ops/index.ts` puts them on the prototype. */
// biome-ignore lint/correctness/noUnusedVariables: a merged declaration must repeat them
export interface Tensor<out S extends Shape, out D extends DType> extends TensorMethods {}

function toValue(element: number | bigint, dtype: DType): number | bigint | boolean {
  if (dtype === "bool") return element !== 0;
  if (typeof element === "bigint") {
    const number = Number(element);
    return Number.isSafeInteger(number) ? number : element;
  }
  return element;
}
