import type { DType } from "../dtype.js";
import type { CommandBuffer, Opcode } from "./commands.js";

/** Where tensors can be. */
export type Device = "cpu" | "webgpu";

/** Names a block of device memory. Numbers are used again after release; the backend checks every use. */
export type StorageId = number;

/** The arrays that hold the values of a tensor, one kind per dtype. */
export type TypedArray =
  | Float32Array
  | Float64Array
  | Int8Array
  | Int32Array
  | BigInt64Array
  | Uint8Array
  | Uint16Array
  | Uint32Array;

/** What a device says about itself: for the banner, `doctor`, and bug reports. */
export interface BackendDescription {
  device: Device;
  /** Which kernels run: `"native avx512"`, `"wasm simd"`, an adapter name. */
  kernels: string;
  threads: number;
  /** Why a faster path is not in use and what would bring it, if so. */
  advice?: string;
}

/** Bytes held by a backend. */
export interface MemoryUse {
  /** In storages that a tensor still names. */
  live: number;
  /** Free blocks kept for the next tensor. */
  pooled: number;
  /** Most that `live` has been. */
  peak: number;
  /** Number of live storages. */
  storages: number;
}

/** What was made in one place and is still held. */
export interface MemoryShare {
  /** The number of the cell, 0 outside of cells. */
  cell: number;
  bytes: number;
  storages: number;
}

/** The same for a line of code. */
export interface MemorySite {
  /** `file:line:column` */
  site: string;
  bytes: number;
  storages: number;
}

/** What a storage belongs to. */
export interface Owner {
  /** The cell that made it, 0 outside of cells. */
  readonly cell?: number;
  /** Where it was made, as `file:line:column`; noted under `debug(true)`. */
  readonly site?: string | undefined;
  /** Set by the device when it owns a storage: what must live as long as the owner does. */
  group?: object | undefined;
}

/**
 * A device as the engine sees it: memory by id, and a command buffer. Ops record into `commands`; nothing is computed
 * before `flush`, which `read` calls by itself. A storage is never reused before the last flush that names it.
 */
export interface Backend {
  readonly name: Device;
  readonly commands: CommandBuffer;
  /** A command costs so little that one of a few elements is better recorded at once than kept for a pass with others. */
  readonly recordsSmall: boolean;
  /** Dtypes that it cannot hold, if any: a tensor of such a one is refused where it is made. */
  readonly lacks?: ReadonlySet<DType>;

  /** Whether it runs a command. What one command computes goes step by step where it does not. */
  supports(opcode: Opcode): boolean;

  /**
   * Takes a block of at least `bytes` and ties it to `owner`: when the collector drops `owner`, the block goes back to the
   * pool, also inside a synchronous loop where the platform allows it. The content is undefined.
   * @throws OutOfMemoryError
   */
  allocate(owner: object & Owner, bytes: number): StorageId;

  /** A training step is over and its gradients were dropped: a good moment to look for what else was. */
  betweenSteps?(): void;

  /** Gives the block back now. The owner must not be used again. */
  release(id: StorageId): void;

  /** Copies `data` in, after everything recorded so far. */
  write(id: StorageId, byteOffset: number, data: TypedArray): void;

  /** Flushes, waits, and copies out until `into` is full. @throws InterruptedError when the value was never computed. */
  read(id: StorageId, byteOffset: number, into: TypedArray): void;

  /**
   * Flushes, waits, and gives the memory of a storage as it is, where the device can: the block stays as long as the buffer. Once
   * in a storage's life. @throws InterruptedError when the value was never computed
   */
  share?(id: StorageId): ArrayBuffer | undefined;

  /** As `read`, but the event loop goes on meanwhile. Where there is none, `flushAside` and `read` do the same. */
  readLater?(id: StorageId, byteOffset: number, into: TypedArray): Promise<void>;

  /** Executes what was recorded, after everything in the background. @throws InterruptedError, ValueError (a bad index met while running) */
  flush(): void;

  /**
   * Executes what was recorded while the event loop goes on, in the order of the calls. Resolves when it is done; at once where
   * there is nothing to wait for. Rejects with what `flush` would throw.
   */
  flushAside(): Promise<void>;

  /** True while a `flushAside` is not done: a `flush` would wait for it. */
  readonly isBusy: boolean;

  describe(): BackendDescription;
  memory(): MemoryUse;
  /** What is live, by the cell that made it and by the place where that was noted; the largest first. */
  memoryByOrigin(): { cells: MemoryShare[]; sites: MemorySite[] };
}
