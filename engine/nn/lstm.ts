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

/**
 * A long short-term memory (Hochreiter and Schmidhuber 1997) over sequences. x: [N, T, in] -> output [N, T, hidden (twice when
 * bidirectional)], and the last hidden and cell states [layers * directions, N, hidden]. Parameters have PyTorch's names and
 * start as there.
 * @throws ValueError for broken sizes; ShapeError when an input does not fit
 * @example new nn.LSTM(28, 128)(zeros([64, 28, 28])).output.shape; // [64, 28, 128]
 */
export class LSTM<In extends number = number, H extends number = number> extends Recurrent<In, H> {
  constructor(inputs: In, hidden: H, options: RecurrentOptions = {}) {
    super("LSTM", "lstm", inputs, hidden, options);
  }

  forward<S extends Shape>(
    x: Tensor<S, DType> & TakesSteps<"LSTM", S, In>,
    start: RecurrentStart & { cell?: Tensor } = {},
  ): Recurrence<H> & { cell: Tensor<[number, number, H], "float32"> } {
    return this.run(x as Tensor, start) as never;
  }
}

export interface LSTM<In extends number, H extends number> {
  <S extends Shape>(
    x: Tensor<S, DType> & TakesSteps<"LSTM", S, In>,
    start?: RecurrentStart & { cell?: Tensor },
  ): Recurrence<H> & { cell: Tensor<[number, number, H], "float32"> };
}
