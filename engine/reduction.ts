import { opcodes, reductions } from "./backend/commands.js";
import type { DType } from "./dtype.js";
import { allocate, finish, isWide, open, pushAll, pushOperand } from "./record.js";
import type { Tensor } from "./tensor.js";

export type ReductionKind = keyof typeof reductions;

/** Records a reduction over `axes`; `out` is dense in the other axes. With a scale it is a reduce, without an argReduce. */
function record(x: Tensor, axes: readonly number[], out: Tensor, kind: number, scale?: number): void {
  const { backend } = x.storage;
  x.storage.requireLive("the reduction");
  const rank = x.shape.length;
  const order: number[] = [];
  for (let i = 0; i < rank; i++) if (!axes.includes(i)) order.push(i);
  const kept = order.length;
  order.push(...axes);
  const words = 4 + 2 * rank + 6;
  open(backend, scale === undefined ? opcodes.argReduce : opcodes.reduce, scale === undefined ? words : words + 1);
  pushAll(backend, [kind, isWide(x.dtype) ? 1 : 0, kept, axes.length]);
  for (const axis of order) backend.commands.push(x.shape[axis]!);
  pushOperand(backend, x);
  for (const axis of order) backend.commands.push(x.strides[axis]!);
  pushOperand(backend, out);
  if (scale !== undefined) backend.commands.push(scale);
  finish(backend);
}

function withOnes(x: Tensor, axes: readonly number[]): number[] {
  return x.shape.map((length, i) => (axes.includes(i) ? 1 : length));
}

/** Reduces over axes, which stay with length 1. Outside the graph of gradients. */
export function reduceAxes(x: Tensor, axes: readonly number[], kind: ReductionKind, dtype: DType, scale = 1): Tensor {
  const out = allocate(withOnes(x, axes), dtype, x.storage.backend);
  record(x, axes, out, reductions[kind], scale);
  return out;
}

/** The index of the first largest or smallest element over axes, which stay with length 1. */
export function argReduceAxes(x: Tensor, axes: readonly number[], kind: "max" | "min"): Tensor {
  const out = allocate(withOnes(x, axes), "int32", x.storage.backend);
  record(x, axes, out, kind === "max" ? 0 : 1);
  return out;
}
