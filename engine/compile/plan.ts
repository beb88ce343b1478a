import type { Backend, TypedArray } from "../backend/backend.js";
import { withCapture } from "../capturing.js";
import { Storage } from "../memory.js";
import { parametersSignature } from "../parameters.js";
import { attributed } from "../profile/attribution.js";
import { allocate, compute, flushIfDue, keepForReaders, mixedDevices, recordCopy } from "../record.js";
import { Tensor } from "../tensor.js";
import type { Origin } from "../watching.js";
import { type Effect, Recorder, type Use } from "./recorder.js";
import { planSlots } from "./slots.js";
import { mapTensors, requireTensors } from "./tree.js";

/** Where a storage is named in the words. */
interface Binding {
  /** Of state the storage itself; of others an empty one that stands for it, so that the plan does not hold its memory. */
  storage: Storage;
  bytes: number;
  /** Where its elements began. */
  origin: number;
  places: readonly number[];
  writes: boolean;
}

/** A captured call, to be run again over other inputs. */
export class Plan {
  readonly #backend: Backend;
  readonly #words: Float64Array;
  /** Pieces of the words that fit the command buffer, cut between records, with where each record comes from. */
  readonly #pieces: { words: Float64Array; origins: readonly (Origin | undefined)[] }[] = [];
  /** The words as they were captured: offsets are counted from these. */
  readonly #captured: Float64Array;
  readonly #effects: readonly Effect[];
  readonly #guards: readonly (() => boolean)[];
  readonly #constants: readonly [Storage, ArrayBufferView][];
  readonly #inputs: Binding[];
  /** Storages that were there before: parameters, optimizer state, closed-over tensors. */
  readonly #state: Binding[] = [];
  /** By leaf: its gradient before the call, where the call adds to it. */
  readonly #gradientsIn = new Map<Tensor, Binding>();
  readonly #gradientsOut: [leaf: Tensor, gradient: Tensor | undefined][];
  /** Fresh in every call; `data` is what such a storage begins with, where JavaScript has made it and a record may change it. */
  readonly #outputs: (Binding & { data: ArrayBufferView | undefined })[] = [];
  readonly #slots: { bytes: number; places: number[]; storage: Storage | undefined }[] = [];
  readonly #rewritten: readonly [Storage, ArrayBufferView][];
  readonly #result: unknown;
  readonly #bytes: number;
  #failures: number;
  /** What the capturing call itself gives back. */
  readonly first: unknown;

