import type { RemoteFile } from "../download.js";
import { findFile, type SetOptions } from "./find.js";

/** The text as it is published. */
export const publishedShakespeare: RemoteFile = {
  name: "tinyshakespeare.txt",
  bytes: 1_115_394,
  sha256: "86c4e6aa9db7c042ec79f339dcb96d42b0075e16b8fc2e86bf0ca57e2dc565ed",
  urls: ["https://raw.githubusercontent.com/karpathy/char-rnn/master/data/tinyshakespeare/input.txt"],
};

/**
 * Plays of Shakespeare, 1.1 million characters of 65 kinds: the text of char-rnn and nanoGPT. Looked for in `folder`, else in
 * `$GRADBOOK_DATA/text`, then in the cache, then downloaded there (1.1 MB, checksum verified).
 * @throws EngineError that names the ways out when the file can be found nowhere
 * @example
 * const text = await data.tinyShakespeare();
 * const tokenizer = data.CharTokenizer.of(text);
 * tokenizer.size; // 65 kinds
 */
export async function tinyShakespeare(options: SetOptions = {}): Promise<string> {
  const { readFile } = await import("node:fs/promises");
  return readFile(await findFile("tinyShakespeare", "text", publishedShakespeare, options), "utf8");
}
