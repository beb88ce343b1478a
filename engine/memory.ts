import type { Backend, MemoryShare, MemorySite, MemoryUse, StorageId } from "./backend/backend.js";
import { NONE } from "./backend/commands.js";
import { capture, outside } from "./capturing.js";
import { currentCell } from "./cell.js";
import { creationSite } from "./debug.js";
import { defaultBackend } from "./device.js";
import type { DType } from "./dtype.js";
import { DeviceError, OutOfMemoryError } from "./errors.js";
import { formatShape, type Shape } from "./shape.js";
import { calledFunction } from "./stack.js";

/** What will compute a storage that nobody has read yet. */
export interface Work {
  readonly shape: Shape;
  readonly dtype: DType;
  /** Records it; the storage has its memory now. */
  record(storage: Storage): void;
  /** The storage was given up before it was computed. */
  discard(): void;
}

/** Who will still read the value that a storage has now. */
export interface Readers {
  count: number;
  /** That value, once the storage itself was written over. */
  copy: Storage | undefined;
}

/** The storages whose memory programs have. */
const shown = new WeakMap<ArrayBufferLike, Storage>();

/** The live storage whose memory a buffer is, if any. */
export function shownStorage(buffer: ArrayBufferLike): Storage | undefined {
  const storage = shown.get(buffer);
  return storage === undefined || storage.released ? undefined : storage;
}

/**
 * The memory of one or several tensors (views share it). The object owns the device's block: when the collector drops it, the
 * block goes back to the pool, also in the middle of a synchronous loop.
 *
 * With `work` it has no block at first: the first use of `id` computes it.
 */
export class Storage {
  // Declared only, and set in the constructor: a field that is defined first is written twice, for millions of storages.
  declare readonly backend: Backend;
  declare readonly bytes: number;
  /** The cell that made it, 0 outside of cells. */
  declare readonly cell: number;
  /** Where it was made; noted under `debug(true)`. */
  declare readonly site: string | undefined;
  declare released: boolean;
  /** What small storages share; the device's own. */
  declare group: object | undefined;
  /** @internal Pending work that reads it. */
  declare readers: Readers | undefined;
  #id: StorageId = NONE;
  #shared: ArrayBuffer | undefined;
  #work: Work | undefined;

  /** @throws OutOfMemoryError */
  constructor(backend: Backend, bytes: number, work?: Work) {
    this.backend = backend;
    this.bytes = bytes;
    this.cell = currentCell();
    this.site = creationSite();
    this.released = false;
    this.group = undefined;
    this.readers = undefined;
    this.#work = work;
    if (work === undefined) this.#id = backend.allocate(this, bytes);
    if (tracked !== undefined) tracked.push(this);
    if (capture !== undefined) capture.made(this);
  }

  /** The block, computed if it was not yet. @throws OutOfMemoryError naming the shape */
  get id(): StorageId {
    if (this.#work !== undefined) this.#compute(this.#work);
    return this.#id;
  }

  /** True while a function is captured that did not make it: what still computes it is no part of the function. */
  get isForeign(): boolean {
    return capture !== undefined && !capture.owns(this);
  }

  /** What is still to compute it. */
  get work(): Work | undefined {
    return this.#work;
  }

  /** Notes somebody who will read the value that is there now, however late. */
  read(): Readers {
    this.readers ??= { count: 0, copy: undefined };
    this.readers.count++;
    return this.readers;
  }

  /** One who was noted has read, or never will. */
  readBy(readers: Readers): void {
    if (--readers.count > 0) return;
    if (readers.copy) readers.copy.release();
    else if (this.released && this.#id !== NONE) this.backend.release(this.#id);
  }

  /** Gives the block back now, or as soon as pending work has read it. Every tensor that shares it becomes unusable. */
  release(): void {
    if (this.released) return;
    this.released = true;
    if (this.#work !== undefined) {
      const work = this.#work;
      this.#work = undefined;
      work.discard();
    } else if (this.readers === undefined || this.readers.count === 0) {
      this.backend.release(this.#id);
    }
  }

  /**
   * Its memory as it is, or undefined where the device does not show it. The block stays as long as the buffer, also when the
   * storage is released. @throws InterruptedError when the value was never computed
   */
  share(): ArrayBuffer | undefined {
    if (this.#shared === undefined && this.bytes > 0) {
      this.#shared = this.backend.share?.(this.id);
      if (this.#shared !== undefined) shown.set(this.#shared, this);
    } else if (this.#shared !== undefined) {
      this.backend.flush();
    }
    return this.#shared;
  }

  /** @throws DeviceError when the memory was given back */
  requireLive(op: string): void {
    if (this.released) {
      throw new DeviceError("the tensor was disposed", {
        op,
        hint: "Make it again, or do not dispose it: the collector frees what nothing uses any more. A compiled function must return what is used outside.",
      });
    }
  }

  #compute(work: Work): void {
    const { commands } = this.backend;
    const compute = () => this.#computeNow(work);
    if (commands.isOpen) commands.aside(this.isForeign ? () => outside(compute) : compute);
    else if (this.isForeign) outside(compute);
    else this.#computeNow(work);
  }

  #computeNow(work: Work): void {
    try {
      this.#id = this.backend.allocate(this, this.bytes);
    } catch (error) {
      throw ofTensor(error, work.shape, work.dtype, this.bytes);
    }
    this.#work = undefined;
    work.record(this);
  }
}

/** An error of allocating; a lack of memory names the tensor that it was for, and the function that was called. */
export function ofTensor(error: unknown, shape: Shape, dtype: DType, bytes: number): unknown {
  if (!(error instanceof OutOfMemoryError)) return error;
  return new OutOfMemoryError(`no memory for a tensor of shape ${formatShape(shape)} ${dtype} (${bytes} bytes)`, {
    op: calledFunction() ?? "allocate",
    hint: "Use smaller batches, or drop what is not needed any more.",
  });
}

let tracked: Storage[] | undefined;

/**
 * Runs `work` and appends every storage that was made inside to `made`, so that code of the engine can release at once what
 * never reached the user. Everybody else leaves memory to the collector. Without `made`, nothing is noted.
 */
export function trackStorages<T>(made: Storage[] | undefined, work: () => T): T {
  const outer = tracked;
  tracked = made;
  try {
    return work();
  } finally {
    tracked = outer;
  }
}

/** What `memoryReport` tells. */
export interface MemoryReport extends MemoryUse {
  /** By cell what it made and is still held, the largest first; 0 stands for what was made outside of cells. */
  cells: MemoryShare[];
  /** The same by line of code, for what was made under `debug(true)`. */
  sites?: MemorySite[];
}

/**
 * Bytes in use on the default device: live, pooled for reuse, the most that was live, and which cells made what is live.
 * Tensors that nothing names any more count until the collector has found them.
 * @example memoryReport().cells[0]; // { cell: 3, bytes: 4194304, storages: 2 }
 */
export function memoryReport(): MemoryReport {
  const backend = defaultBackend();
  const { cells, sites } = backend.memoryByOrigin();
  return { ...backend.memory(), cells, ...(sites.length > 0 ? { sites } : {}) };
}
