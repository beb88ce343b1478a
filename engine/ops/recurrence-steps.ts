import type { recurrences } from "../backend/commands.js";
import type { Tensor } from "../tensor.js";
import { relu, sigmoid } from "./activation.js";
import { add, mul, sub } from "./arithmetic.js";
import { at } from "./at.js";
import { zeros } from "./create.js";
import { concat, stack } from "./join.js";
import { tanh } from "./math.js";
import { linear } from "./matmul.js";
import { slice } from "./slice.js";

export type RecurrenceKind = keyof typeof recurrences;

/** What a recurrence reads; shapes as in `recurrence`. */
export interface RecurrenceInputs {
  readonly gates: Tensor;
  readonly weight: Tensor;
  readonly bias: Tensor | undefined;
  readonly hidden: Tensor | undefined;
  readonly cell: Tensor | undefined;
}

/** Slices along the first axis. Cut in halves: the derivative of each cut fills no more than the piece it was cut from. */
function stepsOf(x: Tensor): Tensor[] {
  const length = x.shape[0]!;
  if (length === 1) return [at(x, 0) as Tensor];
  const middle = length >> 1;
  return [...stepsOf(at(x, slice(0, middle)) as Tensor), ...stepsOf(at(x, slice(middle, length)) as Tensor)];
}

/** The same as the kernel computes, step by step in operations: for derivatives of derivatives, and on devices without it. */
export function recurrenceBySteps(
  kind: RecurrenceKind,
  reverse: boolean,
  { gates, weight, bias, hidden, cell }: RecurrenceInputs,
): Tensor {
  const size = weight.shape[1]!;
  const start = () => zeros([gates.shape[1]!, size], { dtype: gates.dtype, device: gates.device }) as Tensor;
  let state = hidden ?? start();
  let cells = cell ?? (kind === "lstm" ? start() : undefined);
  const steps = stepsOf(gates);
  const states: Tensor[] = [];
  for (let i = 0; i < steps.length; i++) {
    const t = reverse ? steps.length - 1 - i : i;
    const ofHidden = linear(state, weight as never, bias ? { bias } : {}) as Tensor;
    const part = (x: Tensor, gate: number) => at(x, slice(), slice(gate * size, (gate + 1) * size)) as Tensor;
    const sum = (gate: number) => add(part(steps[t]!, gate), part(ofHidden, gate)) as Tensor;
    if (kind === "lstm") {
      const kept = mul(sigmoid(sum(1)), cells!) as Tensor;
      cells = add(kept, mul(sigmoid(sum(0)), tanh(sum(2)))) as Tensor;
      state = mul(sigmoid(sum(3)), tanh(cells)) as Tensor;
    } else if (kind === "gru") {
      const inner = mul(sigmoid(sum(0)), part(ofHidden, 2)) as Tensor;
      const fresh = tanh(add(part(steps[t]!, 2), inner)) as Tensor;
      state = add(fresh, mul(sigmoid(sum(1)), sub(state, fresh))) as Tensor;
    } else {
      state = (kind === "relu" ? relu(sum(0)) : tanh(sum(0))) as Tensor;
    }
    states[t] = state;
  }
  const all = stack(states, 0) as Tensor;
  return cells ? (concat([all, stack([cells], 0)], 0) as Tensor) : all;
}
