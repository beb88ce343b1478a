import { type ChildProcess, spawn } from "node:child_process";
import { existsSync } from "node:fs";
import type { Duplex, Readable, Writable } from "node:stream";
import { fileURLToPath } from "node:url";
import {
  encodeFrame,
  FrameReader,
  type Reply,
  type Request,
  type WatchdogReply,
} from "../../../kernel/evaluator/frames.js";

type Done = Extract<Reply, { type: "done" }>;

/** What one cell produced. */
export interface CellOutcome {
  /** Every frame of the run, in order; `done` is the last. */
  frames: Reply[];
  done: Done;
  stdout: string;
  stderr: string;
  /** `text/plain` of the value. */
  text: string | undefined;
  /** The traceback without colours. */
  traceback: string;
}

export interface ExecuteOptions {
  silent?: boolean;
  allowStdin?: boolean;
  userExpressions?: Record<string, string>;
}

// GRADBOOK_TEST_NODE runs the child under another Node version.
const node = process.env.GRADBOOK_TEST_NODE ?? process.execPath;
const entry =
  process.env.GRADBOOK_TEST_EVALUATOR ??
  fileURLToPath(new URL("../../../dist/kernel/evaluator/main.js", import.meta.url));

/** Plays the kernel for a real evaluator child: the three pipes, nothing else. */
export class Evaluator {
  readonly child: ChildProcess;
  /** Everything that came in, in order. */
  readonly frames: Reply[] = [];
  readonly acknowledged: WatchdogReply[] = [];
  /** Raw output of file descriptors 1 and 2. */
  raw = "";
  readonly ready: Promise<Extract<Reply, { type: "ready" }>>;
  #watchers = new Set<() => void>();
  #run = 0;
  #count = 0;

  constructor(options: { cwd: string; flags?: string[] }) {
    if (!existsSync(entry)) throw new Error(`${entry} is not there: build first (npm run build)`);
    this.child = spawn(node, ["--no-force-async-hooks-checks", ...(options.flags ?? []), entry], {
      cwd: options.cwd,
      stdio: ["ignore", "pipe", "pipe", "pipe", "pipe", "pipe"],
    });
    const reader = new FrameReader<Reply>();
    (this.child.stdio[3] as Readable).on("data", (bytes: Buffer) => {
      this.frames.push(...reader.push(bytes));
      this.#notify();
    });
    const watchdogReader = new FrameReader<WatchdogReply>();
    (this.#pipe(5) as Duplex).on("data", (bytes: Buffer) => {
      this.acknowledged.push(...watchdogReader.push(bytes));
      this.#notify();
    });
    for (const fd of [1, 2])
      (this.child.stdio[fd] as Readable).on("data", (bytes: Buffer) => (this.raw += String(bytes)));
    for (const fd of [4, 5]) (this.child.stdio[fd] as Writable).on("error", () => {});
    this.child.on("exit", () => this.#notify());
    this.ready = this.waitFor(f => f.type === "ready") as Promise<Extract<Reply, { type: "ready" }>>;
    this.ready.catch(() => {});
  }

  get lastRun(): number {
    return this.#run;
  }

  send(request: Request): void {
    (this.child.stdio[4] as Writable).write(encodeFrame(request));
  }

  /** Starts a cell and returns its run number. */
  start(code: string, options: ExecuteOptions = {}): number {
    const run = ++this.#run;
    if (!options.silent) this.#count++;
    this.send({
      type: "execute",
      run,
      executionCount: this.#count,
      code,
      silent: options.silent ?? false,
      storeHistory: !options.silent,
      userExpressions: options.userExpressions ?? {},
      allowStdin: options.allowStdin ?? false,
    });
    return run;
  }

  async execute(code: string, options: ExecuteOptions = {}): Promise<CellOutcome> {
    return this.outcome(this.start(code, options));
  }

  /** Waits for the end of a run and gathers what it produced. */
  async outcome(run: number): Promise<CellOutcome> {
    const done = (await this.waitFor(f => f.type === "done" && f.run === run)) as Done;
    const frames = this.frames.filter(f => "run" in f && f.run === run);
    const stream = (name: string) => frames.map(f => (f.type === "stream" && f.name === name ? f.text : "")).join("");
    const result = frames.find(f => f.type === "result");
    return {
      frames,
      done,
      stdout: stream("stdout"),
      stderr: stream("stderr"),
      text: result && ((result.data as Record<string, string>)["text/plain"] as string),
      traceback: withoutColours(done.error?.traceback.join("\n") ?? ""),
    };
  }

  /** A Stop as the kernel sends it: the await is settled and the word set at once, the signal follows. */
  async interrupt(run: number, options: { signalAfter?: number; lastResort?: number } = {}): Promise<void> {
    this.send({ type: "interrupt", run });
    this.#watchdog({ type: "interrupt", run, stage: 1 });
    const over = () => this.frames.some(f => f.type === "done" && f.run === run);
    await sleep(options.signalAfter ?? 30);
    for (let i = 0; i < 20 && !over(); i++) {
      this.#watchdog({ type: "interrupt", run, stage: 2 });
      await sleep(30);
      if (options.lastResort !== undefined && i * 30 > options.lastResort) {
        this.#watchdog({ type: "interrupt", run, stage: 3 });
      }
    }
  }

  answerInput(value: string | null, message?: string): void {
    this.#watchdog({ type: "input_reply", value, ...(message === undefined ? {} : { message }) });
  }

  /** The types of Node know five of the six. */
  #pipe(fd: number): unknown {
    return this.child.stdio[fd as 4];
  }

  #watchdog(message: Parameters<typeof encodeFrame>[0]): void {
    (this.#pipe(5) as Writable).write(encodeFrame(message));
  }

  /** The first frame, old or new, for which `test` holds. @throws when the child ends or time is over. */
  async waitFor(test: (frame: Reply) => boolean, milliseconds = 20_000): Promise<Reply> {
    const deadline = Date.now() + milliseconds;
    for (let at = 0; ; ) {
      for (; at < this.frames.length; at++) if (test(this.frames[at]!)) return this.frames[at]!;
      if (this.child.exitCode !== null || this.child.signalCode !== null) {
        throw new Error(`the evaluator ended (${this.child.exitCode ?? this.child.signalCode})\n${this.raw}`);
      }
      if (Date.now() > deadline) throw new Error(`no such frame within ${milliseconds} ms\n${this.raw}`);
      await new Promise<void>(resolve => {
        const timer = setTimeout(wake, Math.max(1, deadline - Date.now()));
        const watchers = this.#watchers;
        function wake() {
          clearTimeout(timer);
          watchers.delete(wake);
          resolve();
        }
        watchers.add(wake);
      });
    }
  }

  #notify(): void {
    for (const watcher of [...this.#watchers]) watcher();
  }

  async stop(): Promise<void> {
    if (this.child.exitCode !== null || this.child.signalCode !== null) return;
    const gone = new Promise(resolve => this.child.once("exit", resolve));
    this.send({ type: "shutdown" });
    const timer = setTimeout(() => this.child.kill("SIGKILL"), 3000);
    await gone;
    clearTimeout(timer);
  }
}

export function sleep(milliseconds: number): Promise<void> {
  return new Promise(resolve => setTimeout(resolve, milliseconds));
}

export function withoutColours(text: string): string {
  // biome-ignore lint/suspicious/noControlCharactersInRegex: the escape character is what is looked for
  return text.replace(/\x1b\[\d+m/g, "");
}
