import type { StorageId, TypedArray } from "../../../engine/backend/backend.js";
import type { CpuBinding, FlushOutcome } from "../../../engine/backend/cpu/binding.js";

/** Whole numbers must be equal; floats may differ by rounding. */
function kindOf(array: TypedArray): number {
  if (array instanceof Float32Array) return 4;
  return array instanceof Float64Array ? 8 : 0;
}

/**
 * A binding that works through another one and notes what it was asked for and what was read, for
 * engine/backend/cpu/native/test/replay.cc. It lets nothing go, so that storages have the same ids wherever the same is asked for.
 */
export function recorder(binding: CpuBinding): { binding: CpuBinding; recording: () => Buffer } {
  const parts: Buffer[] = [];
  const owners: object[] = [];
  let words: Float64Array = new Float64Array(0);
  const note = (kind: string, ...numbers: number[]) =>
    parts.push(Buffer.from(Float64Array.of(kind.charCodeAt(0), ...numbers).buffer));
  const noteBytes = (data: TypedArray) => {
    const whole = Buffer.alloc(Math.ceil(data.byteLength / 8) * 8);
    whole.set(new Uint8Array(data.buffer, data.byteOffset, data.byteLength));
    parts.push(whole);
  };
  const over: Partial<CpuBinding> = {
    commandMemory: (count: number) => {
      words = binding.commandMemory(count);
      return words;
    },
    flush: (used: number): FlushOutcome => {
      if (used > 0) {
        note("F", used);
        noteBytes(words.subarray(0, used));
      }
      return binding.flush(used);
    },
    allocate: (owner: object, bytes: number): StorageId => {
      owners.push(owner);
      const id = binding.allocate(owner, bytes);
      note("A", bytes, id);
      return id;
    },
    allocateGroup: (owner: object, bytes: number): StorageId => {
      owners.push(owner);
      const id = binding.allocateGroup(owner, bytes);
      note("G", bytes, id);
      return id;
    },
    release: () => {},
    write: (id: StorageId, offset: number, data: TypedArray): void => {
      note("W", id, offset, kindOf(data), data.byteLength);
      noteBytes(data);
      binding.write(id, offset, data);
    },
    read: (id: StorageId, offset: number, into: TypedArray): void => {
      binding.read(id, offset, into);
      note("R", id, offset, kindOf(into), into.byteLength);
      noteBytes(into);
    },
  };
  const recording = new Proxy(binding, {
    get: (target, name) => {
      const own = over[name as keyof CpuBinding] ?? Reflect.get(target, name, target);
      return typeof own === "function" && !(name in over) ? own.bind(target) : own;
    },
  });
  return { binding: recording, recording: () => Buffer.concat(parts) };
}
