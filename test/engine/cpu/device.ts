import type { StorageId, TypedArray } from "../../../engine/backend/backend.js";
import { type Opcode, opcodes, type Primitive, primitives } from "../../../engine/backend/commands.js";
import { type CpuBackend, cpuBackend } from "../../../engine/backend/cpu/cpu.js";
import { bytesPerElement, type DType, dtypeCode } from "../../../engine/dtype.js";

/** A block of device memory as these tests name it. Alive as long as the object is. */
export interface Block {
  id: StorageId;
  n: number;
  dtype: DType;
}

/** A view of a block: strides and offset in elements. */
export interface View {
  of: Block;
  offset?: number;
  strides: number[];
}

const arrays = {
  float32: Float32Array,
  float64: Float64Array,
  float16: Uint16Array,
  bfloat16: Uint16Array,
  int8: Int8Array,
  int32: Int32Array,
  int64: BigInt64Array,
  uint8: Uint8Array,
  uint32: Uint32Array,
  bool: Uint8Array,
} as const;

/** An instruction of a tape: the primitive and the registers it reads. */
export type Instruction = [Primitive, ...number[]];

/** Writes records to a backend, in the words of `commands.ts`. */
export class Device {
  readonly backend: CpuBackend;
  // A block that is made within a call has no other holder until its command has run, and a collection may come in between.
  #held: Block[] = [];

  constructor(backend = cpuBackend()) {
    this.backend = backend;
  }

  /** A block with undefined content. */
  empty(n: number, dtype: DType = "float32"): Block {
    const block: Block = { id: -1, n, dtype };
    block.id = this.backend.allocate(block, n * bytesPerElement[dtype]);
    return block;
  }

  /** A block that holds these numbers, alive at least until the next `read`; 16-bit floats are given as their bits. */
  block(values: ArrayLike<number>, dtype: DType = "float32"): Block {
    const block = this.empty(values.length, dtype);
    this.#held.push(block);
    const data: TypedArray =
      dtype === "int64"
        ? BigInt64Array.from(Array.from(values, v => BigInt(v)))
        : arrays[dtype as Exclude<DType, "int64">].from(values);
    this.backend.write(block.id, 0, data);
    return block;
  }

  /** The block's content as numbers. */
  read(block: Block): number[] {
    const into = new arrays[block.dtype](block.n);
    this.backend.read(block.id, 0, into);
    this.#held = [];
    return Array.from(into as ArrayLike<number | bigint>, Number);
  }

  /** Writes one record. */
  record(opcode: Opcode, words: number[]): void {
    const { commands } = this.backend;
    commands.open(opcode, words.length + 2);
    for (const word of words) commands.push(word);
    commands.close();
  }

  /** An elementwise expression. Registers: inputs, then constants, then instructions. */
  tape(
    dims: number[],
    inputs: View[],
    outputs: [View, number][],
    constants: number[],
    code: Instruction[],
    compute = 0,
  ): void {
    this.record(opcodes.tape, [
      compute,
      dims.length,
      inputs.length,
      outputs.length,
      constants.length,
      code.length,
      ...dims,
      ...inputs.flatMap(strided),
      ...outputs.flatMap(([view, register]) => [...strided(view), register]),
      ...constants,
      ...code.flatMap(([name, a = 0, b = 0, c = 0]) => [primitives[name][0], a, b, c]),
    ]);
  }
}

/** `[storage, offset, dtype]` of a whole block, or of its tail. */
export function operand(block: Block, offset = 0): [number, number, number] {
  return [block.id, offset, dtypeCode[block.dtype]];
}

/** An operand with its strides. */
export function strided({ of, offset = 0, strides }: View): number[] {
  return [...operand(of, offset), ...strides];
}

/** A dense row-major view. */
export function dense(of: Block, dims: number[]): View {
  const strides = dims.map((_, d) => dims.slice(d + 1).reduce((a, b) => a * b, 1));
  return { of, strides };
}

/** Numbers in [low, high) that are the same in every run (mulberry32). */
export function numbers(n: number, seed: number, low = -1, high = 1): number[] {
  let state = seed >>> 0;
  return Array.from({ length: n }, () => {
    state = (state + 0x6d2b79f5) >>> 0;
    let t = Math.imul(state ^ (state >>> 15), 1 | state);
    t = (t + Math.imul(t ^ (t >>> 7), 61 | t)) ^ t;
    return Math.fround(low + ((high - low) * ((t ^ (t >>> 14)) >>> 0)) / 4294967296);
  });
}

/** Every index of a row-major space. */
export function* indices(dims: number[]): Generator<number[]> {
  const total = dims.reduce((a, b) => a * b, 1);
  for (let i = 0; i < total; i++) {
    let rest = i;
    yield dims
      .map((_, d) => {
        const dim = dims[dims.length - 1 - d] as number;
        const at = rest % dim;
        rest = Math.floor(rest / dim);
        return at;
      })
      .reverse();
  }
}

/** The element of a view at an index, out of the numbers of its block. */
export function at(values: ArrayLike<number>, view: View, index: number[]): number {
  return values[index.reduce((sum, i, d) => sum + i * (view.strides[d] as number), view.offset ?? 0)] as number;
}

/**
 * The largest error of `got` against `want`, in units of `max(|want|, floor)`; NaN and infinities must agree exactly, else Infinity.
 */
export function worstError(got: ArrayLike<number>, want: ArrayLike<number>, floor = 1): number {
  if (got.length !== want.length) return Number.POSITIVE_INFINITY;
  let worst = 0;
  for (let i = 0; i < got.length; i++) {
    const g = got[i] as number;
    const w = want[i] as number;
    if (Object.is(g, w) || g === w) continue;
    if (!Number.isFinite(g) || !Number.isFinite(w)) return Number.POSITIVE_INFINITY;
    worst = Math.max(worst, Math.abs(g - w) / Math.max(Math.abs(w), floor));
  }
  return worst;
}
