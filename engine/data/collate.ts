import type { TypedArray } from "../backend/backend.js";
import type { DType } from "../dtype.js";
import { ShapeError, ValueError } from "../errors.js";
import { tensor } from "../ops/create.js";
import { stack } from "../ops/join.js";
import type { Shape } from "../shape.js";
import { Tensor } from "../tensor.js";
import { isPlainObject } from "../tree.js";

/**
 * Samples of one kind, put together: tensors get a batch axis, numbers become float32 [N], booleans bool [N], arrays of numbers
 * and typed arrays one row each; objects and tuples are put together part by part; everything else becomes a list.
 */
export type Batched<T> =
  T extends Tensor<infer S extends Shape, infer D extends DType>
    ? Tensor<[number, ...S], D>
    : T extends number
      ? Tensor<[number], "float32">
      : T extends boolean
        ? Tensor<[number], "bool">
        : T extends bigint
          ? Tensor<[number], "int64">
          : T extends string | Date | null | undefined
            ? T[]
            : T extends readonly number[]
              ? Tensor<[number, number], "float32">
              : T extends Float32Array
                ? Tensor<[number, number], "float32">
                : T extends TypedArray
                  ? Tensor<[number, number]>
                  : T extends readonly unknown[]
                    ? { [K in keyof T]: Batched<T[K]> }
                    : T extends object
                      ? { [K in keyof T]: Batched<T[K]> }
                      : T[];

/**
 * Puts samples together into one batch, as `Batched` says.
 * @throws ValueError when there are none or they are of different kinds; ShapeError when their shapes differ; both name the part
 * @example data.collate([{ x: zeros([3]), y: 1 }, { x: ones([3]), y: 0 }]).x.shape; // [2, 3]
 */
export function collate<T>(samples: readonly T[]): Batched<T> {
  if (samples.length === 0) throw new ValueError("there are no samples", { op: "collate", hint: "Give at least one." });
  return collated(samples, "the sample") as Batched<T>;
}

function collated(samples: readonly unknown[], where: string): unknown {
  const first = samples[0];
  const all = (is: (value: unknown) => boolean) => {
    const odd = samples.findIndex(sample => !is(sample));
    if (odd < 0) return;
    throw new ValueError(`${where} is ${kindOf(first)} in sample 0 and ${kindOf(samples[odd])} in sample ${odd}`, {
      op: "collate",
      hint: "Samples of a batch must be of one kind; give an own collate for others.",
    });
  };
  if (first instanceof Tensor) {
    all(value => value instanceof Tensor);
    sameSize(where, samples as readonly Tensor[], x => `[${x.shape}]`);
    return stack(samples as readonly Tensor[]);
  }
  if (typeof first === "number" || typeof first === "boolean" || typeof first === "bigint") {
    all(value => typeof value === typeof first);
    return tensor(samples as number[]);
  }
  if (ArrayBuffer.isView(first) && !(first instanceof DataView)) {
    all(value => value?.constructor === first.constructor);
    const rows = samples as readonly Float32Array[];
    sameSize(where, rows, row => `${row.length} values`);
    const width = rows[0]!.length;
    const values = new (first.constructor as Float32ArrayConstructor)(rows.length * width);
    rows.forEach((row, i) => {
      values.set(row, i * width);
    });
    return tensor(values, { shape: [rows.length, width] });
  }
  if (Array.isArray(first)) {
    all(Array.isArray);
    const rows = samples as readonly unknown[][];
    sameSize(where, rows, row => `${row.length} entries`);
    if (rows.every(row => row.every(value => typeof value === "number"))) {
      const values = Float32Array.from((rows as readonly number[][]).flat());
      return tensor(values, { shape: [rows.length, first.length] });
    }
    return first.map((_, k) => {
      const part = rows.map(row => row[k]);
      return collated(part, `${where}[${k}]`);
    });
  }
  if (!isPlainObject(first)) return [...samples];
  all(isPlainObject);
  const names = Object.keys(first);
  return Object.fromEntries(
    names.map(name => {
      const part = samples.map((sample, i) => {
        if (Object.hasOwn(sample as object, name)) return (sample as Record<string, unknown>)[name];
        throw new ValueError(`sample ${i} has no ${name}`, { op: "collate", expected: names.join(", ") });
      });
      return [name, collated(part, name)];
    }),
  );
}

function sameSize<X>(where: string, samples: readonly X[], sizeOf: (sample: X) => string): void {
  const size = sizeOf(samples[0]!);
  const odd = samples.findIndex(sample => sizeOf(sample) !== size);
  if (odd < 0) return;
  throw new ShapeError(`${where} is ${size} in sample 0 and ${sizeOf(samples[odd]!)} in sample ${odd}`, {
    op: "collate",
    hint: "Bring the samples to one size first, or give an own collate.",
  });
}

function kindOf(value: unknown): string {
  if (value === null || value === undefined) return String(value);
  if (typeof value !== "object") return `a ${typeof value}`;
  return `a ${value.constructor?.name ?? "object"}`;
}
