import type { JsonObject } from "../wire/message.js";
import type { Request } from "./request.js";
import type { Session } from "./session.js";

/** `interrupt_request`: begins to stop the cell; the reply says that it was asked, not that it is over. */
export function interrupt(session: Session): JsonObject {
  session.interrupt();
  return { status: "ok" };
}

/** `shutdown_request`: every client is told, then the kernel ends. */
export function shutdown(session: Session, { message }: Request): JsonObject {
  const restart = message.content.restart === true;
  const content = { status: "ok", restart };
  session.publisher.publish("shutdown_reply", message.header, content);
  // After this request's own reply and `idle`.
  setImmediate(() => session.shutdownRequested(restart));
  return content;
}
