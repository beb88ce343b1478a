import type { MemoryUse } from "../backend.js";
import { limits } from "../commands.js";
import { garbageCollector } from "./collector.js";

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

/** When the device flushes and the collector looks for dropped tensors: that is a turn. */
export class Turns {
  readonly #memory: () => MemoryUse;
  readonly #flush: () => void;
  /** Bytes allocated since the last turn. */
  #allocated = 0;
  /** Of these, what does not count. */
  #spared = 0;
  /** How many allocations these were. */
  #allocations = 0;
  /** How many bytes make a turn, and the same without regard to what is live and to steps. */
  #turnAt = leastPerTurn;
  #budget = leastPerTurn;
  /** What counted since the last `stepOver`, before the last turn; and what steps allocate. */
  #inStep = 0;
  #perStep = 0;
  /** The number of storages and the live bytes at which a full collection is due, and the time before which none is. */
  #fullAt = manyStorages;
  #liveAt = muchOld;
  #noneBefore = 0;

  /**
   * @param memory what the device holds
   * @param flush executes what is recorded and makes what was dropped free again
   */
  constructor(memory: () => MemoryUse, flush: () => void) {
    this.#memory = memory;
    this.#flush = flush;
  }

  /** Bytes allocated since the last turn. */
  get allocated(): number {
    return this.#allocated;
  }

  /** Notes an allocation; true when a turn is due. */
  count(bytes: number): boolean {
    // A block that streams is in no cache when it comes back, so that it comes back soon is worth little.
    if (bytes >= limits.streamedBytes) this.#spared += Math.min(bytes * 0.75, mostSpared - this.#spared);
    this.#allocated += Math.max(bytes, leastCounted);
    this.#allocations++;
    return this.#counting > this.#turnAt;
  }

  /** Notes that a training step is over; true when this is the moment for a turn. */
  stepOver(): boolean {
    // What steps allocate differs; some do nothing.
    this.#perStep = Math.max(this.#inStep + this.#counting, 0.9 * this.#perStep);
    this.#inStep = -this.#counting;
    return this.#counting > 0.75 * this.#budget;
  }

  /** Looks for what was dropped, and flushes. A step that goes on may hold `held` bytes. */
  turn(held = slack * this.#perStep): void {
    const allocated = this.#allocated;
    const least = allocated < largeBytes * this.#allocations ? leastOfSmall : leastPerTurn;
    this.#inStep += this.#counting;
    // Nobody takes steps any more.
    if (this.#inStep > 2 * this.#perStep) this.#perStep = 0;
    this.#allocated = this.#spared = this.#allocations = 0;
    const before = this.#memory().live;
    // First the collector: what it finds now comes back with this flush.
    garbageCollector().minor();
    this.#collectOld(held);
    const { live } = this.#memory();
    this.#flush();
    const worthwhile = before - live > allocated / 2;
    this.#budget = Math.max(least, Math.min(mostPerTurn, worthwhile ? this.#budget / 2 : this.#budget * 2));
    // A step that holds much would otherwise be looked through again and again.
    this.#turnAt = Math.max(this.#budget, live / 4, Math.min(slack * this.#perStep, Math.max(mostPerStep, live)));
  }

  #collectOld(held: number): void {
    const { live, storages } = this.#memory();
    if (storages <= this.#fullAt && live <= this.#liveAt + held) return;
    const began = performance.now();
    if (began < this.#noneBefore) return;
    garbageCollector().full();
    const ended = performance.now();
    this.#noneBefore = ended + (ended - began) / mostOfTime;
    const left = this.#memory();
    this.#fullAt = Math.max(manyStorages, 2 * left.storages);
    this.#liveAt = growth * left.live + muchOld;
  }

  get #counting(): number {
    return this.#allocated - this.#spared;
  }
}
