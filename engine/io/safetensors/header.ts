import { bytesPerElement, type DType } from "../../dtype.js";
import { DTypeError, ValueError } from "../../errors.js";
import { isPlainObject } from "../../tree.js";

/** Where a tensor lies in a file. */
export interface Entry {
  readonly dtype: DType;
  readonly shape: readonly number[];
  /** Bytes from the beginning of the data. */
  readonly begin: number;
  readonly end: number;
}

/** What a file's header says. */
export interface Header {
  readonly entries: ReadonlyMap<string, Entry>;
  /** Texts that whoever wrote the file left in it. */
  readonly metadata: Readonly<Record<string, string>>;
  /** Where the data begins in the file. */
  readonly start: number;
}

/** The length of the header comes first, as a 64-bit number. */
export const prefixBytes = 8;

/** The reference implementation's limit. */
const longestHeader = 100_000_000;

/** The dtypes of the format that the engine has. Tensors of the later ones come first in a file, as the reference writes them. */
const dtypeOfCode: Readonly<Record<string, DType>> = {
  BOOL: "bool",
  U8: "uint8",
  I8: "int8",
  F16: "float16",
  BF16: "bfloat16",
  I32: "int32",
  U32: "uint32",
  F32: "float32",
  F64: "float64",
  I64: "int64",
};
const codes = Object.keys(dtypeOfCode);

export const codeOfDtype = Object.fromEntries(
  Object.entries(dtypeOfCode).map(([code, dtype]) => [dtype, code]),
) as Readonly<Record<DType, string>>;

/** How a file orders two tensors: large elements first, so that all are aligned, then by name. */
export function compareTensors([nameA, dtypeA]: [string, DType], [nameB, dtypeB]: [string, DType]): number {
  const rank = (dtype: DType) => codes.indexOf(codeOfDtype[dtype]);
  if (dtypeA !== dtypeB) return rank(dtypeB) - rank(dtypeA);
  return nameA < nameB ? -1 : nameA > nameB ? 1 : 0;
}

export function damaged(name: string, problem: string): never {
  throw new ValueError(`${name}: ${problem}`, {
    op: "safetensors",
    hint: "The file is damaged, or no safetensors file.",
  });
}

/** The length of the header. @throws ValueError when it cannot be that of a file of so many bytes */
export function headerLength(prefix: Uint8Array, fileBytes: number, name: string): number {
  if (prefix.length < prefixBytes) damaged(name, `${fileBytes} bytes are too few`);
  const length = new DataView(prefix.buffer, prefix.byteOffset).getBigUint64(0, true);
  if (length > BigInt(longestHeader))
    damaged(name, `a header of ${length} bytes is over the limit of ${longestHeader}`);
  if (Number(length) + prefixBytes > fileBytes) damaged(name, `a header of ${length} bytes in a file of ${fileBytes}`);
  return Number(length);
}

/**
 * Reads a header. The tensors must fill the data without gaps, as the format wants it, so that nothing hides in a file.
 * @throws ValueError for anything else; DTypeError for a dtype that the engine has not
 */
export function parseHeader(bytes: Uint8Array, fileBytes: number, name: string): Header {
  const start = prefixBytes + bytes.length;
  const entries = new Map<string, Entry>();
  let metadata: Record<string, string> = {};
  for (const [key, value] of Object.entries(readObject(bytes, name))) {
    if (key === "__metadata__") metadata = readMetadata(value, name);
    else entries.set(key, readEntry(key, value, name));
  }
  const inOrder = [...entries].sort(([, a], [, b]) => a.begin - b.begin || a.end - b.end);
  let next = 0;
  for (const [key, { begin, end }] of inOrder) {
    if (begin !== next) damaged(name, `${JSON.stringify(key)} begins at byte ${begin} of the data instead of ${next}`);
    next = end;
  }
  if (start + next !== fileBytes) damaged(name, `its tensors take ${next} bytes, but ${fileBytes - start} are there`);
  return { entries, metadata, start };
}

function readObject(bytes: Uint8Array, name: string): Record<string, unknown> {
  let text: string;
  let header: unknown;
  try {
    text = new TextDecoder("utf-8", { fatal: true }).decode(bytes);
    header = JSON.parse(text);
  } catch {
    damaged(name, "the header is no JSON");
  }
  if (!isPlainObject(header)) damaged(name, "the header is no object");
  const twice = repeatedNames(text);
  if (twice.length > 0) damaged(name, `it names ${twice.map(each => JSON.stringify(each)).join(", ")} twice`);
  return header as Record<string, unknown>;
}

/** Names of objects that come more than once; `JSON.parse` would keep the last of them and say nothing. */
function repeatedNames(json: string): string[] {
  const names = new Set<string>();
  const twice = new Set<string>();
  // All texts one after the other, so that none begins inside another; those before an object are names.
  for (const [text, before] of json.matchAll(/"(?:[^"\\]|\\.)*"(\s*:\s*\{)?/g)) {
    if (before === undefined) continue;
    const name = JSON.parse(text.slice(0, text.length - before.length)) as string;
    if (names.has(name)) twice.add(name);
    names.add(name);
  }
  return [...twice];
}

function readMetadata(value: unknown, name: string): Record<string, string> {
  const isTexts = isPlainObject(value) && Object.values(value).every(text => typeof text === "string");
  if (!isTexts) damaged(name, "its metadata is no list of texts");
  return value as Record<string, string>;
}

function readEntry(key: string, value: unknown, name: string): Entry {
  const label = JSON.stringify(key);
  if (!isPlainObject(value)) damaged(name, `${label} is no description of a tensor`);
  const { dtype: code, shape, data_offsets: offsets } = value as Record<string, unknown>;
  if (!isCounts(shape) || shape.length > 16) damaged(name, `${label} has no proper shape`);
  if (!isCounts(offsets) || offsets.length !== 2) damaged(name, `${label} has no proper offsets`);
  if (typeof code !== "string") damaged(name, `${label} has no dtype`);
  const dtype = dtypeOfCode[code];
  if (dtype === undefined) {
    throw new DTypeError(`${name}: no dtype for ${code} of ${label}`, {
      op: "safetensors",
      expected: codes.join(", "),
      got: code,
      hint: "Convert it to one of these.",
    });
  }
  const [begin, end] = offsets as [number, number];
  const size = shape.reduce((a, b) => a * b, 1) * bytesPerElement[dtype];
  if (end - begin !== size) {
    damaged(name, `${label} of shape [${shape.join(", ")}] and ${code} needs ${size} bytes and has ${end - begin}`);
  }
  return { dtype, shape, begin, end };
}

function isCounts(value: unknown): value is number[] {
  return Array.isArray(value) && value.every(n => Number.isSafeInteger(n) && n >= 0);
}
