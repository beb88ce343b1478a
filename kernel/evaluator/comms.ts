import { randomUUID } from "node:crypto";
import type { Comm, CommChannel, CommMessage, CommSendOptions, JsonObject } from "../../widgets/comm.js";
import type { Output } from "./output.js";
import type { Runs } from "./runs.js";

type Incoming = CommMessage & { commId: string };
type Listener = (message: CommMessage) => void;
type Send = (type: "comm_msg" | "comm_close", message: CommMessage & { parent?: unknown }) => void;

/** The open comms of the session and the targets that accept new ones; the kernel passes messages through unread. */
export class Comms implements CommChannel {
  readonly #output: Output;
  readonly #runs: Runs;
  readonly #open = new Map<string, OpenComm>();
  readonly #targets = new Map<string, (comm: Comm, opening: CommMessage) => void>();

  constructor(output: Output, runs: Runs) {
    this.#output = output;
    this.#runs = runs;
  }

  open(target: string, data: JsonObject, options: { metadata?: JsonObject; buffers?: Uint8Array[] } = {}): Comm {
    const comm = this.#make(randomUUID().replaceAll("-", ""), target);
    const { metadata = {}, buffers = [] } = options;
    const run = this.#runs.current.number;
    this.#output.send({ type: "comm_open", run, commId: comm.id, target, data, metadata, buffers });
    return comm;
  }

  registerTarget(target: string, accept: (comm: Comm, opening: CommMessage) => void): void {
    this.#targets.set(target, accept);
  }

  /** The front end opens a comm. An unknown target is answered with a close. */
  opened(message: Incoming & { target: string }): void {
    const accept = this.#targets.get(message.target);
    if (!accept) {
      const run = this.#runs.current.number;
      const { commId } = message;
      this.#output.send({ type: "comm_close", run, commId, data: {}, metadata: {}, buffers: [] });
      return;
    }
    accept(this.#make(message.commId, message.target), message);
  }

  /** The front end sent a message. One for a comm that is gone is dropped: the two sides may close at the same time. */
  received(message: Incoming): void {
    this.#open.get(message.commId)?.deliver("message", message);
  }

  /** The front end closed a comm. */
  closed(message: Incoming): void {
    const comm = this.#open.get(message.commId);
    this.#open.delete(message.commId);
    comm?.deliver("close", message);
  }

  #make(id: string, target: string): OpenComm {
    const send: Send = (type, message) => {
      if (!this.#open.has(id)) return;
      if (type === "comm_close") this.#open.delete(id);
      this.#output.send({ type, run: this.#runs.current.number, commId: id, ...message });
    };
    const comm = new OpenComm(id, target, send, this.#runs);
    this.#open.set(id, comm);
    return comm;
  }
}

class OpenComm implements Comm {
  readonly id: string;
  readonly target: string;
  readonly #send: Send;
  readonly #runs: Runs;
  readonly #listeners = { message: [] as Listener[], close: [] as Listener[] };

  constructor(id: string, target: string, send: Send, runs: Runs) {
    this.id = id;
    this.target = target;
    this.#send = send;
    this.#runs = runs;
  }

  send(data: JsonObject, { metadata = {}, buffers = [], answers }: CommSendOptions = {}): void {
    const parent = answers?.header === undefined ? {} : { parent: answers.header };
    this.#send("comm_msg", { data, metadata, buffers, ...parent });
  }

  close(data: JsonObject = {}): void {
    this.#send("comm_close", { data, metadata: {}, buffers: [] });
  }

  onMessage(listener: Listener): void {
    this.#listeners.message.push(this.#bound(listener));
  }

  onClose(listener: Listener): void {
    this.#listeners.close.push(this.#bound(listener));
  }

  deliver(kind: "message" | "close", message: CommMessage): void {
    for (const listener of this.#listeners[kind]) listener(message);
  }

  /** What a listener prints belongs to the cell that added it. */
  #bound(listener: Listener): Listener {
    const run = this.#runs.known;
    return run ? message => this.#runs.within(run, () => listener(message)) : listener;
  }
}
