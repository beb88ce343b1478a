import { stripVTControlCharacters } from "node:util";
import { NotebookOutputs, type OutputMessage } from "./cell-outputs.js";
import type { Cell, JsonObject, Notebook } from "./notebook.js";
import type { Progress } from "./progress.js";

/** How a cell ended. */
export interface CellReply {
  status: "ok" | "error" | "aborted";
  executionCount: number | null;
  /** Present when `status` is `error`. */
  error?: { ename: string; evalue: string; traceback: string[] };
}

/** A kernel that runs one cell after the other. */
export interface CellRunner {
  /** Resolves when cells can run. */
  ready(): Promise<void>;
  /** What `kernel_info_reply` says about the language; a notebook keeps it. */
  languageInfo(): Promise<JsonObject>;
  /** Runs a cell; `onOutput` gets every message on iopub that belongs to it, the late ones of its timers too. */
  execute(code: string, onOutput: (message: OutputMessage) => void): Promise<CellReply>;
  /** Stops the cell that runs; its `execute` settles soon with an error. */
  interrupt(): void;
}

export interface NotebookRunOptions {
  /** Seconds that one cell may take. */
  timeout?: number;
  /** Goes on after a cell that fails. */
  allowErrors: boolean;
  progress: Progress;
}

/** Why a run ended early. */
export interface RunFailure {
  /** Names the cell: its place among the code cells and its count. */
  where: string;
  /** The source's first lines and the traceback, as the terminal should show it. */
  text: string;
  /** One clause. */
  summary: string;
}

/** Time that an interrupted cell has before the run ends without it, in milliseconds. */
const grace = 10_000;

/**
 * Executes the code cells of a notebook in order and puts counts, outputs and the language into it, as Jupyter does. The tags
 * `raises-exception` (this cell may fail) and `skip-execution` are those of nbclient.
 */
export class NotebookRun {
  #notebook: Notebook;
  #kernel: CellRunner;
  #options: NotebookRunOptions;
  #stopped = false;
  #running = false;

  constructor(notebook: Notebook, kernel: CellRunner, options: NotebookRunOptions) {
    this.#notebook = notebook;
    this.#kernel = kernel;
    this.#options = options;
  }

  /** Interrupts the running cell and ends the run. */
  stop(): void {
    this.#stopped = true;
    if (this.#running) this.#kernel.interrupt();
  }

  /** Resolves to the reason when the run ended early, and to undefined when the whole notebook ran. */
  async run(): Promise<RunFailure | undefined> {
    const { cells, metadata } = this.#notebook;
    await this.#kernel.ready();
    const outputs = new NotebookOutputs();
    const code = cells.filter(c => c.cell_type === "code" && !hasTag(c, "skip-execution"));
    const toRun = code.filter(c => c.source.trim() !== "");
    for (const cell of code) {
      cell.execution_count = null;
      cell.outputs = [];
      if (cell.source.trim() === "") continue;
      const failure = await this.#runCell(cell, toRun.indexOf(cell) + 1, toRun.length, outputs);
      if (failure) return failure;
    }
    metadata.language_info = await this.#kernel.languageInfo();
    metadata.kernelspec ??= { display_name: "TypeScript (gradbook)", language: "typescript", name: "gradbook" };
    return undefined;
  }

  async #runCell(cell: Cell, index: number, count: number, outputs: NotebookOutputs): Promise<RunFailure | undefined> {
    const { timeout, allowErrors, progress } = this.#options;
    const where = `code cell ${index} of ${count}`;
    if (this.#stopped) return { where, text: "", summary: "stopped" };
    progress.begin(index, count, cell.source);
    const sink = outputs.begin(cell.outputs!);
    this.#running = true;
    const { reply, late } = await this.#execute(cell.source, timeout, message => sink.add(message));
    this.#running = false;
    cell.execution_count = reply?.executionCount ?? null;

    if (this.#stopped || late) {
      const why = late ? `took longer than ${timeout} s (--timeout)` : "was interrupted";
      progress.end(late ? "timeout" : "interrupted", cell.source);
      const kept = reply ? "" : "\nIt did not end within 10 s of the interrupt either.";
      return { where, text: `${quote(cell.source)}\n\n${tracebackOf(reply)}${kept}`, summary: `${where} ${why}` };
    }
    const failed = reply!.status !== "ok";
    progress.end(failed ? (reply!.error?.ename ?? "aborted") : "ok", cell.source);
    if (!failed || allowErrors || hasTag(cell, "raises-exception")) return undefined;
    const ename = reply!.error?.ename ?? "the kernel aborted the cell";
    return { where, text: `${quote(cell.source)}\n\n${tracebackOf(reply)}`, summary: `${where} failed (${ename})` };
  }

  /** Runs the cell within its time. No reply: it did not even end after the interrupt. */
  async #execute(
    source: string,
    timeout: number | undefined,
    onOutput: (message: OutputMessage) => void,
  ): Promise<{ reply?: CellReply; late: boolean }> {
    let late = false;
    const timers: NodeJS.Timeout[] = [];
    const done = this.#kernel.execute(source, onOutput).then(reply => ({ reply, late }));
    const given = new Promise<{ late: boolean }>(resolve => {
      if (timeout === undefined) return;
      // setTimeout takes 31 bits of milliseconds.
      const milliseconds = Math.min(timeout * 1000, 2 ** 31 - 1);
      timers.push(
        setTimeout(() => {
          late = true;
          this.#kernel.interrupt();
          timers.push(setTimeout(() => resolve({ late }), grace));
        }, milliseconds),
      );
    });
    try {
      return await Promise.race([done, given]);
    } finally {
      for (const timer of timers) clearTimeout(timer);
    }
  }
}

function hasTag({ metadata }: Cell, tag: string): boolean {
  return Array.isArray(metadata.tags) && metadata.tags.includes(tag);
}

/** The cell's first lines, set off from the traceback. */
function quote(source: string): string {
  const lines = source.split("\n");
  const shown = lines.slice(0, 12).map(line => `  | ${line}`);
  if (lines.length > 12) shown.push(`  | ... (${lines.length - 12} more lines)`);
  return shown.join("\n");
}

function tracebackOf(reply: CellReply | undefined): string {
  const text = reply?.error?.traceback.join("\n") ?? "";
  return process.stderr.isTTY ? text : stripVTControlCharacters(text);
}
