import { randomUUID } from "node:crypto";
import { type Header, type JsonObject, type Message, protocolVersion } from "../wire/message.js";
import type { Channel, Port } from "./port.js";

export type ExecutionState = "starting" | "busy" | "idle";

/** What a message may carry beside its content. */
export interface MessageExtras {
  metadata?: JsonObject;
  buffers?: Uint8Array[];
}

type Parent = Header | Record<string, never>;

/** Makes messages of this session and puts them on the port. */
export class Publisher {
  readonly #port: Port;
  readonly #session: string;

  constructor(port: Port, session: string) {
    this.#port = port;
    this.#session = session;
  }

  /** Sends to the client that the identities name. */
  send(
    channel: Channel,
    type: string,
    parent: Parent,
    content: JsonObject,
    identities: readonly Uint8Array[],
    extras: MessageExtras = {},
  ): void {
    this.#port.send(channel, this.#message(type, parent, content, extras), identities);
  }

  /** Tells every client. */
  publish(type: string, parent: Parent, content: JsonObject, extras: MessageExtras = {}): void {
    this.#port.send("iopub", this.#message(type, parent, content, extras), []);
  }

  status(state: ExecutionState, parent: Parent): void {
    this.publish("status", parent, { execution_state: state });
  }

  stream(name: "stdout" | "stderr", text: string, parent: Parent): void {
    this.publish("stream", parent, { name, text });
  }

  /** What a new subscriber of a topic waits for; it is sent under that topic alone. */
  welcome(topic: string): Message {
    return this.#message("iopub_welcome", {}, { subscription: topic }, {});
  }

  #message(type: string, parent: Parent, content: JsonObject, extras: MessageExtras): Message {
    return {
      header: {
        msg_id: randomUUID(),
        session: this.#session,
        username: "kernel",
        date: new Date().toISOString(),
        msg_type: type,
        version: protocolVersion,
      },
      parent_header: parent,
      metadata: extras.metadata ?? {},
      content,
      buffers: extras.buffers ?? [],
    };
  }
}
