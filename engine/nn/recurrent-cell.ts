import { ShapeError, ValueError } from "../errors.js";
import { add } from "../ops/arithmetic.js";
import { linear } from "../ops/matmul.js";
import { gatesOf, recurrence } from "../ops/recurrence.js";
import type { RecurrenceKind } from "../ops/recurrence-steps.js";
import { unsqueeze } from "../ops/view.js";
import { type Generator, uniform } from "../random.js";
import { formatShape, type Shape } from "../shape.js";
import type { Tensor } from "../tensor.js";
import { requireCounts } from "./channels.js";
import { Layer } from "./module.js";

/** The form of a recurrent cell. */
export interface RecurrentCellOptions {
  /** False: no biases (default true). */
  bias?: boolean;
  generator?: Generator;
}

/** The state of an LSTM between two steps, each [N, hidden]. */
export interface CellState {
  hidden: Tensor<[number, number], "float32">;
  cell: Tensor<[number, number], "float32">;
}

type State = Tensor<[number, number], "float32">;

/** What cells share: one step of a recurrent layer, with parameters under PyTorch's names. */
abstract class RecurrentCell extends Layer {
  readonly weight_ih: Tensor<[number, number], "float32">;
  readonly weight_hh: Tensor<[number, number], "float32">;
  readonly bias_ih: Tensor<[number], "float32"> | undefined;
  readonly bias_hh: Tensor<[number], "float32"> | undefined;
  readonly inputs: number;
  readonly hidden: number;
  readonly #op: string;
  readonly #kind: RecurrenceKind;

  constructor(op: string, kind: RecurrenceKind, inputs: number, hidden: number, options: RecurrentCellOptions) {
    super();
    requireCounts(op, { inputs, hidden });
    const limit = 1 / Math.sqrt(hidden);
    const source = options.generator ? { generator: options.generator } : {};
    const start = (...shape: number[]) =>
      uniform(shape, { low: -limit, high: limit, requiresGrad: true, ...source }) as never;
    const rows = gatesOf[kind] * hidden;
    this.weight_ih = start(rows, inputs);
    this.weight_hh = start(rows, hidden);
    this.bias_ih = options.bias === false ? undefined : start(rows);
    this.bias_hh = options.bias === false ? undefined : start(rows);
    this.inputs = inputs;
    this.hidden = hidden;
    this.#op = op;
    this.#kind = kind;
  }

  override describe(): string {
    return `${this.inputs} -> ${this.hidden}${this.bias_ih ? "" : ", no bias"}`;
  }

  override multiplyAdds(input: Shape, _output: Shape): number {
    return input[0]! * (this.weight_ih.size + this.weight_hh.size);
  }

  /** One step: the states in the order of `recurrence`, [1 or 2, N, hidden]. */
  protected step(x: Tensor, hidden: Tensor | undefined, cell?: Tensor): Tensor {
    this.#require("input", x, [x.shape[0]!, this.inputs]);
    for (const state of [hidden, cell]) if (state) this.#require("state", state, [x.shape[0]!, this.hidden]);
    // Two biases are one, except where a GRU's reset comes between them.
    const apart = this.#kind === "gru";
    const { bias_ih: ofInput, bias_hh: ofHidden } = this;
    const bias = ofInput && ofHidden && !apart ? (add(ofInput, ofHidden) as Tensor) : ofInput;
    const gates = linear(unsqueeze(x, 0) as never, this.weight_ih, bias ? { bias: bias as never } : {}) as Tensor;
    return recurrence(gates, this.weight_hh as Tensor, this.#kind, {
      ...(ofHidden && apart ? { bias: ofHidden } : {}),
      ...(hidden ? { hidden } : {}),
      ...(cell ? { cell } : {}),
    }) as Tensor;
  }

  #require(what: string, x: Tensor, wanted: Shape): void {
    const [got, expected] = [formatShape(x.shape), formatShape(wanted)];
    if (x.shape.length === 2 && got === expected) return;
    throw new ShapeError(`the ${what} ${got} does not fit`, { op: this.#op, expected, got });
  }

  override config(): readonly unknown[] {
    return [this.inputs, this.hidden, { bias: this.bias_ih !== undefined }];
  }
}

/**
 * One step of an `LSTM`, as `torch.nn.LSTMCell`. x: [N, inputs], state: hidden and cell, [N, hidden] each (default 0) -> the new
 * state. Parameters have PyTorch's names and start as there.
 * @throws ValueError for broken sizes; ShapeError when the input or the state does not fit
 * @example
 * const cell = new nn.LSTMCell(3, 5);
 * const state = cell(randn([2, 3]));
 * cell(randn([2, 3]), state).hidden.shape; // [2, 5]
 */
export class LSTMCell extends RecurrentCell {
  constructor(inputs: number, hidden: number, options: RecurrentCellOptions = {}) {
    super("LSTMCell", "lstm", inputs, hidden, options);
  }

  forward(x: Tensor, state: Partial<CellState> = {}): CellState {
    const states = this.step(x, state.hidden as Tensor | undefined, state.cell as Tensor | undefined);
    return { hidden: states.at(0) as State, cell: states.at(1) as State };
  }
}
export interface LSTMCell {
  (x: Tensor, state?: Partial<CellState>): CellState;
}

/**
 * One step of a `GRU`, as `torch.nn.GRUCell`. x: [N, inputs], hidden: [N, hidden] (default 0) -> the new state [N, hidden].
 * @throws ValueError for broken sizes; ShapeError when the input or the state does not fit
 * @example new nn.GRUCell(3, 5)(randn([2, 3])).shape; // [2, 5]
 */
export class GRUCell extends RecurrentCell {
  constructor(inputs: number, hidden: number, options: RecurrentCellOptions = {}) {
    super("GRUCell", "gru", inputs, hidden, options);
  }

  forward(x: Tensor, hidden?: Tensor): State {
    return this.step(x, hidden).at(0) as State;
  }
}
export interface GRUCell {
  (x: Tensor, hidden?: Tensor): State;
}

/**
 * One step of an `RNN`, as `torch.nn.RNNCell`. x: [N, inputs], hidden: [N, hidden] (default 0) -> the new state [N, hidden].
 * @throws ValueError for broken sizes or an unknown nonlinearity; ShapeError when the input or the state does not fit
 * @example new nn.RNNCell(3, 5, { nonlinearity: "relu" })(randn([2, 3])).shape; // [2, 5]
 */
export class RNNCell extends RecurrentCell {
  readonly nonlinearity: "tanh" | "relu";

  constructor(
    inputs: number,
    hidden: number,
    { nonlinearity = "tanh", ...options }: RecurrentCellOptions & { nonlinearity?: "tanh" | "relu" } = {},
  ) {
    if (nonlinearity !== "tanh" && nonlinearity !== "relu") {
      throw new ValueError(`no nonlinearity ${String(nonlinearity)}`, {
        op: "RNNCell",
        hint: 'There are "tanh" and "relu".',
      });
    }
    super("RNNCell", nonlinearity, inputs, hidden, options);
    this.nonlinearity = nonlinearity;
  }

  forward(x: Tensor, hidden?: Tensor): State {
    return this.step(x, hidden).at(0) as State;
  }

  override config(): readonly unknown[] {
    return [this.inputs, this.hidden, { bias: this.bias_ih !== undefined, nonlinearity: this.nonlinearity }];
  }
}
export interface RNNCell {
  (x: Tensor, hidden?: Tensor): State;
}
