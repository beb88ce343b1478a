import { createHash } from "node:crypto";
import { copyFileSync, existsSync, mkdirSync, mkdtempSync, readdirSync, rmSync, writeFileSync } from "node:fs";
import { createServer, type Server } from "node:http";
import type { AddressInfo } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { gzipSync } from "node:zlib";
import { afterEach, beforeEach, describe, expect, test, vi } from "vitest";
import type { RemoteFile } from "../../../engine/data/download.js";
import { mnist } from "../../../engine/data/mnist.js";
import { findMnist, type MnistFiles, publishedMnist } from "../../../engine/data/mnist-files.js";
import type { DownloadProgress } from "../../../engine/data/progress.js";
import { EngineError, ValueError } from "../../../engine/errors.js";

/** The real files, where this machine has them. */
const realFolder = join(process.env.GRADBOOK_DATA ?? "", "mnist");
const hasRealFiles = [publishedMnist.testImages, publishedMnist.testLabels].every(f =>
  existsSync(join(realFolder, f.name)),
);

/** An idx file of bytes. */
function idx(shape: number[], element: (i: number) => number): Buffer {
  const count = shape.reduce((a, b) => a * b, 1);
  const header = Buffer.from([0, 0, 8, shape.length, ...shape.flatMap(n => [0, 0, n >> 8, n & 255])]);
  return Buffer.concat([header, Uint8Array.from({ length: count }, (_, i) => element(i))]);
}

// Picture n is all of grey level n, and shows the digit n mod 10: so it can be seen which pictures went where.
const images = (count: number) => idx([count, 28, 28], i => Math.floor(i / 784));
const labels = (count: number) => idx([count], i => i % 10);

let folder: string;
const servers: Server[] = [];
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), "gradbook-mnist-"));
  vi.stubEnv("GRADBOOK_DATA", "");
  vi.stubEnv("GRADBOOK_CACHE", join(folder, "cache"));
});
afterEach(async () => {
  vi.unstubAllEnvs();
  for (const server of servers.splice(0)) {
    server.closeAllConnections();
    await new Promise(done => server.close(done));
  }
  rmSync(folder, { recursive: true });
});

/** Writes files into a folder `mnist` below `place` and returns that folder. */
function put(place: string, files: Record<string, Uint8Array>): string {
  const into = join(folder, place, "mnist");
  mkdirSync(into, { recursive: true });
  for (const [name, bytes] of Object.entries(files)) writeFileSync(join(into, name), bytes);
  return into;
}

const test10 = {
  "t10k-images-idx3-ubyte.gz": gzipSync(images(10)),
  "t10k-labels-idx1-ubyte.gz": gzipSync(labels(10)),
};
const train20 = {
  "train-images-idx3-ubyte": images(20),
  "train-labels-idx1-ubyte": labels(20),
};

