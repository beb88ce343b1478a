import { EngineError } from "../../errors.js";
import { cacheFolder, fileSha256 } from "../cache.js";
import { DownloadError, type DownloadOptions, download, type RemoteFile } from "../download.js";
import { printProgress } from "../progress.js";

/** Where the file of a set is looked for. */
export interface SetOptions extends DownloadOptions {
  /** A folder that holds the file; nothing else is tried then. */
  folder?: string;
  /** False: never use the network (default true). */
  download?: boolean;
}

/**
 * The path of a set's file: in `folder` and nowhere else, or in `$GRADBOOK_DATA/<place>`, in the cache, or on the network, from
 * where it goes into the cache. What is in the cache has the published checksum; other folders may hold another edition.
 * @throws EngineError that says where it looked and names the ways out
 */
export async function findFile(op: string, place: string, file: RemoteFile, options: SetOptions = {}): Promise<string> {
  const { join } = await import("node:path");
  if (options.folder !== undefined) {
    const path = join(options.folder, file.name);
    if (await isThere(path)) return path;
    throw notFound(op, place, file, [`${options.folder} does not hold it`]);
  }
  const tried: string[] = [];
  const given = await givenFolders();
  for (const folder of given) {
    const path = join(folder, place, file.name);
    if (await isThere(path)) return path;
    tried.push(`GRADBOOK_DATA: ${path} is not there`);
  }
  if (given.length === 0) tried.push("GRADBOOK_DATA is not set");
  const cached = join(await cacheFolder(), place, file.name);
  if ((await fileSha256(cached)) === file.sha256) return cached;
  tried.push(`the cache ${cached} does not hold it`);
  if (options.download === false) throw notFound(op, place, file, [...tried, "downloading is switched off"]);
  try {
    await download(file, cached, { ...options, onProgress: options.onProgress ?? printProgress() });
  } catch (error) {
    if (!(error instanceof DownloadError)) throw error;
    throw notFound(op, place, file, [...tried, ...error.attempts]);
  }
  return cached;
}

/**
 * What GRADBOOK_DATA names. A relative path may be meant from where the program was started (`PWD`), which a notebook server
 * leaves for the notebook's folder.
 */
export async function givenFolders(): Promise<string[]> {
  const given = process.env.GRADBOOK_DATA;
  if (!given) return [];
  const { resolve } = await import("node:path");
  return [...new Set([resolve(given), resolve(process.env.PWD ?? ".", given)])];
}

async function isThere(path: string): Promise<boolean> {
  const { access } = await import("node:fs/promises");
  return access(path).then(
    () => true,
    () => false,
  );
}

function notFound(op: string, place: string, file: RemoteFile, tried: readonly string[]): EngineError {
  return new EngineError(`${file.name} was not found (${tried.join("; ")})`, {
    op,
    hint:
      `Ways out: put the file into a folder ${place}/ and set GRADBOOK_DATA to its parent; name its folder as { folder }; ` +
      "or connect to the network and call again.",
  });
}
