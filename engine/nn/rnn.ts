import type { DType } from "../dtype.js";
import { ValueError } from "../errors.js";
import { relu } from "../ops/activation.js";
import { tanh } from "../ops/math.js";
import type { Shape } from "../shape.js";
import type { Tensor } from "../tensor.js";
import {
  type Gates,
  gate,
  type Recurrence,
  Recurrent,
  type RecurrentOptions,
  type State,
  type TakesSteps,
} from "./recurrent.js";

const nonlinearities = { tanh, relu } as const;

/** The form of an `RNN` layer. */
export interface RNNOptions extends RecurrentOptions {
  /** Applied to every step (default `"tanh"`). */
  nonlinearity?: keyof typeof nonlinearities;
}

/** A plain recurrent network (Elman 1990) over sequences; as `LSTM`, without a cell state. */
export class RNN<In extends number = number, H extends number = number> extends Recurrent<In, H> {
  readonly nonlinearity: keyof typeof nonlinearities;

  constructor(inputs: In, hidden: H, { nonlinearity = "tanh", ...options }: RNNOptions = {}) {
    super("RNN", inputs, hidden, 1, 1, options);
    if (!Object.hasOwn(nonlinearities, nonlinearity)) {
      throw new ValueError(`no nonlinearity ${String(nonlinearity)}`, {
        op: "RNN",
        hint: 'There are "tanh" and "relu".',
      });
    }
    this.nonlinearity = nonlinearity;
  }

  forward<S extends Shape>(
    x: Tensor<S, DType> & TakesSteps<"RNN", S, In>,
    initial: { hidden?: Tensor } = {},
  ): Recurrence<H> {
    const { output, last } = this.run(x as Tensor, [initial.hidden]);
    return { output, hidden: last[0] } as never;
  }

  protected cell(gates: Gates, x: Tensor, [h]: State): State {
    return [nonlinearities[this.nonlinearity](gate(gates, 0, x, h!)) as Tensor];
  }
}

export interface RNN<In extends number, H extends number> {
  <S extends Shape>(x: Tensor<S, DType> & TakesSteps<"RNN", S, In>, initial?: { hidden?: Tensor }): Recurrence<H>;
}
