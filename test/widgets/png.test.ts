import { inflateSync } from "node:zlib";
import { describe, expect, test } from "vitest";
import { encodeGrey, encodeIndexed, encodeRgb, enlarge, type Raster } from "../../widgets/png.js";
import { random } from "./samples.js";

interface Decoded {
  width: number;
  height: number;
  colourType: number;
  palette: Buffer | undefined;
  pixels: number[];
}

/** Reads a PNG by the book: signature, chunks with their checksums, rows without filter. */
function decode(png: Uint8Array): Decoded {
  const bytes = Buffer.from(png);
  expect(bytes.subarray(0, 8).toString("latin1")).toBe("\x89PNG\r\n\x1a\n");
  const chunks = new Map<string, Buffer>();
  const order: string[] = [];
  for (let at = 8; at < bytes.length; ) {
    const length = bytes.readUInt32BE(at);
    const type = bytes.toString("latin1", at + 4, at + 8);
    const data = bytes.subarray(at + 8, at + 8 + length);
    expect(bytes.readUInt32BE(at + 8 + length)).toBe(checksum(bytes.subarray(at + 4, at + 8 + length)));
    chunks.set(type, data);
    order.push(type);
    at += 12 + length;
  }
  expect(order[0]).toBe("IHDR");
  expect(order.at(-1)).toBe("IEND");
  const header = chunks.get("IHDR")!;
  const [width, height, depth, colourType] = [header.readUInt32BE(0), header.readUInt32BE(4), header[8]!, header[9]!];
  expect(depth).toBe(8);
  const stride = width * (colourType === 2 ? 3 : 1);
  const raw = inflateSync(chunks.get("IDAT")!);
  expect(raw.length).toBe((stride + 1) * height);
  const pixels: number[] = [];
  for (let y = 0; y < height; y++) {
    expect(raw[y * (stride + 1)]).toBe(0);
    pixels.push(...raw.subarray(y * (stride + 1) + 1, (y + 1) * (stride + 1)));
  }
  return { width, height, colourType, palette: chunks.get("PLTE"), pixels };
}

/** CRC-32 bit by bit, as the specification defines it. */
function checksum(bytes: Uint8Array): number {
  let crc = 0xffffffff;
  for (const byte of bytes) {
    crc ^= byte;
    for (let k = 0; k < 8; k++) crc = crc & 1 ? (crc >>> 1) ^ 0xedb88320 : crc >>> 1;
  }
  return (crc ^ 0xffffffff) >>> 0;
}

function noise(width: number, height: number, channels = 1): Raster {
  const next = random(width * height);
  return { width, height, pixels: Uint8Array.from({ length: width * height * channels }, () => next() * 256) };
}

describe("the PNG encoder", () => {
  test.each([
    [1, 1],
    [7, 3],
    [128, 128],
  ])("indexed, grey and colour images of %i x %i decode to their pixels", (width, height) => {
    const palette = Uint8Array.from({ length: 768 }, (_, i) => i % 256);
    const one = noise(width, height);
    const three = noise(width, height, 3);
    const indexed = decode(encodeIndexed(one, palette));
    expect(indexed).toMatchObject({ width, height, colourType: 3, pixels: Array.from(one.pixels) });
    expect(indexed.palette).toEqual(Buffer.from(palette));
    expect(decode(encodeGrey(one))).toMatchObject({ width, height, colourType: 0, pixels: Array.from(one.pixels) });
    expect(decode(encodeRgb(three))).toMatchObject({ width, height, colourType: 2, pixels: Array.from(three.pixels) });
  });

  test("pixels that do not fit the size are refused", () => {
    expect(() => encodeGrey({ width: 3, height: 2, pixels: new Uint8Array(5) })).toThrow("3 x 2 pixels");
    expect(() => encodeGrey({ width: 0, height: 2, pixels: new Uint8Array(0) })).toThrow(RangeError);
  });

  test("enlarging repeats every pixel, across and down apart", () => {
    const raster = { width: 2, height: 2, pixels: Uint8Array.of(1, 2, 3, 4) };
    expect(enlarge(raster, 2)).toEqual({
      width: 4,
      height: 4,
      pixels: Uint8Array.of(1, 1, 2, 2, 1, 1, 2, 2, 3, 3, 4, 4, 3, 3, 4, 4),
    });
    expect(enlarge(raster, 1, 1, 2)).toEqual({ width: 2, height: 4, pixels: Uint8Array.of(1, 2, 1, 2, 3, 4, 3, 4) });
    const colours = { width: 1, height: 1, pixels: Uint8Array.of(7, 8, 9) };
    expect(enlarge(colours, 2, 3).pixels).toEqual(Uint8Array.of(7, 8, 9, 7, 8, 9, 7, 8, 9, 7, 8, 9));
  });
});
