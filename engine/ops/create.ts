import type { Device, TypedArray } from "../backend/backend.js";
import { opcodes } from "../backend/commands.js";
import { backendOf } from "../device.js";
import { type DType, dtypes } from "../dtype.js";
import { DTypeError, ShapeError, ValueError } from "../errors.js";
import { shownStorage } from "../memory.js";
import { isFloat } from "../promotion.js";
import { allocate, castCopy, finish, moveTo, open, pushOperand, recordCopy, recordFill, writeData } from "../record.js";
import { formatShape, requireShape, rowMajorStrides, type Shape, sizeOf } from "../shape.js";
import { Tensor } from "../tensor.js";
import type { Nested, NestedShape, Plain } from "../types.js";

/** What a new tensor is like. */
export interface CreateOptions<D extends DType = DType> {
  dtype?: D;
  /** True: a leaf that collects gradients in `.grad`. Only float dtypes can. */
  requiresGrad?: boolean;
  /** Where the tensor is made (default: what `setDevice` chose, else `"cpu"`). */
  device?: Device | undefined;
}

/** @throws DTypeError for a dtype that there is not, or gradients of integers */
function requireDType(op: string, dtype: DType, requiresGrad: boolean | undefined): void {
  if (!dtypes.includes(dtype)) {
    throw new DTypeError(`no dtype ${String(dtype)}`, { op, hint: `There are ${dtypes.join(", ")}.` });
  }
  if (requiresGrad && !isFloat(dtype)) {
    throw new DTypeError(`${dtype} has no gradients`, {
      op,
      expected: "a float dtype",
      got: dtype,
      hint: 'Give dtype "float32".',
    });
  }
}

/** The same memory as a leaf of the graph that wants gradients, if so. */
function leaf<S extends Shape, D extends DType>(x: Tensor<S, D>, requiresGrad: boolean | undefined): Tensor<S, D> {
  return requiresGrad ? new Tensor(x.storage, x.shape, x.dtype, x.strides, x.offset, true) : x;
}

const dtypeOfArray = new Map<unknown, DType>([
  [Float32Array, "float32"],
  [Float64Array, "float64"],
  [Int8Array, "int8"],
  [Int32Array, "int32"],
  [BigInt64Array, "int64"],
  [Uint8Array, "uint8"],
  [Uint32Array, "uint32"],
]);

/** How values reach the device: an array of a dtype that it can take as it is. */
const arrayOfDType = {
  float32: Float32Array,
  float64: Float64Array,
  int8: Int8Array,
  int32: Int32Array,
  uint8: Uint8Array,
  uint32: Uint32Array,
} as const;

/** What `tensor` takes: a value, nested arrays, or a typed array. */
export type Values = Nested | TypedArray;

type ShapeOfValues<T, S> = S extends Shape
  ? Plain<S>
  : T extends readonly unknown[]
    ? NestedShape<T>
    : T extends TypedArray
      ? [number]
      : [];

/** `Depth` ends the recursion for arrays whose type is recursive itself. */
type DTypeOfValues<T, Depth extends 0[] = []> = T extends Float64Array
  ? "float64"
  : T extends Int8Array
    ? "int8"
    : T extends Int32Array
      ? "int32"
      : T extends BigInt64Array
        ? "int64"
        : T extends Uint8Array
          ? "uint8"
          : T extends Uint32Array
            ? "uint32"
            : T extends boolean
              ? "bool"
              : T extends bigint
                ? "int64"
                : T extends readonly (infer E)[]
                  ? Depth["length"] extends 8
                    ? "float32"
                    : DTypeOfValues<E, [...Depth, 0]>
                  : "float32";

/** What a tensor of given values is like. */
export interface ValuesOptions<D extends DType = DType, S extends Shape | undefined = Shape | undefined>
  extends CreateOptions<D> {
  /** For flat values. */
  shape?: S;
  /**
   * False: an array that `data({ copy: false })` gave is not copied; the tensor lives in the same memory (default true). Other
   * arrays belong to JavaScript, which may not leave room for whole vectors behind them: these are copied always.
   */
  copy?: boolean;
}

/**
 * A tensor of the values given: a number, nested arrays, or a typed array (copied). Numbers become float32, booleans bool,
 * bigints int64, unless `dtype` says otherwise; a typed array keeps its type.
 * @param options.shape the shape, for flat values
 * @throws ShapeError for ragged arrays or a shape of another size; DTypeError for values that are no numbers
 * @example tensor([[1, 2, 3], [4, 5, 6]]).shape; // [2, 3]
 */
export function tensor<
  const T extends Values,
  const S extends Shape | undefined = undefined,
  D extends DType = DTypeOfValues<T>,
