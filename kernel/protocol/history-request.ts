import type { History, HistoryEntry } from "../history/history.js";
import type { JsonObject } from "../wire/message.js";
import { type Request, RequestError } from "./request.js";
import type { Session } from "./session.js";

/** `history_request`: the last entries, a range of a session, or those that match a pattern. */
export async function history(session: Session, request: Request): Promise<JsonObject> {
  const { content } = request.message;
  const number = (key: string, otherwise: number): number => {
    const value = content[key];
    return typeof value === "number" && Number.isFinite(value) ? Math.trunc(value) : otherwise;
  };
  const entries = select(session.shells.of(request).history, String(content.hist_access_type ?? "tail"), {
    n: number("n", 0),
    session: number("session", 0),
    start: number("start", 1),
    stop: number("stop", Number.MAX_SAFE_INTEGER),
    pattern: String(content.pattern ?? "*"),
    unique: content.unique === true,
  });
  const output = content.output === true;
  const triple = (e: HistoryEntry) => [e.session, e.line, output ? [e.input, e.output ?? null] : e.input];
  return { status: "ok", history: entries.map(triple) };
}

function select(
  history: History,
  access: string,
  given: { n: number; session: number; start: number; stop: number; pattern: string; unique: boolean },
): HistoryEntry[] {
  const { n, session, start, stop, pattern, unique } = given;
  if (access === "tail") return history.tail(n);
  if (access === "range") return history.range(session, start, stop);
  if (access === "search") return history.search(pattern, n, unique);
  throw new RequestError("ValueError", `hist_access_type ${JSON.stringify(access)}: use "tail", "range" or "search"`);
}
