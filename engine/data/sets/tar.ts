import { ValueError } from "../../errors.js";

/** A file of an archive. */
export interface TarEntry {
  name: string;
  bytes: Uint8Array;
}

const block = 512;

/**
 * The files of a tar archive (ustar) that `wanted` names, in their order; the others are passed over without being held.
 * @throws ValueError when it is no tar archive, or is cut off
 */
export async function* tarEntries(
  chunks: AsyncIterable<Uint8Array>,
  name: string,
  wanted: (entry: string) => boolean,
): AsyncGenerator<TarEntry> {
  const bytes = new ByteQueue(chunks);
  for (;;) {
    const header = await bytes.take(block);
    // Archives end with two blocks of zeros; some writers forget them.
    if (header.every(byte => byte === 0)) return;
    if (header.length < block) throw refuse(name, "it is cut off within a header");
    const { entry, size, plain } = parseHeader(header, name);
    const keep = plain && wanted(entry);
    const content = keep ? await bytes.take(size) : undefined;
    const passed = content === undefined ? await bytes.skip(size) : content.length === size;
    const rest = (block - (size % block)) % block;
    if (!passed || !(await bytes.skip(rest))) {
      throw refuse(name, `it is cut off within ${JSON.stringify(entry.slice(0, 80))}`);
    }
    if (content !== undefined) yield { name: entry, bytes: content };
  }
}

function parseHeader(header: Uint8Array, name: string): { entry: string; size: number; plain: boolean } {
  const field = (from: number, to: number) => String.fromCharCode(...header.subarray(from, to)).split("\0", 1)[0]!;
  const sum = header.reduce((total, byte, at) => total + (at >= 148 && at < 156 ? 32 : byte), 0);
  const [size, expected] = [field(124, 136).trim(), field(148, 156).trim()];
  if (!/^[0-7]+$/.test(size) || Number.parseInt(expected, 8) !== sum) throw refuse(name, "a header is damaged");
  const prefix = field(257, 262) === "ustar" ? field(345, 500) : "";
  return {
    entry: prefix === "" ? field(0, 100) : `${prefix}/${field(0, 100)}`,
    size: Number.parseInt(size, 8),
    plain: header[156] === 0 || header[156] === 48,
  };
}

function refuse(name: string, problem: string): ValueError {
  return new ValueError(`${name}: ${problem}`, { op: "tar", hint: "Copy or download the file again." });
}

/** Bytes that arrive in pieces. */
class ByteQueue {
  readonly #chunks: AsyncIterator<Uint8Array>;
  #rest: Uint8Array = new Uint8Array(0);

  constructor(chunks: AsyncIterable<Uint8Array>) {
    this.#chunks = chunks[Symbol.asyncIterator]();
  }

  /** The next bytes, fewer where they end. Only what arrives is allocated, whatever a header promises. */
  async take(count: number): Promise<Uint8Array> {
    const parts: Uint8Array[] = [];
    await this.#each(count, part => parts.push(part));
    const out = new Uint8Array(parts.reduce((sum, part) => sum + part.length, 0));
    let at = 0;
    for (const part of parts) {
      out.set(part, at);
      at += part.length;
    }
    return out;
  }

  /** Passes over bytes; false when there are not that many. */
  async skip(count: number): Promise<boolean> {
    return this.#each(count, () => undefined);
  }

  async #each(count: number, use: (part: Uint8Array) => void): Promise<boolean> {
    let missing = count;
    while (missing > 0) {
      if (this.#rest.length === 0) {
        const { done, value } = await this.#chunks.next();
        if (done) return false;
        this.#rest = value;
        continue;
      }
      const part = this.#rest.subarray(0, missing);
      this.#rest = this.#rest.subarray(part.length);
      missing -= part.length;
      use(part);
    }
    return true;
  }
}

/** The files of a tar archive that gzip compressed. @throws as `tarEntries` */
export async function* tarGzEntries(path: string, wanted: (entry: string) => boolean): AsyncGenerator<TarEntry> {
  const { createReadStream } = await import("node:fs");
  const { createGunzip } = await import("node:zlib");
  const { pipeline } = await import("node:stream/promises");
  const plain = createGunzip();
  const done = pipeline(createReadStream(path), plain);
  // The reader below hears of a failure, too; without a listener here it would end the process.
  done.catch(() => undefined);
  try {
    yield* tarEntries(plain, path, wanted);
  } catch (error) {
    if (error instanceof ValueError) throw error;
    throw refuse(path, "the gzip data is damaged or cut off");
  } finally {
    plain.destroy();
  }
}
