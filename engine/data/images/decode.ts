import { ValueError } from "../../errors.js";
import { tensor } from "../../ops/create.js";
import type { Tensor } from "../../tensor.js";
import { decodeJpeg, isJpeg } from "./jpeg.js";
import { planes } from "./pixels.js";
import { decodePng, isPng } from "./png.js";

/** How a picture becomes a tensor. */
export interface DecodeOptions {
  /**
   * 1 grey, 2 grey and alpha, 3 red green blue, 4 with alpha (default: as in the file). Colours become grey as 0.299 R + 0.587 G
   * + 0.114 B; alpha is dropped, or added as opaque.
   */
  channels?: 1 | 2 | 3 | 4;
}

/**
 * Decodes a PNG or JPEG.
 * @param bytes the whole file
 * @returns float32 [channels, height, width], 0 to 1
 * @throws ValueError when the bytes are neither, are broken, or claim more pixels than they can hold (or than 64 million)
 * @example
 * const base64 = "iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAAAAAA6fptVAAAACklEQVR4nGP4DwABAQEAsTZGFwAAAABJRU5ErkJggg==";
 * const picture = await data.images.decode(Buffer.from(base64, "base64"));
 * picture.shape; // [1, 1, 1]
 */
export async function decode(
  bytes: Uint8Array | ArrayBuffer,
  options: DecodeOptions = {},
): Promise<Tensor<[number, number, number], "float32">> {
  const given = bytes instanceof ArrayBuffer ? new Uint8Array(bytes) : bytes;
  const { channels } = options;
  if (channels !== undefined && ![1, 2, 3, 4].includes(channels)) {
    throw new ValueError(`channels is ${channels}`, { op: "images.decode", hint: "Give 1, 2, 3 or 4." });
  }
  if (!(given instanceof Uint8Array) || !(isPng(given) || isJpeg(given))) {
    throw new ValueError("the bytes are neither a PNG nor a JPEG", {
      op: "images.decode",
      hint: "Give the bytes of a whole file, as readFile gives them.",
    });
  }
  const pixels = isPng(given) ? await decodePng(given) : await decodeJpeg(given);
  const wanted = channels ?? pixels.channels;
  return tensor(planes(pixels, wanted), { shape: [wanted, pixels.height, pixels.width] }) as Tensor<
    [number, number, number],
    "float32"
  >;
}

/**
 * Reads a PNG or JPEG file.
 * @returns float32 [channels, height, width], 0 to 1
 * @throws as `decode`, naming the file; and what the file system says
 * @example await data.images.read("missing.png").catch(error => error.code); // "ENOENT"
 */
export async function read(
  path: string,
  options: DecodeOptions = {},
): Promise<Tensor<[number, number, number], "float32">> {
  const { readFile } = await import("node:fs/promises");
  const bytes = await readFile(path);
  try {
    return await decode(bytes, options);
  } catch (error) {
    if (!(error instanceof ValueError)) throw error;
    throw new ValueError(`${path}: ${error.message}`, { op: "images.read" });
  }
}
