import type { Backend } from "./backend/backend.js";
import { bytesPerElement, type DType } from "./dtype.js";
import type { Program } from "./expression/program.js";
import { type Readers, Storage, type Work } from "./memory.js";
import { allocate, compute, isWide, recordTape, writeTape } from "./record.js";
import { type Shape, sameShape, sizeOf, stridesLike } from "./shape.js";
import { Tensor } from "./tensor.js";

/** Most values of one tape at a time: what the kernels have chunk buffers for (`maxTapeBuffers`), with a margin. */
const mostRegisters = 36;

/** Larger results are allocated at once, so that a lack of memory is an error of the operation that needs it. */
const mostBytes = 256 << 20;

/**
 * The result of an elementwise operation. It is not computed yet: it stays pending until somebody reads it or a command takes
 * it, and an elementwise operation that takes it runs in the same pass over memory. `relu(x * y + x) * 0.5` is one tape.
 */
export function elementwiseResult(
  program: Program,
  inputs: readonly Tensor[],
  constants: readonly number[],
  shape: Shape,
  dtype: DType,
  backend: Backend,
): Tensor {
  const bytes = sizeOf(shape) * bytesPerElement[dtype];
  let wide = isWide(dtype);
  let held = 0;
  for (let i = 0; i < inputs.length; i++) {
    const { storage, dtype: of } = inputs[i]!;
    storage.requireLive("the operation");
    wide ||= isWide(of);
    held += storage.bytes;
  }
  // Between the operations of a tape there are only the numbers that it computes in.
  const exact = dtype === "bool" || dtype === (wide ? "float64" : "float32");
  const strides = stridesLike(shape, inputs);
  // A pending result keeps its inputs: not where they are much larger than the result.
  if (!exact || inputs.length === 0 || bytes > mostBytes || held > 8 * bytes + 65536) {
    const out = new Tensor(allocate(shape, dtype, backend).storage, shape, dtype, strides);
    recordTape(program, inputs, constants, out);
    return out;
  }
  const work = new Pending(program, inputs, constants, shape, strides, dtype, wide);
  return new Tensor(new Storage(backend, bytes, work), shape, dtype, strides);
}

/** An elementwise operation that is still to run, over inputs of which some may be pending themselves. */
class Pending implements Work {
  readonly shape: Shape;
  readonly strides: readonly number[];
  readonly dtype: DType;
  readonly #program: Program;
  readonly #inputs: readonly Tensor[];
  readonly #constants: readonly number[];
  readonly #wide: boolean;
  readonly #readers: readonly Readers[];
  /** By input: the operation that computes it, when it may run in the same tape. */
  #parts: (Pending | undefined)[] | undefined;
  /** Registers that a tape of this operation and its parts needs at most. */
  readonly #registers: number;
  /** Its storage, and the operations that it is a part of: while there are any, its inputs must stay readable. */
  #holders = 1;
  #isPart = false;
  /** It has been computed into its storage. */
  #recorded = false;
  /** In the tape that is being put together. */
  #tape: Tape | undefined;
  #register = 0;

  constructor(
    program: Program,
    inputs: readonly Tensor[],
    constants: readonly number[],
    shape: Shape,
    strides: readonly number[],
    dtype: DType,
    wide: boolean,
  ) {
    this.#program = program;
    this.#inputs = inputs;
    this.#constants = constants;
    this.shape = shape;
    this.strides = strides;
    this.dtype = dtype;
    this.#wide = wide;
    let registers = inputs.length + constants.length + program.instructions.length / 4;
    for (let i = 0; i < inputs.length; i++) {
      const x = inputs[i]!;
      if (x.storage.work === undefined) continue;
      const twin = inputs.indexOf(x);
      const part = twin < i ? this.#parts?.[twin] : this.#partOf(x, registers);
      if (part === undefined) {
        compute(x);
        continue;
      }
      if (twin === i) {
        registers += part.#registers - 1;
        part.#holders++;
        part.#isPart = true;
      }
      this.#parts ??= new Array<Pending | undefined>(inputs.length);
      this.#parts[i] = part;
    }
    this.#registers = registers;
    this.#readers = readersOf(inputs);
  }

