import { capture } from "../capturing.js";
import { interceptor } from "../intercept.js";
import { expandTo } from "../layout.js";
import { eye } from "../ops/create.js";
import { concat, stack } from "../ops/join.js";
import { slice } from "../ops/slice.js";
import { reshape } from "../ops/view.js";
import type { Tensor } from "../tensor.js";
import { Batched, batchedAs, concrete, levels, VmapError } from "../vmap/batched.js";
import { mapping, newLevel } from "../vmap/vmap.js";
import { asSamplesOf } from "./inputs.js";
import { propagate } from "./propagate.js";

/** Elements of the largest cotangent that is walked with at once: 128 MiB of float32. */
const mostElements = 2 ** 25;

/**
 * The derivatives of all elements of a value by tensors that it depends on: for each sink [size of value, ...sink], `undefined`
 * where the value does not depend on it.
 *
 * All elements go back in one walk, by the rules of `vmap`. Where a backward function has no rule, they go one after the other.
 * @param value may be samples inside `vmap`
 * @param sinks concrete tensors, each with what it is for the caller: itself, or samples
 */
export function pullMany(
  op: string,
  value: Tensor,
  sinks: ReadonlyMap<Tensor, Tensor>,
  createGraph: boolean,
): Map<Tensor, Tensor> {
  const found = new Map<Tensor, Tensor>();
  if (!value.requiresGrad || value.size === 0) return found;
  const units = reshape(eye(value.size, { dtype: value.dtype, device: value.device }) as Tensor, [
    value.size,
    ...value.shape,
  ]) as Tensor;
  // One after the other where the walk is watched or is over samples itself, and for a plan, which cannot take back a try.
  const free = interceptor === undefined && levels.length === 0 && capture === undefined;
  const tried = free ? together(value, units, sinks, createGraph) : undefined;
  const parts = tried ?? [oneByOne(op, value, units, sinks, createGraph)];
  for (const sink of sinks.keys()) {
    const rows = parts.flatMap(part => part.get(sink) ?? []);
    if (rows.length > 0) found.set(sink, rows.length === 1 ? rows[0]! : (concat(rows) as Tensor));
  }
  return found;
}

/** Walks with many unit vectors at a time. */
function together(
  value: Tensor,
  units: Tensor,
  sinks: ReadonlyMap<Tensor, Tensor>,
  createGraph: boolean,
): Map<Tensor, Tensor>[] | undefined {
  const leaves = new Set(sinks.keys());
  const largest = Math.max(value.size, ...[...leaves].map(x => x.size));
  const step = Math.max(1, Math.floor(mostElements / largest));
  const parts: Map<Tensor, Tensor>[] = [];
  try {
    for (let from = 0; from < value.size; from += step) {
      const seeds = units.at(slice(from, from + step)) as Tensor;
      const level = newLevel(seeds.shape[0]!);
      const found = mapping(() => propagate(value, new Batched(level, seeds), leaves, createGraph));
      // What does not depend on the cotangent is the same for all.
      parts.push(
        new Map(
          [...found].map(([x, g]) => [x, g instanceof Batched ? g.value : expandTo(g, [level.size, ...g.shape])]),
        ),
      );
    }
    return parts;
  } catch (error) {
    if (!(error instanceof VmapError)) throw error;
    // A record may have been begun: it is given up.
    value.storage.backend.commands.isOpen = false;
    return undefined;
  }
}

function oneByOne(
  op: string,
  value: Tensor,
  units: Tensor,
  sinks: ReadonlyMap<Tensor, Tensor>,
  createGraph: boolean,
): Map<Tensor, Tensor> {
  const all = Array.from({ length: value.size }, (_, i) => {
    const seed = asSamplesOf(op, value, units.at(i) as Tensor);
    return propagate(concrete(value), seed, new Set(sinks.keys()), createGraph);
  });
  const found = new Map<Tensor, Tensor>();
  for (const [x, own] of sinks) {
    // Whether there is a path to x does not depend on the seed.
    if (all[0]!.has(x)) found.set(x, stack(all.map(row => batchedAs(own, row.get(x)!))) as Tensor);
  }
  return found;
}
