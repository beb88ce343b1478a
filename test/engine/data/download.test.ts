import { createHash } from "node:crypto";
import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { createServer, type RequestListener, type Server } from "node:http";
import type { AddressInfo } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { beginRun, cancelWords, requestCancel } from "../../../engine/cancel.js";
import { cacheFolder, fileSha256 } from "../../../engine/data/cache.js";
import { DownloadError, download, type RemoteFile } from "../../../engine/data/download.js";
import { type DownloadProgress, printProgress } from "../../../engine/data/progress.js";
import { InterruptedError } from "../../../engine/errors.js";

const content = Buffer.from(Array.from({ length: 200_000 }, (_, i) => (i * 31) % 251));
const sha256 = createHash("sha256").update(content).digest("hex");

let folder: string;
let servers: Server[];
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), "gradbook-download-"));
  servers = [];
});
afterEach(async () => {
  for (const server of servers) {
    server.closeAllConnections();
    await new Promise(done => server.close(done));
  }
  rmSync(folder, { recursive: true });
});

async function serve(listener: RequestListener): Promise<string> {
  const server = createServer(listener);
  servers.push(server);
  await new Promise<void>(ready => server.listen(0, "127.0.0.1", ready));
  return `http://127.0.0.1:${(server.address() as AddressInfo).port}/file.bin`;
}

const good: RequestListener = (_, response) => response.end(content);

function file(...urls: string[]): RemoteFile {
  return { name: "file.bin", urls, sha256, bytes: content.length };
}

describe("download", () => {
  test("brings the file whole and reports progress", async () => {
    const url = await serve(good);
    const seen: DownloadProgress[] = [];
    const path = join(folder, "deep", "file.bin");
    await download(file(url), path, { onProgress: p => seen.push(p) });
    expect(readFileSync(path).equals(content)).toBe(true);
    expect(await fileSha256(path)).toBe(sha256);
    expect(seen[0]).toEqual({ name: "file.bin", received: 0, total: content.length, done: false });
    expect(seen.at(-1)).toEqual({ name: "file.bin", received: content.length, total: content.length, done: true });
    expect(seen.filter(p => p.done)).toHaveLength(1);
  });

  const wrong = Buffer.from(content);
  wrong[77]! ^= 1;
  test.each<[string, RequestListener, RegExp]>([
    ["404", (_, r) => r.writeHead(404).end("no"), /the server answered 404 Not Found/],
    ["a wrong checksum", (_, r) => r.end(wrong), /wrong checksum: SHA-256 [0-9a-f]{64} instead of/],
    ["too little", (_, r) => r.end(content.subarray(0, 1000)), /ended after 1000 of 200000 bytes/],
    ["too much", (_, r) => r.end(Buffer.concat([content, content])), /longer than the 200000 bytes expected/],
    [
      "a cut connection",
      (_, r) => {
        r.writeHead(200, { "content-length": content.length });
        r.write(content.subarray(0, 50_000), () => setTimeout(() => r.destroy(), 20));
      },
      /127\.0\.0\.1:\d+: ./,
    ],
    ["silence", () => {}, /no answer for 0\.2 s/],
    [
      "silence in the middle",
      (_, r) => {
        r.writeHead(200, { "content-length": content.length });
        r.write(content.subarray(0, 50_000));
      },
      /no answer for 0\.2 s/,
    ],
  ])("%s: an error, the old file stays, nothing is left behind; the next mirror is tried", async (_, bad, message) => {
    const url = await serve(bad);
    const path = join(folder, "file.bin");
    writeFileSync(path, "old");
    const error = await download(file(url), path, { patience: 200 }).catch(e => e);
    expect(error).toBeInstanceOf(DownloadError);
    expect(error.message).toMatch(message);
    expect(error.message).toMatch(/^download: file\.bin could not be fetched: .*Check the network/);
    expect(readFileSync(path, "utf8")).toBe("old");
    expect(readdirSync(folder)).toEqual(["file.bin"]);

    await download(file(url, await serve(good)), path, { patience: 200 });
    expect(readFileSync(path).equals(content)).toBe(true);
    expect(readdirSync(folder)).toEqual(["file.bin"]);
  });

  test("no server at all: the reason, not just 'fetch failed'", async () => {
    const url = await serve(good);
    await new Promise(done => servers.pop()!.close(done));
    await expect(download(file(url), join(folder, "file.bin"))).rejects.toThrow(/ECONNREFUSED/);
  });

  test("many at once: each reader sees the whole file or none", async () => {
    const url = await serve(good);
    const path = join(folder, "file.bin");
    let finished = false;
    const watch = (async () => {
      while (!finished) {
        const sum = await fileSha256(path);
        expect([undefined, sha256]).toContain(sum);
      }
    })();
    await Promise.all(Array.from({ length: 6 }, () => download(file(url), path)));
    finished = true;
    await watch;
    expect(readdirSync(folder)).toEqual(["file.bin"]);
  });

  test("a Stop and a signal end it and leave nothing", async () => {
    const endless: RequestListener = (_, r) => {
      r.writeHead(200, { "content-length": content.length });
      const timer = setInterval(() => r.write("x"), 5);
      r.on("close", () => clearInterval(timer));
    };
    const url = await serve(endless);
    beginRun(5);
    const stopped = download(file(url), join(folder, "file.bin"));
    setTimeout(() => requestCancel(cancelWords, 5), 40);
    await expect(stopped).rejects.toThrow(InterruptedError);
    beginRun(0);

    const aborted = download(file(url), join(folder, "file.bin"), { signal: AbortSignal.timeout(40) });
    await expect(aborted).rejects.toThrow(/timeout/i);
    await expect(
      download(file(url), join(folder, "file.bin"), { signal: AbortSignal.abort(new Error("before")) }),
    ).rejects.toThrow("before");
    expect(readdirSync(folder)).toEqual([]);
  });
});

test("the cache lies where GRADBOOK_CACHE says, else where the platform keeps caches", async () => {
  expect(await cacheFolder({ GRADBOOK_CACHE: "/somewhere", XDG_CACHE_HOME: "/xdg" })).toBe("/somewhere");
  expect(await cacheFolder({ XDG_CACHE_HOME: "/xdg" })).toBe(join("/xdg", "gradbook"));
  expect(await cacheFolder({})).toMatch(/gradbook/);
});

test("progress is one line that rewrites itself", () => {
  const written: string[] = [];
  const write = process.stdout.write;
  process.stdout.write = (text: string | Uint8Array) => written.push(String(text)) > 0;
  try {
    const print = printProgress();
    for (let i = 0; i < 1000; i++) print({ name: "a.gz", received: i * 1000, total: 1_000_000, done: false });
    print({ name: "a.gz", received: 1_000_000, total: 1_000_000, done: true });
  } finally {
    process.stdout.write = write;
  }
  expect(written.length).toBeLessThan(5);
  expect(written[0]).toBe("\rdownloading a.gz: 0.00 MB of 1.0 MB (0 %)");
  expect(written.at(-1)).toBe("\rdownloading a.gz: 1.0 MB of 1.0 MB (100 %)\n");
});
