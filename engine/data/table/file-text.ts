import { cancelRequested } from "../../cancel.js";
import { InterruptedError, ValueError } from "../../errors.js";

/** The encoding of a text file. */
export interface EncodingOptions {
  /** As in `TextDecoder` (default "utf-8"); old files are often "windows-1252". */
  encoding?: string;
}

/**
 * The text of a file in pieces; a name that ends in .gz is decompressed on the way.
 * @throws ValueError when there is no such file, and for bytes that are no text of the encoding; InterruptedError on Stop
 */
export async function* fileText(
  op: string,
  path: string | URL,
  { encoding = "utf-8" }: EncodingOptions = {},
): AsyncGenerator<string> {
  const { createReadStream } = await import("node:fs");
  const { pipeline } = await import("node:stream/promises");
  const { PassThrough } = await import("node:stream");
  const { createGunzip } = await import("node:zlib");
  const decoder = decoderFor(op, encoding);
  const bytes = new PassThrough();
  const zipped = String(path).endsWith(".gz");
  const done = zipped
    ? pipeline(createReadStream(path), createGunzip(), bytes)
    : pipeline(createReadStream(path), bytes);
  // The reader below hears of a failure, too; without a listener here it would end the process.
  done.catch(() => undefined);
  try {
    for await (const chunk of bytes) {
      if (cancelRequested()) throw new InterruptedError("stopped", { op });
      yield decoder.decode(chunk as Uint8Array, { stream: true });
    }
    yield decoder.decode();
  } catch (error) {
    throw readable(op, path, encoding, error);
  } finally {
    bytes.destroy();
  }
}

function decoderFor(op: string, encoding: string): InstanceType<typeof TextDecoder> {
  try {
    return new TextDecoder(encoding, { fatal: true });
  } catch {
    throw new ValueError(`encoding is ${JSON.stringify(encoding)}`, {
      op,
      hint: 'Give one that TextDecoder knows, as "utf-8", "windows-1252" or "utf-16le".',
    });
  }
}

function readable(op: string, path: string | URL, encoding: string, error: unknown): unknown {
  const code = (error as NodeJS.ErrnoException).code ?? "";
  if (code === "ENOENT") return new ValueError(`there is no file ${path}`, { op, hint: "Check the path." });
  if (code === "EISDIR") return new ValueError(`${path} is a folder`, { op, hint: "Give the path of a file." });
  if (code === "ERR_ENCODING_INVALID_ENCODED_DATA") {
    return new ValueError(`${path} is no ${encoding} text`, { op, hint: 'Give its encoding, as "windows-1252".' });
  }
  if (code.startsWith("Z_")) {
    return new ValueError(`${path}: the gzip data is damaged or cut off`, { op, hint: "Copy or download it again." });
  }
  return error;
}
