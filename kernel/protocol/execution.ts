import type { ErrorReport } from "../evaluator/frames.js";
import type { History } from "../history/history.js";
import type { CellDiagnostic } from "../language/service.js";
import { blocking, isTslab } from "../tslab/dialect.js";
import { diagnosticsText } from "./diagnostics-text.js";
import type { Loss } from "./evaluators.js";
import { describeLoss } from "./loss-report.js";
import { answerMagics } from "./magic-payloads.js";
import type { Request } from "./request.js";
import type { Done } from "./run-outputs.js";
import type { Session } from "./session.js";

/** How long the type check itself may take; what it finds after the hold is told late, below what the cell printed. */
const diagnosticsTimeout = 1500;

/** The same where a cell waits for it, in milliseconds: enough for the start of the type service. */
const blockingTimeout = 10_000;

/** An execute request in the queue. */
interface Waiting {
  request: Request;
  finished: () => void;
}

interface Running extends Waiting {
  run: number;
  executionCount: number;
  code: string;
  silent: boolean;
  storeHistory: boolean;
  stopOnError: boolean;
  /** True once the end is being reported. */
  ending: boolean;
}

/** What tells one shell from another. */
export interface ShellParts {
  /** None: the main shell. */
  id: string | undefined;
  history: History;
  /** Numbers the runs of all shells. */
  nextRun: () => number;
}

/** The queue of cells of one shell: one runs at a time, in the order in which they came. */
export class Execution {
  readonly #session: Session;
  readonly #shell: ShellParts;
  readonly #queue: Waiting[] = [];
  #running: Running | undefined;
  #count = 0;

  constructor(session: Session, shell: ShellParts) {
    this.#session = session;
    this.#shell = shell;
  }

  /** What this shell executed. */
  get history(): History {
    return this.#shell.history;
  }

  /** Whether a cell is running or about to. */
  get busy(): boolean {
    return this.#running !== undefined;
  }

  /** The run that a Stop means. */
  get runningRun(): number | undefined {
    return this.#running && !this.#running.ending ? this.#running.run : undefined;
  }

  /** Queues an execute request; resolves when it is answered. */
  submit(request: Request): Promise<void> {
    return new Promise(finished => {
      this.#queue.push({ request, finished });
      this.#next();
    });
  }

