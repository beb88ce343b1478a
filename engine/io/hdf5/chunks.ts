import { inflateSync } from "node:zlib";
import type { FileBytes } from "./file-bytes.js";

// Arrays in chunks: a B-tree of version 1 says where each chunk lies, a pipeline of filters how it was packed.

const filters = { deflate: 1, shuffle: 2, fletcher32: 3 } as const;

/** What HDF5 and its plugins call other filters. */
const otherFilters: Readonly<Record<number, string>> = { 4: "szip", 5: "nbit", 6: "scaleoffset", 32000: "lzf" };

/** Deflate cannot do better than this: what promises more is a lie, and nothing is allocated for it. */
const largestDeflateRatio = 1032;

/** Where a chunk lies, and which place of the array it begins at. */
interface Chunk {
  readonly at: number;
  readonly packed: number;
  readonly skipped: number;
  readonly start: readonly number[];
}

/**
 * The elements of an array in chunks, in row-major order.
 * @param tree address of the B-tree
 * @param sizes of a chunk by axis
 * @param pipeline address of the filters' message, if there is one
 * @returns the bytes, and how many of the file they were made of
 * @throws ValueError for a damaged file, chunks that are not there, and filters other than deflate, shuffle and fletcher32
 */
export function readChunks(
  file: FileBytes,
  { tree, sizes, pipeline, shape, width, label }: ChunkedArray,
): { data: Uint8Array; stored: number } {
  if (sizes.length !== shape.length || sizes.some(size => size < 1))
    file.fail(`${label} has chunks of no proper shape`);
  const steps = pipeline === undefined ? [] : filtersOf(file, pipeline, label);
  const chunkBytes = product(sizes) * width;
  const counts = shape.map((size, axis) => Math.ceil(size / sizes[axis]!));
  const wanted = product(counts);
  const chunks = wanted === 0 ? [] : chunksOf(file, tree, shape, wanted, label);
  const isSparse = chunks.length !== wanted;
  if (isSparse) file.fail(`${label} has ${chunks.length} of ${wanted} chunks; write all of its elements`);
  const stored = chunks.reduce((sum, { packed }) => sum + packed, 0);
  const ratio = steps.includes(filters.deflate) ? largestDeflateRatio : 1;
  if (stored > file.length || chunkBytes * wanted > stored * ratio) {
    file.fail(`${label} of shape [${shape.join(", ")}] promises more bytes than its chunks can hold`);
  }
  const data = new Uint8Array(product(shape) * width);
  for (const chunk of chunks) {
    if (chunk.start.some((at, axis) => at % sizes[axis]! !== 0)) file.fail(`${label} has a chunk out of line`);
    const bytes = unpacked(file, chunk, steps, chunkBytes, width, label);
    place(bytes, sizes, data, shape, chunk.start, width);
  }
  return { data, stored };
}

/** What the header of an array in chunks says. */
export interface ChunkedArray {
  readonly tree: number;
  readonly sizes: readonly number[];
  readonly pipeline: number | undefined;
  readonly shape: readonly number[];
  /** Bytes of an element. */
  readonly width: number;
  /** How messages name the array. */
  readonly label: string;
}

const product = (sizes: readonly number[]): number => sizes.reduce((a, b) => a * b, 1);

function filtersOf(file: FileBytes, at: number, label: string): number[] {
  const [version, count] = [file.byte(at), file.byte(at + 1)];
  if (version !== 1 && version !== 2) file.fail(`${label} has filters of version ${version}`);
  const found: number[] = [];
  for (let i = 0, next = version === 1 ? at + 8 : at + 2; i < count; i++) {
    const id = file.u16(next);
    const isNamed = version === 1 || id >= 256;
    const name = isNamed ? file.u16(next + 2) : 0;
    const values = file.u16(next + (isNamed ? 6 : 4));
    next += (isNamed ? 8 : 6) + (version === 1 ? Math.ceil(name / 8) * 8 : name) + 4 * values;
    if (version === 1 && values % 2 === 1) next += 4;
    if (!Object.values<number>(filters).includes(id)) {
      file.fail(`${label} is packed with ${otherFilters[id] ?? `filter ${id}`}; write it with compression="gzip"`);
    }
    found.push(id);
  }
  return found;
}

