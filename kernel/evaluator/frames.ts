/**
 * The pipes between the kernel process and its evaluator child.
 *
 * - fd 3, evaluator to kernel: everything a cell produces, in the order it was produced. Written synchronously, so it also
 *   flows from a busy loop; a full pipe blocks the writer (back-pressure).
 * - fd 4, kernel to evaluator: requests for the main thread.
 * - fd 5, both ways, kernel and the evaluator's watchdog thread: works while the main thread spins.
 *
 * A frame is `uint32 length of the rest | uint32 length of the JSON | JSON | (uint32 length, bytes) per buffer`, little endian.
 * The buffers of a message are not in its JSON; they follow in order. Nor is the text of a stream, of which there may be much:
 * it follows as one buffer of UTF-8.
 *
 * `run` numbers every execution of the session from 1, silent ones too (an execution count does not). The kernel keeps the
 * Jupyter parent header of each run; output is routed by run, so a late timer still finds its cell.
 */

/** Kernel to evaluator (fd 4). */
export type Request =
  | {
      type: "execute";
      run: number;
      /** Cells of one subshell wait for each other, those of two do not. None: the main shell. */
      subshell?: string;
      /** Shown as `In[n]` in tracebacks. */
      executionCount: number;
      code: string;
      silent: boolean;
      storeHistory: boolean;
      /** Name to expression; evaluated after the cell, each failure kept to itself. */
      userExpressions: Record<string, string>;
      allowStdin: boolean;
    }
  /** Settle the pending await of `run` with a KeyboardInterrupt; sent together with the watchdog's `interrupt`. */
  | { type: "interrupt"; run: number }
  /** Ask for the rich form of a name or member path at run time; answered with `described`. Never runs getters or calls. */
  | { type: "describe"; id: number; path: string }
  | {
      type: "comm_open";
      run: number;
      commId: string;
      target: string;
      data: object;
      metadata: object;
      buffers: Uint8Array[];
    }
  /** `header` is the message's own, which an answer names as its parent. */
  | {
      type: "comm_msg";
      run: number;
      commId: string;
      data: object;
      metadata: object;
      buffers: Uint8Array[];
      header?: unknown;
    }
  | { type: "comm_close"; run: number; commId: string; data: object; metadata: object; buffers: Uint8Array[] }
  | { type: "shutdown" };

/** Kernel to watchdog (fd 5). */
export type WatchdogRequest =
  /** Stage 1: set the cancel word. Stage 2: SIGINT to the own process. Stage 3: terminateExecution where Node can. */
  | { type: "interrupt"; run: number; stage: 1 | 2 | 3 }
  /** Wakes the main thread that waits in `prompt()`. `value` null: no answer can come (why: `message`). */
  | { type: "input_reply"; value: string | null; message?: string };

/** Watchdog to kernel (fd 5). */
export type WatchdogReply = { type: "acknowledged"; run: number; stage: 1 | 2 | 3 };

export interface ErrorReport {
  ename: string;
  evalue: string;
  /** Lines with ANSI colours, source-mapped to the cell; the first line is `ename: evalue`. */
  traceback: string[];
}

/** Evaluator to kernel (fd 3). */
export type Reply =
  | { type: "ready"; node: string; pid: number; engine: string; milliseconds: number }
  | { type: "stream"; run: number; name: "stdout" | "stderr"; text: string }
  | {
      type: "display";
      run: number;
      data: object;
      metadata: object;
      displayId?: string;
      update: boolean;
      buffers: Uint8Array[];
    }
  | { type: "clear"; run: number; wait: boolean }
  /** The value of the last expression. */
  | { type: "result"; run: number; data: object; metadata: object }
  /** An error outside the cell's own flow: a late rejection, a throw in a timer. Shown in the cell that made it. */
  | { type: "late_error"; run: number; error: ErrorReport }
  | { type: "input_request"; run: number; prompt: string; password: boolean }
  | { type: "payload"; run: number; payload: object }
  | {
      type: "comm_open";
      run: number;
      commId: string;
      target: string;
      data: object;
      metadata: object;
      buffers: Uint8Array[];
    }
  /** `parent` is the header of the message that this one answers; without it, that of the run. */
  | {
      type: "comm_msg";
      run: number;
      commId: string;
      data: object;
      metadata: object;
      buffers: Uint8Array[];
      parent?: unknown;
    }
  | { type: "comm_close"; run: number; commId: string; data: object; metadata: object; buffers: Uint8Array[] }
  | { type: "described"; id: number; found: boolean; data: object }
  /** The cell is over: everything it printed before has been sent before this. */
  | {
      type: "done";
      run: number;
      status: "ok" | "error";
      error?: ErrorReport;
      /** True when the error is the answer to an interrupt. */
      interrupted: boolean;
      userExpressions: Record<string, object>;
      /** Milliseconds of evaluation. */
      milliseconds: number;
    };