>(values: T, options: ValuesOptions<D, S> = {}): Tensor<ShapeOfValues<T, S>, D> {
  const made = ArrayBuffer.isView(values)
    ? fromArray(values as TypedArray, options)
    : fromNested(values as Nested, options);
  return leaf(made, options.requiresGrad) as never;
}

type TensorOptions = CreateOptions & { shape?: Shape | undefined; copy?: boolean | undefined };

function fromArray(values: TypedArray, options: TensorOptions): Tensor {
  const { dtype, shape = [values.length], requiresGrad, device } = options;
  const own = dtypeOfArray.get(values.constructor);
  if (own === undefined) {
    throw new DTypeError(`cannot take a ${values.constructor.name}`, {
      op: "tensor",
      hint: "Convert it to a Float32Array first.",
    });
  }
  requireDType("tensor", dtype ?? own, requiresGrad);
  requireShape("tensor", shape);
  if (sizeOf(shape) !== values.length) {
    throw new ShapeError(`${values.length} values do not fill the shape ${formatShape(shape)}`, {
      op: "tensor",
      expected: `${sizeOf(shape)} values`,
      got: `${values.length}`,
    });
  }
  const backend = backendOf(device, "tensor");
  const shown = options.copy === false && (dtype ?? own) === own ? shownStorage(values.buffer) : undefined;
  if (shown?.backend === backend && values.length > 0) {
    return new Tensor(shown, [...shape], own, rowMajorStrides(shape), values.byteOffset / values.BYTES_PER_ELEMENT);
  }
  if (dtype !== undefined && dtype !== own && backend.lacks?.has(own)) {
    // What the device cannot convert from is converted before it goes there.
    return moveTo(fromArray(values, { ...options, device: "cpu" }), backend);
  }
  const made = allocate([...shape], own, backend);
  writeData(made, values);
  return dtype === undefined || dtype === own ? made : castCopy(made, dtype);
}

function fromNested(values: Nested, options: TensorOptions): Tensor {
  const shape: number[] = [];
  let first: unknown = values;
  for (; Array.isArray(first); first = first[0]) shape.push(first.length);
  const own = typeof first === "boolean" ? "bool" : typeof first === "bigint" ? "int64" : "float32";
  const dtype = options.dtype ?? own;
  requireDType("tensor", dtype, options.requiresGrad);
  const to = options.shape ?? shape;
  if (dtype === "int64") {
    const flat = new BigInt64Array(sizeOf(shape));
    fill(flat, values, shape, value => BigInt(Math.trunc(Number(value))) as never);
    return fromArray(flat, { shape: to, device: options.device });
  }
  // The device converts to what has no array of its own; float64 holds every number that can be written.
  const carrier = dtype in arrayOfDType ? (dtype as keyof typeof arrayOfDType) : "float64";
  const flat = new arrayOfDType[carrier](sizeOf(shape));
  fill(flat, values, shape, Number as never);
  return fromArray(flat, { dtype, shape: to, device: options.device });
}

/** Writes nested values into a flat array, checking that they are rectangular and numbers. */
function fill(into: TypedArray, values: Nested, shape: readonly number[], convert: (value: unknown) => never): void {
  let next = 0;
  const visit = (value: unknown, axis: number): void => {
    if (axis < shape.length) {
      if (!Array.isArray(value) || value.length !== shape[axis]) {
        const got = Array.isArray(value) ? `an array of ${value.length}` : typeof value;
        throw new ShapeError(`the arrays are ragged: at depth ${axis} expected ${shape[axis]} values, got ${got}`, {
          op: "tensor",
          hint: "All arrays at one depth must have the same length.",
        });
      }
      for (let i = 0; i < value.length; i++) visit(value[i], axis + 1);
      return;
    }
    if (typeof value !== "number" && typeof value !== "bigint" && typeof value !== "boolean") {
      const got = value === null ? "null" : Array.isArray(value) ? "an array" : typeof value;
      throw new DTypeError(`expected numbers, got ${got}`, {
        op: "tensor",
        expected: "number, bigint or boolean",
        got,
        hint: "Give a number, nested arrays of numbers, or a typed array.",
      });
    }
    into[next++] = typeof value === "bigint" && into instanceof BigInt64Array ? (value as never) : convert(value);
  };
  visit(values, 0);
}

/** Every element the same. @example full([2, 2], 0.5); */
export function full<const S extends Shape, D extends DType = "float32">(
  shape: S,
  value: number,
  options: CreateOptions<D> = {},
): Tensor<Plain<S>, D> {
  const { dtype = "float32" as D, requiresGrad, device } = options;
  requireDType("full", dtype, requiresGrad);
  requireShape("full", shape);
  const out = allocate([...shape], dtype, backendOf(device, "full"));
  recordFill(out, value);
  return leaf(out, requiresGrad) as never;
}

