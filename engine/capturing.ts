import type { Storage } from "./memory.js";
import type { Tensor } from "./tensor.js";

/** Who listens while `compile` lets a function run to learn its records. Everything that matters to a replay is told here. */
export interface Capture {
  /** A storage was made. */
  made(storage: Storage): void;
  /** Whether a storage was made inside the function. */
  owns(storage: Storage): boolean;
  /** A storage that was made inside may be read from outside: it must outlive the capture. */
  keep(storage: Storage): void;
  /** The open record names a storage at this place (words from its beginning), and may write over it. */
  operand(place: number, storage: Storage, writes: boolean): void;
  /** Words of the open record that differ from replay to replay; `change` writes them and is called once per replay. */
  refresh(place: number, change: (words: Float64Array, at: number) => void): void;
  /** JavaScript that every replay must run: state that changes beside the records. In order with the calls of `refresh`. */
  effect(run: () => void): void;
  /** The open record is complete. */
  close(words: Float64Array, from: number, to: number): void;
  /** Runs work that writes records of its own while one is open. */
  aside(work: () => void): void;
  /** Data came from JavaScript into a storage that no record has named yet. */
  wrote(storage: Storage, data: ArrayBufferView): void;
  /** A value was asked for. @throws ValueError */
  refuseRead(op: string): never;
  /** What the function does depends on this: where it does not hold any more, the plan does not fit. */
  guard(subject: object, holds: () => boolean): void;
  /** The function sets this by itself: from now on it depends on nobody outside. */
  assign(subject: object, run: () => void): void;
  /** `backward()` is about to set the gradient of a leaf. */
  gradient(leaf: Tensor, before: Tensor | undefined): void;
}

/** The capture that is going on, if any. */
export let capture: Capture | undefined;

/** Runs `work` with the given capture listening, or with none: what is made and recorded then is no part of a plan. */
export function withCapture<T>(listener: Capture | undefined, work: () => T): T {
  const before = capture;
  capture = listener;
  try {
    return work();
  } finally {
    capture = before;
  }
}

/** Runs `work` as if it had happened before the captured function was called. */
export function outside<T>(work: () => T): T {
  return capture === undefined ? work() : withCapture(undefined, work);
}
