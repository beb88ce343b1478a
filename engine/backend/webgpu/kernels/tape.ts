import { bytesPerElement } from "../../../dtype.js";
import { Bindings } from "../bindings.js";
import type { Encoder } from "../encoder.js";
import { type Kind, readTape, type Tape, type TypedTape, typeTape } from "../typed-tape.js";
import { convert, load, store } from "../wgsl/elements.js";
import { expressionOf } from "../wgsl/primitives.js";
import { mergeDims, places } from "./extents.js";
import { floatWord, type Kernel } from "./kernel.js";

interface Place {
  buffer: GPUBuffer;
  /** In elements. */
  offset: number;
}

/**
 * Where the inputs lie. A tape may read more storages than a shader has bindings for: what is too many is copied into one
 * buffer first.
 */
function placesOf({ inputs, out }: Tape, gpu: Encoder): Place[] {
  const written = gpu.buffers.of(out.storage);
  const found: Place[] = inputs.map(({ storage, offset }) => ({ buffer: gpu.buffers.of(storage), offset }));
  const others = [...new Set(found.map(({ buffer }) => buffer))].filter(buffer => buffer !== written);
  if (others.length + 1 <= gpu.mostBindings) return found;
  const surplus = others.slice(gpu.mostBindings - 2);
  const packed = gpu.scratch(surplus.reduce((bytes, { size }) => bytes + size, 0));
  const starts = new Map<GPUBuffer, number>();
  let at = 0;
  for (const buffer of surplus) {
    gpu.copy(buffer, packed, at);
    starts.set(buffer, at);
    at += buffer.size;
  }
  return found.map(({ buffer, offset }, i) => {
    const start = starts.get(buffer);
    if (start === undefined) return { buffer, offset };
    return { buffer: packed, offset: offset + start / bytesPerElement[inputs[i]!.dtype] };
  });
}

/** The value of a register as `kind`; constants lie in two words, as a float and as an integer. */
function operand(register: number, kind: Kind, { kinds }: TypedTape, tape: Tape, constantsAt: number): string {
  const own = kinds[register]!;
  if (own !== "constant") return convert(`r${register}`, own, kind);
  const at = constantsAt + 2 * (register - tape.inputs.length);
  return kind === "f32" ? `F(${at}u)` : kind === "i32" ? `I(${at + 1}u)` : `P(${at + 1}u)`;
}

/** Elementwise: one lane computes one element. */
export const tape: Kernel = (record, gpu) => {
  const tape = readTape(record);
  const typed = typeTape(tape);
  const { inputs, out, constants } = tape;
  const lie = placesOf(tape, gpu);
  const bindings = new Bindings();
  const into = bindings.write(gpu.buffers.of(out.storage), out.dtype);
  const from = lie.map(({ buffer }) => bindings.read(buffer));

  const operands = [...inputs, out];
  const { dims, strides } = mergeDims(
    tape.dims,
    operands.map(x => x.strides),
  );
  const rank = dims.length;
  const strideAt = operands.map((_, i) => 1 + rank + i * (rank + 1) + 1);
  const constantsAt = 1 + rank + operands.length * (rank + 1);
  const parameters = [
    ...dims,
    ...operands.flatMap((x, i) => [lie[i]?.offset ?? x.offset, ...strides[i]!]),
    ...constants.flatMap(value => [floatWord(value), Number.isInteger(value) ? value : 0]),
  ];

  const code = () => {
    const starts = operands.map((_, i) => `I(${strideAt[i]! - 1}u)`);
    const lines = [places("p", "t", rank, 1, strideAt, starts)];
    const at = (register: number, kind: Kind) => operand(register, kind, typed, tape, constantsAt);
    inputs.forEach((x, i) => {
      const kind = typed.kinds[i] as Kind;
      const value = load(x.dtype, from[i]!, `u32(p${i})`, kind, bindings.isAtomic(from[i]!));
      lines.push(`let r${i} = ${value};`);
    });
    lines.push(...stepLines(typed, inputs.length + constants.length, at));
    const own = typed.kinds[tape.result]!;
    const kind = own === "constant" ? (out.dtype === "float32" ? "f32" : "i32") : own;
    lines.push(store(out.dtype, into, `u32(p${inputs.length})`, at(tape.result, kind), kind));
    return `fn run(t: u32) {\n${lines.join("\n")}\n}`;
  };
  const kinds = typed.kinds.map(kind => kind[0]).join("");
  const types = operands.map(({ dtype }) => dtype).join();
  gpu.dispatch({
    key: `tape ${rank} ${types} ${[...from, into]} ${kinds} ${stepsKey(typed)} ${tape.result}`,
    bindings,
    code,
    parameters,
    threads: tape.dims.reduce((n, length) => n * length, 1),
  });
};

/** The steps as statements that name their registers from `first` on; `at` gives a register as a kind. */
export function stepLines(typed: TypedTape, first: number, at: (register: number, kind: Kind) => string): string[] {
  return typed.steps.map(({ primitive, kind, args }, i) => {
    const values = args.map(register => at(register, kind));
    if (primitive === "select") values[0] = condition(args[0]!, typed, at);
    return `let r${first + i} = ${expressionOf(primitive, kind, values)};`;
  });
}

/** Steps with their kinds, as text: part of the key of a shader. */
export function stepsKey({ steps }: TypedTape): string {
  return steps.map(({ primitive, kind, args }) => `${primitive}:${kind[0]}(${args})`).join(";");
}

/** What `select` decides by: whether a register is not 0. */
function condition(register: number, { kinds }: TypedTape, at: (register: number, kind: Kind) => string): string {
  const kind = kinds[register]!;
  if (kind === "constant" || kind === "f32") return `!isZero(${at(register, "f32")})`;
  return `${at(register, kind)} != ${kind === "i32" ? "0" : "0u"}`;
}
