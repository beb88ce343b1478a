import type { DType } from "../dtype.js";
import { Elementwise } from "../elementwise.js";
import { DTypeError, ValueError } from "../errors.js";
import { castTo } from "../layout.js";
import { defineOp, type Op } from "../op.js";
import { isFloat } from "../promotion.js";
import { type Generator, rand } from "../random.js";
import { type Shape, stridesLike } from "../shape.js";
import { Tensor } from "../tensor.js";
import { requireTensor } from "./require.js";

export interface DropoutOptions {
  /** False: nothing is dropped (default true). */
  training?: boolean;
  generator?: Generator;
}

interface Dropout extends Op {
  <S extends Shape, D extends DType>(x: Tensor<S, D>, rate?: number, options?: DropoutOptions): Tensor<S, D>;
  readonly method: <S extends Shape, D extends DType>(
    this: Tensor<S, D>,
    rate?: number,
    options?: DropoutOptions,
  ) => Tensor<S, D>;
}

const kept = new Elementwise("dropout", ["x", "u", "rate", "scale"], "select(u >= rate, x * scale, 0)", "floating", {
  x: "select(u >= rate, g * scale, 0)",
});

/**
 * Elements set to 0 at random with probability `rate` (default 0.5), the others scaled up by 1 / (1 - rate), so that the mean
 * stays (Srivastava et al. 2014). The mask is drawn by counter: with the same seed it is the same on every machine.
 * x: [...] -> [...].
 * @throws ValueError when the rate is not from 0 to 1; DTypeError when x holds no floats
 */
export const dropout: Dropout = defineOp(
  {
    name: "dropout",
    doc: "Elements set to 0 at random, the others scaled up.",
    // Random numbers differ from call to call: here only what does not depend on them.
    samples: [
      { args: [{ shape: [3, 4] }, 0] },
      { args: [{ shape: [3, 4] }, 1] },
      { args: [{ shape: [5] }, 0.5, { training: false }] },
    ],
    rejects: [
      { args: [{ shape: [3] }, 1.5], message: "rate is 1.5" },
      { args: [{ shape: [3], dtype: "int32" }, 0.5], message: "cannot drop int32" },
    ],
    gradient: true,
  },
  (x: Tensor, rate = 0.5, options: DropoutOptions = {}) => {
    requireTensor("dropout", x);
    if (!(rate >= 0 && rate <= 1)) {
      throw new ValueError(`rate is ${rate}`, { op: "dropout", hint: "Give a probability from 0 to 1." });
    }
    if (!isFloat(x.dtype)) {
      throw new DTypeError(`cannot drop ${x.dtype}`, { op: "dropout", expected: "a float dtype", got: x.dtype });
    }
    const { training = true, generator } = options;
    if (!training || rate === 0) return x;
    const drawn = rand(x.shape, { device: x.device, ...(generator ? { generator } : {}) }) as Tensor;
    // Laid out as x is, so that both are read in one sweep.
    const u = new Tensor(drawn.storage, x.shape, drawn.dtype, stridesLike(x.shape, [x]));
    return kept.apply([x, castTo(u, x.dtype), rate, rate === 1 ? 0 : 1 / (1 - rate)]);
  },
);
