import { checkHeader, type JsonObject, type Message, MessageError } from "./message.js";
import type { Signer } from "./sign.js";

/** More than any client needs. */
const longestHeader = 64 * 1024;

const delimiter = Buffer.from("<IDS|MSG>");

/** Frames of a zmq message: identities, delimiter, signature, header, parent header, metadata, content, buffers. */
export function encodeMessage(message: Message, identities: readonly Uint8Array[], signer: Signer): Uint8Array[] {
  const { header, parent_header, metadata, content, buffers } = message;
  const parts = [header, parent_header, metadata, content].map(part => Buffer.from(JSON.stringify(part)));
  return [...identities, delimiter, Buffer.from(signer.sign(parts)), ...parts, ...buffers];
}

/** A message and the routing prefix with which it came. */
export interface Received {
  message: Message;
  identities: Uint8Array[];
}

/**
 * Reads the frames of a zmq message.
 *
 * @throws MessageError when they are not a message, or not signed with our key
 */
export function decodeMessage(frames: readonly Buffer[], signer: Signer): Received {
  const at = frames.findIndex(frame => frame.equals(delimiter));
  if (at < 0) throw new MessageError("there is no delimiter <IDS|MSG>");
  const [signature, ...parts] = frames.slice(at + 1, at + 6);
  if (!signature || parts.length < 4) throw new MessageError("it has fewer than four parts");
  if (!signer.verify(parts, signature)) throw new MessageError("its signature is wrong");
  // It comes back in every message about the request, and is kept for as long as the cell may still print.
  if (parts[0]!.length > longestHeader) throw new MessageError(`its header is longer than ${longestHeader} bytes`);
  const [header, parent, metadata, content] = parts.map(parseObject);
  return {
    message: {
      header: checkHeader(header),
      parent_header: parent as Message["parent_header"],
      metadata: metadata!,
      content: content!,
      buffers: frames.slice(at + 6),
    },
    identities: frames.slice(0, at),
  };
}

const names = ["header", "parent header", "metadata", "content"];

function parseObject(part: Buffer, index: number): JsonObject {
  let value: unknown;
  try {
    value = JSON.parse(part.toString("utf8"));
  } catch {
    throw new MessageError(`its ${names[index]} is not JSON`);
  }
  if (value === null || typeof value !== "object" || Array.isArray(value)) {
    throw new MessageError(`its ${names[index]} is not an object`);
  }
  return value as JsonObject;
}
