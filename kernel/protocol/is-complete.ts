import type { JsonObject } from "../wire/message.js";
import type { Request } from "./request.js";
import type { Session } from "./session.js";

/** `is_complete_request`: whether a console should run the code or let the user go on typing. */
export async function isComplete(session: Session, { message }: Request): Promise<JsonObject> {
  const { code } = message.content;
  const tools = await session.language;
  if (!tools || typeof code !== "string") return { status: "unknown" };
  const { status, indent } = tools.isComplete(code);
  return status === "incomplete" ? { status, indent: indent ?? "" } : { status };
}
