import type { DType } from "../../dtype.js";
import { DTypeError } from "../../errors.js";
import type { Tensor } from "../../tensor.js";
import { swapBytes, tensorOfBytes } from "../raw.js";
import { readChunks } from "./chunks.js";
import { FileBytes } from "./file-bytes.js";

// The parts of the HDF5 format (specification 3.0) that h5py writes by default: version 0 and 1 files, groups in B-trees, arrays of
// numbers in one piece or in chunks, packed or not. Attributes are skipped.

/** Message types of object headers. */
const messages = { dataspace: 1, datatype: 3, layout: 8, filters: 11, continuation: 16, symbolTable: 17 } as const;

const signature = [0x89, 0x48, 0x44, 0x46, 0x0d, 0x0a, 0x1a, 0x0a];

/** Groups within groups go no deeper. */
const deepest = 64;

/**
 * All arrays of a file, by path: `layers/dense/vars/0`.
 * @param label how messages name the file
 * @throws ValueError for bytes that are damaged, lie about their sizes or use other parts of the format; DTypeError for arrays of
 * other things than numbers
 */
export function readHdf5(bytes: Uint8Array, label: string): Record<string, Tensor> {
  const file = new FileBytes(bytes, label);
  if (signature.some((byte, i) => bytes[i] !== byte)) file.fail("it does not begin as an HDF5 file");
  const version = file.byte(8);
  if (version > 1) file.fail(`a file of version ${version} cannot be read here; write it without libver="latest"`);
  if (file.byte(13) !== 8 || file.byte(14) !== 8) file.fail("its addresses have no 64 bits");
  const arrays: [string, Tensor][] = [];
  const seen = new Set<number>();
  let total = 0;
  const visit = (address: number, path: string, depth: number): void => {
    // Every object stands in the file once, so what is read is never larger than the file.
    if (seen.has(address)) file.fail(`${JSON.stringify(path)} is there twice`);
    if (depth > deepest) file.fail(`groups within groups, more than ${deepest} deep`);
    seen.add(address);
    const header = headerOf(file, address);
    const table = header.get(messages.symbolTable);
    if (table === undefined) {
      const found = arrayOf(file, header, path);
      if (!found) return;
      arrays.push([path, found.x]);
      total += found.stored;
      if (total > bytes.length) file.fail("its arrays lie over each other");
      return;
    }
    for (const [name, inner] of membersOf(file, file.offset(table), file.offset(table + 8))) {
      visit(inner, path === "" ? name : `${path}/${name}`, depth + 1);
    }
  };
  visit(file.offset(version === 0 ? 64 : 68), "", 0);
  return Object.fromEntries(arrays);
}

/** Where each message of an object header begins, by type; of several of one type the first. */
function headerOf(file: FileBytes, address: number): Map<number, number> {
  if (file.byte(address) !== 1) file.fail(`an object at ${address} has another header than version 1`);
  const found = new Map<number, number>();
  const blocks: [start: number, length: number][] = [[address + 16, file.u32(address + 8)]];
  let room = file.length;
  for (let block = blocks.pop(); block; block = blocks.pop()) {
    const [start, length] = block;
    // A header that continues in itself would never end.
    room -= length + 1;
    if (room < 0 || length > file.length) file.fail(`the header at ${address} is larger than the file`);
    for (let at = start; at + 8 <= start + length; ) {
      const [type, size] = [file.u16(at), file.u16(at + 2)];
      if (type === messages.continuation) blocks.push([file.offset(at + 8), file.offset(at + 16)]);
      else if (!found.has(type)) found.set(type, at + 8);
      at += 8 + size;
    }
  }
  return found;
}

/** The members of a group, from its B-tree and the heap with the names. */
function* membersOf(file: FileBytes, tree: number, heap: number): Generator<[name: string, address: number]> {
  file.expect(heap, "HEAP");
  const [size, names] = [file.offset(heap + 8), file.offset(heap + 24)];
  const pending = [tree];
  const seen = new Set<number>();
  for (let node = pending.pop(); node !== undefined; node = pending.pop()) {
    if (seen.has(node)) file.fail("a group's tree runs in a circle");
    seen.add(node);
    if (file.text(node, 4) === "SNOD") {
      for (let i = 0, count = file.u16(node + 6); i < count; i++) {
        const entry = node + 8 + 40 * i;
        yield [file.name(names, size, file.offset(entry)), file.offset(entry + 8)];
      }
      continue;
    }
    file.expect(node, "TREE");
    if (file.byte(node + 4) !== 0) file.fail("a group's tree is none of groups");
    for (let i = file.u16(node + 6) - 1; i >= 0; i--) pending.push(file.offset(node + 32 + 16 * i));
  }
}

