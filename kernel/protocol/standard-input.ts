import type { Reply } from "../evaluator/frames.js";
import type { Message } from "../wire/message.js";
import type { Evaluators } from "./evaluators.js";
import type { Publisher } from "./publisher.js";
import type { RunOutputs } from "./run-outputs.js";

/** Questions of cells to the user, and the answers. */
export class StandardInput {
  readonly #publisher: Publisher;
  readonly #outputs: RunOutputs;
  readonly #evaluators: Evaluators;
  /** The run that waits for an answer. */
  #waiting: number | undefined;

  constructor(publisher: Publisher, outputs: RunOutputs, evaluators: Evaluators) {
    this.#publisher = publisher;
    this.#outputs = outputs;
    this.#evaluators = evaluators;
    outputs.onInput = request => this.#ask(request);
  }

  /** Takes what a client sent on the stdin channel. An answer that nobody waits for is dropped. */
  answer(message: Message): void {
    if (message.header.msg_type !== "input_reply" || this.#waiting === undefined) return;
    this.#waiting = undefined;
    const { value } = message.content;
    this.#evaluators.tellWatchdog({ type: "input_reply", value: typeof value === "string" ? value : null });
  }

  /** Forgets a question whose cell is over. */
  ended(run: number): void {
    if (this.#waiting === run) this.#waiting = undefined;
  }

  #ask({ run, prompt, password }: Extract<Reply, { type: "input_request" }>): void {
    const record = this.#outputs.record(run);
    if (!record?.request) return;
    this.#waiting = run;
    // Only to the client that executed the cell: others must not see a box open.
    this.#publisher.send("stdin", "input_request", record.parent, { prompt, password }, record.request.identities);
  }
}
