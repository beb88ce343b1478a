import type { Owner, StorageId } from "../backend.js";
import { limits, NONE } from "../commands.js";
import type { CpuBinding } from "./binding.js";

/** Storages up to this many bytes come in groups. */
const smallBytes = 1024;

/** So many of a size are made one by one first: a program's few constants and parameters need no group. */
const before = 16;

/** A group of storages of one size, of which some are still to be given out. */
interface Group {
  /** Whom the collector watches: every storage of the group holds it. */
  owner: object;
  next: StorageId;
  left: number;
}

/**
 * Gives out small storages. The collector's share in a tensor (0.4 us with Node-API, 1.6 us with a FinalizationRegistry) is
 * more than the arithmetic of a few numbers, so it watches 32 of a size together; their memory comes back when the last of
 * them is dropped.
 */
export class SmallStorages {
  readonly #binding: CpuBinding;
  /** By bytes. */
  readonly #made = new Uint8Array(smallBytes + 1);
  readonly #groups: (Group | undefined)[] = new Array(smallBytes + 1);

  constructor(binding: CpuBinding) {
    this.#binding = binding;
  }

  /** A storage tied to `owner`, or `NONE` where it should be made by itself. */
  take(owner: Owner, bytes: number): StorageId {
    if (!(bytes <= smallBytes)) return NONE;
    let group = this.#groups[bytes];
    if (group === undefined) {
      group = this.#begin(bytes);
      if (group === undefined) return NONE;
    }
    owner.group = group.owner;
    if (--group.left === 0) this.#groups[bytes] = undefined;
    return group.next++;
  }

  /** The ids of what was made and not given out. */
  waitingIds(): Set<StorageId> {
    const ids = new Set<StorageId>();
    this.#groups.forEach(group => {
      for (let i = 0; group !== undefined && i < group.left; i++) ids.add(group.next + i);
    });
    return ids;
  }

  /** What was made and not given out. */
  waiting(): { storages: number; bytes: number } {
    let storages = 0;
    let bytes = 0;
    this.#groups.forEach((group, size) => {
      if (!group) return;
      storages += group.left;
      bytes += group.left * Math.ceil(size / 64) * 64;
    });
    return { storages, bytes };
  }

  #begin(bytes: number): Group | undefined {
    if (this.#made[bytes]! < before) {
      this.#made[bytes]!++;
      return undefined;
    }
    const owner = {};
    const next = this.#binding.allocateGroup(owner, bytes);
    if (next === NONE) return undefined;
    const group = { owner, next, left: limits.groupSize };
    this.#groups[bytes] = group;
    return group;
  }
}
