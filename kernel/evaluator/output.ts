import { writeSync } from "node:fs";
import { encodeFrame, type Reply } from "./frames.js";

/** Longest time that text waits for more text to travel with. */
const holdMilliseconds = 20;
/** Size at which waiting text is sent. */
const holdLength = 128 * 1024;
/** Writes in one hold period that are sent at once, so that a line before a long computation is seen before it. */
const promptWrites = 32;

const pause = new Int32Array(new SharedArrayBuffer(4));

/**
 * The evaluator's only way out: one pipe, written synchronously, in the order in which things happened. Text is batched;
 * everything else flushes the text before it.
 */
export class Output {
  readonly #fd: number;
  #run = 0;
  #name: "stdout" | "stderr" = "stdout";
  #text = "";
  #periodStart = 0;
  #writes = 0;
  #timer: NodeJS.Timeout | undefined;
  /** Bytes of whole frames that go out with the next one. */
  #kept: Uint8Array | undefined;

  constructor(fd: number) {
    this.#fd = fd;
  }

  /** Adds text of a run to its stream. */
  write(run: number, name: "stdout" | "stderr", text: string): void {
    if (text === "") return;
    if (this.#text !== "" && (this.#run !== run || this.#name !== name)) this.#flushText();
    this.#run = run;
    this.#name = name;
    this.#text += text;
    const now = performance.now();
    if (now - this.#periodStart > holdMilliseconds) {
      this.#periodStart = now;
      this.#writes = 0;
      this.#flushText();
    } else if (this.#writes++ < promptWrites || this.#text.length > holdLength) {
      this.#flushText();
    } else {
      this.#timer ??= setTimeout(() => this.#flushText(), holdMilliseconds).unref();
    }
  }

  /** Sends a message; text that waits goes first. */
  send(message: Reply): void {
    this.#flushText();
    this.#put(encodeFrame(message));
  }

  /**
   * Sends a message together with the next one, which is about to come: two writes wake the kernel twice. Should the next
   * one take its time, the message goes alone.
   */
  sendWithNext(message: Reply): void {
    this.#flushText();
    this.#kept = encodeFrame(message);
    setImmediate(() => this.#release());
  }

  /** Sends everything that waits. */
  flush(): void {
    this.#flushText();
    this.#release();
  }

  #flushText(): void {
    if (this.#text === "") return;
    const text = this.#text;
    this.#text = "";
    if (this.#timer) clearTimeout(this.#timer);
    this.#timer = undefined;
    this.#put(encodeFrame({ type: "stream", run: this.#run, name: this.#name, text }));
  }

  #release(): void {
    const kept = this.#kept;
    this.#kept = undefined;
    if (kept) this.#write(kept);
  }

  #put(bytes: Uint8Array): void {
    const kept = this.#kept;
    this.#kept = undefined;
    this.#write(kept ? Buffer.concat([kept, bytes]) : bytes);
  }

  #write(bytes: Uint8Array): void {
    for (let at = 0; at < bytes.length; ) {
      try {
        at += writeSync(this.#fd, bytes, at);
      } catch (error) {
        const { code } = error as NodeJS.ErrnoException;
        if (code === "EPIPE" || code === "EBADF") process.exit(0);
        if (code !== "EAGAIN" && code !== "EINTR") throw error;
        Atomics.wait(pause, 0, 0, 1);
      }
    }
  }
}
