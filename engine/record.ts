import type { Backend } from "./backend/backend.js";
import { NONE, opcodes } from "./backend/commands.js";
import { defaultBackend } from "./device.js";
import { bytesPerElement, type DType, dtypeCode } from "./dtype.js";
import { OutOfMemoryError } from "./errors.js";
import type { Program } from "./expression/program.js";
import { Storage } from "./memory.js";
import { broadcastStrides, formatShape, isDense, rowMajorStrides, type Shape, sizeOf } from "./shape.js";
import { Tensor } from "./tensor.js";

/**
 * Large results are computed at once: while their data is still in the cache, and so that memory that was dropped can be used
 * again. Small ones gather in the command buffer. In bytes of results recorded since the last flush.
 */
const flushAfter = 1 << 18;

let recorded = 0;

/** A tensor with memory of its own, dense, not yet written. @throws OutOfMemoryError naming the shape */
export function allocate<S extends Shape, D extends DType>(
  shape: S,
  dtype: D,
  backend = defaultBackend(),
): Tensor<S, D> {
  const bytes = sizeOf(shape) * bytesPerElement[dtype];
  let storage: Storage;
  try {
    storage = new Storage(backend, bytes);
  } catch (error) {
    if (!(error instanceof OutOfMemoryError)) throw error;
    throw new OutOfMemoryError(`no memory for a tensor of shape ${formatShape(shape)} ${dtype} (${bytes} bytes)`, {
      op: "allocate",
      hint: "Use smaller batches, or drop what is not needed any more.",
    });
  }
  recorded += bytes;
  return new Tensor(storage, shape, dtype, rowMajorStrides(shape));
}

/** Ends a record; executes what was recorded when much has come together. */
export function finish(backend: Backend): void {
  backend.commands.close();
  if (recorded >= flushAfter) {
    recorded = 0;
    backend.flush();
  }
}

/** Ends a record whose data may be refused (an index out of range), and executes it, so that the error appears at its op. */
export function finishNow(backend: Backend): void {
  backend.commands.close();
  recorded = 0;
  backend.flush();
}

/** Begins a record of `words` fields. */
export function open(backend: Backend, opcode: (typeof opcodes)[keyof typeof opcodes], words: number): void {
  backend.commands.open(opcode, words + 2);
}

export function pushOperand(backend: Backend, x: Tensor): void {
  const { commands } = backend;
  commands.push(x.storage.id);
  commands.push(x.offset);
  commands.push(dtypeCode[x.dtype]);
}

export function pushOptional(backend: Backend, x: Tensor | undefined): void {
  const { commands } = backend;
  if (x !== undefined) {
    pushOperand(backend, x);
    return;
  }
  commands.push(NONE);
  commands.push(0);
  commands.push(0);
}

export function pushAll(backend: Backend, words: readonly number[]): void {
  const { commands } = backend;
  for (let i = 0; i < words.length; i++) commands.push(words[i]!);
}

/** Whether a kernel must compute in float64 to hold the values of these dtypes. */
export function isWide(dtype: DType): boolean {
  return dtype === "float64" || dtype === "int32" || dtype === "int64" || dtype === "uint32";
}

/** Runs a program over the inputs, broadcast to the shape of `out`, and writes its result there. */
export function recordTape(
  program: Pick<Program, "instructions" | "result">,
  inputs: readonly Tensor[],
  constants: readonly number[],
  out: Tensor,
): void {
  const { backend } = out.storage;
  const rank = out.shape.length;
  const { instructions } = program;
  let wide = isWide(out.dtype);
  for (let i = 0; i < inputs.length; i++) {
    const x = inputs[i]!;
    x.storage.requireLive("the operation");
    wide ||= isWide(x.dtype);
  }
  open(
    backend,
    opcodes.tape,
    6 + rank + (3 + rank) * inputs.length + (4 + rank) + constants.length + instructions.length,
  );
  const { commands } = backend;
  commands.push(wide ? 1 : 0);
  commands.push(rank);
  commands.push(inputs.length);
  commands.push(1);
  commands.push(constants.length);
  commands.push(instructions.length / 4);
  pushAll(backend, out.shape);
  for (let i = 0; i < inputs.length; i++) {
    const x = inputs[i]!;
    pushOperand(backend, x);
    pushAll(backend, x.shape === out.shape ? x.strides : broadcastStrides(x.shape, x.strides, out.shape));
  }
  pushOperand(backend, out);
  pushAll(backend, out.strides);
  commands.push(program.result);
  pushAll(backend, constants);
  pushAll(backend, instructions);
  finish(backend);
}

/** Writes one value into every element of a dense tensor. */
export function recordFill(out: Tensor, value: number): void {
  const { backend } = out.storage;
  open(backend, opcodes.fill, 5);
  pushOperand(backend, out);
  backend.commands.push(out.size);
  backend.commands.push(value);
  finish(backend);
}

const identity = { instructions: [], result: 0 };

/** Copies `x`, broadcast and converted, into the places of `into`, which may be a view. */
export function recordCopy(x: Tensor, into: Tensor): void {
  recordTape(identity, [x], [], into);
}

/** The same values, one after the other in memory of their own. */
export function denseCopy<S extends Shape, D extends DType>(x: Tensor<S, D>): Tensor<S, D> {
  const out = allocate(x.shape, x.dtype, x.storage.backend);
  recordCopy(x, out);
  return out;
}

/** The tensor itself if it is dense, else a dense copy: for kernels that take rows only. Outside the graph of gradients. */
export function dense<S extends Shape, D extends DType>(x: Tensor<S, D>): Tensor<S, D> {
  x.storage.requireLive("the operation");
  return isDense(x.shape, x.strides) ? x : denseCopy(x);
}

/** The values in another dtype. Outside the graph of gradients. */
export function castCopy<S extends Shape, E extends DType>(x: Tensor<S>, dtype: E): Tensor<S, E> {
  const out = allocate(x.shape, dtype, x.storage.backend);
  recordCopy(x, out);
  return out;
}

/** Dense, and of the dtype that a kernel needs. */
export function prepared<E extends DType>(x: Tensor, dtype: E): Tensor<Shape, E> {
  return (x.dtype === dtype ? dense(x) : castCopy(x, dtype)) as Tensor<Shape, E>;
}
