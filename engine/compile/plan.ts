import type { Backend, TypedArray } from "../backend/backend.js";
import { withCapture } from "../capturing.js";
import { Storage } from "../memory.js";
import { allocate, compute, countRecorded, flushIfDue, keepForReaders, recordCopy } from "../record.js";
import { Tensor } from "../tensor.js";
import { Recorder, type Use } from "./recorder.js";
import { planSlots } from "./slots.js";
import { mapTensors, requireTensors } from "./tree.js";

/** Where a storage is named in the words. */
interface Binding {
  storage: Storage;
  /** Where its elements began. */
  origin: number;
  uses: readonly Use[];
  writes: boolean;
}

/** A captured call, to be run again over other inputs. */
export class Plan {
  readonly #backend: Backend;
  readonly #words: Float64Array;
  /** Pieces of the words that fit the command buffer, cut between records. */
  readonly #pieces: Float64Array[] = [];
  readonly #recorder: Recorder;
  readonly #inputs: Binding[];
  /** Storages that were there before: parameters, optimizer state, closed-over tensors. */
  readonly #state: Binding[] = [];
  /** By leaf: its gradient before the call, where the call adds to it. */
  readonly #gradientsIn = new Map<Tensor, Binding>();
  readonly #gradientsOut: [leaf: Tensor, gradient: Tensor | undefined][];
  readonly #outputs: Binding[] = [];
  readonly #slots: { bytes: number; uses: Use[]; storage: Storage | undefined }[] = [];
  readonly #rewritten: [Storage, ArrayBufferView][] = [];
  readonly #result: unknown;
  readonly #bytes: number;
  #failures: number;
  /** What the capturing call itself gives back. */
  readonly first: unknown;

