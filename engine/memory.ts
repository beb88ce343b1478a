import type { Backend, MemoryUse, StorageId } from "./backend/backend.js";
import { defaultBackend } from "./device.js";
import { DeviceError } from "./errors.js";

/**
 * The memory of one or several tensors (views share it). The object owns the device's block: when the collector drops it, the
 * block goes back to the pool, also in the middle of a synchronous loop.
 */
export class Storage {
  readonly backend: Backend;
  readonly id: StorageId;
  readonly bytes: number;
  released = false;

  /** @throws OutOfMemoryError */
  constructor(backend: Backend, bytes: number) {
    this.backend = backend;
    this.bytes = bytes;
    this.id = backend.allocate(this, bytes);
    if (tracked !== undefined) tracked.push(this);
  }

  /** Gives the block back now. Every tensor that shares it becomes unusable. */
  release(): void {
    if (this.released) return;
    this.released = true;
    this.backend.release(this.id);
  }

  /** @throws DeviceError when the memory was given back */
  requireLive(op: string): void {
    if (this.released) {
      throw new DeviceError("the tensor was disposed", {
        op,
        hint: "Make it again, or do not dispose it: the collector frees what nothing uses any more.",
      });
    }
  }
}

let tracked: Storage[] | undefined;

/**
 * Runs `work` and appends every storage that was made inside to `made`, so that code of the engine can release at once what
 * never reached the user. Everybody else leaves memory to the collector.
 */
export function trackStorages<T>(made: Storage[], work: () => T): T {
  const outer = tracked;
  tracked = made;
  try {
    return work();
  } finally {
    tracked = outer;
  }
}

/** Bytes in use on the default device: live, pooled for reuse, and the most that was live. */
export function memoryReport(): MemoryUse {
  return defaultBackend().memory();
}