  /** The operation behind an input, if it can run in one tape with this one. An operation is a part only once. */
  #partOf(x: Tensor, registers: number): Pending | undefined {
    const { work } = x.storage;
    if (!(work instanceof Pending) || work.#isPart || work.#wide !== this.#wide || x.storage.isForeign)
      return undefined;
    if (registers + work.#registers - 1 > mostRegisters) return undefined;
    if (x.dtype !== work.dtype || x.offset !== 0 || !sameShape(x.strides, work.strides)) return undefined;
    return sameShape(x.shape, this.shape) && sameShape(work.shape, this.shape) ? work : undefined;
  }

  record(storage: Storage): void {
    this.#recorded = true;
    const out = new Tensor(storage, this.shape, this.dtype, this.strides);
    storage.backend.commands.results += storage.bytes;
    if (this.#parts === undefined) {
      const unchanged = this.#readers.every(({ copy }) => copy === undefined);
      const inputs = unchanged ? this.#inputs : this.#inputs.map((_, i) => this.#input(i));
      writeTape(this.#program, inputs, this.#constants, out);
    } else {
      new Tape().record(this, out);
    }
    this.#letGo();
  }

  discard(): void {
    this.#letGo();
  }

  /** Appends this operation and its parts to a tape; gives the register of the result. */
  appendTo(tape: Tape): number {
    if (this.#tape === tape) return this.#register;
    const { instructions, result } = this.#program;
    const first = taken;
    let next = first;
    taken += this.#inputs.length + this.#constants.length + instructions.length / 4;
    for (let i = 0; i < this.#inputs.length; i++) {
      const part = this.#parts?.[i];
      given[next++] = part && !part.#recorded ? part.appendTo(tape) : tape.input(this.#input(i));
    }
    for (let i = 0; i < this.#constants.length; i++) given[next++] = tape.constant(this.#constants[i]!);
    for (let i = 0; i < instructions.length; i += 4) {
      const a = given[first + instructions[i + 1]!]!;
      const b = given[first + instructions[i + 2]!]!;
      const c = given[first + instructions[i + 3]!]!;
      given[next++] = tape.instruction(instructions[i]!, a, b, c);
    }
    taken = first;
    this.#tape = tape;
    this.#register = given[first + result]!;
    return this.#register;
  }

  /** An input with the value that it had when the operation was asked for. */
  #input(i: number): Tensor {
    const x = this.#inputs[i]!;
    const { copy } = this.#readers[i]!;
    return copy ? new Tensor(copy, x.shape, x.dtype, x.strides, x.offset) : x;
  }

  #letGo(): void {
    if (--this.#holders > 0) return;
    for (let i = 0; i < this.#inputs.length; i++) this.#inputs[i]!.storage.readBy(this.#readers[i]!);
    const parts = this.#parts;
    if (parts === undefined) return;
    this.#parts = undefined;
    for (let i = 0; i < parts.length; i++) {
      if (parts[i] !== undefined && parts.indexOf(parts[i]) === i) parts[i]!.#letGo();
    }
  }
}

/** Notes a reader of every input. A list that is pushed to would be given room for 17. */
function readersOf(inputs: readonly Tensor[]): readonly Readers[] {
  if (inputs.length === 1) return [inputs[0]!.storage.read()];
  if (inputs.length === 2) return [inputs[0]!.storage.read(), inputs[1]!.storage.read()];
  return inputs.map(x => x.storage.read());
}

/**
 * Registers of the operations that are being appended to a tape, one within the other: by the register in an operation's own
 * program, the one in the tape. The first `taken` are in use.
 */
const given = new Int32Array(mostRegisters * mostRegisters);
let taken = 0;

/** Where constants and instructions begin among the registers of a tape that is still growing. */
const constantsFrom = 1 << 10;
const instructionsFrom = 1 << 20;

/** Several operations as one program. */
class Tape {
  readonly #inputs: Tensor[] = [];
  readonly #constants: number[] = [];
  readonly #instructions: number[] = [];

  record(root: Pending, out: Tensor): void {
    taken = 0;
    const result = this.#final(root.appendTo(this));
    const instructions = this.#instructions;
    for (let i = 0; i < instructions.length; i++) if (i % 4 !== 0) instructions[i] = this.#final(instructions[i]!);
    writeTape({ instructions, result }, this.#inputs, this.#constants, out);
  }

  input(x: Tensor): number {
    for (let i = 0; i < this.#inputs.length; i++) if (sameView(x, this.#inputs[i]!)) return i;
    return this.#inputs.push(x) - 1;
  }

  constant(value: number): number {
    const known = this.#constants.findIndex(other => Object.is(other, value));
    return constantsFrom + (known >= 0 ? known : this.#constants.push(value) - 1);
  }

  instruction(primitive: number, a: number, b: number, c: number): number {
    return instructionsFrom + (this.#instructions.push(primitive, a, b, c) - 4) / 4;
  }

  #final(register: number): number {
    if (register < constantsFrom) return register;
    if (register < instructionsFrom) return register - constantsFrom + this.#inputs.length;
    return register - instructionsFrom + this.#inputs.length + this.#constants.length;
  }
}

function sameView(x: Tensor, y: Tensor): boolean {
  if (x === y) return true;
  if (x.storage !== y.storage || x.offset !== y.offset || x.dtype !== y.dtype) return false;
  return sameShape(x.shape, y.shape) && sameShape(x.strides, y.strides);
}