describe("mnist", () => {
  test("with only the t10k files: the first four fifths train, the rest tests, in file order", async () => {
    const at = put("", test10);
    const { train, test: held, source } = await mnist({ folder: at });
    expect(train.images.shape).toEqual([8, 28, 28]);
    expect(held.images.shape).toEqual([2, 28, 28]);
    expect([...train.labels.data()]).toEqual([0, 1, 2, 3, 4, 5, 6, 7]);
    expect([...held.labels.data()]).toEqual([8, 9]);
    const grey = (pixels: ArrayLike<number>, n: number) => Math.round(pixels[n * 784 + 400]! * 255);
    expect(grey(train.images.data(), 7)).toBe(7);
    expect(grey(held.images.data(), 0)).toBe(8);
    expect(source).toBe(
      `MNIST from ${at}: only the t10k files are there, so their first 8 are for training, the last 2 for testing`,
    );
  });

  test("with all four files, compressed or not: both parts whole", async () => {
    const at = put("", { ...test10, ...train20 });
    const { train, test: held, source } = await mnist({ folder: at, flat: true });
    expect([train.images.shape, held.images.shape]).toEqual([
      [20, 784],
      [10, 784],
    ]);
    expect([train.images.dtype, train.labels.dtype]).toEqual(["float32", "int32"]);
    expect(source).toBe(`MNIST from ${at}: 20 for training, 10 for testing`);
  });

  test.skipIf(!hasRealFiles)("the real t10k files (in GRADBOOK_DATA) give 8,000 and 2,000", async () => {
    const at = put("real", {});
    for (const file of [publishedMnist.testImages, publishedMnist.testLabels]) {
      copyFileSync(join(realFolder, file.name), join(at, file.name));
    }
    const { train, test: held } = await mnist({ folder: at });
    expect([train.images.shape, held.images.shape]).toEqual([
      [8000, 28, 28],
      [2000, 28, 28],
    ]);
    expect([...train.labels.data().slice(0, 5)]).toEqual([7, 2, 1, 0, 4]);
    expect([...held.labels.data().slice(-3)]).toEqual([4, 5, 6]);
    const pixels = train.images.data();
    expect([Math.min(...pixels.slice(0, 784)), Math.max(...pixels.slice(0, 784))]).toEqual([0, 1]);
  });

  test.each<[string, Record<string, Uint8Array>, RegExp]>([
    [
      "fewer labels than pictures",
      { ...test10, "t10k-labels-idx1-ubyte.gz": labels(9) },
      /labels-idx1-ubyte\.gz: 9 labels for 10 pictures in .*images-idx3/,
    ],
    [
      "a label that is no digit",
      { ...test10, "t10k-labels-idx1-ubyte.gz": idx([10], i => (i === 3 ? 11 : 0)) },
      /label 11 at index 3; digits are 0 to 9/,
    ],
    [
      "pictures of another size",
      { ...test10, "t10k-images-idx3-ubyte.gz": idx([10, 32, 32], () => 0) },
      /the pictures are 32 x 32, MNIST has 28 x 28/,
    ],
    [
      "labels in place of the pictures",
      { ...test10, "t10k-images-idx3-ubyte.gz": labels(10) },
      /expected 3 dimensions of uint8, found \[10\] of uint8/,
    ],
    [
      "a file that is cut off",
      { ...test10, "t10k-images-idx3-ubyte.gz": images(10).subarray(0, 5000) },
      /t10k-images-idx3-ubyte\.gz: shape \[10, 28, 28\] of uint8 needs 7856 bytes, but there are 5000: it is cut off/,
    ],
  ])("%s: an error that names the file", async (_, files, message) => {
    const error = await mnist({ folder: put("", files) }).catch(e => e);
    expect(error).toBeInstanceOf(ValueError);
    expect(error.message).toMatch(message);
  });
});

/** Four small files as a server would publish them, and what it was asked for. */
async function publish(answer: (bytes: Buffer) => Buffer = b => b) {
  const contents: Record<keyof MnistFiles<never>, Buffer> = {
    trainImages: gzipSync(images(20)),
    trainLabels: gzipSync(labels(20)),
    testImages: gzipSync(images(10)),
    testLabels: gzipSync(labels(10)),
  };
  const asked: string[] = [];
  const byName = new Map<string, Buffer>();
  const server = createServer((request, response) => {
    asked.push(request.url!.slice(1));
    response.end(answer(byName.get(request.url!.slice(1))!));
  });
  servers.push(server);
  await new Promise<void>(ready => server.listen(0, "127.0.0.1", ready));
  const base = `http://127.0.0.1:${(server.address() as AddressInfo).port}/`;
  const files = Object.fromEntries(
    Object.entries(contents).map(([key, bytes]) => {
      const { name } = publishedMnist[key as keyof typeof contents];
      byName.set(name, bytes);
      const sha256 = createHash("sha256").update(bytes).digest("hex");
      return [key, { name, bytes: bytes.length, sha256, urls: [base + name] } satisfies RemoteFile];
    }),
  ) as unknown as MnistFiles<RemoteFile>;
  return { files, asked };
}

