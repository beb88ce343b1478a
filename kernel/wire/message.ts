export type JsonObject = Record<string, unknown>;

/** The header of a message, as protocol 5.5 has it. */
export interface Header {
  msg_id: string;
  session: string;
  username: string;
  /** ISO 8601. */
  date: string;
  msg_type: string;
  version: string;
  /** The subshell that the message is for (JEP 91); none: the main shell. */
  subshell_id?: string | null;
}

/** One Jupyter message, without what its transport adds (identities, signature). */
export interface Message {
  header: Header;
  /** The header of the request that this message belongs to; empty when there is none. */
  parent_header: Header | Record<string, never>;
  metadata: JsonObject;
  content: JsonObject;
  /** Bytes that travel beside the JSON. */
  buffers: Uint8Array[];
}

/** The version of the messaging protocol that the kernel speaks. */
export const protocolVersion = "5.5";

/** Bytes arrived that are no message; the text says what is wrong with them. */
export class MessageError extends Error {}

/**
 * Checks that a decoded JSON value is a header that can be answered.
 *
 * @throws MessageError when a field that the protocol demands is missing
 */
export function checkHeader(value: unknown): Header {
  const header = value as Partial<Header> | null;
  for (const field of ["msg_id", "msg_type"] as const) {
    if (typeof header?.[field] !== "string" || header[field] === "") {
      throw new MessageError(`the header has no ${field}`);
    }
  }
  return header as Header;
}
