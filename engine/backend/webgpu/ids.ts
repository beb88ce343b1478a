import type { MemoryUse, StorageId } from "../backend.js";
import { garbageCollector } from "../cpu/collector.js";

/** The collector has a look after so many bytes of new storages: it cannot see how much the small owners hold. */
const bytesBetweenCollections = 64 << 20;

/** What even the smallest storage takes. */
const leastBytes = 256;

/**
 * The storages of a device that lies in another thread: their ids, sizes and owners. An id is used again once the device was
 * told that its storage is gone.
 *
 * A finalizer of JavaScript runs only when the program returns to the event loop, too late for a loop that trains without an
 * `await`. So owners are held by `WeakRef`s that are looked through whenever much was allocated.
 */
export class StorageIds {
  #owners: (WeakRef<object> | undefined)[] = [];
  #bytes: number[] = [];
  #free: StorageId[] = [];
  #made: number[] = [];
  #gone: StorageId[] = [];
  #sinceCollection = 0;
  #live = 0;
  #peak = 0;
  #count = 0;

  make(owner: object, bytes: number): StorageId {
    this.#sinceCollection += Math.max(bytes, leastBytes);
    if (this.#sinceCollection > Math.max(bytesBetweenCollections, this.#live / 4)) this.collect();
    const id = this.#free.pop() ?? this.#owners.length;
    this.#owners[id] = new WeakRef(owner);
    this.#bytes[id] = bytes;
    this.#made.push(id, bytes);
    this.#live += bytes;
    this.#count++;
    this.#peak = Math.max(this.#peak, this.#live);
    return id;
  }

  /** Bytes of a storage. @throws Error when there is none of this id */
  bytesOf(id: StorageId): number {
    if (this.#owners[id] === undefined) throw new Error(`storage ${id} does not exist or was released`);
    return this.#bytes[id]!;
  }

  /** The same, -1 when there is none. */
  liveBytes(id: StorageId): number {
    return this.#owners[id]?.deref() === undefined ? -1 : this.#bytes[id]!;
  }

  release(id: StorageId): void {
    const bytes = this.bytesOf(id);
    this.#owners[id] = undefined;
    this.#live -= bytes;
    this.#count--;
    // What comes back by itself needs no collector.
    this.#sinceCollection = Math.max(0, this.#sinceCollection - Math.max(bytes, leastBytes));
    this.#gone.push(id);
  }

  /** Runs the garbage collector and releases the storages whose owners are gone. */
  collect(): void {
    this.#sinceCollection = 0;
    garbageCollector().complete();
    this.#owners.forEach((owner, id) => {
      if (owner !== undefined && owner.deref() === undefined) this.release(id);
    });
    this.#sinceCollection = 0;
  }

  /** True when the device has not heard of a release yet. */
  get anyGone(): boolean {
    return this.#gone.length > 0;
  }

  /** What is new since the last call: id, bytes, id, bytes, ... */
  takeMade(): readonly number[] {
    const made = this.#made;
    this.#made = [];
    return made;
  }

  /** What was released since the last call; the device hears of it now, in order, and the ids are free. */
  takeGone(): readonly StorageId[] {
    const gone = this.#gone;
    this.#gone = [];
    this.#free.push(...gone);
    return gone;
  }

  use(pooled: number): MemoryUse {
    return { live: this.#live, pooled, peak: this.#peak, storages: this.#count };
  }
}
