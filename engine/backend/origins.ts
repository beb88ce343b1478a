import type { MemoryShare, MemorySite, Owner, StorageId } from "./backend.js";

/** Remembers by storage id which cell made it, and where, if that is known: one write for each storage. */
export class Origins {
  readonly #cells: number[] = [];
  readonly #sites: (string | undefined)[] = [];

  note(id: StorageId, owner: Owner): void {
    // An id is used again: what it was before must not stay.
    this.#cells[id] = owner.cell ?? 0;
    if (owner.site !== undefined || id < this.#sites.length) this.#sites[id] = owner.site;
  }

  /** Adds up what `bytesOf` says of every id (less than 0: not live), the largest first. */
  sum(bytesOf: (id: StorageId) => number): { cells: MemoryShare[]; sites: MemorySite[] } {
    const cells = new Map<number, MemoryShare>();
    const sites = new Map<string, MemorySite>();
    this.#cells.forEach((cell, id) => {
      const bytes = bytesOf(id);
      if (bytes < 0) return;
      add(cells, cell, () => ({ cell, bytes: 0, storages: 0 }), bytes);
      const site = this.#sites[id];
      if (site !== undefined) add(sites, site, () => ({ site, bytes: 0, storages: 0 }), bytes);
    });
    return { cells: inOrder(cells), sites: inOrder(sites) };
  }
}

function add<K, V extends { bytes: number; storages: number }>(
  to: Map<K, V>,
  key: K,
  make: () => V,
  bytes: number,
): void {
  const share = to.get(key) ?? make();
  to.set(key, share);
  share.bytes += bytes;
  share.storages++;
}

const inOrder = <V extends { bytes: number }>(shares: Map<unknown, V>): V[] =>
  [...shares.values()].sort((a, b) => b.bytes - a.bytes);
