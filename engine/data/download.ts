import { cancelRequested } from "../cancel.js";
import { EngineError, InterruptedError } from "../errors.js";
import type { DownloadProgress } from "./progress.js";

/** A file that every mirror must deliver byte for byte. */
export interface RemoteFile {
  name: string;
  /** Addresses of the same file, tried in order. */
  urls: readonly string[];
  sha256: string;
  /** Size, so that a wrong answer is noticed before it fills the disk. */
  bytes: number;
}

/** Where a file goes, and who hears of its progress. */
export interface DownloadOptions {
  /** Called with every piece that arrives. */
  onProgress?: (progress: DownloadProgress) => void;
  /** Longest silence of a server before the next mirror is tried, in milliseconds (default 15,000; 6,000 for its first answer). */
  patience?: number;
  signal?: AbortSignal;
}

/** A file could not be fetched; `attempts` says what happened at each host. */
export class DownloadError extends EngineError {
  readonly attempts: readonly string[];

  constructor(file: RemoteFile, attempts: readonly string[]) {
    super(`${file.name} could not be fetched: ${attempts.join("; ")}`, {
      op: "download",
      hint: "Check the network (behind a proxy, Node 24 follows HTTPS_PROXY when NODE_USE_ENV_PROXY=1), or bring the file yourself.",
    });
    this.attempts = attempts;
  }
}

/**
 * Fetches `file` to `path`. The file appears there whole and with the right checksum, or not at all: it is written under
 * another name and renamed. Several processes may do so at once.
 * @throws DownloadError when no mirror delivers it; InterruptedError on Stop
 */
export async function download(file: RemoteFile, path: string, options: DownloadOptions = {}): Promise<void> {
  const { mkdir, rename, rm } = await import("node:fs/promises");
  const { dirname } = await import("node:path");
  const { randomUUID } = await import("node:crypto");
  await mkdir(dirname(path), { recursive: true });
  const attempts: string[] = [];
  for (const url of file.urls) {
    const part = `${path}.${randomUUID()}.part`;
    try {
      await fetchTo(part, url, file, options);
      await rename(part, path);
      return;
    } catch (error) {
      if (error instanceof InterruptedError) throw error;
      options.signal?.throwIfAborted();
      attempts.push(`${new URL(url).host}: ${reasonOf(error)}`);
    } finally {
      await rm(part, { force: true });
    }
  }
  throw new DownloadError(file, attempts);
}

async function fetchTo(part: string, url: string, file: RemoteFile, options: DownloadOptions): Promise<void> {
  const { open } = await import("node:fs/promises");
  const { createHash } = await import("node:crypto");
  const silence = new AbortController();
  const patience = options.patience ?? 15_000;
  const wait = (time: number) => setTimeout(() => silence.abort(new Error(`no answer for ${time / 1000} s`)), time);
  // Without a network some systems never answer at all; whoever waits for that wants to hear it soon.
  let timer = wait(Math.min(patience, 6_000));
  const signal = options.signal ? AbortSignal.any([options.signal, silence.signal]) : silence.signal;
  const out = await open(part, "wx");
  try {
    const response = await fetch(url, { signal });
    if (!response.ok) throw new Error(`the server answered ${response.status} ${response.statusText}`.trim());
    if (response.body === null) throw new Error("the server answered without a body");
    const hash = createHash("sha256");
    let received = 0;
    options.onProgress?.({ name: file.name, received, total: file.bytes, done: false });
    for await (const chunk of response.body as unknown as AsyncIterable<Uint8Array>) {
      clearTimeout(timer);
      timer = wait(patience);
      if (cancelRequested()) throw new InterruptedError("stopped", { op: "download" });
      received += chunk.length;
      if (received > file.bytes) throw new Error(`it is longer than the ${file.bytes} bytes expected`);
      hash.update(chunk);
      await out.write(chunk);
      options.onProgress?.({ name: file.name, received, total: file.bytes, done: false });
    }
    if (received < file.bytes) throw new Error(`the connection ended after ${received} of ${file.bytes} bytes`);
    const sha256 = hash.digest("hex");
    if (sha256 !== file.sha256) throw new Error(`wrong checksum: SHA-256 ${sha256} instead of ${file.sha256}`);
    await out.sync();
    options.onProgress?.({ name: file.name, received, total: file.bytes, done: true });
  } finally {
    clearTimeout(timer);
    await out.close();
  }
}

/** The message that says most: `fetch` hides the real reason in `cause`. */
function reasonOf(error: unknown): string {
  if (!(error instanceof Error)) return String(error);
  const cause = error.cause as (Error & { code?: string }) | undefined;
  if (cause === undefined) return error.message;
  // The text of the look-up would name the host once more.
  if (cause.code === "ENOTFOUND" || cause.code === "EAI_AGAIN") return `not found (${cause.code})`;
  return cause.message || cause.code || error.message;
}
