import { bytesPerElement, type DType } from "../../dtype.js";
import { DTypeError, ValueError } from "../../errors.js";
import { tensor } from "../../ops/create.js";
import { requireTensor } from "../../ops/require.js";
import { permute } from "../../ops/view.js";
import { sizeOf } from "../../shape.js";
import type { Tensor } from "../../tensor.js";
import { bytesOfTensor, swapBytes, tensorOfBytes } from "../raw.js";

const magic = [0x93, 0x4e, 0x55, 0x4d, 0x50, 0x59];

/** NumPy's codes of the dtypes that the engine has. */
const dtypeOfCode: Readonly<Record<string, DType>> = {
  f4: "float32",
  f8: "float64",
  f2: "float16",
  i1: "int8",
  i4: "int32",
  i8: "int64",
  u1: "uint8",
  u4: "uint32",
  b1: "bool",
};
const codeOfDtype = Object.fromEntries(Object.entries(dtypeOfCode).map(([code, dtype]) => [dtype, code]));

/** What an array's header says. */
interface Header {
  readonly bigEndian: boolean;
  readonly code: string;
  readonly fortran: boolean;
  readonly shape: readonly number[];
}

function damaged(label: string, problem: string): never {
  throw new ValueError(`${label}: ${problem}`, { op: "npy", hint: "The file is damaged, or no .npy file." });
}

/**
 * Reads an array in NumPy's `.npy` format, versions 1 to 3, either byte order, C or Fortran order. 16-bit integers become int32.
 * @param label how messages name the array
 * @throws ValueError for bytes that are damaged or lie about their sizes; DTypeError for dtypes that the engine has not, and
 * for arrays of Python objects, which would have to be executed
 * @example io.numpy.decode(io.numpy.encode(ones([2, 3]))).shape; // [2, 3]
 */
export function decode(bytes: Uint8Array, label = "the array"): Tensor {
  if (bytes.length < 10 || magic.some((byte, i) => bytes[i] !== byte)) damaged(label, "it does not begin as one");
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const version = bytes[6]!;
  if (version < 1 || version > 3) damaged(label, `version ${version} is not known`);
  const [start, length] =
    version === 1 ? [10, view.getUint16(8, true)] : bytes.length < 12 ? [12, 0] : [12, view.getUint32(8, true)];
  if (start + length > bytes.length) damaged(label, "the header is cut off");
  const text = new TextDecoder(version === 3 ? "utf-8" : "latin1").decode(bytes.subarray(start, start + length));
  const { bigEndian, code, fortran, shape } = parseHeader(text, label);
  const width = Number(code.slice(1));
  const [count, data] = [sizeOf(shape), bytes.subarray(start + length)];
  if (!Number.isSafeInteger(count) || data.length !== count * width) {
    damaged(label, `shape [${shape.join(", ")}] of ${code} needs ${count * width} bytes and has ${data.length}`);
  }
  const own = bigEndian && width > 1 ? data.slice() : data;
  if (own !== data) swapBytes(own, width);
  const stored = fortran ? [...shape].reverse() : shape;
  const x = toTensor(own, code, stored, label);
  return fortran && shape.length > 1
    ? (permute(
        x,
        shape.map((_, i) => shape.length - 1 - i),
      ) as Tensor)
    : x;
}

/** The header is a Python literal of three keys in any order. */
function parseHeader(text: string, label: string): Header {
  const descr = /'descr'\s*:\s*'([^']*)'/.exec(text)?.[1];
  const order = /'fortran_order'\s*:\s*(True|False)/.exec(text)?.[1];
  const lengths = /'shape'\s*:\s*\(([\d\s,L]*)\)/.exec(text)?.[1];
  if (order === undefined || lengths === undefined) damaged(label, "the header cannot be read");
  if (descr === undefined) {
    throw new DTypeError(`${label}: a structured array`, { op: "npy", hint: "Save its columns one by one." });
  }
  const [, endian, code] =
    /^([<>|=]?)(\w+)$/.exec(descr) ?? damaged(label, `the dtype ${JSON.stringify(descr)} cannot be read`);
  const shape = lengths
    .split(",")
    .filter(n => n.trim() !== "")
    .map(n => Number.parseInt(n, 10));
  if (shape.length > 16 || !shape.every(Number.isSafeInteger)) damaged(label, `the shape (${lengths}) cannot be read`);
  requireReadable(code!, label);
  return { bigEndian: endian === ">", code: code!, fortran: order === "True", shape };
}

function requireReadable(code: string, label: string): void {
  if (code in dtypeOfCode || code === "i2" || code === "u2") return;
  const objects = code.startsWith("O");
  throw new DTypeError(`${label}: ${objects ? "an array of Python objects" : `no dtype for ${code}`}`, {
    op: "npy",
    expected: Object.keys(dtypeOfCode).join(", "),
    got: code,
    hint: objects
      ? "Reading it would execute what the file says. Save numbers."
      : "Convert it in NumPy: x.astype('float32').",
  });
}

function toTensor(bytes: Uint8Array, code: string, shape: readonly number[], label: string): Tensor {
  const dtype = dtypeOfCode[code];
  if (dtype) return tensorOfBytes(bytes, dtype, shape);
  if (sizeOf(shape) === 0) return tensorOfBytes(new Uint8Array(0), "int32", shape);
  const copy = bytes.slice();
  const values = code === "i2" ? new Int16Array(copy.buffer) : new Uint16Array(copy.buffer);
  if (values.length !== sizeOf(shape)) damaged(label, "its values are cut off");
  return tensor(Int32Array.from(values), { shape: [...shape] }) as Tensor;
}

/**
 * A tensor in NumPy's `.npy` format, version 1, in C order.
 * @throws DTypeError for bfloat16, which NumPy has not
 * @example io.numpy.encode(ones([2, 3])).length; // 152
 */
export function encode(x: Tensor): Uint8Array {
  requireTensor("npy", x);
  const code = codeOfDtype[x.dtype];
  if (code === undefined) {
    throw new DTypeError(`NumPy has no ${x.dtype}`, { op: "npy", hint: 'Convert it: x.cast("float32").' });
  }
  const order = bytesPerElement[x.dtype] === 1 ? "|" : "<";
  const shape = `(${x.shape.join(", ")}${x.shape.length === 1 ? "," : ""})`;
  const text = `{'descr': '${order}${code}', 'fortran_order': False, 'shape': ${shape}, }`;
  // The data begins at a multiple of 64 bytes, and the header ends in a line feed, as NumPy writes it.
  const padded = `${text.padEnd(Math.ceil((10 + text.length + 1) / 64) * 64 - 11)}\n`;
  const data = bytesOfTensor(x);
  const bytes = new Uint8Array(10 + padded.length + data.length);
  bytes.set([...magic, 1, 0]);
  new DataView(bytes.buffer).setUint16(8, padded.length, true);
  bytes.set(new TextEncoder().encode(padded), 10);
  bytes.set(data, 10 + padded.length);
  return bytes;
}
