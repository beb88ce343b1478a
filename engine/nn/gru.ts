import type { DType } from "../dtype.js";
import { sigmoid } from "../ops/activation.js";
import { add, mul, sub } from "../ops/arithmetic.js";
import { tanh } from "../ops/math.js";
import type { Shape } from "../shape.js";
import type { Tensor } from "../tensor.js";
import {
  type Gates,
  gate,
  ofHidden,
  ofInput,
  type Recurrence,
  Recurrent,
  type RecurrentOptions,
  type State,
  type TakesSteps,
} from "./recurrent.js";

/** A gated recurrent unit (Cho et al. 2014) over sequences; as `LSTM`, without a cell state. */
export class GRU<In extends number = number, H extends number = number> extends Recurrent<In, H> {
  constructor(inputs: In, hidden: H, options: RecurrentOptions = {}) {
    super("GRU", inputs, hidden, 3, 1, options);
  }

  forward<S extends Shape>(
    x: Tensor<S, DType> & TakesSteps<"GRU", S, In>,
    initial: { hidden?: Tensor } = {},
  ): Recurrence<H> {
    const { output, last } = this.run(x as Tensor, [initial.hidden]);
    return { output, hidden: last[0] } as never;
  }

  protected cell(gates: Gates, x: Tensor, [h]: State): State {
    const reset = sigmoid(gate(gates, 0, x, h!)) as Tensor;
    const update = sigmoid(gate(gates, 1, x, h!)) as Tensor;
    const fresh = tanh(add(ofInput(gates, 2, x), mul(reset, ofHidden(gates, 2, h!)))) as Tensor;
    return [add(fresh, mul(update, sub(h!, fresh))) as Tensor];
  }
}

export interface GRU<In extends number, H extends number> {
  <S extends Shape>(x: Tensor<S, DType> & TakesSteps<"GRU", S, In>, initial?: { hidden?: Tensor }): Recurrence<H>;
}
