import type { Capture } from "../capturing.js";
import { ValueError } from "../errors.js";
import type { Storage } from "../memory.js";
import type { Tensor } from "../tensor.js";
import { type Origin, watcher } from "../watching.js";

/** A place in the plan's words where a storage is named, with the offset in the word after it. */
export interface Use {
  at: number;
  record: number;
  storage: Storage;
  writes: boolean;
}

/** What a replay runs in JavaScript, in order; `at` is where it writes words, if it does. */
export interface Effect {
  at: number;
  run: (words: Float64Array, at: number) => void;
}

interface OpenRecord {
  uses: Use[];
  effects: Effect[];
}

/** Listens while a function runs, and keeps all that its plan is made of. */
export class Recorder implements Capture {
  words = new Float64Array(1 << 12);
  length = 0;
  /** Where each record begins. */
  readonly starts: number[] = [];
  /** Where each record comes from. */
  readonly origins: (Origin | undefined)[] = [];
  readonly uses: Use[] = [];
  readonly effects: Effect[] = [];
  readonly owned = new Set<Storage>();
  readonly kept = new Set<Storage>();
  readonly constants = new Map<Storage, ArrayBufferView>();
  readonly guards: (() => boolean)[] = [];
  /** Leaves that `backward()` gave gradients, with the gradient they had before. */
  readonly leaves = new Map<Tensor, Tensor | undefined>();
  readonly #subjects = new Set<object>();
  #open: OpenRecord = { uses: [], effects: [] };

  made(storage: Storage): void {
    this.owned.add(storage);
  }

  owns(storage: Storage): boolean {
    return this.owned.has(storage);
  }

  keep(storage: Storage): void {
    this.kept.add(storage);
  }

  operand(place: number, storage: Storage, writes: boolean): void {
    this.#open.uses.push({ at: place, record: 0, storage, writes });
  }

  refresh(place: number, change: Effect["run"]): void {
    const effect = { at: place, run: change };
    this.#open.effects.push(effect);
    this.effects.push(effect);
  }

  effect(run: () => void): void {
    this.effects.push({ at: -1, run });
  }

  close(words: Float64Array, from: number, to: number): void {
    const start = this.length;
    this.length += to - from;
    if (this.length > this.words.length) {
      const larger = new Float64Array(2 * this.length);
      larger.set(this.words);
      this.words = larger;
    }
    this.words.set(words.subarray(from, to), start);
    for (const use of this.#open.uses) {
      use.at += start;
      use.record = this.starts.length;
      this.uses.push(use);
    }
    for (const effect of this.#open.effects) effect.at += start;
    this.#open = { uses: [], effects: [] };
    this.starts.push(start);
    this.origins.push(watcher?.origin(words[from]!));
  }

  aside(work: () => void): void {
    const open = this.#open;
    this.#open = { uses: [], effects: [] };
    work();
    this.#open = open;
  }

  wrote(storage: Storage, data: ArrayBufferView): void {
    this.constants.set(storage, (data as Float32Array).slice());
  }

  refuseRead(op: string): never {
    throw new ValueError("a value was read inside a compiled function", {
      op,
      hint: "A replay does not run this line: return the tensor and read it outside, or compute with tensor operations (where, max) instead.",
    });
  }

  guard(subject: object, holds: () => boolean): void {
    if (this.#subjects.has(subject)) return;
    this.#subjects.add(subject);
    this.guards.push(holds);
  }

  assign(subject: object, run: () => void): void {
    this.#subjects.add(subject);
    this.effect(run);
  }

  gradient(leaf: Tensor, before: Tensor | undefined): void {
    // A leaf that the function makes itself is another one in every call.
    if (!this.owns(leaf.storage) && !this.leaves.has(leaf)) this.leaves.set(leaf, before);
  }
}
