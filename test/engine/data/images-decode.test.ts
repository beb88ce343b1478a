import { readFileSync } from "node:fs";
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { deflateSync } from "node:zlib";
import { afterAll, describe, expect, test } from "vitest";
import { decode, read } from "../../../engine/data/images/decode.js";
import { RandomStream } from "../../../engine/data/stream.js";
import { EngineError, ValueError } from "../../../engine/errors.js";
import "../../../engine/ops/index.js";

interface Fixture {
  decoded: Record<string, { base64: string; shape: number[]; pixels: number[] }>;
  greyOfRgb: number[];
}
const fixture: Fixture = JSON.parse(readFileSync(new URL("../../fixtures/images.json", import.meta.url), "utf8"));
const files = Object.entries(fixture.decoded);
const bytesOf = (name: string) => new Uint8Array(Buffer.from(fixture.decoded[name]!.base64, "base64"));

describe("pictures", () => {
  test.each(files)("%s: the pixels that Pillow reads", async (name, { shape, pixels }) => {
    const image = await decode(bytesOf(name));
    expect([image.shape, image.dtype]).toEqual([shape, "float32"]);
    const read = image.data().map(v => v * 255);
    const off = Math.max(...pixels.map((v, i) => Math.abs(v - read[i]!)));
    // MozJPEG and Pillow's libjpeg-turbo differ by rounding in the colours.
    expect(off).toBeLessThan(name.endsWith(".jpg") ? 2.01 : 1e-3);
  });

  test("channels as wanted", async () => {
    const grey = (await decode(bytesOf("rgb.png"), { channels: 1 })).data();
    // Pillow cuts off to whole levels.
    expect(Math.max(...fixture.greyOfRgb.map((v, i) => Math.abs(grey[i]! * 255 - v)))).toBeLessThan(1);
    const rgb = await decode(bytesOf("grey.png"), { channels: 3 });
    expect(rgb.shape).toEqual([3, 9, 13]);
    expect(rgb.at(0).toArray()).toEqual(rgb.at(2).toArray());
    const opaque = await decode(bytesOf("rgb.png"), { channels: 4 });
    expect(opaque.at(3).min().item()).toBe(1);
    const dropped = await decode(bytesOf("rgba.png"), { channels: 3 });
    expect(dropped.toArray()).toEqual((await decode(bytesOf("rgb.png"))).toArray());
    const pair = await decode(bytesOf("rgba.png"), { channels: 2 });
    expect(pair.at(1).toArray()).toEqual((await decode(bytesOf("rgba.png"))).at(3).toArray());
    await expect(decode(bytesOf("rgb.png"), { channels: 5 as never })).rejects.toThrow("channels is 5");
  });

  const folder = mkdtemp(join(tmpdir(), "gradbook-images-"));
  afterAll(async () => rm(await folder, { recursive: true, force: true }));

  test("read names the file", async () => {
    const path = join(await folder, "a.png");
    await writeFile(path, bytesOf("rgb.png"));
    expect((await read(path)).shape).toEqual([3, 9, 13]);
    await writeFile(path, "hello");
    await expect(read(path)).rejects.toThrow(`${path}: images.decode: the bytes are neither a PNG nor a JPEG`);
  });
});

