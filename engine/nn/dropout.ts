import type { DType } from "../dtype.js";
import { ValueError } from "../errors.js";
import { dropout } from "../ops/dropout.js";
import type { Generator } from "../random.js";
import type { Shape } from "../shape.js";
import type { Tensor } from "../tensor.js";
import { Layer } from "./module.js";

/**
 * Sets elements to 0 at random while training; does nothing after `eval()`.
 * @throws ValueError when the rate is no probability
 * @example new nn.Dropout(0.2);
 */
export class Dropout extends Layer {
  readonly #generator: Generator | undefined;

  constructor(
    readonly rate = 0.5,
    options: { generator?: Generator } = {},
  ) {
    super();
    if (!(rate >= 0 && rate <= 1)) {
      throw new ValueError(`rate is ${rate}`, { op: "Dropout", hint: "Give a probability from 0 to 1." });
    }
    this.#generator = options.generator;
  }

  forward<S extends Shape, D extends DType>(x: Tensor<S, D>): Tensor<S, D> {
    const { training } = this;
    return dropout(x, this.rate, this.#generator ? { training, generator: this.#generator } : { training });
  }

  override config(): readonly unknown[] {
    return [this.rate];
  }
}
export interface Dropout {
  <S extends Shape, D extends DType>(x: Tensor<S, D>): Tensor<S, D>;
}
