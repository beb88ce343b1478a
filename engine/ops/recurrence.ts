import { recurrences } from "../backend/commands.js";
import type { DType } from "../dtype.js";
import { DTypeError, ShapeError, ValueError } from "../errors.js";
import { castTo } from "../layout.js";
import { defineOp, type Op } from "../op.js";
import { isFloat } from "../promotion.js";
import { formatShape, type Shape, sameShape } from "../shape.js";
import type { Tensor } from "../tensor.js";
import { computing } from "./conv-require.js";
import { recurrenceOverSteps } from "./recurrence-kernel.js";
import type { RecurrenceInputs, RecurrenceKind } from "./recurrence-steps.js";
import { requireTensor } from "./require.js";

export interface RecurrenceOptions {
  /** Added to what the hidden state gives to the gates: [G * H]. */
  bias?: Tensor;
  /** The state before the first step: [N, H] (default 0). */
  hidden?: Tensor;
  /** The cell state before the first step, of an LSTM: [N, H] (default 0). */
  cell?: Tensor;
  /** True: from the last step to the first (default false). */
  reverse?: boolean;
}

interface Recurrence extends Op {
  <D extends DType>(
    gates: Tensor<Shape, D>,
    weight: Tensor<Shape, D>,
    kind: RecurrenceKind,
    options?: RecurrenceOptions,
  ): Tensor<[number, number, number], D>;
  readonly method: <D extends DType>(
    this: Tensor<Shape, D>,
    weight: Tensor<Shape, D>,
    kind: RecurrenceKind,
    options?: RecurrenceOptions,
  ) => Tensor<[number, number, number], D>;
}

/** How many blocks of rows the weights have, one for each gate. */
export const gatesOf = { lstm: 4, gru: 3, tanh: 1, relu: 1 } as const satisfies Record<RecurrenceKind, number>;

function requireRecurrence(kind: RecurrenceKind, { gates, weight, bias, hidden, cell }: RecurrenceInputs): void {
  const op = "recurrence";
  if (!Object.hasOwn(recurrences, kind)) {
    throw new ValueError(`no cell is called ${String(kind)}`, {
      op,
      hint: `There are ${Object.keys(recurrences).join(", ")}.`,
    });
  }
  const [size, batch, steps] = [weight.shape[1], gates.shape[1], gates.shape[0]];
  const width = gatesOf[kind] * (size ?? 0);
  const refuse = (what: string, x: Tensor, expected: string) => {
    throw new ShapeError(`${what} ${formatShape(x.shape)} does not fit`, { op, expected, got: formatShape(x.shape) });
  };
  if (weight.shape.length !== 2 || !(size! > 0) || weight.shape[0] !== width)
    refuse("the weight", weight, `[${gatesOf[kind]} * H, H]`);
  if (gates.shape.length !== 3 || gates.shape[2] !== width || steps === 0)
    refuse("the input", gates, `[T, N, ${width}] with at least one step`);
  if (bias && !sameShape(bias.shape, [width])) refuse("the bias", bias, `[${width}]`);
  for (const state of [hidden, cell])
    if (state && !sameShape(state.shape, [batch!, size!])) refuse("the first state", state, `[${batch}, ${size}]`);
  if (cell && kind !== "lstm") throw new ValueError(`a cell state for ${kind}`, { op, hint: "Only lstm has one." });
  for (const x of [gates, weight, bias, hidden, cell]) {
    if (x === undefined || (isFloat(x.dtype) && x.dtype === gates.dtype)) continue;
    throw new DTypeError(`${gates.dtype} meets ${x.dtype}`, { op, hint: "Give floats of one dtype." });
  }
}

/**
 * A recurrent layer over a whole sequence, in one kernel: the inputs come through their weights already (`linear` does that for
 * all steps at once), the state goes from step to step. gates: [T, N, G * H], weight: [G * H, H] -> the states [T, N, H]; for
 * an LSTM one more row follows, the last cell state: [T + 1, N, H]. G is 4 for `"lstm"` (input, forget, cell, output: Hochreiter
 * and Schmidhuber 1997), 3 for `"gru"` (reset, update, new: Cho et al. 2014, with the reset after the product), 1 for `"tanh"` and
 * `"relu"` (Elman 1990): weights and order as in PyTorch. The layers `nn.LSTM`, `nn.GRU` and `nn.RNN` compute with it.
 * @throws ValueError, ShapeError, DTypeError when arguments do not fit
 * @example recurrence(linear(sequence, inputWeight), hiddenWeight, "gru"); // [T, N, C] -> [T, N, H]
 */
export const recurrence: Recurrence = defineOp(
  {
    name: "recurrence",
    doc: "A recurrent layer over a whole sequence whose inputs came through their weights already.",
    samples: [
      { args: [{ shape: [3, 2, 8] }, { shape: [8, 2] }, "lstm"] },
      { args: [{ shape: [2, 3, 12] }, { shape: [12, 3] }, "lstm", { reverse: true }] },
      { args: [{ shape: [3, 2, 6] }, { shape: [6, 2] }, "gru"] },
      { args: [{ shape: [2, 1, 9] }, { shape: [9, 3] }, "gru", { reverse: true }] },
      { args: [{ shape: [4, 2, 3] }, { shape: [3, 3] }, "tanh"] },
      { args: [{ shape: [1, 2, 3] }, { shape: [3, 3] }, "relu"] },
    ],
    rejects: [
      { args: [{ shape: [3, 2, 8] }, { shape: [8, 2] }, "lst"], message: "no cell is called lst" },
      { args: [{ shape: [3, 2, 8] }, { shape: [6, 2] }, "lstm"], message: "the weight [6, 2] does not fit" },
      { args: [{ shape: [3, 2, 7] }, { shape: [8, 2] }, "lstm"], message: "the input [3, 2, 7] does not fit" },
      { args: [{ shape: [0, 2, 8] }, { shape: [8, 2] }, "lstm"], message: "the input [0, 2, 8] does not fit" },
      { args: [{ shape: [2, 2, 3], dtype: "int32" }, { shape: [3, 3] }, "tanh"], message: "floats of one dtype" },
    ],
    gradient: true,
  },
  (gates: Tensor, weight: Tensor, kind: RecurrenceKind, options: RecurrenceOptions = {}) => {
    const { bias, hidden, cell, reverse = false } = options;
    for (const x of [gates, weight]) requireTensor("recurrence", x);
    for (const x of [bias, hidden, cell]) if (x !== undefined) requireTensor("recurrence", x);
    requireRecurrence(kind, { gates, weight, bias, hidden, cell });
    const dtype = computing(gates.dtype);
    const cast = (x: Tensor | undefined) => x && castTo(x, dtype);
    const states = recurrenceOverSteps(kind, reverse, {
      gates: castTo(gates, dtype),
      weight: castTo(weight, dtype),
      bias: cast(bias),
      hidden: cast(hidden),
      cell: cast(cell),
    });
    return castTo(states, gates.dtype);
  },
);
