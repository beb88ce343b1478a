import { cancelRequested } from "../../../cancel.js";
import type { MemoryUse, StorageId, TypedArray } from "../../backend.js";
import { limits, NONE } from "../../commands.js";
import type { CpuBinding, FlushOutcome } from "../binding.js";
import { compileKernels } from "./compile.js";
import { Slices } from "./slices.js";
import { moduleImports, threadStarter } from "./threads.js";

/** The part of the JavaScript API that is used here: TypeScript has it only among the types of a web page. */
declare const WebAssembly: {
  Memory: new (pages: { initial: number; maximum: number; shared: true }) => Memory;
  Instance: new (module: object, imports: Record<string, Record<string, object>>) => { exports: object };
};

interface Memory {
  readonly buffer: SharedArrayBuffer;
}

/** What `module.cc` exports. Pointers are byte offsets into the memory. */
interface KernelModule {
  _initialize(): void;
  open(limit: number, words: number): number;
  commands(): number;
  run(used: number): 0 | 1 | 2;
  retire(): void;
  failedAt(): number;
  failure(): number;
  allocate(bytes: number): number;
  allocateGroup(bytes: number): number;
  exists(id: StorageId): number;
  generation(id: StorageId): number;
  bytes(id: StorageId): number;
  data(id: StorageId): number;
  neverComputed(id: StorageId): number;
  written(id: StorageId, whole: number): void;
  drop(id: StorageId, generation: number): void;
  capacity(id: StorageId): number;
  threads(): number;
  setThreads(count: number): void;
  live(): number;
  pooled(): number;
  peak(): number;
  storages(): number;
}

/** One life of a storage, or of `count` storages with ids that follow each other. */
interface Life {
  owner: WeakRef<object>;
  id: StorageId;
  count: number;
  generation: number;
}

const done: FlushOutcome = { status: 0, at: 0, message: "" };

/** Of 64 KiB, as the module was linked with. */
const pages = { initial: 64, maximum: 65535 };

/** Addresses have 32 bits, and the module needs room for itself. */
const memoryLimit = 3.75 * 2 ** 30;

/** The collector runs whenever so many bytes were allocated, or an eighth of the limit: it cannot see how much the small owners hold. */
const bytesBetweenCollections = 64 << 20;

/** What even the smallest storage costs: a block, its slot, the objects that stand for it. */
const leastBytes = 512;

/** And whenever so many owners have been made, however small. */
const leastLives = 50_000;

/**
 * The kernels as WebAssembly with relaxed SIMD: where there is no addon.
 *
 * A finalizer of JavaScript runs only when the program returns to the event loop, too late for a loop that trains without an
 * `await`. So owners are held by `WeakRef`s: whenever much was allocated, the collector runs and the storages of owners that are
 * gone come back.
 */
export class WasmBinding implements CpuBinding {
  readonly kind = "wasm";
  readonly isa = "simd128";
  readonly commands: string;
  readonly eagerFinalizers = false;
  readonly #module: KernelModule;
  readonly #memory: Memory;
  #lives: Life[] = [];
  readonly #limit: number;
  #words: Float64Array | undefined;
  #wordsAt = 0;
  #view: Uint8Array;
  readonly #collect: () => void;
  readonly #slices = new Slices(words => this.#run(words));
  #sinceCollection = 0;
  #mostLives = leastLives;

