import type { MimeBundle } from "../../widgets/display.js";

/** Types of pictures that front ends show, with how their bytes begin; of a WebP file the length stands in between. */
const kinds: readonly (readonly [type: string, begins: (bytes: Uint8Array) => boolean])[] = [
  ["image/png", has([0x89, 0x50, 0x4e, 0x47, 0x0d, 0x0a, 0x1a, 0x0a])],
  ["image/jpeg", has([0xff, 0xd8, 0xff])],
  ["image/gif", has([0x47, 0x49, 0x46, 0x38])],
  ["image/webp", bytes => has([0x52, 0x49, 0x46, 0x46])(bytes) && has([0x57, 0x45, 0x42, 0x50], 8)(bytes)],
];

/** The forms of bytes, or of a `Blob`, that are a picture; `undefined` for anything else. */
export function pictureBundle(value: object): MimeBundle | Promise<MimeBundle> | undefined {
  if (value instanceof Uint8Array) return ofBytes(value);
  if (value instanceof ArrayBuffer) return ofBytes(new Uint8Array(value));
  if (value instanceof Blob && value.type.startsWith("image/")) return ofBlob(value);
  return undefined;
}

function ofBytes(bytes: Uint8Array): MimeBundle | undefined {
  const type = kinds.find(([, begins]) => begins(bytes))?.[0];
  if (type === undefined) return undefined;
  const { buffer, byteOffset, byteLength } = bytes;
  return {
    [type]: Buffer.from(buffer, byteOffset, byteLength).toString("base64"),
    "text/plain": `<${type}, ${byteLength} bytes>`,
  };
}

async function ofBlob(blob: Blob): Promise<MimeBundle> {
  const text = `<${blob.type}, ${blob.size} bytes>`;
  if (blob.type.startsWith("image/svg+xml")) return { "image/svg+xml": await blob.text(), "text/plain": text };
  // What the bytes are counts, not what the blob says.
  return (
    ofBytes(new Uint8Array(await blob.arrayBuffer())) ?? { "text/plain": `${text}: not a picture that can be shown` }
  );
}

function has(magic: readonly number[], offset = 0): (bytes: Uint8Array) => boolean {
  return bytes => magic.every((byte, i) => bytes[offset + i] === byte);
}
