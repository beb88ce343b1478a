import type { JsonObject } from "../wire/message.js";
import type { Request } from "./request.js";
import type { Session } from "./session.js";

const message =
  "this kernel has no debugger (kernel_info says so). Print with console.log, or run the file under `node --inspect`.";

/**
 * `debug_request`: answered both as Jupyter says that something failed and as the Debug Adapter Protocol does, since clients
 * read the content as a response of the latter.
 */
export function debug(_session: Session, { message: { content } }: Request): JsonObject {
  const { seq, command } = content;
  return {
    status: "error",
    ename: "NoDebugger",
    evalue: message,
    traceback: [`NoDebugger: ${message}`],
    type: "response",
    request_seq: typeof seq === "number" ? seq : 0,
    success: false,
    command: typeof command === "string" ? command : "",
    message,
    body: {},
  };
}
