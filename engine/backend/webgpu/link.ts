/**
 * What the engine's thread and the GPU's worker share. Messages go one way, in order, through the worker's port; the answers
 * are words in shared memory, so that the engine's thread can wait for them without its event loop.
 */

/** Where the words of `Link.state` are. */
export const slots = {
  /** 0 until the device is open (1) or cannot be opened (2). */
  ready: 0,
  /** 1 while the worker still reads that region of commands. */
  regions: 1,
  /** What went wrong since the last look: a code of `faults`. Its words are in `Link.text`. */
  fault: 3,
  /** Bytes of `Link.text`. */
  text: 4,
} as const;

/** Kinds of failure in the worker. */
export const faults = { none: 0, internal: 1, value: 2, memory: 3, lost: 4 } as const;

export type FaultKind = Exclude<keyof typeof faults, "none">;

/** A failure as it travels in `Link.text`. */
export interface Fault {
  op: string;
  problem: string;
  hint?: string;
}

/** What the worker says once its device is open. */
export interface DeviceFacts {
  /** For `engineDescription()`. */
  description: string;
  /** The largest storage, in bytes. */
  largestStorage: number;
}

/** The shared memory. */
export interface Link {
  state: Int32Array;
  /** One is written by the engine while the worker reads the other. */
  regions: readonly [Float64Array, Float64Array];
  text: Uint8Array;
  /** Bytes in free buffers. */
  pooled: Float64Array;
  /** Options for Dawn, such as `backend=vulkan`. */
  options: readonly string[];
}

/** Words at the beginning of a read's memory: 0 until the bytes behind them are there (1) or never will be (2). */
export const readHeader = 8;

/** From the engine's thread to the worker. */
export type Message =
  | {
      kind: "flush";
      region: 0 | 1;
      used: number;
      /** Storages that are new since the last message: id, bytes, id, bytes, ... */
      made: readonly number[];
      /** Storages that nothing names any more after these commands. */
      gone: readonly number[];
    }
  | { kind: "write"; id: number; byteOffset: number; data: Uint8Array; made: readonly number[] }
  | { kind: "read"; id: number; byteOffset: number; bytes: number; into: SharedArrayBuffer; serial: number }
  | { kind: "end" };

/** From the worker: a read is done whose reader does not block. */
export interface ReadDone {
  serial: number;
}

export function makeLink(commandWords: number, options: readonly string[]): Link {
  const region = () => new Float64Array(new SharedArrayBuffer(8 * commandWords));
  return {
    state: new Int32Array(new SharedArrayBuffer(64)),
    regions: [region(), region()],
    text: new Uint8Array(new SharedArrayBuffer(8192)),
    pooled: new Float64Array(new SharedArrayBuffer(8)),
    options,
  };
}

/** Leaves a text for the other side. */
export function writeText({ state, text }: Link, value: object): void {
  let problem = JSON.stringify(value);
  if (problem.length > text.length / 4) problem = JSON.stringify({ op: "webgpu", problem: problem.slice(0, 1500) });
  Atomics.store(state, slots.text, new TextEncoder().encodeInto(problem, text).written);
}

/** Takes the text that the other side has left. */
export function readText<T>({ state, text }: Link): T {
  const bytes = text.slice(0, Atomics.load(state, slots.text));
  return JSON.parse(new TextDecoder().decode(bytes)) as T;
}