  /** Runs the function once, listening. `leaves` are those that got gradients in the call before. */
  constructor(args: unknown, call: (args: unknown) => unknown, backend: Backend, leaves: Iterable<Tensor>) {
    this.#backend = backend;
    const recorder = new Recorder();
    const began = new Map([...leaves].map(leaf => [leaf, leaf.grad]));
    const stood: [Tensor, Tensor][] = [];
    const stand = mapTensors(args, x => {
      const own = standIn(x);
      stood.push([x, own]);
      return own;
    });
    const listen = () => {
      const result = call(stand);
      requireTensors(result);
      mapTensors(result, x => {
        compute(x);
        return x;
      });
      for (const leaf of recorder.leaves.keys()) if (leaf.grad) compute(leaf.grad);
      return result;
    };
    // A replay runs no operation: what a profile says of it must be known from here.
    const captured = withCapture(recorder, () => attributed(listen));
    const strange = recorder.uses.find(({ storage }) => storage.backend !== backend);
    if (strange) throw mixedDevices("compile", backend.name, strange.storage.backend.name);
    this.#captured = recorder.words.subarray(0, recorder.length);
    this.#words = this.#captured.slice();
    this.#effects = recorder.effects;
    this.#guards = recorder.guards;
    const parameters = parametersSignature();
    recorder.guards.push(() => parametersSignature() === parameters);
    this.#failures = backend.commands.failures;

    const uses = new Map<Storage, Use[]>();
    for (const use of recorder.uses) {
      const others = uses.get(use.storage);
      if (others) others.push(use);
      else uses.set(use.storage, [use]);
    }
    const bind = (storage: Storage, origin = 0): Binding => {
      const named = uses.get(storage) ?? [];
      const writes = named.some(use => use.writes);
      return { storage, bytes: storage.bytes, origin, places: named.map(({ at }) => at), writes };
    };
    const tokens = new Map<Storage, Storage>();
    const bindToken = (storage: Storage, origin = 0): Binding => {
      const token = new Storage(backend, 0);
      tokens.set(storage, token);
      return { ...bind(storage, origin), storage: token };
    };
    /** The same view; where its memory changes from call to call, over the token. */
    const template = (x: Tensor) => {
      const token = tokens.get(x.storage);
      return token === undefined ? outward(x) : rebased(x, token, 0);
    };
    this.#inputs = stood.map(([, own]) => bindToken(own.storage));
    for (const [leaf, before] of recorder.leaves) {
      if (before !== undefined && !recorder.owns(before.storage)) {
        this.#gradientsIn.set(leaf, bindToken(before.storage, before.offset));
        const layout = layoutOf(before);
        recorder.guards.push(() => leaf.grad !== undefined && layoutOf(leaf.grad) === layout);
      } else if (began.get(leaf) === undefined) recorder.guards.push(() => leaf.grad === undefined);
    }
    const returned = new Set<Storage>();
    const give = (x: Tensor): Tensor => {
      if (recorder.owns(x.storage)) returned.add(x.storage);
      return x;
    };
    mapTensors(captured, give);
    for (const { grad } of recorder.leaves.keys()) if (grad) give(grad);
    const written = (storage: Storage) => bind(storage).writes;
    const isConstant = (storage: Storage) => recorder.constants.has(storage) && !written(storage);
    for (const storage of returned)
      if (!isConstant(storage)) this.#outputs.push({ ...bindToken(storage), data: recorder.constants.get(storage) });
    this.#constants = [...recorder.constants].filter(([storage]) => !tokens.has(storage));
    this.#rewritten = this.#constants.filter(([storage]) => written(storage));
    for (const storage of uses.keys()) {
      if (!recorder.owns(storage) && !tokens.has(storage)) this.#state.push(bind(storage));
    }

    const inside = (storage: Storage) =>
      recorder.owns(storage) && !returned.has(storage) && !recorder.constants.has(storage);
    const { bytes, slotOf } = planSlots(recorder.uses, inside);
    for (const size of bytes) this.#slots.push({ bytes: size, places: [], storage: undefined });
    for (const [storage, slot] of slotOf) this.#slots[slot]!.places.push(...bind(storage).places);
    let total = 0;
    for (const storage of recorder.owned) {
      total += storage.bytes;
      if (inside(storage) && !recorder.kept.has(storage)) storage.release();
    }
    this.#bytes = total;
    this.#cut(recorder.starts, recorder.origins);
    this.#gradientsOut = [...recorder.leaves.keys()].map(leaf => [leaf, leaf.grad && template(leaf.grad)]);
    this.#result = mapTensors(captured, template);
    const actual = (x: Tensor) => {
      const [given] = stood.find(([, own]) => own.storage === x.storage) ?? [];
      return given === undefined ? outward(x) : rebased(x, given.storage, given.offset);
    };
    this.first = mapTensors(captured, actual);
    for (const leaf of recorder.leaves.keys()) if (leaf.grad) leaf.grad = actual(leaf.grad);
    // A function that writes into its argument wrote into the stand-in.
    stood.forEach(([x, own], i) => {
      if (this.#inputs[i]!.writes) recordCopy(own, x);
      own.storage.release();
    });
  }

  /** Whether what the function depended on, beside its arguments, is as it was. */
  get fits(): boolean {
    return this.#guards.every(holds => holds());
  }

  /** Bytes that the plan keeps between calls. */
  get bytes(): number {
    return this.#slots.reduce((sum, { bytes }) => sum + bytes, 0);
  }

  /** Records the call over these inputs. With `sent`, it is executed in the background; the promises of that are appended. */
  replay(args: readonly Tensor[], sent?: Promise<void>[]): unknown {
    for (const { storage, writes } of this.#state) {
      storage.requireLive("the compiled function");
      if (writes && storage.readers !== undefined) keepForReaders(storage);
    }
    const standing = new Map<Storage, { storage: Storage; base: number }>();
    const bind = (binding: Binding, x: Tensor) => {
      compute(x);
      if (binding.writes && x.storage.readers !== undefined) keepForReaders(x.storage);
      const base = x.offset - binding.origin;
      this.#name(binding.places, x.storage.id, base);
      standing.set(binding.storage, { storage: x.storage, base });
    };
    for (let i = 0; i < this.#inputs.length; i++) bind(this.#inputs[i]!, args[i]!);
    for (const [leaf, binding] of this.#gradientsIn) bind(binding, leaf.grad!);
    this.#claimSlots();
    for (const { storage, bytes, places, data } of this.#outputs) {
      const fresh = new Storage(this.#backend, bytes);
      if (data !== undefined) this.#backend.write(fresh.id, 0, data as TypedArray);
      this.#name(places, fresh.id, 0);
      standing.set(storage, { storage: fresh, base: 0 });
    }
    for (const [storage, data] of this.#rewritten) this.#backend.write(storage.id, 0, data as TypedArray);
    for (const { at, run } of this.#effects) run(this.#words, at);
    this.#send(sent);
    const current = (x: Tensor): Tensor => {
      const other = standing.get(x.storage);
      return other === undefined ? x : rebased(x, other.storage, other.base);
    };
    for (const [leaf, gradient] of this.#gradientsOut) leaf.grad = gradient && current(gradient);
    return mapTensors(this.#result, current);
  }

  #send(sent: Promise<void>[] | undefined): void {
    const { commands } = this.#backend;
    for (const piece of this.#pieces) {
      if (sent !== undefined && !commands.hasRoom(piece.words.length)) sent.push(this.#backend.flushAside());
      commands.append(piece.words, piece.origins);
    }
    if (sent !== undefined) {
      sent.push(this.#backend.flushAside());
      return;
    }
    commands.results += this.#bytes;
    flushIfDue(this.#backend);
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
      for (const [storage, data] of this.#constants) this.#backend.write(storage.id, 0, data as TypedArray);
    }
    this.#failures = failures;
    for (const slot of this.#slots) {
      if (slot.storage !== undefined) continue;
      slot.storage = new Storage(this.#backend, slot.bytes);
      this.#name(slot.places, slot.storage.id, 0);
    }
  }

  /** Writes a storage into the words; `base` is where its elements begin. */
  #name(places: readonly number[], id: number, base: number): void {
    const words = this.#words;
    const captured = this.#captured;
    for (let i = 0; i < places.length; i++) {
      const at = places[i]!;
      words[at] = id;
      words[at + 1] = captured[at + 1]! + base;
    }
  }

  #cut(starts: readonly number[], origins: readonly (Origin | undefined)[]): void {
    const { length } = this.#words;
    const room = this.#backend.commands.words.length;
    let from = 0;
    let first = 0;
    for (let i = 1; i <= starts.length; i++) {
      const end = starts[i] ?? length;
      if (i < starts.length && (starts[i + 1] ?? length) - from <= room) continue;
      this.#pieces.push({ words: this.#words.subarray(from, end), origins: origins.slice(first, i) });
      from = end;
      first = i;
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

function layoutOf(x: Tensor): string {
  return `${x.dtype}[${x.shape.join()}|${x.strides.join()}]`;
}
