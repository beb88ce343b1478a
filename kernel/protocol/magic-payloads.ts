import { inspectName } from "../magics/inspect.js";
import { forgetTypes } from "../magics/reset.js";
import type { JsonObject } from "../wire/message.js";
import { inspectAt } from "./inspect.js";
import type { Session } from "./session.js";

/**
 * Does what magics of a cell left to this process, which knows the types.
 *
 * @returns the payloads that the front end gets
 */
export async function answerMagics(session: Session, run: number, payload: JsonObject[]): Promise<JsonObject[]> {
  const answered: JsonObject[] = [];
  for (const item of payload) {
    if (item.source === forgetTypes) {
      void session.language.then(tools => tools?.service.reset());
    } else if (item.source === inspectName) {
      const path = String(item.path);
      const data = await inspectAt(session, path, path.length);
      if (data) answered.push({ source: "page", data, start: 0 });
      else session.outputs.note(run, `nothing is known about ${path}\n`);
    } else {
      answered.push(item);
    }
  }
  return answered;
}
