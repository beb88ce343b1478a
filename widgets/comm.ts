/** Bytes that travel beside a message, never inside its JSON. */
export type CommBuffer = Uint8Array;

export type JsonObject = { [key: string]: unknown };

/** A message of a comm: JSON data, metadata and binary buffers. */
export interface CommMessage {
  data: JsonObject;
  metadata: JsonObject;
  buffers: CommBuffer[];
  /** Names the message; an answer that carries it is known as one. */
  header?: unknown;
}

/** What goes with a message besides its data. */
export interface CommSendOptions {
  metadata?: JsonObject;
  buffers?: CommBuffer[];
  /** The message that this one answers. */
  answers?: CommMessage;
}

/** One open comm: a two-way channel between a value in the kernel and its view in the front end. */
export interface Comm {
  readonly id: string;
  readonly target: string;
  /** Sends a message; buffers travel beside the JSON. */
  send(data: JsonObject, options?: CommSendOptions): void;
  /** Ends the conversation; the other side is told. */
  close(data?: JsonObject): void;
  /** Called while a cell awaits too; in a synchronous loop messages wait for the next await. */
  onMessage(listener: (message: CommMessage) => void): void;
  /** Calls back once when the other side ends it. */
  onClose(listener: (message: CommMessage) => void): void;
}

/** The kernel's side of the comm protocol; the evaluator implements it, widgets use it. */
export interface CommChannel {
  /** Opens a comm towards the front end. */
  open(target: string, data: JsonObject, options?: { metadata?: JsonObject; buffers?: CommBuffer[] }): Comm;
  /** Answers comms that the front end opens under `target`. An unknown target is answered with `comm_close`. */
  registerTarget(target: string, accept: Accept): void;
}

type Accept = (comm: Comm, opening: CommMessage) => void;

let channel: CommChannel | undefined;
const targets = new Map<string, Accept>();

/** Installs the channel; the kernel calls it once per evaluator. */
export function setCommChannel(next: CommChannel | undefined): void {
  channel = next;
  for (const [target, accept] of targets) next?.registerTarget(target, accept);
}

/** Answers comms that a front end opens under `target`, in the channel that is there or that comes. */
export function answerComms(target: string, accept: Accept): void {
  targets.set(target, accept);
  channel?.registerTarget(target, accept);
}

/** The channel, if a front end can be reached. */
export function commChannel(): CommChannel | undefined {
  return channel;
}
