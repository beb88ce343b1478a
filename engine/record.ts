import type { Backend, Device, TypedArray } from "./backend/backend.js";
import { NONE, nameOfOpcode, opcodes } from "./backend/commands.js";
import { capture } from "./capturing.js";
import { defaultBackend } from "./device.js";
import { bytesPerElement, type DType, dtypeCode } from "./dtype.js";
import { DeviceError, DTypeError, OutOfMemoryError } from "./errors.js";
import type { Program } from "./expression/program.js";
import { ofTensor, Storage, trackStorages } from "./memory.js";
import { broadcastStrides, isDense, rowMajorStrides, type Shape, sizeOf } from "./shape.js";
import { Tensor } from "./tensor.js";
import { watcher } from "./watching.js";

/**
 * Large results are computed at once: while their data is still in the cache, and so that memory that was dropped can be used
 * again. Small ones gather in the command buffer. In bytes of results recorded since the last flush.
 */
const flushAfter = 1 << 18;

/** How many more bytes may be allocated; no limit outside `withAllowance`. */
let allowance = Number.POSITIVE_INFINITY;

/** Somebody wanted more than `withAllowance` grants. */
export class AllowanceError extends OutOfMemoryError {}

/**
 * Runs work that may allocate so many bytes at most, because what it makes was described by somebody who is not trusted.
 * @throws AllowanceError before anything larger is allocated
 */
export function withAllowance<T>(bytes: number, work: () => T): T {
  const outer = allowance;
  allowance = Math.min(outer, bytes);
  try {
    return work();
  } finally {
    allowance = outer;
  }
}

/** A tensor with memory of its own, dense, not yet written. @throws OutOfMemoryError naming the shape */
export function allocate<S extends Shape, D extends DType>(
  shape: S,
  dtype: D,
  backend = defaultBackend(),
): Tensor<S, D> {
  if (backend.lacks?.has(dtype)) throw lacking(dtype, backend.name);
  const bytes = sizeOf(shape) * bytesPerElement[dtype];
  allowance -= bytes;
  if (allowance < 0) throw new AllowanceError("more memory than allowed", { op: "allocate" });
  return new Tensor(storageOf(shape, dtype, bytes, backend), shape, dtype, rowMajorStrides(shape));
}

function storageOf(shape: Shape, dtype: DType, bytes: number, backend: Backend): Storage {
  try {
    const storage = new Storage(backend, bytes);
    backend.commands.results += bytes;
    return storage;
  } catch (error) {
    throw ofTensor(error, shape, dtype, bytes);
  }
}

/** The same in the shape and dtype of a dense tensor on its device. */
export function allocateLike<S extends Shape, D extends DType>(x: Tensor<S, D>): Tensor<S, D> {
  const storage = storageOf(x.shape, x.dtype, x.size * bytesPerElement[x.dtype], x.storage.backend);
  return new Tensor(storage, x.shape, x.dtype, x.strides);
}

/** The error for a dtype that a device has no arithmetic for. */
function lacking(dtype: DType, device: Device): DTypeError {
  return new DTypeError(`${device} has no ${dtype}`, {
    op: "tensor",
    expected: "float32, int32, uint32, int8, uint8 or bool",
    got: dtype,
    hint: 'Use float32 or int32, or go on where every dtype is: x.to("cpu")',
  });
}

/** The error for operands that are on different devices. */
export function mixedDevices(op: string, one: Device, other: Device): DeviceError {
  return new DeviceError(`tensors on ${one} and on ${other}`, {
    op,
    expected: "all tensors on one device",
    got: `${one}, ${other}`,
    hint: `Bring them together first: x.to("${one}")`,
  });
}

/** Ends a record; executes what was recorded when much has come together. */
export function finish(backend: Backend): void {
  backend.commands.close();
  flushIfDue(backend);
}

/** Executes what was recorded when much has come together; while the device works in the background, it gathers further. */
export function flushIfDue(backend: Backend): void {
  if (backend.commands.results >= flushAfter && !backend.isBusy) backend.flush();
}

/** Ends a record whose data may be refused (an index out of range), and executes it, so that the error appears at its op. */
export function finishNow(backend: Backend): void {
  backend.commands.close();
  backend.flush();
}

