import type { WriteStream } from "node:tty";

/** A stream that may be a terminal. */
type MaybeTerminal = NodeJS.WritableStream & Partial<Pick<WriteStream, "isTTY" | "columns">>;

/**
 * Says on a stream which cell runs and how long each took: one line per cell, and on a terminal the running cell already
 * shows while it runs.
 */
export class Progress {
  #stream: MaybeTerminal;
  #current = "";
  #started = 0;

  constructor(stream: MaybeTerminal) {
    this.#stream = stream;
  }

  /** @param index from 1, among the `count` code cells that run */
  begin(index: number, count: number, source: string): void {
    const width = String(count).length;
    this.#current = `[${String(index).padStart(width)}/${count}]`;
    this.#started = performance.now();
    if (this.#stream.isTTY) this.#stream.write(this.#line("     ...", source));
  }

  /** The cell that began last is over. @param state `ok`, or in a word why it is not */
  end(state: string, source: string): void {
    const seconds = (performance.now() - this.#started) / 1000;
    const took = `${seconds.toFixed(seconds < 10 ? 2 : 1)} s`.padStart(8);
    const start = this.#stream.isTTY ? "\r\x1b[K" : "";
    this.#stream.write(`${start}${this.#line(took, source)}${state === "ok" ? "" : `  (${state})`}\n`);
  }

  #line(time: string, source: string): string {
    const first = source.split("\n").find(line => line.trim() !== "") ?? "";
    const room = Math.max(20, Math.min(this.#stream.columns ?? 100, 100) - 30);
    return `${this.#current} ${time}  ${first.length > room ? `${first.slice(0, room - 3)}...` : first}`;
  }
}