  /**
   * @param code - what `build.mjs` made
   * @param limit - bytes that may be allocated
   * @param collect - runs the garbage collector
   * @throws WebAssembly.CompileError, WebAssembly.LinkError when these are not our kernels
   */
  constructor(code: Uint8Array, limit: number, collect: () => void) {
    this.#collect = collect;
    const stopRequested = () => ((this.#slices.isRunning ? this.#slices.isStopped : cancelRequested()) ? 1 : 0);
    const module = compileKernels(code);
    this.#memory = new WebAssembly.Memory({ ...pages, shared: true });
    this.#view = new Uint8Array(this.#memory.buffer);
    const startThread = threadStarter(module, this.#memory);
    const instance = new WebAssembly.Instance(module, moduleImports(this.#memory, { stopRequested, startThread }));
    this.#module = instance.exports as unknown as KernelModule;
    this.#module._initialize();
    this.#limit = Math.min(limit, memoryLimit);
    this.commands = this.#text(this.#module.commands()).trim();
  }

  commandMemory(words: number): Float64Array {
    if (this.#words) throw new Error("the command memory exists already");
    this.#wordsAt = this.#module.open(this.#limit, words);
    // A view of memory that grows may be out of date, so the words are copied in at a flush instead of shared.
    this.#words = new Float64Array(words);
    return this.#words;
  }

  flush(used: number): FlushOutcome {
    const words = this.#words;
    if (!words || used > words.length) throw new Error("more words than the command memory has");
    const outcome = this.#run(words.subarray(0, used));
    this.#module.retire();
    return outcome;
  }

  #run(words: Float64Array): FlushOutcome {
    new Float64Array(this.#memory.buffer, this.#wordsAt, words.length).set(words);
    const status = this.#module.run(words.length);
    if (status === 0) return done;
    return { status, at: this.#module.failedAt(), message: this.#text(this.#module.failure()) };
  }

  onDone(callback: () => void): void {
    this.#slices.onDone = callback;
  }

  start(words: Float64Array, run: number): void {
    this.#slices.start(words, run);
  }

  wait(): FlushOutcome {
    return this.#slices.finish();
  }

  abandon(): void {
    this.#slices.abandon();
  }

  allocate(owner: object, bytes: number): StorageId {
    return this.#own(owner, bytes, 1);
  }

  allocateGroup(owner: object, bytes: number): StorageId {
    return this.#own(owner, bytes, limits.groupSize);
  }

  #own(owner: object, bytes: number, count: number): StorageId {
    if (typeof owner !== "object" || owner === null) throw new Error("the owner of a storage must be an object");
    if (!Number.isInteger(bytes) || bytes < 0) {
      throw new Error(`the number of bytes must be a whole number from 0, not ${bytes}`);
    }
    const id = count === 1 ? this.#module.allocate(bytes) : this.#module.allocateGroup(bytes);
    if (id === NONE) {
      // What comes back now is free after the next flush; the device flushes and asks again.
      this.#reclaim();
      return NONE;
    }
    this.#lives.push({ owner: new WeakRef(owner), id, count, generation: this.#module.generation(id) });
    this.#sinceCollection += Math.max(bytes, leastBytes) * count;
    const much = this.#sinceCollection > Math.min(bytesBetweenCollections, this.#limit / 8);
    if (much || this.#lives.length > this.#mostLives) this.#reclaim();
    return id;
  }

  /** Collects garbage and drops the storages whose owners are gone. */
  #reclaim(): void {
    this.#sinceCollection = 0;
    this.#collect();
    this.#lives = this.#lives.filter(({ owner, id, count, generation }) => {
      if (owner.deref() !== undefined) return true;
      for (let i = 0; i < count; i++) this.#module.drop(id + i, generation);
      return false;
    });
    // Twice as many as there are: looking through them costs little for each that is made.
    this.#mostLives = Math.max(leastLives, 2 * this.#lives.length);
  }

  release(id: StorageId): void {
    this.#check(id);
    // What comes back by itself needs no collector.
    this.#sinceCollection = Math.max(0, this.#sinceCollection - this.#module.bytes(id));
    this.#module.drop(id, this.#module.generation(id));
  }

  write(id: StorageId, byteOffset: number, data: TypedArray): void {
    const at = this.#range(id, byteOffset, data);
    const bytes = new Uint8Array(data.buffer, data.byteOffset, data.byteLength);
    this.#bytes().set(bytes, at);
    this.#module.written(id, bytes.length === this.#module.bytes(id) ? 1 : 0);
  }

  read(id: StorageId, byteOffset: number, into: TypedArray): void {
    const at = this.#range(id, byteOffset, into);
    if (this.#module.neverComputed(id)) {
      throw new Error("this value was never computed, because a Stop or an error came before");
    }
    const bytes = new Uint8Array(into.buffer, into.byteOffset, into.byteLength);
    bytes.set(this.#bytes().subarray(at, at + bytes.length));
  }

  /** None: arrays over the module's memory end when it grows. */
  share(): undefined {}

  memory(): MemoryUse {
    const { live, pooled, peak, storages } = this.#module;
    return { live: live(), pooled: pooled(), peak: peak(), storages: storages() };
  }

  capacity(id: StorageId): number {
    return this.#module.capacity(id);
  }

  threads(): number {
    return this.#module.threads();
  }

  setThreads(count: number): void {
    this.#module.setThreads(count);
  }

  /** The module asks `engine/cancel.ts` itself, through its import. */
  setCancelWords(): void {}

  /** The whole memory, with a new view after it grew. */
  #bytes(): Uint8Array {
    if (this.#view.buffer !== this.#memory.buffer) this.#view = new Uint8Array(this.#memory.buffer);
    return this.#view;
  }

  #check(id: StorageId): void {
    if (!this.#module.exists(id)) throw new Error(`storage ${id} does not exist or was released`);
  }

  /** Where the bytes of `data` lie in a storage. */
  #range(id: StorageId, byteOffset: number, data: TypedArray): number {
    this.#check(id);
    if (!ArrayBuffer.isView(data)) throw new Error("a typed array is needed");
    const bytes = this.#module.bytes(id);
    if (!Number.isInteger(byteOffset) || byteOffset < 0 || byteOffset + data.byteLength > bytes) {
      throw new Error(`bytes ${byteOffset} to ${byteOffset + data.byteLength} of a storage of ${bytes} bytes`);
    }
    return (this.#module.data(id) >>> 0) + byteOffset;
  }

  #text(pointer: number): string {
    const memory = this.#bytes();
    // A copy: text cannot be decoded from shared memory.
    return new TextDecoder().decode(memory.slice(pointer, memory.indexOf(0, pointer)));
  }
}
