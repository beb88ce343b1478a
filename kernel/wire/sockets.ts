import type { Port, RequestChannel } from "../protocol/port.js";
import type { BoundSockets } from "./bind.js";
import { decodeMessage, encodeMessage } from "./codec.js";
import type { Connection } from "./connection-file.js";
import { type Message, MessageError } from "./message.js";
import { OutgoingQueue } from "./outgoing-queue.js";
import { createSigner, type Signer } from "./sign.js";

/** What comes in from the sockets. */
export interface Listeners {
  message(channel: RequestChannel, message: Message, identities: readonly Uint8Array[]): void;
  /** Someone subscribed to iopub under this topic. */
  subscription(topic: string): void;
  log(line: string): void;
}

/** How long iopub waits for its first subscriber, in milliseconds. */
const firstSubscriber = 1000;

/** What a kernel says and hears over its sockets: signs, checks and queues. */
export class Sockets implements Port {
  readonly #signer: Signer;
  readonly #sockets: BoundSockets;
  readonly #queues: Record<RequestChannel | "iopub", OutgoingQueue>;
  readonly #patience: NodeJS.Timeout;
  #closed = false;

  /** @throws Error when the connection's signature scheme is unknown */
  constructor(sockets: BoundSockets, connection: Connection, log: (line: string) => void) {
    this.#sockets = sockets;
    this.#signer = createSigner(connection.key, connection.signature_scheme);
    const queue = (name: RequestChannel | "iopub") =>
      new OutgoingQueue(sockets[name], error => {
        if (!this.#closed) log(`a message on ${name} could not be sent: ${String(error)}`);
      });
    this.#queues = { shell: queue("shell"), control: queue("control"), stdin: queue("stdin"), iopub: queue("iopub") };
    // zmq serves a subscriber before this side hears of it: what is published in between would come before the welcome. And
    // what is published before anybody listens would be lost.
    this.#queues.iopub.hold();
    this.#patience = setTimeout(() => this.#queues.iopub.open(), firstSubscriber);
  }

  /** Begins to receive. */
  listen(listeners: Listeners): void {
    for (const channel of ["control", "shell", "stdin"] as const) void this.#receive(channel, listeners);
    void this.#subscriptions(listeners);
    void this.#heartbeat();
  }

  send(channel: RequestChannel | "iopub", message: Message, identities: readonly Uint8Array[]): void {
    if (this.#closed) return;
    // On iopub the first frame is what subscriptions match.
    const routing = channel === "iopub" ? [Buffer.from(message.header.msg_type)] : identities;
    this.#queues[channel].push(encodeMessage(message, routing, this.#signer));
  }

  /** Sends `iopub_welcome` to those who subscribed under `topic`. */
  welcome(topic: string, message: Message): void {
    const frames = encodeMessage(message, [Buffer.from(topic)], this.#signer);
    const { iopub } = this.#queues;
    if (iopub.held) iopub.open(frames);
    else iopub.push(frames);
  }

  /** Passes on what waits, then closes. */
  async close(): Promise<void> {
    clearTimeout(this.#patience);
    this.#queues.iopub.open();
    await Promise.all(Object.values(this.#queues).map(queue => queue.drained()));
    this.#closed = true;
    const { shell, control, stdin, iopub, hb } = this.#sockets;
    for (const socket of [shell, control, stdin, iopub, hb]) socket.close();
  }

  async #receive(channel: RequestChannel, listeners: Listeners): Promise<void> {
    for await (const frames of this.#sockets[channel]) {
      try {
        const { message, identities } = decodeMessage(frames, this.#signer);
        listeners.message(channel, message, identities);
      } catch (error) {
        const why = error instanceof MessageError ? error.message : String(error);
        listeners.log(`a message on ${channel} was dropped: ${why}`);
      }
    }
  }

  async #subscriptions(listeners: Listeners): Promise<void> {
    for await (const [frame] of this.#sockets.iopub) {
      if (frame?.[0] === 1) listeners.subscription(frame.toString("utf8", 1));
    }
  }

  async #heartbeat(): Promise<void> {
    const { hb } = this.#sockets;
    for await (const frames of hb) await hb.send(frames);
  }
}
