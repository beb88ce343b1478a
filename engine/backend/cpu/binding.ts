import type { MemoryUse, StorageId, TypedArray } from "../backend.js";

/** Result of executing a command buffer. */
export interface FlushOutcome {
  /** 0 done; 1 cancelled by the cancel word; 2 a record was refused. */
  status: 0 | 1 | 2;
  /** Word index of the record that was not executed (status 1) or was refused (status 2). */
  at: number;
  /** Why it was refused: a sentence for the user when data was bad (an index), for us when the record was. */
  message: string;
}

/**
 * What a build of the C++ kernels offers, be it the Node-API addon or the WebAssembly module. Everything that can fail says
 * so by a thrown Error with a clear message; no call may crash the process whatever it is given.
 */
export interface CpuBinding {
  /** `"native"` or `"wasm"`. */
  readonly kind: "native" | "wasm";
  /** Instruction set in use: `avx512`, `avx2`, `baseline`, `neon`, `simd128`. `GRADBOOK_CPU` forces one that the machine can run. */
  readonly isa: string;
  /** Its own `describeCommands()`. */
  readonly commands: string;
  /** True when dropped owners release their storage during the collection itself (Node-API basic finalizers; probed at load). */
  readonly eagerFinalizers: boolean;

  /** Memory shared with the kernels, for a CommandBuffer of `words` words. Called once. */
  commandMemory(words: number): Float64Array;
  /** Executes the first `used` words of the command memory. On status 1 the outputs of the records not executed are marked *never computed*; on 2 as well. */
  flush(used: number): FlushOutcome;

  /** What is called, from the event loop, once for every job that `start` began. Called once, before the first. */
  onDone(callback: () => void): void;
  /**
   * Executes a copy of the words while JavaScript goes on, for a run of `cancel.ts`: a Stop of that run ends it. Only one job at a time; the
   * storages that it names must not be read or written before `wait`.
   */
  start(words: Float64Array, run: number): void;
  /** Returns when the job is over. A Stop of the run that waits ends the job, too. */
  wait(): FlushOutcome;
  /** The job ends as soon as it can, as if stopped. */
  abandon(): void;

  /** The id, or `NONE` where there is no memory. */
  allocate(owner: object, bytes: number): StorageId;
  /**
   * `limits.groupSize` storages of `bytes` each, for small ones: the first of ids that follow each other, or `NONE`. The collector
   * watches one owner for all of them, which is what costs at a small storage; each is released, read and written like any other.
   */
  allocateGroup(owner: object, bytes: number): StorageId;
  release(id: StorageId): void;
  write(id: StorageId, byteOffset: number, data: TypedArray): void;
  /** @throws Error when the storage is marked *never computed*. */
  read(id: StorageId, byteOffset: number, into: TypedArray): void;
  /**
   * The memory of a storage, of at least one byte, as it is: the block stays as long as the buffer, whoever lets go of the storage.
   * Called once in its life. Undefined where memory cannot be shown.
   */
  share(id: StorageId): ArrayBuffer | undefined;

  memory(): MemoryUse;
  /** Bytes that a storage takes, or -1 where it was dropped or never was. */
  capacity(id: StorageId): number;
  threads(): number;
  setThreads(count: number): void;
  /** Gives the kernels the cancel word (`engine/cancel.ts`): two int32 in shared memory. */
  setCancelWords(words: Int32Array): void;
}
