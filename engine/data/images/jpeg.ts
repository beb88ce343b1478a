import { broken, type Pixels, requireSize } from "./pixels.js";

/** What is used of the library; its own declarations need the types of a browser. */
interface Decoder {
  init(compiled: object, options: { print: () => void; printErr: () => void }): Promise<void>;
  default(file: ArrayBuffer): Promise<{ width: number; height: number; data: Uint8ClampedArray }>;
}

declare const WebAssembly: { compile(bytes: Uint8Array): Promise<object> };

let decoder: Promise<Decoder> | undefined;

/** True: the bytes begin as a JPEG does. */
export function isJpeg(bytes: Uint8Array): boolean {
  return bytes[0] === 0xff && bytes[1] === 0xd8 && bytes[2] === 0xff;
}

/**
 * Decodes a JPEG, baseline or progressive, grey or colour, by MozJPEG (WebAssembly, no file but the package's own).
 * @throws ValueError when it is broken, ends early, or claims more than it holds
 */
export async function decodeJpeg(bytes: Uint8Array): Promise<Pixels> {
  const { width, height, components } = headerOf(bytes);
  // The scans hold at least a bit for every block of 8 x 8.
  requireSize("JPEG", width, height, 512 * bytes.length);
  decoder ??= load();
  const { default: decode } = await decoder;
  try {
    const image = await decode(bytes.slice().buffer as ArrayBuffer);
    if (image.width !== width || image.height !== height) throw new Error("its sizes contradict each other");
    return { width, height, channels: components === 1 ? 1 : 3, step: 4, top: 255, data: image.data };
  } catch (error) {
    // What the library leaves behind after an error is not to be trusted.
    decoder = undefined;
    throw broken("JPEG", error instanceof Error ? error.message : "the decoder gave up");
  }
}

async function load(): Promise<Decoder> {
  const [{ readFile }, { createRequire }] = await Promise.all([import("node:fs/promises"), import("node:module")]);
  const module = (await import("@jsquash/jpeg/decode.js")) as unknown as Decoder;
  const path = createRequire(import.meta.url).resolve("@jsquash/jpeg/codec/dec/mozjpeg_dec.wasm");
  const silent = () => undefined;
  await module.init(await WebAssembly.compile(new Uint8Array(await readFile(path))), {
    print: silent,
    printErr: silent,
  });
  return module;
}

/** Sizes from the frame header; looks no further than the pixels. */
function headerOf(bytes: Uint8Array): { width: number; height: number; components: number } {
  let size: { width: number; height: number; components: number } | undefined;
  for (let at = 2; at + 4 <= bytes.length; ) {
    if (bytes[at] !== 0xff) throw broken("JPEG", "its parts do not follow each other");
    const marker = bytes[at + 1]!;
    if (marker === 0xff) {
      at++;
      continue;
    }
    const length = bytes[at + 2]! * 256 + bytes[at + 3]!;
    const frame = marker >= 0xc0 && marker <= 0xcf && ![0xc4, 0xc8, 0xcc].includes(marker);
    if (frame && at + 10 <= bytes.length) {
      size = {
        height: bytes[at + 5]! * 256 + bytes[at + 6]!,
        width: bytes[at + 7]! * 256 + bytes[at + 8]!,
        components: bytes[at + 9]!,
      };
    }
    if (marker === 0xda) {
      if (size === undefined) break;
      if (Buffer.from(bytes.buffer, bytes.byteOffset, bytes.length).lastIndexOf("ffd9", undefined, "hex") < at)
        throw broken("JPEG", "it ends early");
      return size;
    }
    at += 2 + length;
  }
  throw broken("JPEG", size ? "it ends early" : "it has no header");
}