describe("hostile pictures", () => {
  const crcTable = Uint32Array.from({ length: 256 }, (_, n) => {
    let c = n;
    for (let k = 0; k < 8; k++) c = c & 1 ? 0xedb88320 ^ (c >>> 1) : c >>> 1;
    return c;
  });
  const chunk = (type: string, body: Uint8Array) => {
    const whole = Buffer.concat([Buffer.alloc(4), Buffer.from(type), body, Buffer.alloc(4)]);
    whole.writeUInt32BE(body.length, 0);
    let crc = 0xffffffff;
    for (const byte of whole.subarray(4, -4)) crc = crcTable[(crc ^ byte) & 255]! ^ (crc >>> 8);
    whole.writeUInt32BE((crc ^ 0xffffffff) >>> 0, whole.length - 4);
    return whole;
  };
  const png = (width: number, height: number, raw: Uint8Array, extra: Uint8Array = new Uint8Array()) => {
    const header = Buffer.from([0, 0, 0, 0, 0, 0, 0, 0, 8, 0, 0, 0, 0]);
    header.writeUInt32BE(width, 0);
    header.writeUInt32BE(height, 4);
    const signature = Buffer.from([137, 80, 78, 71, 13, 10, 26, 10]);
    return Buffer.concat([
      signature,
      chunk("IHDR", header),
      extra,
      chunk("IDAT", deflateSync(raw)),
      chunk("IEND", new Uint8Array()),
    ]);
  };

  test("sizes that lie are refused before memory is taken", async () => {
    await expect(decode(png(60_000, 60_000, new Uint8Array(10)))).rejects.toThrow("is 60000 x 60000 pixels. At most");
    await expect(decode(png(6_000, 6_000, new Uint8Array(10)))).rejects.toThrow("more than its bytes can hold");
    await expect(decode(png(0, 5, new Uint8Array(10)))).rejects.toThrow("0 x 5 pixels");
    const jpeg = bytesOf("q90.jpg");
    const frame = jpeg.findIndex((byte, i) => byte === 0xff && jpeg[i + 1] === 0xc0);
    jpeg.set([0x20, 0, 0x20, 0], frame + 5);
    await expect(decode(jpeg)).rejects.toThrow("claims 8192 x 8192 pixels, more than its bytes can hold");
  });

  test("a small picture with gigabytes behind it is not unpacked", async () => {
    const before = process.memoryUsage().arrayBuffers;
    const bomb = png(8, 8, new Uint8Array(50_000_000));
    const start = performance.now();
    await expect(decode(bomb)).rejects.toThrow("the PNG is broken");
    expect(performance.now() - start).toBeLessThan(1000);
    expect(process.memoryUsage().arrayBuffers - before).toBeLessThan(60_000_000);
    const profile = Buffer.concat([Buffer.from("x\0\0"), deflateSync(new Uint8Array(50_000_000))]);
    const small = png(2, 1, Uint8Array.of(0, 7, 255), chunk("iCCP", profile));
    expect((await decode(small)).toArray()).toEqual([[[Math.fround(7 / 255), 1]]]);
  });

  test("files that end early, and no pictures at all", async () => {
    for (const [name] of files) {
      const whole = bytesOf(name);
      for (const share of [0.3, 0.6, 0.9]) {
        await expect(decode(whole.subarray(0, Math.floor(whole.length * share))), name).rejects.toThrow(ValueError);
      }
    }
    for (const none of [new Uint8Array(), Uint8Array.of(1, 2, 3), "text" as never, null as never]) {
      await expect(decode(none)).rejects.toThrow("neither a PNG nor a JPEG");
    }
  });

  // GRADBOOK_FUZZ=20000 tries that many.
  test("mutated files give a picture or a ValueError, soon", { timeout: 1_200_000 }, async () => {
    const random = new RandomStream(Number(process.env.GRADBOOK_FUZZ_SEED ?? 0));
    const tries = Number(process.env.GRADBOOK_FUZZ ?? 400);
    let [refused, slowest] = [0, 0];
    for (let i = 0; i < tries; i++) {
      const [name] = files[random.below(files.length)]!;
      let bytes = bytesOf(name);
      for (let k = random.below(4); k >= 0; k--) {
        const at = random.below(bytes.length);
        const kind = random.below(8);
        if (kind === 0) bytes = bytes.slice(0, at + 1);
        else if (kind === 1) bytes.copyWithin(at, random.below(bytes.length), bytes.length);
        else bytes[at] = random.below(3) === 0 ? [0, 255, 127, 128][random.below(4)]! : random.below(256);
      }
      const start = performance.now();
      try {
        const image = await decode(bytes);
        expect(image.size).toBe(image.shape[0] * image.shape[1] * image.shape[2]);
      } catch (error) {
        if (!(error instanceof EngineError)) throw new Error(`try ${i}, ${name}`, { cause: error });
        refused++;
      }
      slowest = Math.max(slowest, performance.now() - start);
    }
    expect(refused).toBeGreaterThan(tries / 20);
    expect(refused).toBeLessThan(tries);
    expect(slowest).toBeLessThan(2000);
  });
});
