import type { MemoryUse, StorageId, TypedArray } from "../backend.js";
import type { CpuBinding, FlushOutcome } from "./binding.js";
import { garbageCollector } from "./collector.js";

/** What `native/addon/` exports. */
export interface NativeAddon {
  /** Chooses the kernels ("" for the best); returns the name of their instruction set. Once per thread of Node. */
  open(isa: string, memoryLimit: number): string;
  /** Names of the instruction sets that this machine can run, best first. */
  isas(): string;
  commands(): string;
  commandMemory(words: number): Float64Array;
  /** Nothing when all went well. */
  flush(used: number): FlushOutcome | undefined;
  onDone(callback: () => void): void;
  start(words: Float64Array, run: number): void;
  /** Nothing when all went well. */
  wait(): FlushOutcome | undefined;
  abandon(): void;
  allocate(owner: object, bytes: number): StorageId;
  allocateGroup(owner: object, bytes: number): StorageId;
  release(id: StorageId): void;
  write(id: StorageId, byteOffset: number, data: TypedArray): void;
  read(id: StorageId, byteOffset: number, into: TypedArray): void;
  share(id: StorageId): ArrayBuffer | undefined;
  memory(): MemoryUse;
  capacity(id: StorageId): number;
  threads(): number;
  setThreads(count: number): void;
  setCancelWords(words: Int32Array): void;
}

/** Whether a module that was loaded is our addon and not a stray file of its name. */
export function isNativeAddon(value: unknown): value is NativeAddon {
  return typeof value === "object" && value !== null && "open" in value && "commands" in value && "flush" in value;
}

const done: FlushOutcome = { status: 0, at: 0, message: "" };

/** The Node-API addon as a `CpuBinding`. */
export class NativeBinding implements CpuBinding {
  readonly kind = "native";
  readonly isa: string;
  readonly commands: string;
  readonly #addon: NativeAddon;
  #eager: boolean | undefined;

  /** @throws Error when `isa` cannot run on this machine */
  constructor(addon: NativeAddon, isa: string, memoryLimit: number) {
    this.#addon = addon;
    this.isa = addon.open(isa, memoryLimit);
    this.commands = addon.commands().trim();
  }

  get eagerFinalizers(): boolean {
    this.#eager ??= this.#probeFinalizers();
    return this.#eager;
  }

  commandMemory(words: number): Float64Array {
    return this.#addon.commandMemory(words);
  }

  flush(used: number): FlushOutcome {
    return this.#addon.flush(used) ?? done;
  }

  onDone(callback: () => void): void {
    this.#addon.onDone(callback);
  }

  start(words: Float64Array, run: number): void {
    this.#addon.start(words, run);
  }

  wait(): FlushOutcome {
    return this.#addon.wait() ?? done;
  }

  abandon(): void {
    this.#addon.abandon();
  }

  allocate(owner: object, bytes: number): StorageId {
    return this.#addon.allocate(owner, bytes);
  }

  allocateGroup(owner: object, bytes: number): StorageId {
    return this.#addon.allocateGroup(owner, bytes);
  }

  release(id: StorageId): void {
    this.#addon.release(id);
  }

  write(id: StorageId, byteOffset: number, data: TypedArray): void {
    this.#addon.write(id, byteOffset, data);
  }

  read(id: StorageId, byteOffset: number, into: TypedArray): void {
    this.#addon.read(id, byteOffset, into);
  }

  share(id: StorageId): ArrayBuffer | undefined {
    return this.#addon.share(id);
  }

  memory(): MemoryUse {
    return this.#addon.memory();
  }

  capacity(id: StorageId): number {
    return this.#addon.capacity(id);
  }

  threads(): number {
    return this.#addon.threads();
  }

  setThreads(count: number): void {
    this.#addon.setThreads(count);
  }

  setCancelWords(words: Int32Array): void {
    this.#addon.setCancelWords(words);
  }

  /** Drops a few owners, collects, and looks whether their storages are back although no event-loop turn has passed. */
  #probeFinalizers(): boolean {
    const drop = () => {
      for (let i = 0; i < 8; i++) this.#addon.allocate({}, 1);
    };
    const before = this.#addon.memory().storages;
    drop();
    garbageCollector().full();
    return this.#addon.memory().storages < before + 8;
  }
}
