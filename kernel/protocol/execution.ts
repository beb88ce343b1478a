import type { ErrorReport } from "../evaluator/frames.js";
import { diagnosticsText } from "./diagnostics-text.js";
import type { Loss } from "./evaluators.js";
import { describeLoss } from "./loss-report.js";
import type { Request } from "./request.js";
import type { Done } from "./run-outputs.js";
import type { Session } from "./session.js";

/** How long the type check itself may take; what it finds after the hold is told late, below what the cell printed. */
const diagnosticsTimeout = 1500;

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

/** The queue of cells: one runs at a time, in the order in which they came. */
export class Execution {
  readonly #session: Session;
  readonly #queue: Waiting[] = [];
  #running: Running | undefined;
  #run = 0;
  #count = 0;

  constructor(session: Session) {
    this.#session = session;
    session.outputs.onDone = done => void this.#done(done);
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

  /** The evaluator went away with all variables; the cell that ran ends with the reason. */
  evaluatorLost(loss: Loss): void {
    const { outputs } = this.#session;
    const error = describeLoss(loss);
    const running = this.#running;
    void this.#session.language.then(tools => tools?.service.reset());
    outputs.closeComms();
    // The last that it sent may have been the end of the cell, kept back for its type errors.
    if (running) outputs.release(running.run);
    if (running && !running.ending) {
      void this.#end(running, { status: "error", error, userExpressions: {}, lost: true });
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
      run: ++this.#run,
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
    if (storeHistory) this.#session.history.append(executionCount, code);
    evaluators.send({
      type: "execute",
      run,
      executionCount,
      code,
      silent,
      storeHistory,
      userExpressions: expressions(content.user_expressions),
      allowStdin: content.allow_stdin === true,
    });
    // The evaluator works already; only what it says waits.
    if (!silent && code.trim() !== "") void this.#checkTypes(running);
  }

  async #checkTypes({ run, code, executionCount }: Running): Promise<void> {
    const { outputs, holdMilliseconds } = this.#session;
    outputs.hold(run);
    const timer = setTimeout(() => outputs.release(run), holdMilliseconds);
    try {
      const timeout = Math.max(diagnosticsTimeout, holdMilliseconds);
      const tools = await this.#session.language;
      const diagnostics = (await tools?.service.diagnostics(code, { timeout })) ?? [];
      const text = diagnosticsText(diagnostics, code, `In[${executionCount}]`);
      if (text) outputs.note(run, text);
    } catch (error) {
      this.#session.log(`the type check of cell ${executionCount} failed: ${String(error)}`);
    }
    clearTimeout(timer);
    outputs.release(run);
  }

  async #done(done: Done): Promise<void> {
    const running = this.#running;
    if (!running || running.run !== done.run || running.ending) return;
    await this.#end(running, done);
  }

  async #end(
    running: Running,
    done: Pick<Done, "status" | "userExpressions"> & { error?: ErrorReport; lost?: boolean },
  ): Promise<void> {
    const { publisher, outputs, requests, evaluators, input } = this.#session;
    const { run, request, executionCount } = running;
    running.ending = true;
    input.ended(run);
    await evaluators.rawSettled();
    const error = done.status === "error" ? (done.error ?? unknownError) : undefined;
    if (error) outputs.error(run, error);
    // Also what failed halfway: its names exist from then on.
    if (!done.lost && running.code.trim() !== "") {
      void this.#session.language.then(tools => tools?.service.commit(running.code, executionCount));
    }
    const { payload = [], result } = outputs.record(run) ?? {};
    if (running.storeHistory && result !== undefined) this.#session.history.appendOutput(executionCount, result);
    // Chosen before the reply: what a client sends because of the reply must run. What it sent together with the failed cell
    // has arrived, since the loop has turned.
    const aborted = error && running.stopOnError ? this.#queue.splice(0) : [];
    const rest = { execution_count: executionCount, user_expressions: done.userExpressions, payload };
    requests.reply(request, error ? { status: "error", ...error, ...rest } : { status: "ok", ...rest });
    publisher.status("idle", request.message.header);
    this.#running = undefined;
    running.finished();
    for (const waiting of aborted) this.#abort(waiting);
    this.#next();
  }

  /** Answers what was queued behind a failed cell without running it. */
  #abort({ request, finished }: Waiting): void {
    const { publisher, requests } = this.#session;
    const { header } = request.message;
    publisher.status("busy", header);
    requests.reply(request, {
      status: "aborted",
      ename: "Aborted",
      evalue: "an earlier cell failed",
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
