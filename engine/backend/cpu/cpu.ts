import { cancelWords } from "../../cancel.js";
import { InterruptedError, OutOfMemoryError, ValueError } from "../../errors.js";
import type { Backend, BackendDescription, MemoryUse, Owner, StorageId, TypedArray } from "../backend.js";
import { CommandBuffer, limits, NONE } from "../commands.js";
import { Origins } from "../origins.js";
import { Background } from "./background.js";
import type { CpuBinding, FlushOutcome } from "./binding.js";
import { garbageCollector } from "./collector.js";
import { usableCores } from "./cores.js";
import { type LoadedKernels, loadKernels } from "./load.js";
import { SmallStorages } from "./small.js";

/** Room for about 2,000 records: enough that a training step is one flush, little enough to stay in cache. */
const commandWords = 1 << 16;

/**
 * After so many bytes of allocations the device flushes, and the collector looks for dropped tensors: a block can be used again
 * only after both. The less, the better are the odds that a block is still in cache when it is used again; but where little was
 * dropped, looking (0.1 ms) was for nothing. So the budget shrinks while most of what was allocated comes back, and grows while it
 * does not, also with what is live.
 */
const leastPerTurn = 6 << 20;
const mostPerTurn = 48 << 20;

/**
 * What a training step holds from forward to backward grows old if two collections fall into that time, and then only a full one
 * finds it. So collections come between steps where the steps say so (`betweenSteps`), and a step may allocate a little more than
 * the last ones did before one comes in its middle; up to this much, or to what is live.
 */
const slack = 1.25;
const mostPerStep = 256 << 20;

/** The least where blocks are smaller than this on average: they are many, and each costs the collector something. */
const largeBytes = 1 << 18;
const leastOfSmall = 48 << 20;

/** So much may be allocated before an allocation waits for work in the background, so that its memory comes back. */
const mostWhileBusy = 256 << 20;

/** So much of streamed results does not count towards a turn: more of them waiting would only hold memory. */
const mostSpared = 18 << 20;

/** What a storage costs at least, whatever its size: a block, its slot, the objects that stand for it. */
const leastCounted = 512;

/**
 * Minor collections free young objects only. Small storages share an owner, and one that was in use during a few of them is old
 * by the time the last of its storages is dropped. From so many storages on, or when so much more is live than after the last
 * one, a full collection (some milliseconds) has a look. The collector by itself, told of our bytes, would come in the middle of
 * steps and make all old that they hold.
 */
const manyStorages = 1024;
const growth = 1.5;
const muchOld = 64 << 20;

/** Full collections take at most this share of the time, however much JavaScript has to be looked through. */
const mostOfTime = 1 / 20;

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
  /** Bytes allocated since the last turn, how many make one, and the same without regard to what is live. */
  #allocated = 0;
  #turn = leastPerTurn;
  #budget = leastPerTurn;
  /** Of these bytes, what does not count. */
  #spared = 0;
  /** How many allocations these were. */
  #count = 0;
  /** What counts towards a turn since the last `betweenSteps`, before the last turn; and what steps allocate. */
  #inStep = 0;
  #perStep = 0;
  /** The number of storages and the live bytes at which a full collection is due, and the time before which none is. */
  #fullAt = manyStorages;
  #liveAt = muchOld;
  #noneBefore = 0;
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
  }

  /** Every command: the tables of both sides are compared when the kernels are loaded. */
  supports(): boolean {
    return true;
  }

  allocate(owner: object & Owner, bytes: number): StorageId {
    if (owner.group !== undefined) throw new Error("the owner of a storage must be an object that owns none yet");
    if (bytes >= limits.streamedBytes) this.#spare(bytes);
    this.#allocated += Math.max(bytes, leastCounted);
    this.#count++;
    if (this.#counting > this.#turn) this.#turnOverUnlessBusy();
    let id = this.#small.take(owner, bytes);
    if (id === NONE) id = this.#allocateAlone(owner, bytes);
    this.#origins.note(id, owner);
    this.#newest = id;
    this.#newestAt = this.commands.used;
    return id;
  }

  /** A block that streams is in no cache when it comes back, so that it comes back soon is worth little. */
  #spare(bytes: number): void {
    // Beyond that no number counts bytes.
    if (bytes > Number.MAX_SAFE_INTEGER) throw this.#outOfMemory(bytes);
    this.#spared += Math.min(bytes * 0.75, mostSpared - this.#spared);
  }

  /** A storage with an owner of its own. */
  #allocateAlone(owner: object & Owner, bytes: number): StorageId {
    let id = this.#binding.allocate(owner, bytes);
    if (id === NONE) {
      garbageCollector().full();
      this.#turnOver();
      id = this.#binding.allocate(owner, bytes);
    }
    if (id === NONE) throw this.#outOfMemory(bytes);
    owner.group = this;
    return id;
  }

  betweenSteps(): void {
    this.#perStep = Math.max(this.#inStep + this.#counting, 0.9 * this.#perStep);
    this.#inStep = -this.#counting;
    if (this.#counting > 0.75 * this.#budget && !this.isBusy) this.#turnOver(0);
  }

  /** Bytes allocated since the last turn, without what does not count. */
  get #counting(): number {
    return this.#allocated - this.#spared;
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

  #turnOverUnlessBusy(): void {
    if (!this.isBusy || this.#allocated >= mostWhileBusy) this.#turnOver();
  }

  /** Executes what is recorded and makes what was dropped free again. A step may hold `held` bytes. */
  #turnOver(held = slack * this.#perStep): void {
    const allocated = this.#allocated;
    const least = allocated < largeBytes * this.#count ? leastOfSmall : leastPerTurn;
    this.#inStep += this.#counting;
    // Nobody takes steps any more.
    if (this.#inStep > 2 * this.#perStep) this.#perStep = 0;
    this.#allocated = this.#spared = this.#count = 0;
    const before = this.#binding.memory().live;
    // First the collector: what it finds now comes back with this flush.
    garbageCollector().minor();
    this.#collectOld(held);
    const { live } = this.#binding.memory();
    const idle = this.commands.used === 0;
    this.flush();
    if (idle) this.#binding.flush(0);
    const worthwhile = before - live > allocated / 2;
    this.#budget = Math.max(least, Math.min(mostPerTurn, worthwhile ? this.#budget / 2 : this.#budget * 2));
    // A step that holds much would otherwise be looked through again and again.
    this.#turn = Math.max(this.#budget, live / 4, Math.min(slack * this.#perStep, Math.max(mostPerStep, live)));
  }

  #collectOld(held: number): void {
    const { live, storages } = this.#binding.memory();
    if (storages <= this.#fullAt && live <= this.#liveAt + held) return;
    const began = performance.now();
    if (began < this.#noneBefore) return;
    garbageCollector().full();
    const ended = performance.now();
    this.#noneBefore = ended + (ended - began) / mostOfTime;
    const left = this.#binding.memory();
    this.#fullAt = Math.max(manyStorages, 2 * left.storages);
    this.#liveAt = growth * left.live + muchOld;
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
