import { spawn } from "node:child_process";
import { constants } from "node:os";
import { join } from "node:path";
import type { Duplex, Readable, Writable } from "node:stream";
import { StringDecoder } from "node:string_decoder";
import { ownPackage } from "../cli/package-root.js";
import {
  encodeFrame,
  FrameReader,
  type Reply,
  type Request,
  type WatchdogReply,
  type WatchdogRequest,
} from "../evaluator/frames.js";

/** How an evaluator ended. */
export interface EvaluatorExit {
  code: number | null;
  signal: NodeJS.Signals | null;
  /** The last that it wrote to its standard error: where engines say why they abort. */
  lastWords: string;
}

/** What an evaluator tells the kernel. */
export interface EvaluatorEvents {
  reply(reply: Reply): void;
  /** Bytes that went past the console: child processes, native code. */
  raw(name: "stdout" | "stderr", text: string): void;
  /** The last event, after everything that it had sent. */
  exit(exit: EvaluatorExit): void;
}

/** The child process that runs the code of cells. */
export interface EvaluatorProcess {
  send(request: Request): void;
  /** Reaches the watchdog thread, also while a cell spins. */
  tellWatchdog(request: WatchdogRequest): void;
  /** Ends it: asks first, and kills it when it does not go soon. Resolves when it is gone. */
  stop(): Promise<void>;
  /** Ends it at once, whatever it does. */
  kill(): void;
  /** Resolves when what it wrote past the console so far has been handed on. */
  rawSettled(): Promise<void>;
  readonly pid: number | undefined;
}

/** Starts an evaluator that reports to `events`. */
export type SpawnEvaluator = (events: EvaluatorEvents) => EvaluatorProcess;

/** How long a child that was asked to end may take. */
const stopMilliseconds = 400;
/** How long the pipe of a dead child may take to run dry. */
const drainMilliseconds = 300;
/** How much of its standard error is kept for the report of a crash. */
const lastWordsLength = 8000;

/**
 * Makes the function that starts evaluators.
 *
 * @param options.cwd the notebook's folder
 * @param options.nodeFlags more flags for Node, before the script
 * @example const spawnEvaluator = evaluatorSpawner({ cwd: process.cwd() });
 */
export function evaluatorSpawner(options: { cwd: string; nodeFlags?: string[] }): SpawnEvaluator {
  return events => start(options.cwd, options.nodeFlags ?? [], events);
}

function start(cwd: string, nodeFlags: string[], events: EvaluatorEvents): EvaluatorProcess {
  const entry = join(ownPackage().root, "dist", "kernel", "evaluator", "main.js");
  const child = spawn(process.execPath, ["--no-force-async-hooks-checks", ...nodeFlags, entry], {
    cwd,
    stdio: ["ignore", "pipe", "pipe", "pipe", "pipe", "pipe"],
    windowsHide: true,
  });
  const [, stdout, stderr, replies, requests, watchdog] = child.stdio as unknown as [
    null,
    Readable,
    Readable,
    Readable,
    Writable,
    Duplex,
  ];

  let rawCount = 0;
  let lastWords = "";
  for (const [name, stream] of [["stdout", stdout] as const, ["stderr", stderr] as const]) {
    const decoder = new StringDecoder("utf8");
    stream.on("data", (bytes: Buffer) => {
      rawCount++;
      const text = decoder.write(bytes);
      if (name === "stderr") lastWords = (lastWords + text).slice(-lastWordsLength);
      if (text) events.raw(name, text);
    });
  }

  const reader = new FrameReader<Reply>();
  replies.on("data", (bytes: Buffer) => {
    let frames: Reply[];
    try {
      frames = reader.push(bytes);
    } catch {
      // Something in the cell wrote to the descriptor of this pipe: what follows cannot be told apart any more.
      lastWords = "the pipe to the kernel was written to by other code (file descriptor 3)";
      child.kill("SIGKILL");
      return;
    }
    for (const frame of joinStreams(frames)) events.reply(frame);
  });
  // What the watchdog acknowledges is not needed, but an unread pipe would fill.
  const watchdogReader = new FrameReader<WatchdogReply>();
  watchdog.on("data", (bytes: Buffer) => void watchdogReader.push(bytes));
  // A child that dies while it is written to is reported by its exit.
  for (const stream of [stdout, stderr, replies, requests, watchdog]) stream.on("error", () => {});

  let exited = false;
  const gone = new Promise<void>(resolve => {
    const finish = (code: number | null, signal: NodeJS.Signals | null): void => {
      if (exited) return;
      exited = true;
      // A grandchild may hold the other pipes open for ever; the pipe of replies is the child's own.
      const report = (): void => {
        clearTimeout(timer);
        replies.removeListener("close", report);
        setImmediate(() => {
          for (const stream of [stdout, stderr, replies, requests, watchdog]) stream.destroy();
          events.exit({ code, signal, lastWords });
          resolve();
        });
      };
      const timer = setTimeout(report, drainMilliseconds);
      if (replies.closed || replies.destroyed || replies.readableEnded) report();
      else replies.once("close", report);
    };
    child.once("exit", (code, signal) => finish(code, signal));
    child.once("error", error => {
      if (child.pid !== undefined) return;
      lastWords = error.message;
      finish(constants.errno.ENOENT, null);
    });
  });

  const write = (stream: Writable, frame: Request | WatchdogRequest): void => {
    if (!exited && stream.writable) stream.write(encodeFrame(frame));
  };
  return {
    get pid() {
      return child.pid;
    },
    send: request => write(requests, request),
    tellWatchdog: request => write(watchdog, request),
    kill: () => void child.kill("SIGKILL"),
    async stop() {
      write(requests, { type: "shutdown" });
      const timer = setTimeout(() => child.kill("SIGKILL"), stopMilliseconds);
      await gone;
      clearTimeout(timer);
    },
    async rawSettled() {
      // Two turns of the loop see everything that lay in the pipes when this was called; more only while more comes.
      for (let quiet = 0, turn = 0; quiet < 2 && turn < 100; turn++) {
        const before = rawCount;
        await new Promise(resolve => setImmediate(resolve));
        quiet = rawCount === before ? quiet + 1 : 0;
      }
    },
  };
}

/** Text that came together goes on together: a front end pays for each message. */
function joinStreams(frames: Reply[]): Reply[] {
  const joined: Reply[] = [];
  for (const frame of frames) {
    const last = joined.at(-1);
    const continues =
      frame.type === "stream" && last?.type === "stream" && last.run === frame.run && last.name === frame.name;
    if (continues) last.text += frame.text;
    else joined.push(frame);
  }
  return joined;
}
