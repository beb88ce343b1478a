import { crc32, inflateRawSync } from "node:zlib";
import { ValueError } from "../../errors.js";

// The parts of the ZIP format (PKWARE's APPNOTE) that archives of arrays and models use: stored and deflated entries, ZIP64
// sizes. Encrypted archives and those in several files are refused.

const endSignature = 0x06054b50;
const zip64EndSignature = 0x06064b50;
const zip64LocatorSignature = 0x07064b50;
const centralSignature = 0x02014b50;
const localSignature = 0x04034b50;

/** Deflate cannot do better than this, so an entry that promises more is a lie and nothing is allocated for it. */
const largestDeflateRatio = 1032;
const longestComment = 0xffff;

/** A file in an archive. */
export interface ZipEntry {
  readonly name: string;
  /** Bytes once unpacked. */
  readonly size: number;
  /** Unpacks it. @throws ValueError when its checksum or size is wrong */
  unpack(): Uint8Array;
}

/**
 * Lists the files of an archive; none is unpacked yet.
 * @param label how messages name the archive
 * @throws ValueError when it is damaged
 */
export function readZip(bytes: Uint8Array, label: string): Map<string, ZipEntry> {
  const fail = (problem: string): never => {
    throw new ValueError(`${label}: ${problem}`, { op: "zip", hint: "The archive is damaged, or no ZIP archive." });
  };
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const { start, count } = findDirectory(view, fail);
  const entries = new Map<string, ZipEntry>();
  let at = start;
  for (let i = 0; i < count; i++) {
    if (at + 46 > bytes.length || view.getUint32(at, true) !== centralSignature)
      fail(`entry ${i} of ${count} is missing`);
    const flags = view.getUint16(at + 8, true);
    const [nameLength, extraLength, commentLength] = [28, 30, 32].map(offset => view.getUint16(at + offset, true)) as [
      number,
      number,
      number,
    ];
    const next = at + 46 + nameLength + extraLength + commentLength;
    if (next > bytes.length) fail(`entry ${i} of ${count} is cut off`);
    const name = new TextDecoder().decode(bytes.subarray(at + 46, at + 46 + nameLength));
    if (flags & 1) fail(`${JSON.stringify(name)} is encrypted`);
    if (entries.has(name)) fail(`${JSON.stringify(name)} is there twice`);
    const sizes = {
      size: view.getUint32(at + 24, true),
      packed: view.getUint32(at + 20, true),
      local: view.getUint32(at + 42, true),
    };
    widen(sizes, view, at + 46 + nameLength, extraLength, fail);
    const record = { method: view.getUint16(at + 10, true), checksum: view.getUint32(at + 16, true), ...sizes };
    entries.set(name, entryOf(bytes, name, record, fail));
    at = next;
  }
  return entries;
}

function findDirectory(view: DataView, fail: (problem: string) => never): { start: number; count: number } {
  const lowest = Math.max(0, view.byteLength - 22 - longestComment);
  for (let at = view.byteLength - 22; at >= lowest; at--) {
    if (view.getUint32(at, true) !== endSignature) continue;
    const [count, start] = [view.getUint16(at + 10, true), view.getUint32(at + 16, true)];
    if (count !== 0xffff && start !== 0xffffffff) return { start, count };
    if (at < 20 || view.getUint32(at - 20, true) !== zip64LocatorSignature) fail("its ZIP64 directory is missing");
    const end = Number(view.getBigUint64(at - 12, true));
    if (!(end + 56 <= view.byteLength) || view.getUint32(end, true) !== zip64EndSignature)
      fail("its ZIP64 directory is missing");
    return { count: Number(view.getBigUint64(end + 32, true)), start: Number(view.getBigUint64(end + 48, true)) };
  }
  return fail("it has no directory");
}

/** Takes those sizes that do not fit in 32 bits from the extra field. */
function widen(
  sizes: { size: number; packed: number; local: number },
  view: DataView,
  start: number,
  length: number,
  fail: (problem: string) => never,
): void {
  for (let at = start; at + 4 <= start + length; ) {
    const [id, own] = [view.getUint16(at, true), view.getUint16(at + 2, true)];
    if (at + 4 + own > start + length) fail("an extra field is cut off");
    let from = at + 4;
    for (const key of ["size", "packed", "local"] as const) {
      if (id !== 1 || sizes[key] !== 0xffffffff) continue;
      if (from + 8 > at + 4 + own) fail("a ZIP64 size is missing");
      sizes[key] = Number(view.getBigUint64(from, true));
      from += 8;
    }
    at += 4 + own;
  }
}

function entryOf(
  bytes: Uint8Array,
  name: string,
  record: { method: number; checksum: number; size: number; packed: number; local: number },
  fail: (problem: string) => never,
): ZipEntry {
  const { method, checksum, size, packed, local } = record;
  const label = JSON.stringify(name);
  const unpack = (): Uint8Array => {
    const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
    if (!(local + 30 <= bytes.length) || view.getUint32(local, true) !== localSignature) fail(`${label} is missing`);
    const from = local + 30 + view.getUint16(local + 26, true) + view.getUint16(local + 28, true);
    if (!(from + packed <= bytes.length)) fail(`${label} is cut off`);
    const data = bytes.subarray(from, from + packed);
    const unpacked =
      method === 0 ? data : method === 8 ? inflate(data) : fail(`${label} is packed by method ${method}`);
    if (unpacked.length !== size) fail(`${label} has ${unpacked.length} bytes instead of ${size}`);
    if (crc32(unpacked) !== checksum) fail(`${label} has a wrong checksum`);
    return unpacked;
  };
  const inflate = (data: Uint8Array): Uint8Array => {
    if (size > packed * largestDeflateRatio) fail(`${label} promises ${size} bytes out of ${packed}`);
    try {
      return inflateRawSync(data, { maxOutputLength: Math.max(1, size) });
    } catch {
      return fail(`${label} cannot be unpacked`);
    }
  };
  return { name, size, unpack };
}
