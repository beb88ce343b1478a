import type { Message } from "../wire/message.js";

/** A channel on which requests come in. */
export type RequestChannel = "shell" | "control" | "stdin";

export type Channel = RequestChannel | "iopub";

/**
 * Where a session puts what it says. The zmq kernel signs and sends it; `gradbook run` reads it in the same process.
 * Messages of one channel keep their order.
 */
export interface Port {
  /**
   * @param identities the routing prefix of the client that asked, as it came with the request; empty on iopub
   */
  send(channel: Channel, message: Message, identities: readonly Uint8Array[]): void;
}
