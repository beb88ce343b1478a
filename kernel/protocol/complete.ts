import type { JsonObject } from "../wire/message.js";
import { codeAndCursor, toPoints } from "./cursor.js";
import type { Request } from "./request.js";
import type { Session } from "./session.js";

/** `complete_request`: what may stand at the cursor, with kinds and types for front ends that show them. */
export async function complete(session: Session, { message }: Request): Promise<JsonObject> {
  const { code, offset } = codeAndCursor(message.content);
  const tools = await session.language;
  const { start, end, items } = (await tools?.service.complete(code, offset)) ?? {
    start: offset,
    end: offset,
    items: [],
  };
  const [cursor_start, cursor_end] = [toPoints(code, start), toPoints(code, end)];
  const types = items.map(({ text, kind, detail }) => ({
    text,
    type: kind,
    start: cursor_start,
    end: cursor_end,
    ...(detail === undefined ? {} : { signature: detail }),
  }));
  return {
    status: "ok",
    matches: items.map(item => item.text),
    cursor_start,
    cursor_end,
    metadata: { _jupyter_types_experimental: types },
  };
}