  /** Runs the function once, listening. `leaves` are those that got gradients in the call before. */
  constructor(args: unknown, call: (args: unknown) => unknown, backend: Backend, leaves: Iterable<Tensor>) {
    this.#backend = backend;
    const recorder = new Recorder();
    this.#recorder = recorder;
    const began = new Map([...leaves].map(leaf => [leaf, leaf.grad]));
    const stood: [Tensor, Tensor][] = [];
    const stand = mapTensors(args, x => {
      const own = standIn(x);
      stood.push([x, own]);
      return own;
    });
    this.#result = withCapture(recorder, () => {
      const result = call(stand);
      requireTensors(result);
      mapTensors(result, x => {
        compute(x);
        return x;
      });
      for (const leaf of recorder.leaves.keys()) if (leaf.grad) compute(leaf.grad);
      return result;
    });
    this.#words = recorder.words.slice(0, recorder.length);
    this.#failures = backend.commands.failures;

    const uses = new Map<Storage, Use[]>();
    for (const use of recorder.uses) {
      const others = uses.get(use.storage);
      if (others) others.push(use);
      else uses.set(use.storage, [use]);
    }
    const bind = (storage: Storage, origin = 0): Binding => {
      const named = uses.get(storage) ?? [];
      return { storage, origin, uses: named, writes: named.some(({ writes }) => writes) };
    };
    this.#inputs = stood.map(([, own]) => bind(own.storage));
    const bound = new Set(this.#inputs.map(({ storage }) => storage));
    for (const [leaf, before] of recorder.leaves) {
      if (before !== undefined && !recorder.owns(before.storage)) {
        this.#gradientsIn.set(leaf, bind(before.storage, before.offset));
        bound.add(before.storage);
        recorder.guards.push(() => leaf.grad !== undefined && sameLayout(leaf.grad, before));
      } else if (began.get(leaf) === undefined) recorder.guards.push(() => leaf.grad === undefined);
    }
    this.#gradientsOut = [...recorder.leaves.keys()].map(leaf => [leaf, leaf.grad]);
    const returned = new Set<Storage>();
    const give = (x: Tensor): Tensor => {
      if (recorder.owns(x.storage)) returned.add(x.storage);
      return x;
    };
    mapTensors(this.#result, give);
    for (const [, gradient] of this.#gradientsOut) if (gradient) give(gradient);
    const written = (storage: Storage) => bind(storage).writes;
    const isConstant = (storage: Storage) => recorder.constants.has(storage) && !written(storage);
    for (const storage of returned) if (!isConstant(storage)) this.#outputs.push(bind(storage));
    for (const [storage, data] of recorder.constants) {
      if (written(storage) && !returned.has(storage)) this.#rewritten.push([storage, data]);
    }
    for (const storage of uses.keys()) {
      if (!recorder.owns(storage) && !bound.has(storage)) this.#state.push(bind(storage));
    }

    const inside = (storage: Storage) =>
      recorder.owns(storage) && !returned.has(storage) && !recorder.constants.has(storage);
    const { bytes, slotOf } = planSlots(recorder.uses, inside);
    for (const size of bytes) this.#slots.push({ bytes: size, uses: [], storage: undefined });
    for (const [storage, slot] of slotOf) this.#slots[slot]!.uses.push(...uses.get(storage)!);
    let total = 0;
    for (const storage of recorder.owned) {
      total += storage.bytes;
      if (inside(storage)) storage.release();
    }
    this.#bytes = total;
    this.#cut();
    this.first = mapTensors(this.#result, x => {
      const at = stood.findIndex(([, own]) => own.storage === x.storage);
      return at < 0 ? outward(x) : rebased(x, stood[at]![0].storage, stood[at]![0].offset);
    });
    // A function that writes into its argument wrote into the stand-in.
    stood.forEach(([x, own], i) => {
      if (this.#inputs[i]!.writes) recordCopy(own, x);
    });
  }

  /** Whether what the function depended on, beside its arguments, is as it was. */
  get fits(): boolean {
    return this.#recorder.guards.every(holds => holds());
  }

  /** Bytes that the plan keeps between calls. */
  get bytes(): number {
    return this.#slots.reduce((sum, { bytes }) => sum + bytes, 0);
  }

  replay(args: readonly Tensor[]): unknown {
    const { commands } = this.#backend;
    for (const { storage, writes } of this.#state) {
      storage.requireLive("the compiled function");
      if (writes && storage.readers !== undefined) keepForReaders(storage);
    }
    const standing = new Map<Storage, { storage: Storage; base: number }>();
    const bind = (binding: Binding, x: Tensor) => {
      compute(x);
      if (binding.writes && x.storage.readers !== undefined) keepForReaders(x.storage);
      const base = x.offset - binding.origin;
      this.#name(binding.uses, x.storage.id, base);
      standing.set(binding.storage, { storage: x.storage, base });
    };
    for (let i = 0; i < this.#inputs.length; i++) bind(this.#inputs[i]!, args[i]!);
    for (const [leaf, binding] of this.#gradientsIn) bind(binding, leaf.grad!);
    this.#claimSlots();
    for (const { storage, uses } of this.#outputs) {
      const fresh = new Storage(this.#backend, storage.bytes);
      this.#name(uses, fresh.id, 0);
      standing.set(storage, { storage: fresh, base: 0 });
    }
    for (const [storage, data] of this.#rewritten) this.#backend.write(storage.id, 0, data as TypedArray);
    for (const { at, run } of this.#recorder.effects) run(this.#words, at);
    for (let i = 0; i < this.#pieces.length; i++) commands.append(this.#pieces[i]!);
    countRecorded(this.#bytes);
    flushIfDue(this.#backend);
    const current = (x: Tensor): Tensor => {
      const other = standing.get(x.storage);
      return other === undefined ? outward(x) : rebased(x, other.storage, other.base);
    };
    for (const [leaf, gradient] of this.#gradientsOut) leaf.grad = gradient && current(gradient);
    return mapTensors(this.#result, current);
  }

  /** Gives the plan's own memory back. */
  dispose(): void {
    for (const slot of this.#slots) {
      slot.storage?.release();
      slot.storage = undefined;
    }
  }

  /** The blocks for what lies between. After a Stop they are taken anew: parts of them may count as never computed. */
  #claimSlots(): void {
    const { failures } = this.#backend.commands;
    if (failures !== this.#failures) {
      this.dispose();
      for (const [storage, data] of this.#recorder.constants) this.#backend.write(storage.id, 0, data as TypedArray);
    }
    this.#failures = failures;
    for (const slot of this.#slots) {
      if (slot.storage !== undefined) continue;
      slot.storage = new Storage(this.#backend, slot.bytes);
      this.#name(slot.uses, slot.storage.id, 0);
    }
  }

  /** Writes a storage into the words; `base` is where its elements begin. */
  #name(uses: readonly Use[], id: number, base: number): void {
    const words = this.#words;
    const offsets = this.#recorder.words;
    for (let i = 0; i < uses.length; i++) {
      const { at } = uses[i]!;
      words[at] = id;
      words[at + 1] = offsets[at + 1]! + base;
    }
  }

  #cut(): void {
    const { starts, length } = this.#recorder;
    const room = this.#backend.commands.words.length;
    let from = 0;
    for (let i = 1; i <= starts.length; i++) {
      const end = starts[i] ?? length;
      if (i < starts.length && (starts[i + 1] ?? length) - from <= room) continue;
      this.#pieces.push(this.#words.subarray(from, end));
      from = end;
    }
  }
}

/** A tensor of its own memory with the values and the layout of an argument: what the function sees while it is captured. */
function standIn(x: Tensor): Tensor {
  const { storage } = allocate(x.shape, x.dtype, x.storage.backend);
  const own = new Tensor(storage, x.shape, x.dtype, x.strides, 0);
  recordCopy(x, own);
  return own;
}

/** The same view over other memory. */
function rebased(x: Tensor, storage: Storage, base: number): Tensor {
  return new Tensor(storage, x.shape, x.dtype, x.strides, x.offset + base);
}

/** A result as the caller gets it: gradients do not flow through a compiled function. */
export function outward(x: Tensor): Tensor {
  return x.node === undefined ? x : x.detach();
}

function sameLayout(x: Tensor, y: Tensor): boolean {
  return (
    x.dtype === y.dtype &&
    x.strides.join() === y.strides.join() &&
    x.shape.join() === y.shape.join() &&
    x.storage.bytes === y.storage.bytes
  );
}
