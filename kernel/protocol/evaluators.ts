import type { Reply, Request, WatchdogRequest } from "../evaluator/frames.js";
import type { EvaluatorExit, EvaluatorProcess, SpawnEvaluator } from "./evaluator-process.js";

/** An evaluator that is gone with everything it held. */
export interface Loss extends EvaluatorExit {
  /** It had come up before; otherwise it never ran anything. */
  wasReady: boolean;
  /** Why the kernel itself ended it, when it did. */
  killed?: string;
}

export interface EvaluatorListeners {
  ready(): void;
  reply(reply: Reply): void;
  raw(name: "stdout" | "stderr", text: string): void;
  lost(loss: Loss): void;
}

type Ready = Extract<Reply, { type: "ready" }>;
type Described = Extract<Reply, { type: "described" }>;

/** Keeps one evaluator running: a lost one is reported and replaced by a fresh one. */
export class Evaluators {
  readonly #spawn: SpawnEvaluator;
  readonly #listeners: EvaluatorListeners;
  #process: EvaluatorProcess | undefined;
  #ready: Ready | undefined;
  #killed: string | undefined;
  #stopping = false;
  #descriptions = new Map<number, (found: Described | undefined) => void>();
  #nextDescription = 1;

  constructor(spawn: SpawnEvaluator, listeners: EvaluatorListeners) {
    this.#spawn = spawn;
    this.#listeners = listeners;
  }

  /** What the running evaluator said when it came up. */
  get ready(): Ready | undefined {
    return this.#ready;
  }

  /** The process that runs, if one does. */
  get pid(): number | undefined {
    return this.#process?.pid;
  }

  /** Starts an evaluator unless one is there. */
  start(): void {
    if (this.#process || this.#stopping) return;
    this.#ready = undefined;
    this.#killed = undefined;
    const process = this.#spawn({
      reply: reply => {
        if (this.#process !== process) return;
        if (reply.type === "ready") {
          this.#ready = reply;
          this.#listeners.ready();
        } else if (reply.type === "described") this.#described(reply);
        else this.#listeners.reply(reply);
      },
      raw: (name, text) => {
        if (this.#process === process) this.#listeners.raw(name, text);
      },
      exit: exit => {
        if (this.#process === process) this.#lost(exit);
      },
    });
    this.#process = process;
  }

  /** Hands a request to the evaluator, starting one if the last could not start. */
  send(request: Request): void {
    this.start();
    this.#process?.send(request);
  }

  tellWatchdog(request: WatchdogRequest): void {
    this.#process?.tellWatchdog(request);
  }

  /** Resolves when what the evaluator wrote past the console so far has been handed on. */
  async rawSettled(): Promise<void> {
    await this.#process?.rawSettled();
  }

  /** Ends the running evaluator. @param why told in the report of the loss */
  kill(why: string): void {
    this.#killed = why;
    this.#process?.kill();
  }

  /**
   * Asks what a path (`model.layers[0]`) holds at run time.
   *
   * @param timeout milliseconds; a cell that spins cannot answer
   */
  describe(path: string, timeout: number): Promise<Described | undefined> {
    if (!this.#ready || !this.#process) return Promise.resolve(undefined);
    const id = this.#nextDescription++;
    return new Promise(resolve => {
      const answer = (found: Described | undefined): void => {
        clearTimeout(timer);
        this.#descriptions.delete(id);
        resolve(found);
      };
      const timer = setTimeout(() => answer(undefined), timeout);
      this.#descriptions.set(id, answer);
      this.#process!.send({ type: "describe", id, path });
    });
  }

  /** Ends the evaluator for good. */
  async stop(): Promise<void> {
    this.#stopping = true;
    const process = this.#process;
    this.#process = undefined;
    await process?.stop();
  }

  #described(reply: Described): void {
    this.#descriptions.get(reply.id)?.(reply);
  }

  #lost(exit: EvaluatorExit): void {
    const wasReady = this.#ready !== undefined;
    const loss: Loss = { ...exit, wasReady, ...(this.#killed === undefined ? {} : { killed: this.#killed }) };
    this.#process = undefined;
    this.#ready = undefined;
    for (const answer of [...this.#descriptions.values()]) answer(undefined);
    // One that died before it came up would do so again: the next cell tries, and reports if it cannot.
    if (wasReady) this.start();
    this.#listeners.lost(loss);
  }
}
