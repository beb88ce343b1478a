import type { JsonObject } from "../wire/message.js";
import { type Request, RequestError } from "./request.js";
import type { Session } from "./session.js";

/** `create_subshell_request` (JEP 91): makes a queue of cells that does not wait for the others. */
export function createSubshell(session: Session): JsonObject {
  return { status: "ok", subshell_id: session.shells.create() };
}

/** `delete_subshell_request`: its queued cells are aborted, the one that runs may end. */
export function deleteSubshell(session: Session, { message }: Request): JsonObject {
  const id = message.content.subshell_id;
  if (typeof id === "string" && session.shells.delete(id)) return { status: "ok" };
  throw new RequestError("UnknownSubshell", `there is no subshell ${JSON.stringify(id)} to delete`);
}

/** `list_subshell_request`: the ids of the subshells; the main shell has none. */
export function listSubshells(session: Session): JsonObject {
  return { status: "ok", subshell_id: session.shells.ids };
}
