import "../../../engine/ops/index.js";
import { createHash } from "node:crypto";
import { copyFileSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { gzipSync } from "node:zlib";
import { afterEach, beforeEach, describe, expect, expectTypeOf, test, vi } from "vitest";
import { publishedCifar } from "../../../engine/data/sets/cifar.js";
import { findFile } from "../../../engine/data/sets/find.js";
import { publishedImdb } from "../../../engine/data/sets/imdb.js";
import {
  cifar10,
  fashionMnist,
  imdb,
  iris,
  parseCifar10,
  penguins,
  tinyShakespeare,
  titanic,
} from "../../../engine/data/sets/index.js";
import { publishedShakespeare } from "../../../engine/data/sets/shakespeare.js";
import { publishedTables } from "../../../engine/data/sets/tables.js";
import { tarEntries } from "../../../engine/data/sets/tar.js";
import { EngineError, ValueError } from "../../../engine/errors.js";

const realData = process.env.GRADBOOK_DATA;
let folder: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), "gradbook-sets-"));
  vi.stubEnv("GRADBOOK_DATA", "");
  vi.stubEnv("GRADBOOK_CACHE", join(folder, "cache"));
});
afterEach(() => {
  vi.unstubAllEnvs();
  rmSync(folder, { recursive: true });
});

/** A tar archive as ustar writers make it. */
function tar(files: Record<string, Uint8Array>): Buffer {
  const parts = Object.entries(files).map(([name, bytes]) => {
    const header = Buffer.alloc(512);
    header.write(name, 0);
    header.write(`${bytes.length.toString(8).padStart(11, "0")}\0`, 124);
    header.write("        0ustar\0" + "00", 148);
    const sum = header.reduce((a, b) => a + b, 0);
    header.write(`${sum.toString(8).padStart(6, "0")}\0 `, 148);
    return Buffer.concat([header, bytes, Buffer.alloc((512 - (bytes.length % 512)) % 512)]);
  });
  return Buffer.concat([...parts, Buffer.alloc(1024)]);
}
async function* inPieces(bytes: Uint8Array, size: number) {
  for (let at = 0; at < bytes.length; at += size) yield bytes.subarray(at, at + size);
}
async function entriesOf(bytes: Uint8Array, size = 700) {
  const found: [string, string][] = [];
  for await (const { name, bytes: content } of tarEntries(inPieces(bytes, size), "x.tar", n => n !== "skip")) {
    found.push([name, Buffer.from(content).toString()]);
  }
  return found;
}
const text = (s: string) => Buffer.from(s);
const record = (label: number, level: number) => Buffer.concat([Buffer.from([label]), Buffer.alloc(3072, level)]);

describe("tar", () => {
  const archive = tar({ a: text("one"), skip: Buffer.alloc(2000, 1), empty: text(""), b: Buffer.alloc(512, "x") });
  test("files in order, in pieces of any size", async () => {
    const expected = [
      ["a", "one"],
      ["empty", ""],
      ["b", "x".repeat(512)],
    ];
    for (const size of [1, 511, 512, 513, 100_000]) expect(await entriesOf(archive, size)).toEqual(expected);
  });
  test("cut off, damaged, or no archive", async () => {
    await expect(entriesOf(archive.subarray(0, 1500))).rejects.toThrow(/x\.tar: it is cut off within a header/);
    await expect(entriesOf(archive.subarray(0, 2000))).rejects.toThrow(/x\.tar: it is cut off within "skip"/);
    expect(await entriesOf(archive.subarray(0, 1024))).toEqual([["a", "one"]]);
    await expect(entriesOf(Buffer.alloc(600, 7))).rejects.toThrow(/a header is damaged/);
    const lie = Buffer.from(archive.subarray(0, 512));
    lie.write("77777777777", 124);
    await expect(entriesOf(lie)).rejects.toThrow(ValueError);
  });
});

describe("CIFAR-10", () => {
  test("records become pictures from 0 to 1, channels first", () => {
    const two = Buffer.concat([record(3, 0), record(9, 255)]);
    two[1 + 1024] = 51;
    const { images, labels } = parseCifar10(two);
    expect(images.shape).toEqual([2, 3, 32, 32]);
    expect([...labels.data()]).toEqual([3, 9]);
    expect(images.at(0, 1, 0, 0).item()).toBeCloseTo(0.2, 6);
    expect(images.at(1, 2, 31, 31).item()).toBe(1);
  });

  test("the archive: parts in order", async () => {
    const batches = [3, 1, 5, 2, 4].map(n => [`cifar-10-batches-bin/data_batch_${n}.bin`, record(n, n)] as const);
    const files = {
      ...Object.fromEntries(batches),
      "cifar-10-batches-bin/test_batch.bin": record(9, 9),
      "readme.html": text("x"),
    };
    writeFileSync(join(folder, publishedCifar.name), gzipSync(tar(files)));
    const { train, test: held, classes } = await cifar10({ folder });
    expect([...train.labels.data()]).toEqual([1, 2, 3, 4, 5]);
    expect([...held.labels.data()]).toEqual([9]);
    expect(classes[9]).toBe("truck");
  });

  test.each<[string, () => unknown, RegExp]>([
    ["half a record", () => parseCifar10(record(1, 1).subarray(1), "f.bin"), /f\.bin: 3072 bytes are not a number/],
    ["nothing", () => parseCifar10(new Uint8Array(0)), /0 bytes are not/],
    ["a label that is none", () => parseCifar10(Buffer.concat([record(1, 1), record(10, 1)])), /label 10 in record 1/],
  ])("rejects %s", (_, parse, message) => {
    expect(parse).toThrow(message);
  });

  test("rejects an archive that lacks files, and one that is cut off", async () => {
    const path = join(folder, publishedCifar.name);
    writeFileSync(path, gzipSync(tar({ "test_batch.bin": record(1, 1) })));
    await expect(cifar10({ folder })).rejects.toThrow(/holds 1 of the files data_batch_1/);
    writeFileSync(path, gzipSync(tar({ "test_batch.bin": record(1, 1) })).subarray(0, 60));
    await expect(cifar10({ folder })).rejects.toThrow(/damaged or cut off/);
  });
});

