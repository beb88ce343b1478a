import type { DType } from "../../dtype.js";
import { DTypeError } from "../../errors.js";
import { type Primitive, primitives } from "../commands.js";
import type { RecordReader, StridedOperand } from "./record-reader.js";

/** What a shader computes in. */
export type Kind = "f32" | "i32" | "u32";

/** An elementwise record. */
export interface Tape {
  wide: boolean;
  dims: number[];
  inputs: StridedOperand[];
  out: StridedOperand;
  result: number;
  constants: number[];
  /** Four words each: primitive and three registers. */
  instructions: number[];
}

export function readTape(record: RecordReader): Tape {
  const wide = record.next() === 1;
  const [rank, inputs, , constants, instructions] = record.take(5) as [number, number, number, number, number];
  return {
    wide,
    dims: record.take(rank),
    inputs: Array.from({ length: inputs }, () => record.strided(rank)),
    out: record.strided(rank),
    result: record.next(),
    constants: record.take(constants),
    instructions: record.take(4 * instructions),
  };
}

/** How a value is at hand: a constant fits every kind that holds it; a truth or a byte fits integers of either sign. */
interface Register {
  kind: Kind | "constant";
  value?: number;
  /** From 0 to 255. */
  small?: boolean;
  /** Comes from integers that float32 may have rounded. */
  rounded?: boolean;
}

export interface Step {
  primitive: Primitive;
  /** What it computes in. */
  kind: Kind;
  /** Registers of its operands. */
  args: number[];
}

/** Steps with the kind of every value. */
export interface TypedTape {
  /** By register: inputs, then constants, then steps. */
  kinds: (Kind | "constant")[];
  steps: Step[];
}

const byCode = new Map<number, [Primitive, number]>(
  Object.entries(primitives).map(([name, [code, arity]]) => [code, [name as Primitive, arity]]),
);

const truths: ReadonlySet<Primitive> = new Set(["eq", "ne", "lt", "le", "gt", "ge", "and", "or", "not", "isnan"]);

/** What integers can do exactly; all else is computed in float32. */
const ofIntegers: ReadonlySet<Primitive> = new Set<Primitive>([
  ...truths,
  ..."neg abs sign floor ceil round trunc square relu add sub mul mod min max select fma".split(" "),
] as Primitive[]);

function ofInput(dtype: DType, wide: boolean): Register {
  if (dtype === "float32") return { kind: "f32" };
  if (dtype === "int32") return { kind: "i32" };
  if (dtype === "uint32") return { kind: "u32" };
  return wide ? { kind: "i32", small: dtype !== "int8" } : { kind: "f32" };
}

function holds(kind: "i32" | "u32", register: Register): boolean {
  if (register.kind === kind) return true;
  if (register.kind !== "constant") return register.kind === "i32" && register.small === true;
  const { value } = register;
  const [least, most] = kind === "i32" ? [-(2 ** 31), 2 ** 31 - 1] : [0, 2 ** 32 - 1];
  return Number.isInteger(value) && value! >= least && value! <= most;
}

/**
 * Finds out in what each value of a tape is computed. WGSL has no 64-bit numbers: where the CPU takes float64 to keep integers
 * exact, integers stay integers here; mixed with floats they become float32, as in PyTorch.
 * @throws DTypeError where this would give another integer than the CPU does
 */
export function typeTape({ wide, inputs, constants, instructions, out, result }: Tape): TypedTape {
  const dtypes = inputs.map(({ dtype }) => dtype);
  const { registers, steps } = typed(dtypes, constants, instructions, wide);
  const last = registers[result]!;
  if ((out.dtype === "int32" || out.dtype === "uint32") && last.rounded) {
    const names = steps.map(({ primitive }) => primitive).join(", ");
    throw new DTypeError(`webgpu computes ${names} in float32, which does not hold every ${out.dtype}`, {
      op: steps.at(-1)?.primitive ?? "cast",
      expected: "float32",
      got: out.dtype,
      hint: 'Cast to float32 first, or compute on the CPU: x.to("cpu")',
    });
  }
  return { kinds: registers.map(({ kind }) => kind), steps };
}

/** The same for a formula of floats, whose results stay floats. */
export function typeFloats(operands: number, constants: readonly number[], instructions: readonly number[]): TypedTape {
  const { registers, steps } = typed(Array(operands).fill("float32"), constants, instructions, false);
  return { kinds: registers.map(({ kind }) => kind), steps };
}

function typed(
  inputs: readonly DType[],
  constants: readonly number[],
  instructions: readonly number[],
  wide: boolean,
): { registers: Register[]; steps: Step[] } {
  const registers: Register[] = inputs.map(dtype => ofInput(dtype, wide));
  for (const value of constants) registers.push({ kind: "constant", value });
  const steps: Step[] = [];
  for (let i = 0; i < instructions.length; i += 4) {
    const [primitive, arity] = byCode.get(instructions[i]!)!;
    const args = instructions.slice(i + 1, i + 1 + arity);
    const operands = args.map(register => registers[register]!);
    const compared = primitive === "select" ? operands.slice(1) : operands;
    const kind = ofIntegers.has(primitive) ? commonKind(primitive, compared, wide) : "f32";
    const rounded =
      kind === "f32" && operands.some(o => o.rounded || o.kind === "u32" || (o.kind === "i32" && !o.small));
    steps.push({ primitive, kind, args });
    if (truths.has(primitive)) registers.push(wide ? { kind: "i32", small: true } : { kind: "f32" });
    else registers.push({ kind, rounded });
  }
  return { registers, steps };
}

function commonKind(primitive: Primitive, operands: readonly Register[], wide: boolean): Kind {
  if (!wide || operands.some(({ kind }) => kind === "f32")) return "f32";
  for (const kind of ["i32", "u32"] as const) if (operands.every(operand => holds(kind, operand))) return kind;
  const kinds = new Set(operands.map(({ kind }) => kind));
  if (kinds.has("i32") && kinds.has("u32")) {
    throw new DTypeError("int32 and uint32 have no common dtype on webgpu", {
      op: primitive,
      hint: 'Cast one of them, or compute on the CPU: x.to("cpu")',
    });
  }
  if (kinds.has("u32") && operands.some(({ value }) => Number.isInteger(value))) {
    throw new DTypeError(`uint32 has no ${operands.find(({ value }) => value !== undefined)!.value} on webgpu`, {
      op: primitive,
      hint: 'Cast to int32, or compute on the CPU: x.to("cpu")',
    });
  }
  return "f32";
}
