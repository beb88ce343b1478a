import type { DType } from "../dtype.js";
import { ValueError } from "../errors.js";
import type { Shape } from "../shape.js";
import type { Tensor } from "../tensor.js";
import {
  type Recurrence,
  Recurrent,
  type RecurrentOptions,
  type RecurrentStart,
  type TakesSteps,
} from "./recurrent.js";

const nonlinearities = ["tanh", "relu"] as const;

/** The form of an `RNN` layer. */
export interface RNNOptions extends RecurrentOptions {
  /** Applied to every step (default `"tanh"`). */
  nonlinearity?: (typeof nonlinearities)[number];
}

/** A plain recurrent network (Elman 1990) over sequences; as `LSTM`, without a cell state. */
export class RNN<In extends number = number, H extends number = number> extends Recurrent<In, H> {
  readonly nonlinearity: (typeof nonlinearities)[number];

  constructor(inputs: In, hidden: H, { nonlinearity = "tanh", ...options }: RNNOptions = {}) {
    if (!nonlinearities.includes(nonlinearity)) {
      throw new ValueError(`no nonlinearity ${String(nonlinearity)}`, {
        op: "RNN",
        hint: 'There are "tanh" and "relu".',
      });
    }
    super("RNN", nonlinearity, inputs, hidden, options);
    this.nonlinearity = nonlinearity;
  }

  forward<S extends Shape>(x: Tensor<S, DType> & TakesSteps<"RNN", S, In>, start: RecurrentStart = {}): Recurrence<H> {
    const { output, hidden } = this.run(x as Tensor, start);
    return { output, hidden } as never;
  }
}

export interface RNN<In extends number, H extends number> {
  <S extends Shape>(x: Tensor<S, DType> & TakesSteps<"RNN", S, In>, start?: RecurrentStart): Recurrence<H>;
}