export type Frame = Request | WatchdogRequest | WatchdogReply | Reply;

/** Turns a message into the bytes of one frame. */
export function encodeFrame(message: Frame): Uint8Array {
  if (message.type === "stream") return encodeStream(message);
  const { buffers = [], ...rest } = message as { buffers?: Uint8Array[] };
  const json = Buffer.from(JSON.stringify(rest));
  const length = 4 + json.length + buffers.reduce((sum, b) => sum + 4 + b.byteLength, 0);
  const frame = Buffer.allocUnsafe(4 + length);
  frame.writeUInt32LE(length, 0);
  frame.writeUInt32LE(json.length, 4);
  json.copy(frame, 8);
  let at = 8 + json.length;
  for (const buffer of buffers) {
    frame.writeUInt32LE(buffer.byteLength, at);
    frame.set(buffer, at + 4);
    at += 4 + buffer.byteLength;
  }
  return frame;
}

function encodeStream({ text, ...rest }: Extract<Reply, { type: "stream" }>): Uint8Array {
  const json = Buffer.from(JSON.stringify(rest));
  const bytes = Buffer.byteLength(text);
  const frame = Buffer.allocUnsafe(12 + json.length + bytes);
  frame.writeUInt32LE(8 + json.length + bytes, 0);
  frame.writeUInt32LE(json.length, 4);
  json.copy(frame, 8);
  frame.writeUInt32LE(bytes, 8 + json.length);
  frame.write(text, 12 + json.length);
  return frame;
}

/** Puts frames together from a byte stream that arrives in pieces of any size. */
export class FrameReader<T extends Frame> {
  #pieces: Buffer[] = [];
  #have = 0;
  #need = 4;

  /** Feeds bytes and returns the messages that are complete. @throws SyntaxError when the stream is not frames. */
  push(chunk: Uint8Array): T[] {
    this.#pieces.push(Buffer.from(chunk.buffer, chunk.byteOffset, chunk.byteLength));
    this.#have += chunk.byteLength;
    const messages: T[] = [];
    while (this.#have >= this.#need) {
      let bytes = this.#pieces.length === 1 ? this.#pieces[0]! : Buffer.concat(this.#pieces);
      let at = 0;
      while (bytes.length - at >= 4) {
        const length = bytes.readUInt32LE(at);
        if (bytes.length - at - 4 < length) break;
        messages.push(decode(bytes.subarray(at + 4, at + 4 + length)) as T);
        at += 4 + length;
      }
      bytes = bytes.subarray(at);
      this.#pieces = bytes.length ? [bytes] : [];
      this.#have = bytes.length;
      this.#need = bytes.length >= 4 ? 4 + bytes.readUInt32LE(0) : 4;
    }
    return messages;
  }
}

function decode(bytes: Buffer): object {
  const jsonLength = bytes.readUInt32LE(0);
  const message = JSON.parse(bytes.toString("utf8", 4, 4 + jsonLength)) as Record<string, unknown>;
  if (message.type === "stream") return { ...message, text: bytes.toString("utf8", 8 + jsonLength) };
  const buffers: Uint8Array[] = [];
  for (let at = 4 + jsonLength; at < bytes.length; ) {
    const length = bytes.readUInt32LE(at);
    buffers.push(new Uint8Array(bytes.subarray(at + 4, at + 4 + length)));
    at += 4 + length;
  }
  if (buffers.length || hasBuffers.has(message.type as string)) message.buffers = buffers;
  return message;
}

const hasBuffers = new Set(["comm_open", "comm_msg", "comm_close", "display"]);