/** Commands that write into fresh memory only. Of all others any operand may be one that is written over. */
const reading: ReadonlySet<string> = new Set([
  "tape",
  "reduce",
  "argReduce",
  "gemm",
  "softmax",
  "softmaxGrad",
  "crossEntropy",
  "crossEntropyGrad",
  "take",
  "oneHot",
  "scan",
  "sort",
  "gather",
  "scatter",
  "search",
  "bitwise",
  "conv",
  "convInputGrad",
  "convWeightGrad",
  "maxPool",
  "avgPool",
  "avgPoolGrad",
  "poolGather",
  "poolScatter",
  "normalize",
  "normalizeGrad",
  "factor",
  "triangularSolve",
  "at",
  "pad",
  "recurrence",
  "recurrenceGrad",
  "attention",
  "attentionGrad",
  "fourier",
]);

/** By opcode: whether the command may write over an operand that has readers. */
const updates: readonly boolean[] = Object.entries(opcodes).reduce<boolean[]>((all, [name, code]) => {
  all[code] = !reading.has(name);
  return all;
}, []);

/** Begins a record of `words` fields. */
export function open(backend: Backend, opcode: (typeof opcodes)[keyof typeof opcodes], words: number): void {
  backend.commands.open(opcode, words + 2);
}

export function pushOperand(backend: Backend, x: Tensor): void {
  const { commands } = backend;
  if (x.storage.backend !== backend) {
    commands.abandon();
    throw mixedDevices(nameOfOpcode(commands.opcode), backend.name, x.device);
  }
  if (x.storage.readers !== undefined && updates[commands.opcode]) keepForReaders(x.storage);
  const { id } = x.storage;
  if (capture !== undefined) capture.operand(commands.at - commands.used, x.storage, updates[commands.opcode]!);
  if (watcher !== undefined) watcher.operand(x);
  commands.push(id);
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

/**
 * Before a storage is written over: pending work that was to read it gets a copy of what it holds now. So a result that is
 * computed late has the value that it had when it was asked for.
 */
export function keepForReaders(storage: Storage): void {
  const { readers, backend, bytes } = storage;
  if (readers === undefined || readers.count === 0) return;
  storage.readers = undefined;
  backend.commands.aside(() => {
    // Whoever frees what a scope has made must not free this.
    const copy = trackStorages(undefined, () => new Storage(backend, bytes));
    if (capture !== undefined) capture.keep(copy);
    const whole: { shape: Shape; dtype: DType } =
      bytes % 4 === 0 ? { shape: [bytes / 4], dtype: "float32" } : { shape: [bytes], dtype: "uint8" };
    const view = (of: Storage) => new Tensor(of, whole.shape, whole.dtype, [1]);
    writeTape(identity, [view(storage)], [], view(copy));
    readers.copy = copy;
  });
}

/** Runs a program over the inputs, broadcast to the shape of `out`, and writes its result there. */
export function recordTape(
  program: Pick<Program, "instructions" | "result">,
  inputs: readonly Tensor[],
  constants: readonly number[],
  out: Tensor,
): void {
  const { backend } = out.storage;
  for (let i = 0; i < inputs.length; i++) {
    const { storage } = inputs[i]!;
    storage.requireLive("the operation");
    if (storage.backend !== backend) throw mixedDevices("copy", backend.name, storage.backend.name);
  }
  if (out.storage.readers !== undefined) keepForReaders(out.storage);
  writeTape(program, inputs, constants, out);
}

/** As `recordTape`, also over inputs that were disposed since but have not been given back. */
export function writeTape(
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
    // Before the record begins, so that none has to be put aside.
    compute(inputs[i]!);
    wide ||= isWide(inputs[i]!.dtype);
  }
  compute(out);
  open(
    backend,
    opcodes.tape,
    6 + rank + (3 + rank) * inputs.length + (4 + rank) + constants.length + instructions.length,
  );
  const { commands } = backend;
  // Straight into the buffer: this is the hot path of small tensors.
  const { words } = commands;
  let at = commands.at;
  words[at++] = wide ? 1 : 0;
  words[at++] = rank;
  words[at++] = inputs.length;
  words[at++] = 1;
  words[at++] = constants.length;
  words[at++] = instructions.length / 4;
  const order = isDense(out.shape, out.strides) ? undefined : byStride(out.strides);
  at = put(words, at, out.shape, order);
  for (let i = 0; i < inputs.length; i++) {
    const x = inputs[i]!;
    if (capture !== undefined) capture.operand(at - commands.used, x.storage, false);
    if (watcher !== undefined) watcher.operand(x);
    words[at++] = x.storage.id;
    words[at++] = x.offset;
    words[at++] = dtypeCode[x.dtype];
    at = put(words, at, x.shape === out.shape ? x.strides : broadcastStrides(x.shape, x.strides, out.shape), order);
  }
  if (capture !== undefined) capture.operand(at - commands.used, out.storage, true);
  if (watcher !== undefined) watcher.operand(out);
  words[at++] = out.storage.id;
  words[at++] = out.offset;
  words[at++] = dtypeCode[out.dtype];
  at = put(words, at, out.strides, order);
  words[at++] = program.result;
  at = put(words, at, constants);
  at = put(words, at, instructions);
  commands.at = at;
  finish(backend);
}

