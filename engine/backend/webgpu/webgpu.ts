import { cancelRequested } from "../../cancel.js";
import type { DType } from "../../dtype.js";
import { DeviceError, type EngineError, InterruptedError, OutOfMemoryError, ValueError } from "../../errors.js";
import type { Backend, BackendDescription, MemoryUse, Owner, StorageId, TypedArray } from "../backend.js";
import type { Opcode } from "../commands.js";
import { Origins } from "../origins.js";
import { CheckedCommands } from "./checked-commands.js";
import { StorageIds } from "./ids.js";
import { type Fault, faults, type Message, type ReadDone, readHeader, readText, slots } from "./link.js";
import { type Started, startWorker } from "./start.js";
import { runsHere } from "./supported.js";

/** How long a wait sleeps before it looks for a Stop. */
const slice = 50;

/** The device is told of released storages at the latest when there are so many bytes of new ones. */
const bytesBetweenFlushes = 16 << 20;

const lost = (problem: string) =>
  new DeviceError(problem, {
    op: "webgpu",
    hint: 'Its tensors are gone. Call setDevice("webgpu") to start the GPU again, and make them anew',
  });

interface Reader {
  into: TypedArray;
  memory: SharedArrayBuffer;
  resolve(): void;
  reject(error: unknown): void;
}

/**
 * A GPU as a device. Dawn and all that belongs to it live in a worker; this side records, sends and waits. A flush hands the
 * records over and goes on, a read waits for its bytes. What goes wrong in the worker is thrown by the next flush or read.
 */
export class WebGpuBackend implements Backend {
  readonly name = "webgpu";
  readonly recordsSmall = false;
  readonly lacks: ReadonlySet<DType> = new Set<DType>(["float64", "int64", "float16", "bfloat16"]);
  readonly commands: CheckedCommands;
  readonly #gpu: Started;
  readonly #ids = new StorageIds();
  readonly #origins = new Origins();
  /** The region that is being written. */
  #region: 0 | 1 = 0;
  #allocated = 0;
  #serial = 0;
  /** Reads whose caller goes on meanwhile, by serial. */
  readonly #readers = new Map<number, Reader>();
  #lost: DeviceError | undefined;

