import type { Comm, CommMessage, JsonObject } from "./comm.js";
import { splitState } from "./state-buffers.js";

/**
 * Answers `experimental.invoke(name, message)` of the page with the answer, or a promise of it; bytes in it travel as bytes.
 * Say what the message is: `(n: number) => 2 * n`.
 */
export type WidgetCommand = (message: never, buffers: Uint8Array[]) => unknown;

/** A call of a command, as anywidget's `invoke` sends it. */
interface Invocation {
  id: unknown;
  kind: unknown;
  name: unknown;
  msg: unknown;
}

/** The call of a command that a custom message holds, if it is one. */
export function invocationOf(content: unknown): Partial<Invocation> | undefined {
  const call = content as Partial<Invocation> | null | undefined;
  return call?.kind === "anywidget-command" ? call : undefined;
}

/** Runs the command that is called for, and sends its answer, or what went wrong. */
export function answerInvocation(
  commands: Readonly<Record<string, WidgetCommand>>,
  comm: Comm,
  message: CommMessage,
  { id, name, msg }: Partial<Invocation>,
): void {
  const answer = (response: unknown, more: JsonObject = {}) => {
    const { state, buffers } = splitState({ response });
    const content = { id, kind: "anywidget-command-response", response: null, ...state, ...more };
    comm.send({ method: "custom", content }, { buffers, answers: message });
  };
  const failed = (error: unknown) => answer(null, { error: error instanceof Error ? error.message : String(error) });
  const command = Object.hasOwn(commands, String(name)) ? commands[String(name)] : undefined;
  if (!command) {
    const known = Object.keys(commands).join(", ") || "none";
    failed(new Error(`there is no command "${name}"; known: ${known}`));
    return;
  }
  // In a promise, so that what a command throws is told to the page and to the cell alike.
  void (async () => {
    try {
      answer(await command(msg as never, message.buffers));
    } catch (error) {
      failed(error);
      throw error;
    }
  })();
}