  /** Answers the cells that wait without running them. */
  abortQueued(why: string): void {
    for (const waiting of this.#queue.splice(0)) this.#abort(waiting, why);
  }

  /** The evaluator went away with all variables; the cell that ran ends with the reason. */
  evaluatorLost(loss: Loss): void {
    const { outputs } = this.#session;
    const error = describeLoss(loss);
    const running = this.#running;
    // The last that it sent may have been the end of the cell, kept back for its type errors.
    if (running) outputs.release(running.run);
    if (running && !running.ending) {
      void this.#end(running, { status: "error", error, userExpressions: {} });
    } else if (loss.wasReady) {
      // There is no cell to fail, but the user must hear of it all the same.
      outputs.note(outputs.latestRun, `${error.traceback.join("\n")}\n`);
    }
  }

  #next(): void {
    if (this.#running) return;
    const waiting = this.#queue.shift();
    if (!waiting) return;
    const { content, header } = waiting.request.message;
    const { publisher, outputs, evaluators } = this.#session;
    const code = typeof content.code === "string" ? content.code : "";
    const silent = content.silent === true;
    const storeHistory = !silent && content.store_history !== false;
    if (storeHistory) this.#count++;
    const running: Running = {
      ...waiting,
      run: this.#shell.nextRun(),
      executionCount: this.#count,
      code,
      silent,
      storeHistory,
      stopOnError: content.stop_on_error !== false,
      ending: false,
    };
    const { run, executionCount } = running;
    this.#running = running;
    publisher.status("busy", header);
    outputs.begin({ run, parent: header, request: waiting.request, executionCount, silent, payload: [] });
    if (!silent) publisher.publish("execute_input", header, { code, execution_count: executionCount });
    if (storeHistory) this.history.append(executionCount, code);
    const send = () =>
      evaluators.send({
        type: "execute",
        run,
        ...(this.#shell.id === undefined ? {} : { subshell: this.#shell.id }),
        executionCount,
        code,
        silent,
        storeHistory,
        userExpressions: expressions(content.user_expressions),
        allowStdin: content.allow_stdin === true,
      });
    const checked = !silent && code.trim() !== "";
    if (checked && isTslab(this.#session.dialect)) {
      void this.#checkFirst(running, send);
      return;
    }
    send();
    // The evaluator works already; only what it says waits.
    if (checked) void this.#checkTypes(running);
    else void this.#commit(running);
  }

  /**
   * Makes the names of a cell known, also of one that will fail halfway: they exist from then on. Not when it has ended: the
   * next cell, which often comes at once, would wait for it.
   */
  async #commit({ code, executionCount }: Running): Promise<void> {
    if (code.trim() !== "") (await this.#session.language)?.service.commit(code, executionCount);
  }

  /** Runs a cell only if its types are right, as tslab does. */
  async #checkFirst(running: Running, send: () => void): Promise<void> {
    const { code, executionCount } = running;
    let errors: CellDiagnostic[] = [];
    try {
      const tools = await this.#session.language;
      const found = await tools?.service.diagnostics(code, { timeout: blockingTimeout });
      errors = blocking(this.#session.dialect, found ?? []);
    } catch (error) {
      this.#session.log(`the type check of cell ${executionCount} failed: ${String(error)}`);
    }
    // The evaluator may have gone away meanwhile, which ended the cell.
    if (this.#running !== running || running.ending) return;
    if (errors.length === 0) {
      send();
      void this.#commit(running);
      return;
    }
    const title = `In[${executionCount}]`;
    const count = errors.length === 1 ? "a type error" : `${errors.length} type errors`;
    const evalue = `${count} in ${title}; nothing of it has run`;
    const traceback = [`TypeCheckError: ${evalue}`, diagnosticsText(errors, code, title).trimEnd()];
    const error = { ename: "TypeCheckError", evalue, traceback };
    void this.#end(running, { status: "error", error, userExpressions: {} });
  }

  async #checkTypes(running: Running): Promise<void> {
    const { run, code, executionCount } = running;
    const { outputs, holdMilliseconds } = this.#session;
    outputs.hold(run);
    const timer = setTimeout(() => outputs.release(run), holdMilliseconds);
    try {
      const timeout = Math.max(diagnosticsTimeout, holdMilliseconds);
      const tools = await this.#session.language;
      const check = tools?.service.diagnostics(code, { timeout });
      void this.#commit(running);
      const diagnostics = (await check) ?? [];
      const text = diagnosticsText(diagnostics, code, `In[${executionCount}]`);
      if (text) outputs.note(run, text);
    } catch (error) {
      this.#session.log(`the type check of cell ${executionCount} failed: ${String(error)}`);
    }
    clearTimeout(timer);
    outputs.release(run);
  }

  /** Takes the end of a run, if it is one of this shell. */
  done(done: Done): void {
    const running = this.#running;
    if (!running || running.run !== done.run || running.ending) return;
    void this.#end(running, done);
  }

  async #end(
    running: Running,
    done: Pick<Done, "status" | "userExpressions"> & { error?: ErrorReport },
  ): Promise<void> {
    const { publisher, outputs, requests, evaluators, input } = this.#session;
    const { run, request, executionCount } = running;
    running.ending = true;
    input.ended(run);
    await evaluators.rawSettled();
    const error = done.status === "error" ? (done.error ?? unknownError) : undefined;
    if (error) outputs.error(run, error);
    const { payload: asked = [], result } = outputs.record(run) ?? {};
    const payload = await answerMagics(this.#session, run, asked);
    if (running.storeHistory && result !== undefined) this.history.appendOutput(executionCount, result);
    // Chosen before the reply: what a client sends because of the reply must run. What it sent together with the failed cell
    // has arrived, since the loop has turned.
    const aborted = error && running.stopOnError ? this.#queue.splice(0) : [];
    const rest = { execution_count: executionCount, user_expressions: done.userExpressions, payload };
    requests.reply(request, error ? { status: "error", ...error, ...rest } : { status: "ok", ...rest });
    publisher.status("idle", request.message.header);
    outputs.ended(run);
    this.#running = undefined;
    running.finished();
    for (const waiting of aborted) this.#abort(waiting, "an earlier cell failed");
    this.#next();
  }

  #abort({ request, finished }: Waiting, why: string): void {
    const { publisher, requests } = this.#session;
    const { header } = request.message;
    publisher.status("busy", header);
    requests.reply(request, {
      status: "aborted",
      ename: "Aborted",
      evalue: why,
      traceback: [],
      execution_count: this.#count,
      user_expressions: {},
      payload: [],
    });
    publisher.status("idle", header);
    finished();
  }
}

const unknownError: ErrorReport = {
  ename: "Error",
  evalue: "the cell failed without saying why",
  traceback: ["Error: the cell failed without saying why"],
};

/** Keeps the user expressions that are strings. */
function expressions(given: unknown): Record<string, string> {
  if (given === null || typeof given !== "object") return {};
  return Object.fromEntries(Object.entries(given).filter(entry => typeof entry[1] === "string")) as Record<
    string,
    string
  >;
}