  /** @throws DeviceError when no GPU can be opened */
  constructor(started: Started = startWorker()) {
    this.#gpu = started;
    this.commands = new CheckedCommands(started.link.regions[0], () => this.flush());
    started.worker.on("message", (done: ReadDone) => this.#finish(done));
    started.worker.on("error", error => {
      this.#lost ??= lost(`the thread of the GPU ended: ${error.message}`);
      for (const reader of this.#readers.values()) reader.reject(this.#lost);
    });
    // After the listeners, which hold the process: nobody waits for the worker but readers.
    started.worker.unref();
  }

  /** True once the device is gone: a new one has to be made. */
  get isLost(): boolean {
    return this.#lost !== undefined;
  }

  supports(opcode: Opcode): boolean {
    return runsHere(opcode);
  }

  allocate(owner: object & Owner, bytes: number): StorageId {
    if (owner.group !== undefined) throw new Error("the owner of a storage must be an object that owns none yet");
    this.#requireHealthy();
    const { largestStorage } = this.#gpu.facts;
    if (bytes > largestStorage) {
      throw new OutOfMemoryError(`no memory for ${bytes} bytes; this GPU takes at most ${largestStorage} at once`, {
        op: "allocate",
        hint: 'Use a smaller batch or model, or the CPU: x.to("cpu")',
      });
    }
    this.#allocated += bytes;
    if (this.#allocated > bytesBetweenFlushes) this.flush();
    const id = this.#ids.make(owner, bytes);
    this.#origins.note(id, owner);
    owner.group = this;
    return id;
  }

  release(id: StorageId): void {
    this.#ids.release(id);
  }

  write(id: StorageId, byteOffset: number, data: TypedArray): void {
    this.#requireRange(id, byteOffset, data);
    this.flush();
    const copy = new Uint8Array(data.byteLength);
    copy.set(new Uint8Array(data.buffer, data.byteOffset, data.byteLength));
    this.#send({ kind: "write", id, byteOffset, data: copy, made: this.#ids.takeMade() });
  }

  read(id: StorageId, byteOffset: number, into: TypedArray): void {
    const memory = this.#ask(id, byteOffset, into);
    const header = new Int32Array(memory, 0, 1);
    this.#wait(header, 0, 0);
    this.#requireHealthy();
    take(memory, into);
  }

  async readLater(id: StorageId, byteOffset: number, into: TypedArray): Promise<void> {
    const memory = this.#ask(id, byteOffset, into);
    // As long as somebody waits, the process does not end.
    this.#gpu.worker.ref();
    await new Promise<void>((resolve, reject) => {
      this.#readers.set(this.#serial, { into, memory, resolve, reject });
    });
  }

  flush(): void {
    this.#requireHealthy();
    this.#allocated = 0;
    const { used } = this.commands;
    if (used === 0 && !this.#ids.anyGone) return;
    const region = this.#region;
    const other = region === 0 ? 1 : 0;
    const { state, regions } = this.#gpu.link;
    // A Stop here leaves the records where they are: the next flush sends them.
    this.#wait(state, slots.regions + other, 1);
    Atomics.store(state, slots.regions + region, 1);
    this.#send({ kind: "flush", region, used, made: this.#ids.takeMade(), gone: this.#ids.takeGone() });
    this.#region = other;
    this.commands.words = regions[other];
    this.commands.used = 0;
  }

  /** A flush hands the records over and never waits for them; whoever reads does. */
  flushAside(): Promise<void> {
    this.flush();
    return Promise.resolve();
  }

  get isBusy(): boolean {
    return false;
  }

  describe(): BackendDescription {
    return { device: "webgpu", kernels: this.#gpu.facts.description, threads: 1 };
  }

  memory(): MemoryUse {
    return this.#ids.use(this.#gpu.link.pooled[0]!);
  }

  memoryByOrigin(): ReturnType<Backend["memoryByOrigin"]> {
    return this.#origins.sum(id => this.#ids.liveBytes(id));
  }

  /** Gives the device back: whatever uses its tensors throws from now on. */
  destroy(): void {
    this.#send({ kind: "end" });
    this.#lost ??= lost("the GPU was given back");
  }

  #send(message: Message): void {
    this.#gpu.worker.postMessage(message);
  }

  /** Sends what is recorded and asks for bytes; gives the memory in which they will be. */
  #ask(id: StorageId, byteOffset: number, into: TypedArray): SharedArrayBuffer {
    this.#requireRange(id, byteOffset, into);
    this.flush();
    const bytes = into.byteLength;
    const memory = new SharedArrayBuffer(readHeader + bytes);
    this.#send({ kind: "read", id, byteOffset, bytes, into: memory, serial: ++this.#serial });
    return memory;
  }

  #finish({ serial }: ReadDone): void {
    const reader = this.#readers.get(serial);
    if (reader === undefined) return;
    this.#readers.delete(serial);
    if (this.#readers.size === 0) this.#gpu.worker.unref();
    try {
      this.#requireHealthy();
      take(reader.memory, reader.into);
      reader.resolve();
    } catch (error) {
      reader.reject(error);
    }
  }

  #requireRange(id: StorageId, byteOffset: number, data: TypedArray): void {
    const bytes = this.#ids.bytesOf(id);
    if (!Number.isInteger(byteOffset) || byteOffset < 0 || byteOffset + data.byteLength > bytes) {
      throw new RangeError(`bytes ${byteOffset} to ${byteOffset + data.byteLength} of a storage of ${bytes} bytes`);
    }
  }

  /** Sleeps while a word has this value. @throws InterruptedError for a Stop */
  #wait(words: Int32Array, at: number, value: number): void {
    while (Atomics.load(words, at) === value) {
      if (Atomics.wait(words, at, value, slice) !== "timed-out") continue;
      if (cancelRequested()) {
        throw new InterruptedError("stopped while waiting for the GPU, which ends what it has begun", { op: "webgpu" });
      }
      if (Atomics.load(this.#gpu.link.state, slots.fault) === faults.lost) return;
    }
  }

  /** Throws what went wrong in the worker since the last look. */
  #requireHealthy(): void {
    if (this.#lost !== undefined) throw this.#lost;
    const { link } = this.#gpu;
    const fault = Atomics.load(link.state, slots.fault);
    if (fault === faults.none) return;
    const { op, problem, hint } = readText<Fault>(link);
    const details = hint === undefined ? { op } : { op, hint };
    this.commands.failures++;
    if (fault === faults.lost) {
      this.#lost = lost(problem);
      throw this.#lost;
    }
    Atomics.store(link.state, slots.fault, faults.none);
    throw failure(fault, problem, details);
  }
}

function failure(fault: number, problem: string, details: { op: string; hint?: string }): EngineError {
  if (fault === faults.value) return new ValueError(problem, details);
  if (fault === faults.memory) return new OutOfMemoryError(problem, details);
  return new DeviceError(problem, details);
}

/** Copies what was read. @throws InterruptedError when it never came */
function take(memory: SharedArrayBuffer, into: TypedArray): void {
  if (Atomics.load(new Int32Array(memory, 0, 1), 0) !== 1) {
    throw new InterruptedError("the value was never read", { op: "webgpu" });
  }
  const bytes = new Uint8Array(into.buffer, into.byteOffset, into.byteLength);
  bytes.set(new Uint8Array(memory, readHeader, bytes.length));
}

let instance: WebGpuBackend | undefined;

/**
 * The one WebGPU backend of this thread, started on first use, and anew after the device was lost.
 * @throws DeviceError when there is no GPU, no driver, or no package `webgpu`
 */
export function webgpuBackend(): WebGpuBackend {
  if (instance === undefined || instance.isLost) instance = new WebGpuBackend();
  return instance;
}
