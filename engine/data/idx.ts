import { ValueError } from "../errors.js";

/** The element types that an idx file can hold, by the byte in its magic number. */
const elementTypes = {
  8: {
    name: "uint8",
    bytes: 1,
    make: (n: number) => new Uint8Array(n),
    read: (v: DataView, at: number) => v.getUint8(at),
  },
  9: {
    name: "int8",
    bytes: 1,
    make: (n: number) => new Int8Array(n),
    read: (v: DataView, at: number) => v.getInt8(at),
  },
  11: {
    name: "int16",
    bytes: 2,
    make: (n: number) => new Int16Array(n),
    read: (v: DataView, at: number) => v.getInt16(at),
  },
  12: {
    name: "int32",
    bytes: 4,
    make: (n: number) => new Int32Array(n),
    read: (v: DataView, at: number) => v.getInt32(at),
  },
  13: {
    name: "float32",
    bytes: 4,
    make: (n: number) => new Float32Array(n),
    read: (v: DataView, at: number) => v.getFloat32(at),
  },
  14: {
    name: "float64",
    bytes: 8,
    make: (n: number) => new Float64Array(n),
    read: (v: DataView, at: number) => v.getFloat64(at),
  },
} as const;

type ElementCode = keyof typeof elementTypes;

/** What an idx file holds: numbers in row-major order and their shape. */
export interface IdxArray {
  dtype: (typeof elementTypes)[ElementCode]["name"];
  shape: number[];
  data: Uint8Array | Int8Array | Int16Array | Int32Array | Float32Array | Float64Array;
}

interface IdxHeader {
  code: ElementCode;
  shape: number[];
  /** Elements in all. */
  count: number;
  /** Where the elements begin. */
  start: number;
  /** Bytes of the whole file, as the header promises. */
  total: number;
}

/** Deflate cannot do better than this, so a header that promises more is a lie and nothing is allocated for it. */
const largestDeflateRatio = 1032;

/**
 * Parses an idx file, the format of the MNIST files: plain or gzip-compressed.
 * @param name how messages name the file
 * @throws ValueError when the bytes are no idx file, are cut off, or go on after the last element
 * @example const { shape, data } = await parseIdx(await readFile("mnist/t10k-labels-idx1-ubyte.gz"), "t10k-labels");
 */
export async function parseIdx(bytes: Uint8Array, name = "idx data"): Promise<IdxArray> {
  const compressed = bytes[0] === 0x1f && bytes[1] === 0x8b;
  const plain = compressed ? await decompress(bytes, name) : bytes;
  const header = parseHeader(plain, name);
  if (header === undefined) throw refuse(name, `the header is cut off after ${plain.length} bytes`, copyAgain);
  if (plain.length !== header.total) {
    const story = plain.length < header.total ? "it is cut off" : "something follows the last element";
    throw refuse(
      name,
      `shape [${header.shape.join(", ")}] of ${elementTypes[header.code].name} needs ${header.total} bytes, ` +
        `but there are ${plain.length === header.total + 1 && compressed ? "more" : plain.length}: ${story}`,
      copyAgain,
    );
  }
  return { dtype: elementTypes[header.code].name, shape: header.shape, data: readElements(plain, header) };
}

const copyAgain = "Copy or download the file again";

function refuse(name: string, problem: string, hint: string): ValueError {
  return new ValueError(`${name}: ${problem}`, { op: "idx", hint: `${hint}.` });
}

/** Reads the header; undefined when there are too few bytes for it. */
function parseHeader(bytes: Uint8Array, name: string): IdxHeader | undefined {
  if (bytes.length < 4) return undefined;
  if (bytes[0] !== 0 || bytes[1] !== 0) {
    const seen = [...bytes.subarray(0, 4)].map(b => b.toString(16).padStart(2, "0")).join(" ");
    throw refuse(
      name,
      `this is no idx file: it begins ${seen}, an idx file begins 00 00`,
      "Check the path and the format",
    );
  }
  const code = bytes[2]!;
  if (!(code in elementTypes)) {
    throw refuse(
      name,
      `unknown element type 0x${code.toString(16).padStart(2, "0")}; idx knows 08 uint8, 09 int8, 0b int16, 0c int32, 0d float32, 0e float64`,
      copyAgain,
    );
  }
  const rank = bytes[3]!;
  const start = 4 + 4 * rank;
  if (bytes.length < start) return undefined;
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const shape = Array.from({ length: rank }, (_, i) => view.getUint32(4 + 4 * i));
  const count = shape.reduce((product, size) => product * size, 1);
  const total = start + count * elementTypes[code as ElementCode].bytes;
  if (!Number.isSafeInteger(total)) {
    throw refuse(name, `shape [${shape.join(", ")}] is larger than any file`, copyAgain);
  }
  return { code: code as ElementCode, shape, count, start, total };
}

function readElements(bytes: Uint8Array, header: IdxHeader): IdxArray["data"] {
  const type = elementTypes[header.code];
  // Not `slice`: on a Buffer that would share the caller's memory.
  if (type.name === "uint8") return new Uint8Array(bytes.subarray(header.start, header.total));
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const data = type.make(header.count);
  for (let i = 0; i < header.count; i++) data[i] = type.read(view, header.start + i * type.bytes);
  return data;
}

/** Decompresses as much as the header inside promises and one byte more, so that a bomb stays small. */
async function decompress(bytes: Uint8Array, name: string): Promise<Uint8Array> {
  const source = new Blob([bytes as Uint8Array<ArrayBuffer>]).stream();
  const reader = source.pipeThrough(new DecompressionStream("gzip")).getReader();
  const chunks: Uint8Array[] = [];
  let length = 0;
  let header: IdxHeader | undefined;
  try {
    for (;;) {
      const { done, value } = await reader.read();
      if (done) break;
      chunks.push(value);
      length += value.length;
      if (header === undefined) {
        header = parseHeader(join(chunks, length), name);
        if (header !== undefined && header.total > bytes.length * largestDeflateRatio) {
          throw refuse(
            name,
            `the header promises ${header.total} bytes, more than ${bytes.length} compressed bytes can hold: it is cut off or damaged`,
            copyAgain,
          );
        }
      }
      if (header !== undefined && length > header.total) {
        await reader.cancel();
        return join(chunks, header.total + 1);
      }
    }
  } catch (error) {
    if (error instanceof ValueError) throw error;
    throw refuse(name, `the gzip data is damaged or cut off after ${length} decompressed bytes`, copyAgain);
  }
  return join(chunks, length);
}

/** The first `length` bytes of the chunks. */
function join(chunks: readonly Uint8Array[], length: number): Uint8Array {
  const out = new Uint8Array(length);
  let at = 0;
  for (const chunk of chunks) {
    const part = chunk.subarray(0, length - at);
    out.set(part, at);
    at += part.length;
  }
  return out;
}