/** An array and how many bytes of the file it was made of, or undefined for an object that is none. */
function arrayOf(
  file: FileBytes,
  header: ReadonlyMap<number, number>,
  path: string,
): { x: Tensor; stored: number } | undefined {
  const [space, type, layout] = [messages.dataspace, messages.datatype, messages.layout].map(m => header.get(m));
  if (space === undefined || type === undefined || layout === undefined) return undefined;
  const label = JSON.stringify(path);
  const { dtype, width, bigEndian } = dtypeOf(file, type, label);
  const shape = shapeOf(file, space, label);
  const size = shape.reduce((a, b) => a * b, 1) * width;
  const tensorOf = (data: Uint8Array): Tensor => {
    const own = bigEndian && width > 1 ? data.slice() : data;
    if (own !== data) swapBytes(own, width);
    return tensorOfBytes(own, dtype, shape);
  };
  const [version, kind] = [file.byte(layout), file.byte(layout + 1)];
  if (version !== 3 || kind > 2) file.fail(`${label} lies in the file in a way of version ${version}, kind ${kind}`);
  const pipeline = header.get(messages.filters);
  if (kind === 2) {
    const rank = file.byte(layout + 2) - 1;
    const sizes = Array.from({ length: rank }, (_, i) => file.u32(layout + 11 + 4 * i));
    const tree = size === 0 ? 0 : file.offset(layout + 3);
    const { data, stored } = readChunks(file, { tree, sizes, pipeline, shape, width, label });
    return { x: tensorOf(data), stored };
  }
  if (pipeline !== undefined) file.fail(`${label} is packed, but not in chunks`);
  const [at, there] =
    kind === 0
      ? [layout + 4, file.u16(layout + 2)]
      : size === 0
        ? [0, 0]
        : [file.offset(layout + 2), file.offset(layout + 10)];
  if (there !== size) file.fail(`${label} of shape [${shape.join(", ")}] needs ${size} bytes and has ${there}`);
  return { x: tensorOf(file.slice(at, size)), stored: size };
}

function shapeOf(file: FileBytes, at: number, label: string): number[] {
  const [version, rank] = [file.byte(at), file.byte(at + 1)];
  if ((version !== 1 && version !== 2) || rank > 16) file.fail(`${label} has no proper shape`);
  const start = version === 1 ? at + 8 : at + 4;
  return Array.from({ length: rank }, (_, i) => file.offset(start + 8 * i));
}

const integers: Readonly<Record<string, DType>> = {
  "1 signed": "int8",
  "1 unsigned": "uint8",
  "4 signed": "int32",
  "4 unsigned": "uint32",
  "8 signed": "int64",
};

/** By the width and the bits of the exponent. */
const floats: Readonly<Record<string, DType>> = {
  "2 5": "float16",
  "2 8": "bfloat16",
  "4 8": "float32",
  "8 11": "float64",
};

function dtypeOf(file: FileBytes, at: number, label: string): { dtype: DType; width: number; bigEndian: boolean } {
  const [kind, flags, width] = [file.byte(at) & 15, file.byte(at + 1), file.u32(at + 4)];
  const dtype =
    kind === 0
      ? integers[`${width} ${flags & 8 ? "signed" : "unsigned"}`]
      : kind === 1
        ? floats[`${width} ${file.byte(at + 13)}`]
        : undefined;
  if (dtype === undefined) {
    throw new DTypeError(`no dtype for ${label} (HDF5 class ${kind}, ${width} bytes)`, {
      op: "hdf5",
      expected: [...Object.values(integers), ...Object.values(floats)].join(", "),
      hint: "Arrays of these numbers are read.",
    });
  }
  return { dtype, width, bigEndian: (flags & 1) !== 0 };
}
