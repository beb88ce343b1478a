import type { FileHandle } from "node:fs/promises";
import type { DType } from "../../dtype.js";
import { ValueError } from "../../errors.js";
import type { Tensor } from "../../tensor.js";
import { tensorOfBytes } from "../raw.js";
import { type Header, headerLength, parseHeader, prefixBytes } from "./header.js";

/** Tensors by name. */
export type NamedTensors = Record<string, Tensor>;

/** Where a file's bytes come from: all of them, or a path. */
export type Source = string | URL | Uint8Array | ArrayBuffer;

/**
 * Reads all tensors of a safetensors file, from a path or from bytes. Names and shapes are checked before memory is allocated.
 * @throws ValueError for a file that is damaged or lies about its sizes; DTypeError for dtypes that the engine has not
 * @example
 * await io.safetensors.write("model.safetensors", { weight: ones([2, 3]) });
 * const { weight } = await io.safetensors.read("model.safetensors");
 * weight.shape; // [2, 3]
 */
export async function read(source: Source): Promise<NamedTensors> {
  const file = await open(source);
  try {
    const all: NamedTensors = Object.create(null) as NamedTensors;
    for (const name of file.names) all[name] = await file.read(name);
    return { ...all };
  } finally {
    await file.close();
  }
}

/** What a tensor in a file is like. */
export interface TensorDescription {
  readonly dtype: DType;
  readonly shape: readonly number[];
}

/** An open safetensors file: tensors are read one by one, so that a large file never lies in memory as a whole. */
export class SafetensorsFile {
  readonly #header: Header;
  readonly #readBytes: (at: number, count: number) => Promise<Uint8Array>;
  readonly #close: () => Promise<void>;

  /** @internal Use `open`. */
  constructor(
    header: Header,
    readBytes: (at: number, count: number) => Promise<Uint8Array>,
    close: () => Promise<void>,
  ) {
    this.#header = header;
    this.#readBytes = readBytes;
    this.#close = close;
  }

  /** The names of all tensors, in the order of the file. */
  get names(): string[] {
    return [...this.#header.entries.keys()];
  }

  /** Texts that whoever wrote the file left in it. */
  get metadata(): Readonly<Record<string, string>> {
    return this.#header.metadata;
  }

  /** What a tensor is like, without reading it. @throws ValueError for a name that is not there */
  describe(name: string): TensorDescription {
    const { dtype, shape } = this.#entry(name);
    return { dtype, shape };
  }

  /** Reads one tensor. @throws ValueError for a name that is not there */
  async read(name: string): Promise<Tensor> {
    const { dtype, shape, begin, end } = this.#entry(name);
    return tensorOfBytes(await this.#readBytes(this.#header.start + begin, end - begin), dtype, shape);
  }

  /** Closes the file. */
  close(): Promise<void> {
    return this.#close();
  }

  #entry(name: string) {
    const entry = this.#header.entries.get(name);
    if (entry) return entry;
    throw new ValueError(`there is no tensor ${JSON.stringify(name)}`, {
      op: "safetensors",
      expected: this.names.slice(0, 8).join(", "),
      got: name,
      hint: `The file has ${this.names.length} tensors; see names.`,
    });
  }
}

/**
 * Opens a safetensors file to read some of its tensors.
 * @throws as `read`
 * @example
 * await io.safetensors.write("model.safetensors", { weight: ones([2, 3]), bias: zeros([3]) });
 * const file = await io.safetensors.open("model.safetensors");
 * file.names; // ["bias", "weight"]
 * const bias = await file.read("bias");
 * await file.close();
 */
export async function open(source: Source): Promise<SafetensorsFile> {
  if (source instanceof Uint8Array || source instanceof ArrayBuffer) {
    const bytes = source instanceof Uint8Array ? source : new Uint8Array(source);
    const length = headerLength(bytes.subarray(0, prefixBytes), bytes.length, "the bytes");
    const header = parseHeader(bytes.subarray(prefixBytes, prefixBytes + length), bytes.length, "the bytes");
    const readBytes = (at: number, count: number) => Promise.resolve(bytes.subarray(at, at + count));
    return new SafetensorsFile(header, readBytes, () => Promise.resolve());
  }
  const files = await import("node:fs/promises");
  const file = await files.open(source, "r");
  try {
    const name = String(source);
    const { size } = await file.stat();
    const length = headerLength(await bytesAt(file, 0, Math.min(prefixBytes, size)), size, name);
    const header = parseHeader(await bytesAt(file, prefixBytes, length), size, name);
    return new SafetensorsFile(
      header,
      (at, count) => bytesAt(file, at, count),
      () => file.close(),
    );
  } catch (error) {
    await file.close();
    throw error;
  }
}

async function bytesAt(file: FileHandle, at: number, count: number): Promise<Uint8Array> {
  const bytes = new Uint8Array(count);
  for (let done = 0; done < count; ) {
    const { bytesRead } = await file.read(bytes, done, count - done, at + done);
    if (bytesRead === 0) {
      throw new ValueError(`the file ended ${count - done} bytes early`, {
        op: "safetensors",
        hint: "Somebody changed it while it was read.",
      });
    }
    done += bytesRead;
  }
  return bytes;
}