test("IMDB: reviews of both parts with their opinions", async () => {
  const files = {
    "aclImdb/README": text("no review"),
    "aclImdb/train/pos/0_9.txt": text("Good.<br />Ünique."),
    "aclImdb/train/neg/0_1.txt": text("Bad."),
    "aclImdb/train/unsup/0_0.txt": text("?"),
    "aclImdb/test/neg/1_2.txt": text("Worse."),
  };
  writeFileSync(join(folder, publishedImdb.name), gzipSync(tar(files)));
  const { train, test: held } = await imdb({ folder });
  expect(train.texts).toEqual(["Good.\nÜnique.", "Bad."]);
  expect([[...train.labels.data()], [...held.labels.data()]]).toEqual([[1, 0], [0]]);
  writeFileSync(join(folder, publishedImdb.name), gzipSync(tar({ "aclImdb/train/pos/0_9.txt": text("x") })));
  await expect(imdb({ folder })).rejects.toThrow(/no review in aclImdb\/test/);
});

test("Fashion-MNIST is looked for in its own folder", async () => {
  const idx = (shape: number[], bytes: Uint8Array) =>
    Buffer.concat([Buffer.from([0, 0, 8, shape.length, ...shape.flatMap(n => [0, 0, 0, n])]), bytes]);
  const place = join(folder, "data", "fashion-mnist");
  mkdirSync(place, { recursive: true });
  writeFileSync(join(place, "t10k-images-idx3-ubyte"), idx([5, 28, 28], Buffer.alloc(5 * 784, 255)));
  writeFileSync(join(place, "t10k-labels-idx1-ubyte"), idx([5], Buffer.from([9, 8, 7, 6, 5])));
  vi.stubEnv("GRADBOOK_DATA", join(folder, "data"));
  const { train, source } = await fashionMnist({ flat: true });
  expect([train.images.shape, [...train.labels.data()]]).toEqual([
    [4, 784],
    [9, 8, 7, 6],
  ]);
  expect(source).toMatch(/^Fashion-MNIST from .*fashion-mnist/);
  vi.stubEnv("GRADBOOK_DATA", "");
  await expect(fashionMnist({ download: false })).rejects.toThrow(
    /fashionMnist: the Fashion-MNIST files were not found/,
  );
});

describe("where the file of a set is found", () => {
  const content = text("a,b\n1,2\n");
  const file = (url: string) => ({
    name: "small.csv",
    bytes: content.length,
    sha256: createHash("sha256").update(content).digest("hex"),
    urls: [url],
  });

  test("downloaded once into the cache, and again when it was changed there", async () => {
    let requests = 0;
    const server = createServer((_, response) => {
      requests++;
      response.end(content);
    });
    await new Promise<void>(listening => server.listen(0, "127.0.0.1", listening));
    try {
      const remote = file(`http://127.0.0.1:${(server.address() as AddressInfo).port}/small.csv`);
      const find = () => findFile("small", "tables", remote, { onProgress: () => {} });
      const path = await find();
      expect(path).toBe(join(folder, "cache", "tables", "small.csv"));
      expect(readFileSync(path)).toEqual(content);
      await find();
      expect(requests).toBe(1);
      writeFileSync(path, "tampered");
      await find();
      expect([requests, readFileSync(path, "utf8")]).toEqual([2, content.toString()]);
    } finally {
      server.closeAllConnections();
      await new Promise(closed => server.close(closed));
    }
  });

  test("offline: the error names every place and the ways out", async () => {
    const failed = findFile("small", "tables", file("http://127.0.0.1:9/small.csv"), { onProgress: () => {} });
    await expect(failed).rejects.toThrow(EngineError);
    await expect(failed).rejects.toThrow(
      /small\.csv was not found \(GRADBOOK_DATA is not set; the cache .*127\.0\.0\.1:9/,
    );
    await expect(failed).rejects.toThrow(/put the file into a folder tables\//);
    for (const load of [iris, penguins, titanic, tinyShakespeare, cifar10, imdb]) {
      await expect(load({ download: false })).rejects.toThrow(/was not found .*downloading is switched off/);
      await expect(load({ folder })).rejects.toThrow(/does not hold it/);
    }
  });
});

describe.skipIf(!realData)("real files (in GRADBOOK_DATA)", () => {
  test("iris, penguins, titanic and Shakespeare", async () => {
    vi.stubEnv("GRADBOOK_DATA", realData!);
    const flowers = await iris();
    expectTypeOf(flowers.column("species")).toEqualTypeOf<string[]>();
    expect(flowers.tensor(["sepal_length", "petal_width"]).shape).toEqual([150, 2]);
    expect((await penguins()).dropMissing().length).toBe(333);
    expect((await titanic()).missing().age).toBe(177);
    expect(new Set(await tinyShakespeare()).size).toBe(65);
  });

  test("are byte for byte what is published", () => {
    const published = { tables: Object.values(publishedTables), text: [publishedShakespeare] };
    for (const [place, files] of Object.entries(published)) {
      for (const { name, bytes, sha256 } of files) {
        const path = join(folder, name);
        copyFileSync(join(realData!, place, name), path);
        const content = readFileSync(path);
        expect([content.length, createHash("sha256").update(content).digest("hex")]).toEqual([bytes, sha256]);
      }
    }
  });
});