/** Axes as they lie in memory, the fastest last: a kernel walks them in the order of the record. */
function byStride(strides: readonly number[]): number[] {
  return strides.map((_, axis) => axis).sort((a, b) => Math.abs(strides[b]!) - Math.abs(strides[a]!));
}

/** Writes words, in another order where one is given; returns where the next goes. */
function put(into: Float64Array, start: number, words: readonly number[], order?: readonly number[]): number {
  let at = start;
  if (order === undefined) for (let i = 0; i < words.length; i++) into[at++] = words[i]!;
  else for (const axis of order) into[at++] = words[axis]!;
  return at;
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

/** Copies data of JavaScript into a storage that was just made. */
export function writeData({ storage }: Tensor, data: TypedArray): void {
  if (data.length === 0) return;
  if (capture !== undefined) capture.wrote(storage, data);
  storage.backend.write(storage.id, 0, data);
}

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

/** Records what is still to compute a tensor, so that this does not happen in the middle of the next record. */
export function compute(x: Tensor): void {
  void x.storage.id;
}

/** The tensor itself if it is dense, else a dense copy: for kernels that take rows only. Outside the graph of gradients. */
export function dense<S extends Shape, D extends DType>(x: Tensor<S, D>): Tensor<S, D> {
  x.storage.requireLive("the operation");
  if (!isDense(x.shape, x.strides)) return denseCopy(x);
  compute(x);
  return x;
}

/** The values in another dtype. Outside the graph of gradients. */
export function castCopy<S extends Shape, E extends DType>(x: Tensor<S>, dtype: E): Tensor<S, E> {
  const out = allocate(x.shape, dtype, x.storage.backend);
  recordCopy(x, out);
  return out;
}

/** A copy on another device. Outside the graph of gradients. Waits for the device that it comes from. */
export function moveTo<S extends Shape, D extends DType>(x: Tensor<S, D>, backend: Backend): Tensor<S, D> {
  if (capture !== undefined) capture.refuseRead("to");
  const out = allocate(x.shape, x.dtype, backend);
  if (x.size === 0) return out;
  const source = dense(x);
  const bytes = new Uint8Array(x.size * bytesPerElement[x.dtype]);
  source.storage.backend.read(source.storage.id, source.offset * bytesPerElement[x.dtype], bytes);
  writeData(out, bytes);
  return out;
}

/** The tensor itself where it is on that device, else a copy there. Outside the graph of gradients. */
export function onDevice<S extends Shape, D extends DType>(x: Tensor<S, D>, backend: Backend): Tensor<S, D> {
  return x.storage.backend === backend ? x : moveTo(x, backend);
}

/** Dense, and of the dtype that a kernel needs. */
export function prepared<E extends DType>(x: Tensor, dtype: E): Tensor<Shape, E> {
  return (x.dtype === dtype ? dense(x) : castCopy(x, dtype)) as Tensor<Shape, E>;
}
