import { cancelWords } from "../../cancel.js";
import { InterruptedError, OutOfMemoryError, ValueError } from "../../errors.js";
import type { Backend, BackendDescription, MemoryUse, Owner, StorageId, TypedArray } from "../backend.js";
import { CommandBuffer, NONE } from "../commands.js";
import { Origins } from "../origins.js";
import { Background } from "./background.js";
import type { CpuBinding, FlushOutcome } from "./binding.js";
import { garbageCollector } from "./collector.js";
import { usableCores } from "./cores.js";
import { type LoadedKernels, loadKernels } from "./load.js";
import { SmallStorages } from "./small.js";
import { Turns } from "./turns.js";

/** Room for about 2,000 records: enough that a training step is one flush, little enough to stay in cache. */
const commandWords = 1 << 16;

/** So much may be allocated before an allocation waits for work in the background, so that its memory comes back. */
const mostWhileBusy = 256 << 20;

const neverComputed = "the value was never computed, because a Stop or an error came before. Run the cell again";

/**
 * The CPU as a device. Records gather in `commands` and run at `flush`, at a `read`, when the buffer is full, or when
 * much was allocated since the last flush.
 */
export class CpuBackend implements Backend {
  readonly name = "cpu";
  readonly recordsSmall = true;
  readonly commands: CommandBuffer;
  readonly #binding: CpuBinding;
  readonly #small: SmallStorages;
  readonly #origins = new Origins();
  readonly #background: Background;
  readonly #advice: string | undefined;
  readonly #turns: Turns;
  /** The storage allocated last, and how many words were recorded then: until a record comes, nothing can name it. */
  #newest: StorageId = NONE;
  #newestAt = 0;

