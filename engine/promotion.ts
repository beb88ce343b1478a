import type { DType } from "./dtype.js";

/**
 * The dtype of a result whose inputs differ, as in PyTorch: the kind decides first (bool < integer < float), then the width.
 * Two exceptions, because there is no common type between them: float16 with bfloat16 gives float32, int8 with uint8 gives
 * int32. A JavaScript number is weak: it takes the tensor's dtype, except that a fraction or a division turns integers into
 * float32.
 */
const table = {
  float32: [
    "float32",
    "float64",
    "float32",
    "float32",
    "float32",
    "float32",
    "float32",
    "float32",
    "float32",
    "float32",
  ],
  float64: [
    "float64",
    "float64",
    "float64",
    "float64",
    "float64",
    "float64",
    "float64",
    "float64",
    "float64",
    "float64",
  ],
  float16: [
    "float32",
    "float64",
    "float16",
    "float32",
    "float16",
    "float16",
    "float16",
    "float16",
    "float16",
    "float16",
  ],
  bfloat16: [
    "float32",
    "float64",
    "float32",
    "bfloat16",
    "bfloat16",
    "bfloat16",
    "bfloat16",
    "bfloat16",
    "bfloat16",
    "bfloat16",
  ],
  int8: ["float32", "float64", "float16", "bfloat16", "int8", "int32", "int64", "int32", "int64", "int8"],
  int32: ["float32", "float64", "float16", "bfloat16", "int32", "int32", "int64", "int32", "int64", "int32"],
  int64: ["float32", "float64", "float16", "bfloat16", "int64", "int64", "int64", "int64", "int64", "int64"],
  uint8: ["float32", "float64", "float16", "bfloat16", "int32", "int32", "int64", "uint8", "uint32", "uint8"],
  uint32: ["float32", "float64", "float16", "bfloat16", "int64", "int64", "int64", "uint32", "uint32", "uint32"],
  bool: ["float32", "float64", "float16", "bfloat16", "int8", "int32", "int64", "uint8", "uint32", "bool"],
} as const satisfies Record<DType, readonly DType[]>;

type Column = {
  float32: 0;
  float64: 1;
  float16: 2;
  bfloat16: 3;
  int8: 4;
  int32: 5;
  int64: 6;
  uint8: 7;
  uint32: 8;
  bool: 9;
};

const column = Object.fromEntries(Object.keys(table).map((dtype, i) => [dtype, i])) as Record<DType, number>;

/** The common dtype of two, at the level of types. */
export type Promote<A extends DType, B extends DType> = (typeof table)[A][Column[B]];

/** The common dtype of two. */
export function promote(a: DType, b: DType): DType {
  return a === b ? a : table[a][column[b]]!;
}

export type FloatDType = "float32" | "float64" | "float16" | "bfloat16";

/** What functions like `exp` make of a dtype: floats stay, integers and bool become float32. */
export type Floating<D extends DType> = [DType] extends [D] ? FloatDType : D extends FloatDType ? D : "float32";

export function isFloat(dtype: DType): dtype is FloatDType {
  return dtype === "float32" || dtype === "float64" || dtype === "float16" || dtype === "bfloat16";
}

export function floating(dtype: DType): FloatDType {
  return isFloat(dtype) ? dtype : "float32";
}
