import type { JsonObject } from "../wire/message.js";
import { inspectAt } from "./inspect.js";
import type { Request } from "./request.js";
import type { Session } from "./session.js";

/** The comm under which a front end asks about code that is being written. The kernel answers it, also while a cell spins. */
export const languageTarget = "gradbook.language";

/** Answers one question: `{ id, method: "diagnostics", code }`, or `{ id, method: "hover", code, offset }` in UTF-16 units. */
export async function answerLanguage(session: Session, { message }: Request, commId: string): Promise<undefined> {
  const data = (message.content.data ?? {}) as JsonObject;
  const { id = null, method } = data;
  const code = typeof data.code === "string" ? data.code : "";
  const answer = await answerOf(session, method, code, data.offset);
  session.publisher.publish("comm_msg", message.header, { comm_id: commId, data: { id, method, ...answer } });
}

async function answerOf(session: Session, method: unknown, code: string, offset: unknown): Promise<JsonObject> {
  switch (method) {
    case "diagnostics": {
      const tools = await session.language;
      return { diagnostics: (await tools?.service.diagnostics(code)) ?? [] };
    }
    case "hover": {
      const at =
        typeof offset === "number" && Number.isInteger(offset) ? Math.min(Math.max(offset, 0), code.length) : 0;
      const forms = await inspectAt(session, code, at);
      return forms ? { text: forms["text/plain"] } : {};
    }
    default:
      return { error: `there is no question ${JSON.stringify(method)}; there are diagnostics and hover` };
  }
}