/** All chunks of a tree, each place once; the tree cannot have more than `most`. */
function chunksOf(file: FileBytes, tree: number, shape: readonly number[], most: number, label: string): Chunk[] {
  const chunks: Chunk[] = [];
  const places = new Set<string>();
  const seen = new Set<number>();
  const key = 8 + 8 * (shape.length + 1);
  for (let pending = [tree], node = pending.pop(); node !== undefined; node = pending.pop()) {
    if (seen.has(node)) file.fail(`the tree of ${label} runs in a circle`);
    seen.add(node);
    file.expect(node, "TREE");
    if (file.byte(node + 4) !== 1) file.fail(`the tree of ${label} is none of chunks`);
    const isLeaf = file.byte(node + 5) === 0;
    for (let i = file.u16(node + 6) - 1; i >= 0; i--) {
      const entry = node + 24 + i * (key + 8);
      const child = file.offset(entry + key);
      if (!isLeaf) {
        pending.push(child);
        continue;
      }
      const start = shape.map((_, axis) => file.offset(entry + 8 + 8 * axis));
      const isOutside = start.some((from, axis) => from >= shape[axis]!);
      if (isOutside || places.has(start.join()) || chunks.length >= most) file.fail(`${label} has a chunk too many`);
      places.add(start.join());
      chunks.push({ at: child, packed: file.u32(entry), skipped: file.u32(entry + 4), start });
    }
  }
  return chunks;
}

/** The elements of a chunk: the filters undone, the last first. */
function unpacked(
  file: FileBytes,
  { at, packed, skipped }: Chunk,
  steps: readonly number[],
  size: number,
  width: number,
  label: string,
): Uint8Array {
  let bytes = file.slice(at, packed);
  for (let i = steps.length - 1; i >= 0; i--) {
    if (skipped & (1 << i)) continue;
    if (steps[i] === filters.deflate) {
      try {
        // With room for a checksum that was put on before.
        bytes = inflateSync(bytes, { maxOutputLength: size + 4 });
      } catch {
        file.fail(`a chunk of ${label} cannot be unpacked`);
      }
    } else if (steps[i] === filters.shuffle) {
      bytes = unshuffled(bytes, width);
    } else {
      const end = bytes.length - 4;
      if (end < 0 || !isIntact(bytes, end)) file.fail(`a chunk of ${label} has a wrong checksum`);
      bytes = bytes.subarray(0, end);
    }
  }
  if (bytes.length !== size) file.fail(`a chunk of ${label} has ${bytes.length} bytes instead of ${size}`);
  return bytes;
}

/** Shuffled bytes hold the first byte of every element, then the second of every element, and so on. */
function unshuffled(bytes: Uint8Array, width: number): Uint8Array {
  const count = Math.floor(bytes.length / width);
  const out = Uint8Array.from(bytes);
  for (let byte = 0; byte < width; byte++) {
    for (let i = 0; i < count; i++) out[i * width + byte] = bytes[byte * count + i]!;
  }
  return out;
}

/** Whether the Fletcher-32 sum that stands at `end` is that of the bytes before it. */
function isIntact(bytes: Uint8Array, end: number): boolean {
  let [low, high] = [0, 0];
  for (let i = 0; i < end; i += 2) {
    low = (low + bytes[i]! * 256 + (i + 1 < end ? bytes[i + 1]! : 0)) % 65535;
    high = (high + low) % 65535;
  }
  const word = (at: number) => (bytes[at]! + 256 * bytes[at + 1]!) % 65535;
  return word(end) === low && word(end + 2) === high;
}

/** Copies what of a chunk lies within the array, row by row. */
function place(
  chunk: Uint8Array,
  sizes: readonly number[],
  data: Uint8Array,
  shape: readonly number[],
  start: readonly number[],
  width: number,
): void {
  const copy = (axis: number, from: number, to: number): void => {
    const here = shape.length === 0 ? 1 : Math.min(sizes[axis]!, shape[axis]! - start[axis]!);
    if (axis >= shape.length - 1) {
      const first = to * (shape[axis] ?? 1) + (start[axis] ?? 0);
      const begin = from * (sizes[axis] ?? 1) * width;
      data.set(chunk.subarray(begin, begin + here * width), first * width);
      return;
    }
    for (let i = 0; i < here; i++) copy(axis + 1, from * sizes[axis]! + i, to * shape[axis]! + start[axis]! + i);
  };
  copy(0, 0, 0);
}
