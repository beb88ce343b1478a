import { randomUUID } from "node:crypto";
import { OpenComms } from "../comm/open-comms.js";
import { History } from "../history/history.js";
import type { Dialect } from "../tslab/dialect.js";
import type { Message } from "../wire/message.js";
import { evaluatorSpawner, type SpawnEvaluator } from "./evaluator-process.js";
import { Evaluators } from "./evaluators.js";
import { findHandler } from "./handlers.js";
import { Interrupt } from "./interrupt.js";
import { type LanguageTools, type LoadLanguage, languageLoader } from "./language.js";
import type { Port, RequestChannel } from "./port.js";
import { Publisher } from "./publisher.js";
import { Requests } from "./request.js";
import { RunOutputs } from "./run-outputs.js";
import { Shells } from "./shells.js";
import { StandardInput } from "./standard-input.js";

export interface SessionOptions {
  /** The notebook's folder. */
  cwd: string;
  /** Where replies and outputs go. */
  port: Port;
  /** Whose notebooks it runs. Default: our own. */
  dialect?: Dialect;
  /** Loads the language service; called once the evaluator is up or a request needs it. Default: that of the folder. */
  language?: LoadLanguage;
  /** Starts an evaluator; called by `start`, and again when one was lost. Default: one in the folder. */
  spawnEvaluator?: SpawnEvaluator;
  /**
   * How long a cell's outputs wait for its type errors, which stand above them, in milliseconds. Default: 150. Where nobody
   * looks on, more makes sure that also the first cells are checked in time, while the language service starts.
   */
  holdMilliseconds?: number;
  /** What was executed before. Default: one that begins empty and is kept in memory only. */
  history?: History;
  /** Takes one line about something that went wrong and has no cell to be shown in. Default: nothing. */
  log?: (line: string) => void;
  /** Where clients reach the kernel, for those that ask. Default: nowhere. */
  ports?: Record<string, number>;
  /** Called when a client asked the kernel to end, after the reply is on its way. */
  onShutdown?: (restart: boolean) => void;
}

/**
 * A kernel without its sockets: takes Jupyter messages, runs code in an evaluator, and puts replies and outputs on a port.
 * The zmq kernel and `gradbook run` are both one of these with another port.
 *
 * @example
 * const session = new Session({
 *   cwd,
 *   port: { send: (channel, message) => console.log(channel, message.header.msg_type) },
 * });
 * session.start();
 * await session.handle("shell", request("execute_request", { code: "1 + 1" }));
 * await session.close();
 */
export class Session {
  /** Names this session in the headers of its messages. */
  readonly id = randomUUID();
  readonly history: History;
  readonly publisher: Publisher;
  readonly requests: Requests;
  readonly outputs: RunOutputs;
  readonly comms: OpenComms;
  readonly evaluators: Evaluators;
  readonly shells: Shells;
  readonly input: StandardInput;
  readonly ports: Record<string, number>;
  readonly log: (line: string) => void;
  readonly holdMilliseconds: number;
  readonly dialect: Dialect;
  readonly #loadLanguage: LoadLanguage;
  readonly #onShutdown: (restart: boolean) => void;
  readonly #interrupt: Interrupt;
  #language: Promise<LanguageTools | undefined> | undefined;
  #closing: Promise<void> | undefined;

  constructor(options: SessionOptions) {
    const { cwd } = options;
    this.dialect = options.dialect ?? "gradbook";
    this.#loadLanguage = options.language ?? languageLoader({ cwd, dialect: this.dialect });
    this.#onShutdown = options.onShutdown ?? (() => {});
    this.holdMilliseconds = options.holdMilliseconds ?? 150;
    this.ports = options.ports ?? {};
    this.log = options.log ?? (() => {});
    this.history = options.history ?? new History();
    this.publisher = new Publisher(options.port, this.id);
    this.requests = new Requests(this.publisher, () => this.shells.busy);
    this.comms = new OpenComms();
    this.outputs = new RunOutputs(this.publisher, this.comms);
    this.evaluators = new Evaluators(options.spawnEvaluator ?? evaluatorSpawner({ cwd }), {
      // The language service comes after the evaluator, or with the first request that needs it: it must not delay them.
      ready: () => void this.language,
      reply: reply => this.outputs.take(reply),
      raw: (name, text) => this.outputs.raw(name, text),
      lost: loss => this.shells.evaluatorLost(loss),
    });
    this.input = new StandardInput(this.publisher, this.outputs, this.evaluators);
    this.shells = new Shells(this);
    this.#interrupt = new Interrupt(this.evaluators, this.shells, this.outputs);
  }

  /** Starts the evaluator, then the language service, in the background. Requests may come before and after. */
  start(): void {
    this.publisher.status("starting", {});
    this.evaluators.start();
  }

  /** The language tools, once they are loaded; nothing when they could not be. Never rejects. */
  get language(): Promise<LanguageTools | undefined> {
    this.#language ??= this.#loadLanguage().then(
      tools => {
        tools.service.start();
        // The first check reads the library and our declarations; better now than under the first cell.
        void tools.service.diagnostics("0");
        return tools;
      },
      (error: unknown) => {
        this.log(`no completion, inspection or type checks: ${error instanceof Error ? error.message : String(error)}`);
        return undefined;
      },
    );
    return this.#language;
  }

  /**
   * Takes one request and puts `busy`, its outputs, its reply and `idle` on the port.
   *
   * @param identities the routing prefix of the client; replies carry it
   * @returns resolves when the request is answered and its `idle` sent. Never rejects.
   */
  async handle(channel: RequestChannel, message: Message, identities: readonly Uint8Array[] = []): Promise<void> {
    if (channel === "stdin") {
      this.input.answer(message);
      return;
    }
    const request = { channel, message, identities };
    const type = message.header.msg_type;
    if (type === "execute_request") {
      const shell = this.shells.find(request);
      if (shell) return shell.submit(request);
    }
    await this.requests.serve(request, () => findHandler(type)(this, request));
  }

  /** Stops the cells that run, in stages; returns at once. Does nothing when no cell runs. */
  interrupt(): void {
    this.#interrupt.begin();
  }

  /** Called by the shutdown request, after its reply. */
  shutdownRequested(restart: boolean): void {
    this.#onShutdown(restart);
  }

  /** Ends the evaluator and the language service. Resolves when no process of the session is left. */
  close(): Promise<void> {
    this.#closing ??= this.#close();
    return this.#closing;
  }

  async #close(): Promise<void> {
    this.#interrupt.cancel();
    const language = this.#language;
    await this.evaluators.stop();
    // Not waited for if it is still being loaded: it is disposed of when it comes.
    const disposed = language?.then(tools => tools?.service.dispose());
    await Promise.race([disposed, new Promise<void>(resolve => setImmediate(resolve))]);
  }
}
