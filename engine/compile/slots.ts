import type { Storage } from "../memory.js";
import type { Use } from "./recorder.js";

/** The memory plan: which of the plan's own blocks stands for which storage of the function. */
export interface Slots {
  readonly bytes: readonly number[];
  readonly slotOf: ReadonlyMap<Storage, number>;
}

/**
 * Gives every storage a block from the first to the last record that names it; a block that is free again is taken by the next
 * storage, the smallest that is large enough, or the largest grows. Greedy in the order of the records.
 */
export function planSlots(uses: readonly Use[], inside: (storage: Storage) => boolean): Slots {
  const last = new Map<Storage, number>();
  for (const { storage, record } of uses) if (inside(storage)) last.set(storage, record);
  const bytes: number[] = [];
  const slotOf = new Map<Storage, number>();
  const free: number[] = [];
  let ending: Storage[] = [];
  let current = -1;
  for (const { storage, record } of uses) {
    if (!last.has(storage)) continue;
    if (record !== current) {
      for (const over of ending) free.push(slotOf.get(over)!);
      ending = [];
      current = record;
    }
    if (!slotOf.has(storage)) {
      const slot = takeFree(free, bytes, storage.bytes) ?? bytes.push(storage.bytes) - 1;
      bytes[slot] = Math.max(bytes[slot]!, storage.bytes);
      slotOf.set(storage, slot);
    }
    if (last.get(storage) === record && !ending.includes(storage)) ending.push(storage);
  }
  return { bytes, slotOf };
}

/** Takes the free block that fits best off the list. */
function takeFree(free: number[], bytes: readonly number[], wanted: number): number | undefined {
  let best = -1;
  for (let i = 0; i < free.length; i++) {
    if (best < 0 || isBetter(bytes[free[i]!]!, bytes[free[best]!]!, wanted)) best = i;
  }
  return best < 0 ? undefined : free.splice(best, 1)[0];
}

function isBetter(size: number, than: number, wanted: number): boolean {
  if (than < wanted) return size > than;
  return size >= wanted && size < than;
}
