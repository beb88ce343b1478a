import type { DType } from "../../engine/dtype.js";
import type { Slice } from "../../engine/index.js";

/** As much of a tensor as a view needs. The engine's `Tensor` is one; so is anything else with this face. */
export interface TensorLike {
  readonly shape: readonly number[];
  readonly dtype: DType;
  readonly device: unknown;
  /** Number of elements. */
  readonly size: number;
  readonly requiresGrad?: boolean;
  /** A part without a copy; what has none is always read whole. */
  at?(...index: Slice<undefined, undefined, number>[]): TensorLike;
  /** The elements in row-major order. int64 comes as bigints. */
  data(): ArrayLike<number> | ArrayLike<bigint>;
}

/** What a view draws: a tensor, a typed array, or nested arrays of numbers. */
export type NumbersLike = TensorLike | readonly unknown[] | ArrayBufferView;

/** True for a tensor, judged by its face. */
export function isTensorLike(value: unknown): value is TensorLike {
  const t = value as Partial<TensorLike> | null;
  return (
    typeof t === "object" &&
    t !== null &&
    Array.isArray(t.shape) &&
    typeof t.dtype === "string" &&
    typeof t.size === "number" &&
    typeof t.data === "function"
  );
}

/** The elements as plain numbers (bigints beyond 2^53 lose digits, which only a picture of them does not mind). */
export function numbersOf(tensor: TensorLike): ArrayLike<number> {
  const data = tensor.data();
  if (typeof data[0] !== "bigint") return data as ArrayLike<number>;
  const numbers = new Float64Array(data.length);
  for (let i = 0; i < numbers.length; i++) numbers[i] = Number(data[i]);
  return numbers;
}

/** Turns a row-major position into an index per axis: `unravel(30, [2, 3, 7])` is `[1, 1, 2]`. */
export function unravel(position: number, shape: readonly number[]): number[] {
  const index: number[] = [];
  let rest = position;
  for (let axis = shape.length - 1; axis >= 0; axis--) {
    index.unshift(rest % shape[axis]!);
    rest = Math.floor(rest / shape[axis]!);
  }
  return index;
}

/** Takes a tensor, a typed array or (nested) arrays of numbers. @throws TypeError naming `caller` when it is none of these */
export function asTensorLike(value: unknown, caller: string): TensorLike {
  if (isTensorLike(value)) return value;
  const shape: number[] = [];
  for (let v: unknown = value; isList(v); v = v[0]) shape.push(v.length);
  const flat = Float64Array.from(flatten(value, shape, 0, caller));
  return { shape, dtype: "float64", device: "cpu", size: flat.length, data: () => flat };
}

function isList(value: unknown): value is ArrayLike<unknown> {
  return Array.isArray(value) || (ArrayBuffer.isView(value) && !(value instanceof DataView));
}

function* flatten(value: unknown, shape: readonly number[], axis: number, caller: string): Iterable<number> {
  if (axis === shape.length) {
    if (typeof value !== "number" && typeof value !== "bigint" && typeof value !== "boolean") {
      const got = value === null ? "null" : typeof value;
      throw new TypeError(
        `${caller}: expected a tensor or arrays of numbers, got ${got}. Pass a tensor, or tensor(values).`,
      );
    }
    yield Number(value);
    return;
  }
  if (!isList(value) || value.length !== shape[axis]) {
    throw new TypeError(
      `${caller}: the nested arrays are ragged at depth ${axis}: expected ${shape[axis]} elements there.`,
    );
  }
  for (let i = 0; i < value.length; i++) yield* flatten(value[i], shape, axis + 1, caller);
}
