import { gzipSync } from "node:zlib";
import { describe, expect, test } from "vitest";
import { parseIdx } from "../../../engine/data/idx.js";
import { ValueError } from "../../../engine/errors.js";

/** An idx file: element type, sizes, and the bytes of the elements. */
function idx(code: number, shape: number[], elements: ArrayLike<number> = []): Uint8Array {
  const header = Buffer.alloc(4 + 4 * shape.length);
  header[2] = code;
  header[3] = shape.length;
  shape.forEach((size, i) => {
    header.writeUInt32BE(size, 4 + 4 * i);
  });
  return Buffer.concat([header, Uint8Array.from(elements)]);
}

describe("parseIdx reads every element type", () => {
  const float64 = Buffer.alloc(8);
  float64.writeDoubleBE(-2.5);
  test.each([
    ["uint8", idx(8, [2, 2], [0, 1, 127, 255]), [2, 2], [0, 1, 127, 255]],
    ["int8", idx(9, [3], [0, 127, 128]), [3], [0, 127, -128]],
    ["int16", idx(11, [2], [0x01, 0x00, 0xff, 0xfe]), [2], [256, -2]],
    ["int32", idx(12, [1, 1], [0xff, 0xff, 0xff, 0x00]), [1, 1], [-256]],
    ["float32", idx(13, [1], [0x3f, 0x80, 0, 0]), [1], [1]],
    ["float64", idx(14, [1], float64), [1], [-2.5]],
  ])("%s", async (dtype, bytes, shape, values) => {
    for (const file of [bytes, gzipSync(bytes)]) {
      const array = await parseIdx(file);
      expect(array.dtype).toBe(dtype);
      expect(array.shape).toEqual(shape);
      expect([...array.data]).toEqual(values);
    }
  });

  test("an axis of size 0, and no axis at all", async () => {
    expect((await parseIdx(idx(8, [0, 28, 28]))).data.length).toBe(0);
    expect([...(await parseIdx(idx(8, [], [7]))).data]).toEqual([7]);
  });

  test("bytes in the middle of a larger buffer", async () => {
    const whole = Buffer.concat([Buffer.alloc(5, 9), idx(12, [1], [0, 0, 1, 0])]);
    expect([...(await parseIdx(whole.subarray(5))).data]).toEqual([256]);
  });

  test("the result does not share memory with the file's bytes", async () => {
    const file = idx(8, [1], [5]);
    const { data } = await parseIdx(file);
    file[8] = 6;
    expect(data[0]).toBe(5);
  });
});

describe("parseIdx refuses", () => {
  const picture = idx(8, [2, 3], [1, 2, 3, 4, 5, 6]);
  const damagedGzip = gzipSync(
    idx(
      8,
      [1000],
      Array.from({ length: 1000 }, (_, i) => (i * 7919) % 256),
    ),
  );
  damagedGzip[damagedGzip.length - 6]! ^= 0xff;

  test.each<[string, Uint8Array, RegExp]>([
    ["nothing", new Uint8Array(), /header is cut off after 0 bytes/],
    ["a cut magic number", picture.subarray(0, 3), /header is cut off after 3 bytes/],
    ["cut sizes", picture.subarray(0, 9), /header is cut off after 9 bytes/],
    ["another format", Buffer.from("<!DOCTYPE html>"), /no idx file: it begins 3c 21 44 4f, an idx file begins 00 00/],
    ["an unknown element type", idx(10, [1], [0]), /unknown element type 0x0a; idx knows 08 uint8/],
    ["a cut file", picture.subarray(0, 17), /shape \[2, 3\] of uint8 needs 18 bytes, but there are 17: it is cut off/],
    ["a long file", Buffer.concat([picture, Buffer.alloc(2)]), /needs 18 bytes, but there are 20: something follows/],
    ["an overflow of the sizes", idx(14, [2 ** 32 - 1, 2 ** 32 - 1, 2 ** 32 - 1]), /larger than any file/],
    ["4 GB that are not there", idx(8, [2 ** 32 - 1]), /needs 4294967303 bytes, but there are 8: it is cut off/],
    ["a cut gzip header", gzipSync(picture).subarray(0, 5), /gzip data is damaged or cut off/],
    ["a cut gzip body", gzipSync(picture).subarray(0, -9), /gzip data is damaged or cut off/],
    ["a wrong gzip checksum", damagedGzip, /gzip data is damaged or cut off/],
    ["a gzip of another format", gzipSync("hello, world"), /no idx file: it begins 68 65 6c 6c/],
    ["a short file in gzip", gzipSync(picture.subarray(0, 17)), /needs 18 bytes, but there are 17/],
    ["a long file in gzip", gzipSync(Buffer.concat([picture, Buffer.alloc(9)])), /there are more: something follows/],
    [
      "a gzip that promises 4 GB",
      gzipSync(idx(8, [2 ** 32 - 1], [1])),
      /promises 4294967303 bytes, more than \d+ compressed bytes can hold/,
    ],
  ])("%s", async (_, bytes, message) => {
    const error = await parseIdx(bytes, "digits.idx").catch(e => e);
    expect(error).toBeInstanceOf(ValueError);
    expect(error.message).toMatch(message);
    expect(error.message).toMatch(/^idx: digits\.idx: .*\.$/);
  });

  test("a gzip bomb without decompressing it", async () => {
    const bomb = gzipSync(Buffer.concat([idx(8, [4], [1, 2, 3, 4]), Buffer.alloc(120_000_000)]));
    const before = process.memoryUsage().rss;
    await expect(parseIdx(bomb)).rejects.toThrow(/something follows/);
    expect(process.memoryUsage().rss - before).toBeLessThan(60_000_000);
  });

  test("every single cut and every damaged byte, or reads what is still right", async () => {
    const file = gzipSync(picture);
    for (let cut = 0; cut < file.length; cut++) {
      await expect(parseIdx(file.subarray(0, cut))).rejects.toThrow(ValueError);
    }
    for (let at = 0; at < picture.length; at++) {
      const damaged = Uint8Array.from(picture);
      damaged[at]! ^= 0x55;
      const outcome = await parseIdx(damaged).catch(e => e);
      expect(outcome instanceof ValueError || outcome.shape.length === 2).toBe(true);
    }
  });
});
