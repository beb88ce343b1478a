import type { DType } from "../dtype.js";
import type { Shape } from "../shape.js";
import type { Tensor } from "../tensor.js";
import {
  type Recurrence,
  Recurrent,
  type RecurrentOptions,
  type RecurrentStart,
  type TakesSteps,
} from "./recurrent.js";

/** A gated recurrent unit (Cho et al. 2014) over sequences; as `LSTM`, without a cell state. */
export class GRU<In extends number = number, H extends number = number> extends Recurrent<In, H> {
  constructor(inputs: In, hidden: H, options: RecurrentOptions = {}) {
    super("GRU", "gru", inputs, hidden, options);
  }

  forward<S extends Shape>(x: Tensor<S, DType> & TakesSteps<"GRU", S, In>, start: RecurrentStart = {}): Recurrence<H> {
    const { output, hidden } = this.run(x as Tensor, start);
    return { output, hidden } as never;
  }
}

export interface GRU<In extends number, H extends number> {
  <S extends Shape>(x: Tensor<S, DType> & TakesSteps<"GRU", S, In>, start?: RecurrentStart): Recurrence<H>;
}
