import { crc32, deflateRawSync } from "node:zlib";
import { ValueError } from "../../errors.js";

/** A file for an archive. */
export interface ZipInput {
  readonly name: string;
  readonly data: Uint8Array;
}

/** Entries of a minute long gone: the same files always give the same archive. */
const fixedDate = 0x0021;
const mostBytes = 0xfffffffe;

/**
 * An archive of files, part by part.
 * @throws ValueError for archives beyond 4 GiB or of more than 65,534 files
 */
export function* zipParts(inputs: Iterable<ZipInput>, { compress = false } = {}): Generator<Uint8Array> {
  const directory: Uint8Array[] = [];
  let at = 0;
  for (const { name, data } of inputs) {
    const packed = compress ? deflateRawSync(data) : data;
    const fields = { method: compress ? 8 : 0, checksum: crc32(data), packed: packed.length, size: data.length };
    const text = new TextEncoder().encode(name);
    const local = header(0x04034b50, 30, text);
    writeFields(local.view, 4, fields, text.length);
    const central = header(0x02014b50, 46, text);
    central.view.setUint16(4, 20, true);
    writeFields(central.view, 6, fields, text.length);
    central.view.setUint32(42, at, true);
    directory.push(central.bytes);
    yield local.bytes;
    yield packed;
    at += local.bytes.length + packed.length;
    if (at > mostBytes || directory.length >= 0xffff) {
      throw new ValueError("the archive is too large", { op: "zip", hint: "Write several, or a safetensors file." });
    }
  }
  yield* directory;
  const end = header(0x06054b50, 22, new Uint8Array(0));
  end.view.setUint16(8, directory.length, true);
  end.view.setUint16(10, directory.length, true);
  end.view.setUint32(
    12,
    directory.reduce((sum, entry) => sum + entry.length, 0),
    true,
  );
  end.view.setUint32(16, at, true);
  yield end.bytes;
}

function header(signature: number, length: number, name: Uint8Array): { bytes: Uint8Array; view: DataView } {
  const bytes = new Uint8Array(length + name.length);
  bytes.set(name, length);
  const view = new DataView(bytes.buffer);
  view.setUint32(0, signature, true);
  return { bytes, view };
}

/** What both headers of an entry share: version, flags (names are UTF-8), method, date, checksum, sizes, length of the name. */
function writeFields(
  view: DataView,
  at: number,
  { method, checksum, packed, size }: { method: number; checksum: number; packed: number; size: number },
  nameLength: number,
): void {
  [20, 0x0800, method, 0, fixedDate].forEach((value, i) => {
    view.setUint16(at + 2 * i, value, true);
  });
  [checksum, packed, size].forEach((value, i) => {
    view.setUint32(at + 10 + 4 * i, value, true);
  });
  view.setUint16(at + 22, nameLength, true);
}
