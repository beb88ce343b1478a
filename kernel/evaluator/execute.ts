import { Script } from "node:vm";
import { beginRun, cancelRequested, cancelWords } from "../../engine/cancel.js";
import { enterCell } from "../../engine/cell.js";
import { InterruptedError } from "../../engine/errors.js";
import { endOpenRuns, settleRuns } from "../../engine/train/events.js";
import { type MimeBundle, pendingDisplays } from "../../widgets/display.js";
import { formatValue } from "../display/format.js";
import { runTaggedCell } from "../tslab/tagged-cell.js";
import type { Bindings } from "./bindings.js";
import { CellMagics } from "./cell-magics.js";
import { Disposals } from "./disposals.js";
import type { ErrorReporter } from "./error-report.js";
import type { Reply, Request } from "./frames.js";
import { type InterruptChecks, interruptChecks, KeyboardInterrupt, unwatch, watchForSignal } from "./interrupt.js";
import { provideLegacyDecorators } from "./legacy-decorators.js";
import type { Loader } from "./loader.js";
import type { Output } from "./output.js";
import { entryName } from "./rewrite.js";
import { Run, type Runs } from "./runs.js";
import type { Stacks } from "./stacks.js";
import { type CellContext, transformCell } from "./transform.js";
import { runtimeConfig } from "./tsconfig.js";

type ExecuteRequest = Extract<Request, { type: "execute" }>;
type Done = Extract<Reply, { type: "done" }>;
/** A cell's body; its value comes in an array, so that a promise is not awaited. */
type CellBody = (...parameters: unknown[]) => [unknown] | undefined | Promise<[unknown] | undefined>;

/** How long a stopped cell that awaits may take to end by itself (training loops do, at a step) before it is settled. */
const graceMilliseconds = 30;

export interface ExecutorParts {
  output: Output;
  runs: Runs;
  bindings: Bindings;
  loader: Loader;
  stacks: Stacks;
  reporter: ErrorReporter;
  /** The words of `interrupt.ts`. */
  signalWords: Int32Array;
}

/** Runs cells. Those of different shells take turns at their awaits. */
export class Executor {
  readonly #parts: ExecutorParts;
  readonly #context: CellContext & { shadowed: Set<string> };
  readonly #cellParameters: unknown[];
  readonly #checks: InterruptChecks;
  readonly #magics: CellMagics;
  #returned: ReturnType<CellBody>;
  /** Whether a signal may end the script that is being run. */
  #watched = false;
  /** The runs that are not over, by number; more than one only where subshells run cells. */
  readonly #active = new Map<number, { run: Run; settle: (error: Error) => void }>();

  constructor(parts: ExecutorParts, builtins: ReadonlySet<string>) {
    this.#parts = parts;
    this.#checks = interruptChecks(parts.runs);
    this.#magics = new CellMagics(parts, () => this.#checks.check());
    this.#context = {
      isName: name => this.#magics.isName(name),
      builtins,
      shadowed: this.#magics.shadowed,
      checkAllLoops: process.platform === "win32",
      syntax: () => runtimeConfig(parts.loader.dirname).syntax,
      lowerUsing: !canReadUsing(),
    };
    const { loader, runs } = parts;
    const given = {
      load: loader.load,
      pick: loader.pick,
      require: loader.require,
      dirname: loader.dirname,
      filename: loader.filename,
      meta: loader.meta,
      disposals: () => new Disposals(),
      ...this.#magics.given,
    };
    this.#cellParameters = [given, cancelWords, this.#checks.afterAwait, this.#checks.check];
    provideLegacyDecorators();
    Object.defineProperty(globalThis, entryName, {
      value: named(entryName, (body: CellBody) => {
        const run = runs.current.number;
        const call = () => body(...this.#cellParameters);
        this.#returned = this.#watched ? watchForSignal(parts.signalWords, run, call) : call();
      }),
    });
  }

  /** The name of the binding behind a name that the user wrote. */
  bindingName(name: string): string {
    return this.#context.shadowed.has(name) ? `$user$${name}` : name;
  }

  /** Runs a cell and sends everything it produces, `done` last. Never rejects. */
  async execute(request: ExecuteRequest): Promise<void> {
    const { output, runs } = this.#parts;
    const run = new Run(request.run, request.executionCount, request.allowStdin);
    const started = performance.now();
    runs.begin(run);
    beginRun(run.number);
    enterCell(run.executionCount);
    const stopped = new Promise<never>((_, reject) => {
      this.#active.set(run.number, { run, settle: reject });
    });
    stopped.catch(() => {});

    const done: Done = {
      type: "done",
      run: run.number,
      status: "ok",
      interrupted: false,
      userExpressions: {},
      milliseconds: 0,
    };
    try {
      const value = await this.#evaluate(run, request.code, stopped);
      runs.within(run, settleRuns);
      if (value && value[0] !== undefined && !request.silent) {
        const bundle = runs.within(run, () => formatValue(value[0]));
        const data = bundle instanceof Promise ? await Promise.race([bundle, stopped]) : bundle;
        const result: Reply = { type: "result", run: run.number, data, metadata: {} };
        // A user expression may take its time.
        if (Object.keys(request.userExpressions).length > 0) output.send(result);
        else output.sendWithNext(result);
      }
      await Promise.race([pendingDisplays(), stopped]);
      for (const [name, code] of Object.entries(request.userExpressions)) {
        done.userExpressions[name] = await this.#userExpression(run, name, code, stopped);
      }
    } catch (thrown) {
      // From here on only this evaluator's own code runs, which must not be terminated halfway.
      this.#leave(run);
      this.#fail(run, thrown, done);
    }
    this.#end(run);
    done.milliseconds = performance.now() - started;
    output.send(done);
  }

