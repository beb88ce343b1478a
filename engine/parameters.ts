import type { Backend } from "./backend/backend.js";
import { capture } from "./capturing.js";
import type { DType } from "./dtype.js";
import { ValueError } from "./errors.js";
import { isFloat } from "./promotion.js";
import { castCopy, moveTo } from "./record.js";
import type { Tensor } from "./tensor.js";

const frozen = new WeakSet<Tensor>();
/** A number of its own for each parameter that ever was frozen. */
const marks = new WeakMap<Tensor, number>();
let sum = 0;

/**
 * What captured steps depend on beside values: the same number whenever the same parameters are frozen and none was moved since.
 */
export function parametersSignature(): number {
  return sum;
}

/** Whether a tensor is a parameter that gets no gradients for now. */
export function isFrozen(x: Tensor): boolean {
  return frozen.has(x);
}

/** Takes a parameter out of training, or brings it back. It forgets its gradient. */
export function setFrozen(x: Tensor, on: boolean): void {
  refuseCapture(on ? "freeze" : "unfreeze");
  if (on === frozen.has(x)) return;
  x.grad = undefined;
  (x as { requiresGrad: boolean }).requiresGrad = !on;
  const mark = marks.get(x) ?? freshMark();
  marks.set(x, mark);
  if (on) frozen.add(x);
  else frozen.delete(x);
  sum += on ? mark : -mark;
}

/** Forgets the gradients of parameters: a training step is over. */
export function forgetGradients(parameters: Iterable<Tensor>): void {
  const used = new Set<Backend>();
  for (const parameter of parameters) {
    parameter.grad = undefined;
    used.add(parameter.storage.backend);
  }
  if (capture === undefined) for (const backend of used) backend.betweenSteps?.();
}

/** Gives a parameter or buffer another dtype where it is: whoever holds it, an optimizer for example, holds it still. */
export function convert(x: Tensor, dtype: DType): void {
  refuseCapture("to");
  if (x.dtype === dtype || !isFloat(x.dtype)) return;
  const { storage, strides, offset } = castCopy(x.detach(), dtype);
  Object.assign(x, { storage, strides, offset, dtype, grad: undefined });
  sum += freshMark();
}

/**
 * Brings parameters and buffers to a device where they are: whoever holds them holds them still. Nothing changes unless all can
 * go. Counters of int64 go as int32 to a device that has no int64.
 * @throws DTypeError for a dtype that the device lacks
 */
export function relocate(tensors: readonly Tensor[], backend: Backend): void {
  refuseCapture("to");
  const moving = tensors.filter(x => x.storage.backend !== backend);
  const copies = moving.map(x => {
    const own = x.detach();
    return moveTo(x.dtype === "int64" && backend.lacks?.has("int64") ? castCopy(own, "int32") : own, backend);
  });
  moving.forEach((x, i) => {
    const { storage, strides, offset, dtype } = copies[i]!;
    Object.assign(x, { storage, strides, offset, dtype, grad: undefined });
  });
  if (moving.length > 0) sum += freshMark();
}

/** Sums of whole numbers of 38 bits are exact in any order, and no two marks are likely to be equal. */
function freshMark(): number {
  return 1 + Math.floor(Math.random() * 2 ** 38);
}

function refuseCapture(op: string): void {
  if (capture === undefined) return;
  throw new ValueError("parameters change inside a compiled function", {
    op,
    hint: "Do it outside: a replay does not.",
  });
}
