import type { JsonObject, Message } from "../wire/message.js";
import type { RequestChannel } from "./port.js";
import type { Publisher } from "./publisher.js";

/** A message from a client that wants an answer. */
export interface Request {
  channel: RequestChannel;
  message: Message;
  /** The routing prefix that the reply must carry. */
  identities: readonly Uint8Array[];
}

/** What a request cannot be answered with: becomes a reply of status `error`. */
export class RequestError extends Error {
  readonly ename: string;

  constructor(ename: string, message: string) {
    super(message);
    this.ename = ename;
  }
}

/** Content of a reply; `undefined` for messages that have none (comms). */
export type ReplyContent = JsonObject | undefined;

/** `busy`, the reply and `idle` around what answers a request. */
export class Requests {
  readonly #publisher: Publisher;
  readonly #cellRuns: () => boolean;

  /** @param cellRuns whether a cell is running at the moment */
  constructor(publisher: Publisher, cellRuns: () => boolean) {
    this.#publisher = publisher;
    this.#cellRuns = cellRuns;
  }

  /** Serves a request that does not wait for cells. Never rejects: what `answer` throws becomes the reply. */
  async serve(request: Request, answer: () => ReplyContent | Promise<ReplyContent>): Promise<void> {
    const { header } = request.message;
    this.#publisher.status("busy", header);
    let content: ReplyContent;
    try {
      content = await answer();
    } catch (error) {
      content = errorContent(error);
    }
    if (content) this.reply(request, content);
    this.#publisher.status("idle", header);
    // A front end shows the last state it heard of, whoever's it was; with a cell running it must not stay at idle.
    if (this.#cellRuns()) this.#publisher.status("busy", {});
  }

  /** Sends the reply whose type belongs to the request's. */
  reply({ channel, message, identities }: Request, content: JsonObject): void {
    const type = message.header.msg_type.replace(/(_request)?$/, "_reply");
    this.#publisher.send(channel, type, message.header, content, identities);
  }
}

/** Content of a reply that says what went wrong. */
export function errorContent(error: unknown): JsonObject {
  const known = error instanceof Error;
  const ename = error instanceof RequestError ? error.ename : known ? error.name : "Error";
  const evalue = known ? error.message : String(error);
  return { status: "error", ename, evalue, traceback: [`${ename}: ${evalue}`] };
}