  constructor(kernels: LoadedKernels = loadKernels()) {
    this.#binding = kernels.binding;
    this.#small = new SmallStorages(kernels.binding);
    this.#background = new Background(
      kernels.binding,
      outcome => this.#failed(outcome),
      // What was dropped meanwhile can be used again, unless a record that waits here still names it.
      () => this.commands.used === 0 && this.#binding.flush(0),
    );
    this.#advice = kernels.advice;
    this.#binding.setThreads(usableCores());
    this.#binding.setCancelWords(cancelWords);
    this.commands = new CommandBuffer(this.#binding.commandMemory(commandWords), () => this.flush());
    this.#turns = new Turns(
      () => this.#binding.memory(),
      () => this.#flushAndFree(),
    );
  }

  /** Every command: the tables of both sides are compared when the kernels are loaded. */
  supports(): boolean {
    return true;
  }

  allocate(owner: object & Owner, bytes: number): StorageId {
    if (owner.group !== undefined) throw new Error("the owner of a storage must be an object that owns none yet");
    // Beyond that no number counts bytes.
    if (bytes > Number.MAX_SAFE_INTEGER) throw this.#outOfMemory(bytes);
    const due = this.#turns.count(bytes);
    if (due && (!this.isBusy || this.#turns.allocated >= mostWhileBusy)) this.#turns.turn();
    let id = this.#small.take(owner, bytes);
    if (id === NONE) id = this.#allocateAlone(owner, bytes);
    this.#origins.note(id, owner);
    this.#newest = id;
    this.#newestAt = this.commands.used;
    return id;
  }

  /** A storage with an owner of its own. */
  #allocateAlone(owner: object & Owner, bytes: number): StorageId {
    let id = this.#binding.allocate(owner, bytes);
    if (id === NONE) {
      garbageCollector().full();
      this.#turns.turn();
      id = this.#binding.allocate(owner, bytes);
    }
    if (id === NONE) throw this.#outOfMemory(bytes);
    owner.group = this;
    return id;
  }

  betweenSteps(): void {
    if (this.#turns.stepOver() && !this.isBusy) this.#turns.turn(0);
  }

  release(id: StorageId): void {
    this.#binding.release(id);
  }

  write(id: StorageId, byteOffset: number, data: TypedArray): void {
    const untouched = id === this.#newest && this.commands.used === this.#newestAt;
    if (!untouched) this.flush();
    this.#binding.write(id, byteOffset, data);
  }

  read(id: StorageId, byteOffset: number, into: TypedArray): void {
    this.#readable(() => this.#binding.read(id, byteOffset, into));
  }

  share(id: StorageId): ArrayBuffer | undefined {
    return this.#readable(() => this.#binding.share(id));
  }

  /** Looks at memory once everything recorded was executed. */
  #readable<T>(look: () => T): T {
    this.flush();
    try {
      return look();
    } catch (error) {
      if (error instanceof Error && error.message.includes("never computed")) {
        throw new InterruptedError(neverComputed, { op: "read" });
      }
      throw error;
    }
  }

  flush(): void {
    if (this.#background.isBusy) this.#background.settle();
    const { used } = this.commands;
    // Emptied first: whatever happens, these records are over.
    this.commands.clear();
    if (used === 0) return;
    this.#newest = NONE;
    const outcome = this.#binding.flush(used);
    if (outcome.status !== 0) throw this.#failed(outcome);
  }

  get isBusy(): boolean {
    return this.#background.isBusy;
  }

  flushAside(): Promise<void> {
    const { used, words } = this.commands;
    if (used === 0 && !this.isBusy) return Promise.resolve();
    this.commands.clear();
    this.#newest = NONE;
    return this.#background.run(words.subarray(0, used));
  }

  describe(): BackendDescription {
    const { kind, isa } = this.#binding;
    return {
      device: "cpu",
      kernels: kind === "wasm" ? "wasm simd" : `native ${isa}`,
      threads: this.#binding.threads(),
      ...(this.#advice === undefined ? {} : { advice: this.#advice }),
    };
  }

  memory(): MemoryUse {
    const use = this.#binding.memory();
    const { storages, bytes } = this.#small.waiting();
    return { ...use, live: use.live - bytes, storages: use.storages - storages };
  }

  memoryByOrigin(): ReturnType<Backend["memoryByOrigin"]> {
    const waiting = this.#small.waitingIds();
    return this.#origins.sum(id => (waiting.has(id) ? -1 : this.#binding.capacity(id)));
  }

  /** How many threads kernels may use (default: physical cores). */
  setThreads(count: number): void {
    if (!Number.isInteger(count) || count < 1 || count > 256) {
      throw new ValueError(`${count} threads`, { op: "setThreads", hint: "Give a whole number from 1 to 256" });
    }
    // The threads cannot change under a kernel that runs.
    this.#background.settle();
    this.#binding.setThreads(count);
  }

  #failed(outcome: FlushOutcome): Error {
    this.commands.failures++;
    return failure(outcome);
  }

  /** Executes what is recorded and makes what was dropped free again, also where nothing was recorded. */
  #flushAndFree(): void {
    const idle = this.commands.used === 0;
    this.flush();
    if (idle) this.#binding.flush(0);
  }

  #outOfMemory(bytes: number): OutOfMemoryError {
    const { live, storages } = this.memory();
    const mebibytes = (n: number) => `${(n / 2 ** 20).toFixed(1)} MiB`;
    return new OutOfMemoryError(
      `no memory for ${bytes} bytes (${mebibytes(bytes)}); ${storages} tensors hold ${mebibytes(live)}`,
      {
        op: "allocate",
        hint: "Use a smaller batch or model, or drop tensors that are still referenced",
      },
    );
  }
}

/** The error for a flush that did not run to its end. Messages of the kernels begin with the name of the command. */
function failure({ status, message }: FlushOutcome): Error {
  if (status === 1) return new InterruptedError(message || "stopped before the value was computed", { op: "cpu" });
  const [, op, problem] = /^(\w+): (.*)$/s.exec(message) ?? [];
  return new ValueError(problem ?? message, { op: op ?? "cpu" });
}

let instance: CpuBackend | undefined;

/**
 * The one CPU backend of this thread, loaded on first use.
 * @throws DeviceError when no kernels can run here
 */
export function cpuBackend(): CpuBackend {
  instance ??= new CpuBackend();
  return instance;
}
