import type { JsonObject } from "../wire/message.js";
import { answerLanguage, languageTarget } from "./language-comm.js";
import type { Request } from "./request.js";
import type { Session } from "./session.js";

/** `comm_info_request`: which comms are open, of one target or of all. */
export function commInfo(session: Session, { message }: Request): JsonObject {
  const target = message.content.target_name;
  return { status: "ok", comms: session.comms.list(typeof target === "string" && target ? target : undefined) };
}

/**
 * `comm_open`, `comm_msg`, `comm_close`: go to the evaluator, which may be running a cell, but for those about the language,
 * which the kernel answers. They have no reply.
 */
export function answerComm(session: Session, request: Request): undefined | Promise<undefined> {
  const { message } = request;
  const { content, buffers } = message;
  const commId = content.comm_id;
  if (typeof commId !== "string") {
    session.log(`a ${message.header.msg_type} without comm_id was dropped`);
    return;
  }
  const about = message.header.msg_type === "comm_open" ? content.target_name : session.comms.target(commId);
  if (about === languageTarget) return answerOwnComm(session, request, commId);
  const rest = {
    run: session.outputs.latestRun,
    commId,
    data: objectOf(content.data),
    metadata: objectOf(message.metadata),
    buffers,
  };
  switch (message.header.msg_type) {
    case "comm_open": {
      const target = String(content.target_name ?? "");
      session.comms.opened(commId, target);
      session.evaluators.send({ type: "comm_open", target, ...rest });
      return;
    }
    case "comm_msg":
      session.evaluators.send({ type: "comm_msg", header: message.header, ...rest });
      return;
    case "comm_close":
      session.comms.closed(commId);
      session.evaluators.send({ type: "comm_close", ...rest });
  }
}

function answerOwnComm(session: Session, request: Request, commId: string): undefined | Promise<undefined> {
  switch (request.message.header.msg_type) {
    case "comm_open":
      session.comms.opened(commId, languageTarget);
      return;
    case "comm_msg":
      return answerLanguage(session, request, commId);
    case "comm_close":
      session.comms.closed(commId);
  }
}

function objectOf(value: unknown): object {
  return value !== null && typeof value === "object" ? value : {};
}
