import { answerComm, commInfo } from "./comm-requests.js";
import { complete } from "./complete.js";
import { debug } from "./debug-request.js";
import { history } from "./history-request.js";
import { inspect } from "./inspect.js";
import { isComplete } from "./is-complete.js";
import { connectInfo, kernelInfo } from "./kernel-info.js";
import { interrupt, shutdown } from "./lifecycle.js";
import { type ReplyContent, type Request, RequestError } from "./request.js";
import type { Session } from "./session.js";
import { createSubshell, deleteSubshell, listSubshells } from "./subshell-requests.js";
import { usage } from "./usage.js";

/** Answers one type of request: the content of its reply. What it throws becomes a reply of status `error`. */
export type Handler = (session: Session, request: Request) => ReplyContent | Promise<ReplyContent>;

/** Every request that does not wait for cells. `execute_request` has queues, `input_reply` a channel of its own. */
const handlers = new Map<string, Handler>([
  ["kernel_info_request", kernelInfo],
  ["connect_request", connectInfo],
  ["complete_request", complete],
  ["inspect_request", inspect],
  ["is_complete_request", isComplete],
  ["history_request", history],
  ["comm_info_request", commInfo],
  ["comm_open", answerComm],
  ["comm_msg", answerComm],
  ["comm_close", answerComm],
  ["interrupt_request", interrupt],
  ["shutdown_request", shutdown],
  ["usage_request", usage],
  ["create_subshell_request", createSubshell],
  ["delete_subshell_request", deleteSubshell],
  ["list_subshell_request", listSubshells],
  ["debug_request", debug],
  ["execute_request", unknownShell],
]);

/** The handler of a message type. A request that is not known gets an error; another message gets nothing. */
export function findHandler(type: string): Handler {
  return handlers.get(type) ?? unknownType;
}

const unknownType: Handler = (session, { channel, message }) => {
  const type = message.header.msg_type;
  session.log(`a message of the unknown type ${JSON.stringify(type)} came on ${channel}`);
  if (!type.endsWith("_request")) return undefined;
  throw new RequestError("UnknownRequest", `this kernel does not answer ${type}`);
};

/** An execute request comes here only when no queue takes it. */
function unknownShell(session: Session, request: Request): ReplyContent {
  session.shells.of(request);
  return undefined;
}
