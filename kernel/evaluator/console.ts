import { Console } from "node:console";
import { Writable } from "node:stream";
import { StringDecoder } from "node:string_decoder";
import type { Output } from "./output.js";
import type { Runs } from "./runs.js";

type StreamName = "stdout" | "stderr";

/** Longest text that one call of `console.log` may print. */
const longest = 1024 * 1024 * 4;

/** Sends `console.*`, `process.stdout` and `process.stderr` to the cell whose code wrote, in the order of the calls. */
export function captureOutput(output: Output, runs: Runs): void {
  for (const name of ["stdout", "stderr"] as const) {
    const stream = new CellStream(name, text => output.write(runs.current.number, name, text));
    Object.defineProperty(process, name, { configurable: true, enumerable: true, get: () => stream });
  }
  const sink = (name: StreamName) => ({
    write: (text: string): boolean => {
      output.write(runs.current.number, name, text.length > longest ? shorten(text) : text);
      return true;
    },
  });
  const made = new Console({
    stdout: sink("stdout") as unknown as NodeJS.WritableStream,
    stderr: sink("stderr") as unknown as NodeJS.WritableStream,
    ignoreErrors: false,
    // Of the colours that front ends give to terminal text none can be read on white and on black: numbers are yellow.
    colorMode: false,
  });
  const target = console as unknown as Record<string, unknown>;
  for (const key of Object.keys(made)) {
    const method = (made as unknown as Record<string, unknown>)[key];
    if (typeof method === "function" && key !== "Console") target[key] = method;
  }
  quickenLines(target, sink("stdout").write);
}

/** Prints a lone string without the formatting that leaves it as it is; outside of groups, which indent. */
function quickenLines(target: Record<string, unknown>, write: (text: string) => void): void {
  type Method = (...parts: unknown[]) => void;
  const { log, group, groupEnd } = target as Record<string, Method>;
  let depth = 0;
  const open: Method = (...parts) => {
    depth++;
    group!(...parts);
  };
  const lines: Record<string, Method> = {
    log(...parts) {
      if (depth === 0 && parts.length === 1 && typeof parts[0] === "string") write(`${parts[0]}\n`);
      else log!(...parts);
    },
    group: open,
    groupCollapsed: open,
    groupEnd() {
      depth = Math.max(0, depth - 1);
      groupEnd!();
    },
  };
  Object.assign(target, lines, { info: lines.log, debug: lines.log });
}

/** Keeps Node from announcing in a cell that this kernel uses an experimental feature. */
export function silenceOwnWarnings(): void {
  const { emitWarning } = process;
  process.emitWarning = ((warning: string | Error, ...rest: []) => {
    if (!String(warning).includes("vm.USE_MAIN_CONTEXT_DEFAULT_LOADER")) emitWarning.call(process, warning, ...rest);
  }) as typeof emitWarning;
}

/** What `process.stdout` is in a cell: no terminal, never closed, synchronous. */
class CellStream extends Writable {
  readonly fd: number;
  readonly isTTY = false;
  readonly columns = 80;
  readonly rows = 24;
  readonly #decoder = new StringDecoder("utf8");
  readonly #sink: (text: string) => void;

  constructor(name: StreamName, sink: (text: string) => void) {
    super({ decodeStrings: false });
    this.fd = name === "stdout" ? 1 : 2;
    this.#sink = sink;
  }

  override _write(chunk: Buffer | string, _encoding: BufferEncoding, done: (error?: Error) => void): void {
    this.#sink(typeof chunk === "string" ? chunk : this.#decoder.write(chunk));
    done();
  }

  /** A cell that ends the stream must not end it for the cells after it. */
  override end(chunk?: unknown, ..._rest: unknown[]): this {
    if (typeof chunk === "string" || chunk instanceof Uint8Array) this.write(chunk);
    return this;
  }

  override destroy(): this {
    return this;
  }

  getColorDepth(): number {
    return 4;
  }

  hasColors(count = 16): boolean {
    return count <= 16;
  }
}

function shorten(text: string): string {
  const half = longest / 2;
  return `${text.slice(0, half)}\n... ${text.length - longest} characters left out; process.stdout.write prints them all ...\n${text.slice(-half)}`;
}