/** Zeros. @throws ShapeError for what is no shape @example zeros([2, 3]); */
export function zeros<const S extends Shape, D extends DType = "float32">(
  shape: S,
  options: CreateOptions<D> = {},
): Tensor<Plain<S>, D> {
  return full(shape, 0, options);
}

/** Ones. @throws ShapeError for what is no shape @example ones([2, 3]); */
export function ones<const S extends Shape, D extends DType = "float32">(
  shape: S,
  options: CreateOptions<D> = {},
): Tensor<Plain<S>, D> {
  return full(shape, 1, options);
}

/** `count` numbers from start in equal steps. */
function steps(op: string, count: number, start: number, step: number, options: CreateOptions): Tensor {
  const { dtype = "float32", requiresGrad, device } = options;
  requireDType(op, dtype, requiresGrad);
  requireShape(op, [count]);
  const out = allocate([count], dtype, backendOf(device, op));
  const { backend } = out.storage;
  open(backend, opcodes.iota, 6);
  pushOperand(backend, out);
  for (const word of [count, start, step]) backend.commands.push(word);
  finish(backend);
  return leaf(out, requiresGrad);
}

/**
 * Numbers from start (default 0) up to, not including, stop. int32 when all three are whole numbers, else float32.
 * @throws ValueError for a step of 0 or ends that are not finite
 * @example arange(4); arange(1, 2, 0.25);
 */
export function arange<D extends DType = "int32" | "float32">(
  stop: number,
  options?: CreateOptions<D>,
): Tensor<[number], D>;
export function arange<D extends DType = "int32" | "float32">(
  start: number,
  stop: number,
  step?: number,
  options?: CreateOptions<D>,
): Tensor<[number], D>;
export function arange(a: number, b?: number | CreateOptions, c?: number, options: CreateOptions = {}): Tensor {
  const given = typeof b === "object" ? b : options;
  const [start, stop, step] = typeof b === "number" ? [a, b, c ?? 1] : [0, a, 1];
  if (step === 0 || ![start, stop, step].every(Number.isFinite)) {
    throw new ValueError(`from ${start} to ${stop} in steps of ${step}`, {
      op: "arange",
      hint: "Give finite ends and a step other than 0.",
    });
  }
  const whole = [start, stop, step].every(Number.isInteger);
  const count = Math.max(0, Math.ceil((stop - start) / step));
  return steps("arange", count, start, step, { dtype: whole ? "int32" : "float32", ...given });
}

/** `count` numbers from start to stop, both included. @example linspace(0, 1, 5); */
export function linspace<D extends DType = "float32">(
  start: number,
  stop: number,
  count: number,
  options: CreateOptions<D> = {},
): Tensor<[number], D> {
  if (![start, stop].every(Number.isFinite)) throw new ValueError(`from ${start} to ${stop}`, { op: "linspace" });
  return steps("linspace", count, start, count > 1 ? (stop - start) / (count - 1) : 0, options) as never;
}

/**
 * `count` powers of a base (default 10), with exponents from start to stop, both included, as `torch.logspace`.
 * @throws ValueError for ends that are not finite or a base that is not above 0
 * @example logspace(0, 3, 4).toArray(); // [1, 10, 100, 1000]
 */
export function logspace<D extends DType = "float32">(
  start: number,
  stop: number,
  count: number,
  options: CreateOptions<D> & { base?: number } = {},
): Tensor<[number], D> {
  const { base = 10, dtype = "float32" as D, ...rest } = options;
  if (![start, stop].every(Number.isFinite)) throw new ValueError(`from ${start} to ${stop}`, { op: "logspace" });
  if (!(base > 0)) throw new ValueError(`a base of ${base}`, { op: "logspace", hint: "Give a number above 0." });
  requireShape("logspace", [count]);
  const exponent = (i: number) => start + (count > 1 ? (i * (stop - start)) / (count - 1) : 0);
  return tensor(
    Float64Array.from({ length: count }, (_, i) => base ** exponent(i)),
    { dtype, ...rest },
  ) as never;
}

/** The identity matrix [n, n]. */
export function eye<N extends number, D extends DType = "float32">(
  n: N,
  options: CreateOptions<D> = {},
): Tensor<[N, N], D> {
  const { dtype = "float32" as D, requiresGrad, device } = options;
  requireDType("eye", dtype, requiresGrad);
  requireShape("eye", [n, n]);
  const out = allocate([n, n], dtype, backendOf(device, "eye"));
  recordFill(out, 0);
  const diagonal = new Tensor(out.storage, [n], dtype, [n + 1], 0);
  recordCopy(full([1], 1, { dtype, device }), diagonal);
  return leaf(out, requiresGrad) as never;
}
