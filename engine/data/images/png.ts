import type { DecodedPng } from "fast-png";
import { broken, type Pixels, requireSize } from "./pixels.js";

/** Chunks that hold pixels or are needed to read them; others, as texts and colour profiles, are passed over. */
const needed = new Set(["IHDR", "PLTE", "tRNS", "IDAT", "IEND"]);
const channelsOf: Record<number, number> = { 0: 1, 2: 3, 3: 1, 4: 2, 6: 4 };

/** True: the bytes begin as a PNG does. */
export function isPng(bytes: Uint8Array): boolean {
  return [137, 80, 78, 71, 13, 10, 26, 10].every((byte, i) => bytes[i] === byte);
}

/**
 * Decodes a PNG of any kind but interlaced ones below 8 bits.
 * @throws ValueError when it is broken, or claims more than it holds
 */
export async function decodePng(bytes: Uint8Array): Promise<Pixels> {
  const [{ decode }, { inflateSync }] = await Promise.all([import("fast-png"), import("node:zlib")]);
  const chunks = neededChunks(bytes);
  const { width, height, depth, colour, interlaced, channels } = headerOf(chunks);
  if (depth < 8 && interlaced) throw broken("PNG", `interlaced pictures of ${depth} bits are not supported`);
  const data = chunks.filter(c => c.type === "IDAT").map(c => c.body);
  const packed = Buffer.concat(data);
  const rowBytes = Math.ceil((width * channels * depth) / 8) + 1;
  // A byte of a deflate stream makes no more than 1,032.
  requireSize("PNG", width, height, ((1032 * packed.length) / rowBytes) * width);
  let decoded: DecodedPng;
  try {
    // The library unpacks whatever there is; a small picture with gigabytes behind it must not get that far.
    const rows = interlaced ? 2 * height + 16 : height;
    inflateSync(packed, { maxOutputLength: Math.max(64, rowBytes * rows + 64) });
    decoded = decode(joined(chunks));
  } catch (error) {
    throw broken("PNG", (error as Error).message);
  }
  const { palette } = decoded;
  const values = depth < 8 ? unpacked(decoded.data as Uint8Array, width * channels, height, depth) : decoded.data;
  if (values.length !== width * height * channels) throw broken("PNG", "it ends early");
  if (colour !== 3) return { width, height, channels, step: channels, data: values, top: 2 ** depth - 1 };
  if (palette === undefined) throw broken("PNG", "there is no palette");
  const colours = palette[0]?.length ?? 3;
  const out = new Uint8Array(width * height * colours);
  for (let i = 0; i < values.length; i++) {
    const colour = palette[values[i]!];
    if (colour === undefined) throw broken("PNG", `colour ${values[i]} of a palette of ${palette.length}`);
    out.set(colour, i * colours);
  }
  return { width, height, channels: colours, step: colours, data: out, top: 255 };
}

interface Chunk {
  type: string;
  /** With length, type and checksum. */
  whole: Uint8Array;
  body: Uint8Array;
}

function neededChunks(bytes: Uint8Array): Chunk[] {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const chunks: Chunk[] = [];
  for (let at = 8; at + 12 <= bytes.length; ) {
    const length = view.getUint32(at);
    const end = at + 12 + length;
    if (end > bytes.length) throw broken("PNG", `a part of ${length} bytes ends behind the file`);
    const type = String.fromCharCode(...bytes.subarray(at + 4, at + 8));
    if (needed.has(type)) {
      chunks.push({ type, whole: bytes.subarray(at, end), body: bytes.subarray(at + 8, at + 8 + length) });
    }
    if (type === "IEND") return chunks;
    at = end;
  }
  throw broken("PNG", "it ends early");
}

function headerOf(chunks: readonly Chunk[]) {
  const [first] = chunks;
  const headers = chunks.filter(c => c.type === "IHDR");
  if (first?.type !== "IHDR" || headers.length !== 1 || first.body.length !== 13)
    throw broken("PNG", "it has no header");
  const view = new DataView(first.body.buffer, first.body.byteOffset, 13);
  const [depth, colour] = [view.getUint8(8), view.getUint8(9)];
  const channels = channelsOf[colour];
  const depths = colour === 0 ? [1, 2, 4, 8, 16] : colour === 3 ? [1, 2, 4, 8] : [8, 16];
  if (channels === undefined || !depths.includes(depth)) {
    throw broken("PNG", `there is no colour type ${colour} of ${depth} bits`);
  }
  return {
    width: view.getUint32(0),
    height: view.getUint32(4),
    depth,
    colour,
    channels,
    interlaced: view.getUint8(12) !== 0,
  };
}

function joined(chunks: readonly Chunk[]): Uint8Array {
  return Buffer.concat([Uint8Array.of(137, 80, 78, 71, 13, 10, 26, 10), ...chunks.map(c => c.whole)]);
}

/** Values of 1, 2 or 4 bits, one per entry; rows begin at whole bytes. */
function unpacked(data: Uint8Array, width: number, height: number, depth: number): Uint8Array {
  const out = new Uint8Array(width * height);
  const rowBytes = Math.ceil((width * depth) / 8);
  const mask = 2 ** depth - 1;
  for (let row = 0; row < height; row++) {
    for (let i = 0; i < width; i++) {
      const bit = i * depth;
      out[row * width + i] = (data[row * rowBytes + (bit >> 3)]! >> (8 - depth - (bit & 7))) & mask;
    }
  }
  return out;
}
