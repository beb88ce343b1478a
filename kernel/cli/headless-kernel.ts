import { randomUUID } from "node:crypto";
import { tslabNames } from "../kernelspec/kernelspec.js";
import { evaluatorSpawner } from "../protocol/evaluator-process.js";
import { languageLoader } from "../protocol/language.js";
import type { Channel } from "../protocol/port.js";
import { Session } from "../protocol/session.js";
import { type JsonObject, type Message, protocolVersion } from "../wire/message.js";
import type { OutputMessage } from "./cell-outputs.js";
import { CommandError } from "./command.js";
import type { CellReply, CellRunner } from "./notebook-run.js";

/** What a request that is on its way waits for. */
interface Pending {
  onOutput(message: OutputMessage): void;
  reply?: JsonObject;
}

/** The kernel of a notebook in this very process, without sockets: the same session that Jupyter talks to. */
export class HeadlessKernel implements CellRunner {
  readonly #session: Session;
  readonly #pending = new Map<string, Pending>();
  readonly #clientId = randomUUID();

  /**
   * @param cwd the notebook's folder, where its cells run
   * @param kernelName the kernel that the notebook asks for; those of tslab have rules of their own
   */
  constructor(cwd: string, kernelName?: string) {
    const dialect = tslabNames.find(name => name === kernelName) ?? "gradbook";
    this.#session = new Session({
      cwd,
      dialect,
      port: { send: (channel, message) => this.#receive(channel, message) },
      language: languageLoader({ cwd, dialect }),
      spawnEvaluator: evaluatorSpawner({ cwd }),
      // Nobody waits at a screen: the first cell's type errors are worth the start of the type service.
      holdMilliseconds: 1500,
      log: line => process.stderr.write(`gradbook: ${line}\n`),
    });
    this.#session.start();
  }

  /**
   * Resolves when cells can run, so that starting takes no cell's time.
   *
   * @throws CommandError when the evaluator does not start
   */
  async ready(): Promise<void> {
    const reply = await this.#execute("", { silent: true, store_history: false }, () => {});
    if (reply.status === "ok") {
      // The first cell's type check must not wait for the type service either.
      const tools = await this.#session.language;
      await tools?.service.diagnostics("0", { timeout: 5000 });
      return;
    }
    throw new CommandError(
      `the kernel does not start: ${reply.evalue ?? reply.status}. \`gradbook doctor\` says more.`,
    );
  }

  async languageInfo(): Promise<JsonObject> {
    const reply = await this.#request("kernel_info_request", {}, () => {});
    return reply.language_info as JsonObject;
  }

  async execute(code: string, onOutput: (message: OutputMessage) => void): Promise<CellReply> {
    const reply = await this.#execute(code, { silent: false, store_history: true }, onOutput);
    const { status, execution_count, ename, evalue, traceback } = reply;
    return {
      status: status as CellReply["status"],
      executionCount: typeof execution_count === "number" ? execution_count : null,
      ...(status === "error"
        ? { error: { ename: String(ename), evalue: String(evalue), traceback: (traceback ?? []) as string[] } }
        : {}),
    };
  }

  interrupt(): void {
    this.#session.interrupt();
  }

  /** Ends the evaluator and the language service. */
  close(): Promise<void> {
    return this.#session.close();
  }

  #execute(code: string, options: JsonObject, onOutput: (message: OutputMessage) => void): Promise<JsonObject> {
    const content = { code, ...options, user_expressions: {}, allow_stdin: false, stop_on_error: false };
    return this.#request("execute_request", content, onOutput);
  }

  async #request(
    msg_type: string,
    content: JsonObject,
    onOutput: (message: OutputMessage) => void,
  ): Promise<JsonObject> {
    const header = {
      msg_id: randomUUID(),
      session: this.#clientId,
      username: "gradbook",
      date: new Date().toISOString(),
      msg_type,
      version: protocolVersion,
    };
    const pending: Pending = { onOutput };
    this.#pending.set(header.msg_id, pending);
    await this.#session.handle("shell", { header, parent_header: {}, metadata: {}, content, buffers: [] });
    return pending.reply ?? { status: "aborted" };
  }

  /** Output may also come after its cell's reply (a timer, a late rejection); it still belongs to that cell. */
  #receive(channel: Channel, { header, parent_header, content }: Message): void {
    const pending = this.#pending.get(parent_header.msg_id ?? "");
    if (!pending) return;
    if (channel === "shell") pending.reply = content;
    else if (channel === "iopub" && header.msg_type !== "status") pending.onOutput({ type: header.msg_type, content });
  }
}