describe("where the files are looked for", () => {
  test("GRADBOOK_DATA comes before the cache, a named folder before both", async () => {
    const { files, asked } = await publish();
    const own = put("own", test10);
    const shared = put("shared", test10);
    vi.stubEnv("GRADBOOK_DATA", join(folder, "shared"));
    expect((await findMnist({}, files)).folder).toBe(shared);
    expect((await findMnist({ folder: own }, files)).folder).toBe(own);
    expect(asked).toEqual([]);
  });

  test("an empty GRADBOOK_DATA leads to the cache, which is filled once, with progress", async () => {
    const { files, asked } = await publish();
    mkdirSync(join(folder, "shared", "mnist"), { recursive: true });
    vi.stubEnv("GRADBOOK_DATA", join(folder, "shared"));
    const seen: DownloadProgress[] = [];
    const found = await findMnist({ onProgress: p => seen.push(p) }, files);
    expect(found.folder).toBe(join(folder, "cache", "mnist"));
    const names = Object.values<RemoteFile>({ ...files }).map(f => f.name);
    expect(asked).toEqual(names);
    expect(seen.filter(p => p.done).map(p => p.name)).toEqual(names);
    expect(readdirSync(found.folder).sort()).toEqual([...names].sort());

    expect(await findMnist({ download: false }, files)).toEqual(found);
    expect(asked).toHaveLength(4);
    const { train, test: held } = await mnist({ folder: found.folder });
    expect([train.labels.size, held.labels.size]).toEqual([20, 10]);
  });

  test("a damaged file in the cache is fetched again, and only that one", async () => {
    const { files, asked } = await publish();
    const { folder: cached } = await findMnist({ onProgress: () => {} }, files);
    writeFileSync(join(cached, files.testImages.name), "half a fi");
    asked.length = 0;
    await findMnist({ onProgress: () => {} }, files);
    expect(asked).toEqual([files.testImages.name]);
  });

  test("what a mirror changed on the way does not get into the cache", async () => {
    const { files } = await publish(bytes => Buffer.concat([bytes.subarray(0, -1), Buffer.from([99])]));
    await expect(findMnist({ onProgress: () => {} }, files)).rejects.toThrow(/train-images.*wrong checksum/);
    expect(readdirSync(join(folder, "cache", "mnist"))).toEqual([]);
  });

  test("offline: an error that says where it looked and names the ways out", async () => {
    const { files } = await publish();
    await new Promise(done => servers.pop()!.close(done));
    const error = await findMnist({ onProgress: () => {} }, files).catch(e => e);
    expect(error).toBeInstanceOf(EngineError);
    expect(error.message).toMatch(
      /^mnist: the MNIST files were not found \(GRADBOOK_DATA is not set; the cache .* does not/,
    );
    expect(error.message).toMatch(/train-images-idx3-ubyte\.gz could not be fetched: 127\.0\.0\.1:\d+: .*ECONNREFUSED/);
    for (const way of ["set GRADBOOK_DATA to its parent", "connect to the network", "use data.digits()"]) {
      expect(error.message).toContain(way);
    }
  });

  test("with downloading switched off nothing is fetched or created", async () => {
    const { files, asked } = await publish();
    await expect(findMnist({ download: false }, files)).rejects.toThrow(/downloading is switched off/);
    expect(asked).toEqual([]);
    expect(existsSync(join(folder, "cache"))).toBe(false);
  });

  test("a named folder without the files is an error, whatever the cache holds", async () => {
    const { files, asked } = await publish();
    await expect(findMnist({ folder: join(folder, "nowhere") }, files)).rejects.toThrow(
      /nowhere does not hold t10k-images-idx3-ubyte\.gz and t10k-labels-idx1-ubyte\.gz/,
    );
    expect(asked).toEqual([]);
  });

  test("half of a pair is an error, not another set", async () => {
    const at = put("", { ...test10, "train-images-idx3-ubyte": images(20) });
    await expect(mnist({ folder: at })).rejects.toThrow(
      /mnist: .*train-images-idx3-ubyte is there, but train-labels-idx1-ubyte\.gz is not\. Put train-labels/,
    );
  });
});
