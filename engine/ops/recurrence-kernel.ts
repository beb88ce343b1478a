import { attach, gradEnabled } from "../autograd/graph.js";
import { gradientsThrough } from "../autograd/recompute.js";
import { opcodes, recurrences } from "../backend/commands.js";
import { interceptor } from "../intercept.js";
import { allocate, dense, finish, open, pushAll, pushOperand, pushOptional } from "../record.js";
import { type Shape, sizeOf } from "../shape.js";
import type { Tensor } from "../tensor.js";
import { add } from "./arithmetic.js";
import { at } from "./at.js";
import { matmul } from "./matmul.js";
import { type RecurrenceInputs, type RecurrenceKind, recurrenceBySteps } from "./recurrence-steps.js";
import { sum } from "./reduce.js";
import { slice } from "./slice.js";
import { reshape, transpose } from "./view.js";

/** What the forward kernel leaves for the backward one. */
interface Kept {
  readonly states: Tensor;
  readonly saved: Tensor | undefined;
  readonly cells: Tensor | undefined;
}

/**
 * All steps in one kernel, forward and backward, where the device has it. Everything of one dtype, float32 or float64; shapes as
 * in `recurrence`.
 */
export function recurrenceOverSteps(kind: RecurrenceKind, reverse: boolean, inputs: RecurrenceInputs): Tensor {
  const { gates, weight, bias, hidden, cell } = inputs;
  const { backend } = gates.storage;
  if (interceptor?.bySteps || !backend.supports(opcodes.recurrence)) return recurrenceBySteps(kind, reverse, inputs);
  const given = [gates, weight, bias, hidden, cell];
  const [steps, batch] = gates.shape as [number, number, number];
  const size = weight.shape[1]!;
  const lstm = kind === "lstm";
  const keeps = gradEnabled() && given.some(x => x?.requiresGrad);
  const make = (...shape: Shape) => allocate(shape, gates.dtype, backend);
  const operands = given.map(x => x && dense(x.detach()));
  const states = make(lstm ? steps + 1 : steps, batch, size);
  const saved = keeps && (lstm || kind === "gru") ? make(steps, batch, 4 * size) : undefined;
  const cells = keeps && lstm ? make(steps, batch, size) : undefined;
  open(backend, opcodes.recurrence, 5 + 24);
  pushAll(backend, [recurrences[kind], reverse ? 1 : 0, steps, batch, size]);
  for (const operand of [...operands, states, saved, cells]) pushOptional(backend, operand);
  finish(backend);

  const present = given.filter(x => x !== undefined);
  return attach(states, "recurrence", present, (g, needs) => {
    if (gradEnabled()) {
      const rebuild = (copies: readonly Tensor[]) => {
        let next = 0;
        const [first, second, ...rest] = given.map(x => x && copies[next++]);
        const [b, h, c] = rest;
        return recurrenceBySteps(kind, reverse, { gates: first!, weight: second!, bias: b, hidden: h, cell: c });
      };
      return gradientsThrough(rebuild, present, g);
    }
    const place = new Map(present.map((x, i) => [x, i]));
    const wanted = (x: Tensor | undefined) => x !== undefined && needs(place.get(x)!);
    const gradients = backThroughSteps(kind, reverse, inputs, { states: states.detach(), saved, cells }, g, {
      weight: wanted(weight),
      bias: wanted(bias),
    });
    return given.flatMap((x, i) => (x ? [gradients[i]] : []));
  });
}

function backThroughSteps(
  kind: RecurrenceKind,
  reverse: boolean,
  { gates, weight, hidden, cell }: RecurrenceInputs,
  { states, saved, cells }: Kept,
  g: Tensor,
  wanted: { weight: boolean; bias: boolean },
): (Tensor | undefined)[] {
  const { backend } = gates.storage;
  const [steps, batch, width] = gates.shape as [number, number, number];
  const size = weight.shape[1]!;
  const operands = [weight, hidden, cell].map(x => x && dense(x.detach()));
  const dstates = dense(g);
  const make = (...shape: Shape) => allocate(shape, gates.dtype, backend);
  const dgates = make(steps, batch, width);
  const dhiddenGates = kind === "gru" ? make(steps, batch, width) : undefined;
  const dhidden = make(batch, size);
  const dcell = kind === "lstm" ? make(batch, size) : undefined;
  open(backend, opcodes.recurrenceGrad, 5 + 33);
  pushAll(backend, [recurrences[kind], reverse ? 1 : 0, steps, batch, size]);
  for (const operand of operands) pushOptional(backend, operand);
  pushOperand(backend, states);
  for (const operand of [saved, cells]) pushOptional(backend, operand);
  for (const operand of [dstates, dgates]) pushOperand(backend, operand);
  pushOptional(backend, dhiddenGates);
  pushOperand(backend, dhidden);
  pushOptional(backend, dcell);
  finish(backend);

  const ofHidden = dhiddenGates ?? dgates;
  const dweight = wanted.weight ? gradientOfWeight(ofHidden, states, reverse, operands[1]) : undefined;
  const dbias = wanted.bias ? (sum(rows(ofHidden), 0) as Tensor) : undefined;
  return [dgates, dweight, dbias, dhidden, dcell];
}

/** Each step's gates against the state before it: one product for all steps but the first. */
function gradientOfWeight(dgates: Tensor, states: Tensor, reverse: boolean, hidden: Tensor | undefined): Tensor {
  const steps = dgates.shape[0]!;
  const [later, earlier] = reverse
    ? [at(dgates, slice(0, steps - 1)), at(states, slice(1, steps))]
    : [at(dgates, slice(1, steps)), at(states, slice(0, steps - 1))];
  const all = matmul(transpose(rows(later as Tensor)) as never, rows(earlier as Tensor) as never) as Tensor;
  if (hidden === undefined) return all;
  const first = at(dgates, reverse ? steps - 1 : 0) as Tensor;
  return add(all, matmul(transpose(first) as never, hidden as never)) as Tensor;
}

/** [steps, batch, n] as [steps * batch, n]. */
function rows(x: Tensor): Tensor {
  return reshape(x, [sizeOf(x.shape.slice(0, -1)), x.shape.at(-1)!]) as Tensor;
}
