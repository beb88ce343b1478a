/** The element types. `float32` is the default; `bool` holds 0 or 1 in a byte; labels are `int32`. */
export type DType =
  | "float32"
  | "float64"
  | "float16"
  | "bfloat16"
  | "int8"
  | "int32"
  | "int64"
  | "uint8"
  | "uint32"
  | "bool";

/** All of them. The order is the wire code of `backend/commands.ts` and never changes. */
export const dtypes = [
  "float32",
  "float64",
  "float16",
  "bfloat16",
  "int8",
  "int32",
  "int64",
  "uint8",
  "uint32",
  "bool",
] as const satisfies readonly DType[];

/** Bytes of one element. */
export const bytesPerElement: Readonly<Record<DType, number>> = {
  float32: 4,
  float64: 8,
  float16: 2,
  bfloat16: 2,
  int8: 1,
  int32: 4,
  int64: 8,
  uint8: 1,
  uint32: 4,
  bool: 1,
};

/** The number that stands for a dtype in a command record. */
export const dtypeCode = Object.fromEntries(dtypes.map((d, i) => [d, i])) as Readonly<Record<DType, number>>;

/** What values of a dtype are handed over in; halves as float32. */
export const typedArrays = {
  float32: Float32Array,
  float64: Float64Array,
  float16: Float32Array,
  bfloat16: Float32Array,
  int8: Int8Array,
  int32: Int32Array,
  int64: BigInt64Array,
  uint8: Uint8Array,
  uint32: Uint32Array,
  bool: Uint8Array,
} as const;