  /** Stops a run that awaits: its signal aborts, and if it does not end by itself soon it is settled. */
  interrupt(number: number): void {
    const active = this.#active.get(number);
    if (!active) return;
    const reason = new KeyboardInterrupt();
    this.#checks.shielded(() => active.run.stop(reason));
    setTimeout(() => {
      if (this.#active.get(number) === active) active.settle(reason);
    }, graceMilliseconds);
  }

  async #evaluate(
    run: Run,
    code: string,
    stopped: Promise<never>,
    file = run.file,
    title = run.title,
  ): Promise<[unknown] | undefined> {
    if (cancelRequested()) throw new KeyboardInterrupt("the cell was stopped before it began");
    const { bindings, loader, runs, stacks } = this.#parts;
    const tagged = runs.within(run, () => runTaggedCell(code, title, loader.dirname));
    if (tagged) {
      await Promise.race([tagged, stopped]);
      return undefined;
    }
    const made = transformCell(code, title, this.#context);
    const cell = made instanceof Promise ? await made : made;
    const script = new Script(cell.script, { filename: file });
    stacks.add(file, title, code, cell);
    const declared = bindings.declare(cell.names);
    if (declared) await declared;
    this.#magics.declare(cell.names);
    for (const name of cell.shadows) this.#context.shadowed.add(name);

    this.#returned = undefined;
    // The signal watch covers the synchronous part; after an await the checks in the cell's loops take over. It starts a
    // thread, which takes longer than a small cell: one that calls nothing goes without.
    const watched = cell.mayHang;
    this.#watched = watched;
    runs.within(run, () => script.runInThisContext({ breakOnSigint: watched, displayErrors: false }));
    const returned = this.#returned as ReturnType<CellBody>;
    if (!(returned instanceof Promise)) return returned;
    let settled = false;
    returned.catch((error: unknown) => {
      // What a stopped cell throws when it wakes up later: only an error of its own is news.
      if (settled && !isInterrupt(error)) this.lateError(run, error);
    });
    try {
      const value = await Promise.race([returned, stopped]);
      if (run.answered) throw new KeyboardInterrupt();
      return value;
    } finally {
      settled = true;
    }
  }

  async #userExpression(run: Run, name: string, code: string, stopped: Promise<never>): Promise<object> {
    const title = `user expression ${name}`;
    try {
      const value = await this.#evaluate(run, code, stopped, `${run.file}/${name}`, title);
      const data: MimeBundle = await this.#parts.runs.within(run, () => formatValue(value?.[0]));
      return { status: "ok", data, metadata: {} };
    } catch (thrown) {
      return { status: "error", ...this.#parts.reporter.report(thrown) };
    }
  }

  /** Shows an error outside a cell's own flow in the cell that made it. */
  lateError(run: Run, thrown: unknown): void {
    if (run.stopped && isInterrupt(thrown)) return;
    this.#parts.output.send({ type: "late_error", run: run.number, error: this.#parts.reporter.report(thrown) });
  }

  #fail(run: Run, thrown: unknown, done: Done): void {
    const { reporter, runs } = this.#parts;
    const interrupted = isInterrupt(thrown);
    if (interrupted) run.stop(thrown as Error);
    const shown = isSignal(thrown) ? new KeyboardInterrupt() : thrown;
    done.status = "error";
    done.interrupted = interrupted;
    done.error = reporter.report(shown);
    if (interrupted) done.error.ename = "KeyboardInterrupt";
    // With a cell of another shell at work nobody knows whose training is open.
    if (this.#active.size > 1) return;
    try {
      this.#checks.shielded(() => {
        runs.within(run, () => endOpenRuns(interrupted ? "interrupted" : "failed", done.error!.evalue));
      });
    } catch (error) {
      this.lateError(run, error);
    }
  }

  #end(run: Run): void {
    this.#leave(run);
    this.#active.delete(run.number);
    unwatch(this.#parts.signalWords);
  }

  /** Tells the watchdog that the run is over. */
  #leave(run: Run): void {
    const others = [...this.#active.keys()].filter(number => number !== run.number);
    const executing = Math.max(0, ...others);
    // A Stop that names a later run must survive the end of this one.
    if (Atomics.load(cancelWords, 0) > run.number) Atomics.store(cancelWords, 1, executing);
    else beginRun(executing);
    enterCell(this.#active.get(executing)?.run.executionCount ?? 0);
  }
}

/** True for everything that a Stop makes a cell throw. */
function isInterrupt(thrown: unknown): boolean {
  return thrown instanceof KeyboardInterrupt || thrown instanceof InterruptedError || isSignal(thrown);
}

function isSignal(thrown: unknown): boolean {
  return thrown instanceof Error && (thrown as NodeJS.ErrnoException).code === "ERR_SCRIPT_EXECUTION_INTERRUPTED";
}

function named<T extends object>(name: string, value: T): T {
  return Object.defineProperty(value, "name", { value: name });
}

function canReadUsing(): boolean {
  try {
    new Script("{ using x = null; }");
    return true;
  } catch {
    return false;
  }
}
