import type { Storage } from "../memory.js";
import { trackStorages } from "../memory.js";
import { add } from "../ops/arithmetic.js";
import type { Tensor } from "../tensor.js";
import { concrete, VmapError } from "../vmap/batched.js";
import { type GradNode, nodeListener, withGrad } from "./graph.js";
import { callHooks, isHooked } from "./hooks.js";

/**
 * Walks the graph backwards from `root`, whose cotangent is `seed`, and returns the cotangents of all leaves, or only of
 * `sinks` where given. With `createGraph` the walk itself is noted, so that it can be derived again.
 *
 * What the walk makes for itself is released while it goes on, as far as nothing that is returned needs it: a training loop
 * does not have to wait for the collector.
 */
export function propagate(
  root: Tensor,
  seed: Tensor,
  sinks: ReadonlySet<Tensor> | undefined,
  createGraph: boolean,
): Map<Tensor, Tensor> {
  const cotangents = new Cotangents(!createGraph);
  const results = new Map<Tensor, Tensor>();
  const wanted = sinks ? ancestorsOf(root, sinks) : undefined;
  const isWanted = (x: Tensor) => x.requiresGrad && (wanted === undefined || wanted.has(x));
  cotangents.add(root, seed);
  withGrad(createGraph, () => {
    for (const x of inReverse(root, sinks)) {
      const total = cotangents.take(x);
      if (total === undefined) continue;
      if (!total.isConcrete && (isHooked(x) || x.node?.shows)) refuseSamples(x);
      const g = isHooked(x) ? cotangents.keep(callHooks(x, cotangents.keep(total))) : total;
      const isResult = sinks ? sinks.has(x) : x.node === undefined;
      if (isResult) results.set(x, cotangents.keep(g));
      // What a sink depends on is not this walk's: its cotangent is handed out.
      if (isResult || x.node === undefined || (wanted !== undefined && !wanted.has(x))) continue;
      const { node } = x;
      const { inputs, backward, shows } = node;
      if (shows) cotangents.keep(g);
      const made: Storage[] = [];
      const run = () => backward(g, i => isWanted(inputs[i]!));
      const parts = trackStorages(made, () => (nodeListener === undefined ? run() : nodeListener.walk(node, g, run)));
      cotangents.own(made);
      inputs.forEach((input, i) => {
        const part = parts[i];
        if (part !== undefined && isWanted(input)) cotangents.add(input, part);
      });
      cotangents.done(g);
      cotangents.releaseUnused(made);
    }
  });
  return results;
}

function storageOf(g: Tensor): Storage {
  return concrete(g).storage;
}

/** Code of the user sees one gradient at a time. */
function refuseSamples(x: Tensor): never {
  throw new VmapError("hooks and gradients of one's own take one gradient at a time", { op: x.node?.op ?? "hook" });
}

/** The cotangents on their way, and how many of them lie in each storage that the walk has made. */
class Cotangents {
  #waiting = new Map<Tensor, Tensor>();
  #uses = new Map<Storage, number>();
  #release: boolean;

  constructor(release: boolean) {
    this.#release = release;
  }

  /** Storages made by the walk: only these may be released. */
  own(made: readonly Storage[]): void {
    if (this.#release) for (const storage of made) this.#uses.set(storage, 0);
  }

  add(x: Tensor, part: Tensor): void {
    const before = this.#waiting.get(x);
    if (before === undefined) {
      this.#count(part, 1);
      this.#waiting.set(x, part);
      return;
    }
    const made: Storage[] = [];
    const total = trackStorages(made, () => add(before, part)) as Tensor;
    this.own(made);
    this.#count(total, 1);
    this.#waiting.set(x, total);
    this.done(before);
    this.releaseUnused([storageOf(part)]);
  }

  /** The cotangent of x; it is in use until `done`. */
  take(x: Tensor): Tensor | undefined {
    const g = this.#waiting.get(x);
    this.#waiting.delete(x);
    return g;
  }

  /** Somebody outside has it: its storage is not the walk's any more. */
  keep(g: Tensor): Tensor {
    this.#uses.delete(storageOf(g));
    return g;
  }

  done(g: Tensor): void {
    this.#count(g, -1);
    this.releaseUnused([storageOf(g)]);
  }

  releaseUnused(storages: readonly Storage[]): void {
    for (const storage of storages) {
      if (this.#uses.get(storage) !== 0) continue;
      this.#uses.delete(storage);
      storage.release();
    }
  }

  #count(g: Tensor, by: number): void {
    const storage = storageOf(g);
    const uses = this.#uses.get(storage);
    if (uses !== undefined) this.#uses.set(storage, uses + by);
  }
}

/**
 * All tensors that root depends on, each after everything that uses it: the order of making, backwards. Leaves come last. What
 * only sinks depend on is left out.
 */
function inReverse(root: Tensor, sinks: ReadonlySet<Tensor> | undefined): Tensor[] {
  const seen = new Set<Tensor>();
  const todo: Tensor[] = [];
  const made: Made[] = [];
  const leaves: Tensor[] = [];
  let last = Number.POSITIVE_INFINITY;
  let isOrdered = true;
  const find = (x: Tensor): void => {
    seen.add(x);
    todo.push(x);
    if (x.node === undefined) {
      leaves.push(x);
      return;
    }
    isOrdered &&= x.node.order < last;
    last = x.node.order;
    made.push(x as Made);
  };
  find(root);
  for (let x = todo.pop(); x !== undefined; x = todo.pop()) {
    if (x.node === undefined || sinks?.has(x)) continue;
    const { inputs } = x.node;
    for (let i = 0; i < inputs.length; i++) {
      const input = inputs[i]!;
      if (input.requiresGrad && !seen.has(input)) find(input);
    }
  }
  // A chain of operations is met in its order.
  if (!isOrdered) made.sort((a, b) => b.node.order - a.node.order);
  return [...made, ...leaves];
}

type Made = Tensor & { node: GradNode };

/** The tensors between root and the sinks: the others need no cotangent. */
function ancestorsOf(root: Tensor, sinks: ReadonlySet<Tensor>): Set<Tensor> {
  const wanted = new Set<Tensor>();
  for (const x of inReverse(root, sinks).reverse()) {
    if (sinks.has(x) || x.node?.inputs.some(input => wanted.has(input))) wanted.add(x);
  }
  return wanted;
}
