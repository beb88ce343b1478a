import { deflateSync } from "node:zlib";

/** Pixels of one byte each: rows from the top, left to right. */
export interface Raster {
  width: number;
  height: number;
  pixels: Uint8Array;
}

/** Encodes an image of palette entries. `palette`: up to 256 x 3 bytes. */
export function encodeIndexed(raster: Raster, palette: Uint8Array): Uint8Array {
  return encode(raster, 3, 1, palette);
}

/** Encodes a grey image, 0 black to 255 white. */
export function encodeGrey(raster: Raster): Uint8Array {
  return encode(raster, 0, 1);
}

/** Encodes a colour image; `pixels` has three bytes a pixel: red, green, blue. */
export function encodeRgb(raster: Raster): Uint8Array {
  return encode(raster, 2, 3);
}

/**
 * Repeats every pixel `factor` times across (and `down` times downwards): sharp also where a page would blur an enlarged
 * image.
 */
export function enlarge(raster: Raster, factor: number, channels = 1, down = factor): Raster {
  if (factor === 1 && down === 1) return raster;
  const { width, height, pixels } = raster;
  const stride = width * factor * channels;
  const out = new Uint8Array(stride * height * down);
  for (let y = 0; y < height; y++) {
    const first = y * down * stride;
    let at = first;
    for (let x = 0; x < width; x++) {
      const from = (y * width + x) * channels;
      for (let k = 0; k < factor; k++) for (let c = 0; c < channels; c++) out[at++] = pixels[from + c]!;
    }
    for (let k = 1; k < down; k++) out.copyWithin(first + k * stride, first, first + stride);
  }
  return { width: width * factor, height: height * down, pixels: out };
}

/** Writes a PNG as a data address that an `img` takes. */
export function pngAddress(png: Uint8Array): string {
  return `data:image/png;base64,${base64(png)}`;
}

/** Base64, as mime bundles carry binary types. */
export function base64(bytes: Uint8Array): string {
  return Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength).toString("base64");
}

/** What every PNG begins with. */
export const pngSignature: Uint8Array = Uint8Array.of(137, 80, 78, 71, 13, 10, 26, 10);

function encode(raster: Raster, colourType: 0 | 2 | 3, channels: number, palette?: Uint8Array): Uint8Array {
  const { width, height, pixels } = raster;
  const stride = width * channels;
  if (!(width > 0 && height > 0) || pixels.length !== stride * height) {
    throw new RangeError(
      `png: ${width} x ${height} pixels of ${channels} bytes need ${stride * height} bytes, got ${pixels.length}`,
    );
  }
  // Each row starts with its filter: 0 (none) fits flat colours and palettes.
  const rows = new Uint8Array((stride + 1) * height);
  for (let y = 0; y < height; y++) rows.set(pixels.subarray(y * stride, (y + 1) * stride), y * (stride + 1) + 1);
  const header = new Uint8Array(13);
  const view = new DataView(header.buffer);
  view.setUint32(0, width);
  view.setUint32(4, height);
  header[8] = 8;
  header[9] = colourType;
  return join([
    pngSignature,
    chunk("IHDR", header),
    ...(palette ? [chunk("PLTE", palette)] : []),
    chunk("IDAT", deflateSync(rows)),
    chunk("IEND", new Uint8Array(0)),
  ]);
}

/** A named part of a PNG, with its length and checksum. */
export function chunk(type: string, data: Uint8Array): Uint8Array {
  const out = new Uint8Array(12 + data.length);
  const view = new DataView(out.buffer);
  view.setUint32(0, data.length);
  for (let i = 0; i < 4; i++) out[4 + i] = type.charCodeAt(i);
  out.set(data, 8);
  view.setUint32(8 + data.length, crc(out.subarray(4, 8 + data.length)));
  return out;
}

const crcTable = Int32Array.from({ length: 256 }, (_, n) => {
  let c = n;
  for (let k = 0; k < 8; k++) c = c & 1 ? 0xedb88320 ^ (c >>> 1) : c >>> 1;
  return c;
});

function crc(bytes: Uint8Array): number {
  let c = -1;
  for (let i = 0; i < bytes.length; i++) c = crcTable[(c ^ bytes[i]!) & 255]! ^ (c >>> 8);
  return (c ^ -1) >>> 0;
}

/** Bytes one after the other. */
export function join(parts: readonly Uint8Array[]): Uint8Array {
  const out = new Uint8Array(parts.reduce((sum, p) => sum + p.length, 0));
  let at = 0;
  for (const part of parts) {
    out.set(part, at);
    at += part.length;
  }
  return out;
}
