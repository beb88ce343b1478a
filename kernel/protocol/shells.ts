import { randomUUID } from "node:crypto";
import { History } from "../history/history.js";
import type { Loss } from "./evaluators.js";
import { Execution } from "./execution.js";
import { type Request, RequestError } from "./request.js";
import type { Done } from "./run-outputs.js";
import type { Session } from "./session.js";

/**
 * The main shell and its subshells (JEP 91): queues of cells that do not wait for each other. They share one evaluator, so
 * a cell of one runs whenever the cells of the others await; the code of a widget runs while `await fit(...)` trains.
 */
export class Shells {
  readonly main: Execution;
  readonly #session: Session;
  readonly #subshells = new Map<string, Execution>();
  /** Those whose last cell may still be running though the subshell was deleted. */
  readonly #deleted = new Set<Execution>();
  #run = 0;

  constructor(session: Session) {
    this.#session = session;
    this.main = this.#execution(session.history);
    session.outputs.onDone = done => this.#done(done);
  }

  /** The ids of the subshells. */
  get ids(): string[] {
    return [...this.#subshells.keys()];
  }

  /** Whether a cell of any shell is running or about to. */
  get busy(): boolean {
    return this.#all.some(shell => shell.busy);
  }

  /** The runs that a Stop means, in the order in which they began. */
  get runningRuns(): number[] {
    return this.#all.flatMap(shell => shell.runningRun ?? []).sort((a, b) => a - b);
  }

  /** Makes a subshell, with an execution count and a history of its own. @returns its id */
  create(): string {
    const id = randomUUID();
    this.#subshells.set(id, this.#execution(new History(), id));
    return id;
  }

  /** Deletes a subshell: its running cell goes on to its end, those behind it are aborted. @returns whether it was there */
  delete(id: string): boolean {
    const shell = this.#subshells.get(id);
    if (!shell) return false;
    this.#subshells.delete(id);
    for (const ended of this.#deleted) if (!ended.busy) this.#deleted.delete(ended);
    this.#deleted.add(shell);
    shell.abortQueued("its subshell was deleted");
    return true;
  }

  /** The shell that a request names in its header, if there is one of that id. */
  find({ message }: Request): Execution | undefined {
    const id = message.header.subshell_id ?? undefined;
    return id === undefined ? this.main : this.#subshells.get(id);
  }

  /** The shell that a request names. @throws RequestError when there is none of that id */
  of(request: Request): Execution {
    const shell = this.find(request);
    if (shell) return shell;
    const id = JSON.stringify(request.message.header.subshell_id);
    throw new RequestError("UnknownSubshell", `there is no subshell ${id}; create_subshell_request makes one`);
  }

  /** The evaluator went away: every cell that ran ends with the reason, and somebody is told. */
  evaluatorLost(loss: Loss): void {
    const { language, outputs } = this.#session;
    void language.then(tools => tools?.service.reset());
    outputs.closeComms();
    const hit = this.#all.filter(shell => shell.busy);
    for (const shell of hit.length > 0 ? hit : [this.main]) shell.evaluatorLost(loss);
  }

  get #all(): Execution[] {
    return [this.main, ...this.#subshells.values(), ...this.#deleted];
  }

  #execution(history: History, id?: string): Execution {
    return new Execution(this.#session, { id, history, nextRun: () => ++this.#run });
  }

  #done(done: Done): void {
    for (const shell of this.#all) shell.done(done);
  }
}
