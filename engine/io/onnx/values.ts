import { type DType, typedArrays } from "../../dtype.js";
import { DTypeError } from "../../errors.js";
import { tensor } from "../../ops/create.js";
import { sizeOf } from "../../shape.js";
import type { Tensor } from "../../tensor.js";
import { damaged, fieldsOf, floatsOf, integersOf, textOf } from "./protobuf.js";

/** ONNX's data types that the engine has, by their number in `TensorProto.DataType`. */
const dtypeOfCode: Readonly<Record<number, DType>> = {
  1: "float32",
  2: "uint8",
  3: "int8",
  6: "int32",
  7: "int64",
  9: "bool",
  10: "float16",
  11: "float64",
  12: "uint32",
  16: "bfloat16",
};

/** The number of a dtype. */
export const codeOfDtype = Object.fromEntries(
  Object.entries(dtypeOfCode).map(([code, dtype]) => [dtype, Number(code)]),
) as Readonly<Record<DType, number>>;

const namesOfMissing: Readonly<Record<number, string>> = {
  4: "uint16",
  5: "int16",
  8: "string",
  13: "uint64",
  14: "complex64",
  15: "complex128",
};

/** @throws DTypeError for a data type that the engine has not */
export function dtypeOf(code: number): DType {
  const dtype = dtypeOfCode[code];
  if (dtype !== undefined) return dtype;
  throw new DTypeError(`no dtype for ONNX data type ${namesOfMissing[code] ?? code}`, {
    op: "onnx",
    hint: "Export the model with float32 and int64 tensors.",
  });
}

/** The number that the 16 bits of an IEEE half stand for. */
function halfToNumber(bits: number): number {
  const sign = bits & 0x8000 ? -1 : 1;
  const exponent = (bits >> 10) & 31;
  const fraction = bits & 1023;
  if (exponent === 31) return fraction ? Number.NaN : sign * Number.POSITIVE_INFINITY;
  return exponent === 0 ? sign * fraction * 2 ** -24 : sign * (1024 + fraction) * 2 ** (exponent - 25);
}

const scratch = new DataView(new ArrayBuffer(4));
function bfloatToNumber(bits: number): number {
  scratch.setUint32(0, bits << 16);
  return scratch.getFloat32(0);
}

const readers: Readonly<Record<DType, [bytes: number, (view: DataView, at: number) => number | bigint]>> = {
  float32: [4, (v, at) => v.getFloat32(at, true)],
  float64: [8, (v, at) => v.getFloat64(at, true)],
  float16: [2, (v, at) => halfToNumber(v.getUint16(at, true))],
  bfloat16: [2, (v, at) => bfloatToNumber(v.getUint16(at, true))],
  int8: [1, (v, at) => v.getInt8(at)],
  int32: [4, (v, at) => v.getInt32(at, true)],
  int64: [8, (v, at) => v.getBigInt64(at, true)],
  uint8: [1, (v, at) => v.getUint8(at)],
  uint32: [4, (v, at) => v.getUint32(at, true)],
  bool: [1, (v, at) => (v.getUint8(at) ? 1 : 0)],
};

/** A named tensor of a model file. */
export interface NamedTensor {
  name: string;
  value: Tensor;
}

/**
 * Reads a TensorProto.
 * @throws ValueError when the values do not fill the shape or lie outside the file; DTypeError for a dtype that the engine has not
 */
export function readTensor(bytes: Uint8Array): NamedTensor {
  const shape: number[] = [];
  const numbers: (number | bigint)[] = [];
  let [code, name, raw] = [0, "", undefined as Uint8Array | undefined];
  for (const field of fieldsOf(bytes)) {
    if (field.number === 1) for (const n of integersOf(field)) shape.push(Number(n));
    else if (field.number === 2) code = Number(field.integer);
    else if (field.number === 4) for (const n of floatsOf(field, 4)) numbers.push(n);
    else if ([5, 7, 11].includes(field.number)) for (const n of integersOf(field)) numbers.push(n);
    else if (field.number === 8) name = textOf(field);
    else if (field.number === 9) raw = field.bytes;
    else if (field.number === 10) for (const n of floatsOf(field, 8)) numbers.push(n);
    else if (field.number === 14 && field.integer !== 0n)
      damaged(`the values of ${JSON.stringify(name)} lie in another file; save the model as one file`);
  }
  const dtype = dtypeOf(code);
  if (shape.some(n => n < 0 || !Number.isSafeInteger(n)) || shape.length > 16)
    damaged(`the tensor ${JSON.stringify(name)} has the shape [${shape.join(", ")}]`);
  const count = sizeOf(shape);
  const [width, read] = readers[dtype];
  const there = raw === undefined ? numbers.length : raw.length / width;
  if (there !== count) damaged(`the tensor ${JSON.stringify(name)} of shape [${shape.join(", ")}] has ${there} values`);
  const data = new typedArrays[dtype](count);
  const view = raw && new DataView(raw.buffer, raw.byteOffset, raw.byteLength);
  for (let i = 0; i < count; i++) data[i] = (view ? read(view, i * width) : fromField(numbers[i]!, dtype)) as never;
  return { name, value: tensor(data, { dtype, shape }) };
}

/** A value of a typed field: halves are stored there as their bits. */
function fromField(value: number | bigint, dtype: DType): number | bigint {
  if (dtype === "int64") return BigInt(value);
  if (dtype === "float16") return halfToNumber(Number(value));
  return dtype === "bfloat16" ? bfloatToNumber(Number(value)) : Number(value);
}
