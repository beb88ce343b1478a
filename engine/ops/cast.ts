import { type DType, dtypes } from "../dtype.js";
import { DTypeError } from "../errors.js";
import { castTo } from "../layout.js";
import { defineOp, type Op } from "../op.js";
import type { Shape } from "../shape.js";
import type { Tensor } from "../tensor.js";
import { requireTensor } from "./require.js";

interface Cast extends Op {
  <S extends Shape, E extends DType>(x: Tensor<S>, dtype: E): Tensor<S, E>;
  readonly method: <S extends Shape, E extends DType>(this: Tensor<S>, dtype: E) => Tensor<S, E>;
}

/**
 * The values in another dtype. Floats become integers by dropping the fraction; NaN becomes 0 and what lies outside the range
 * takes the nearest end. Gradients pass between floats.
 * @example tensor([1.7, -2]).cast("int32").toArray(); // [1, -2]
 */
export const cast: Cast = defineOp(
  {
    name: "cast",
    doc: "The values in another dtype.",
    samples: [{ args: [{ shape: [2, 3] }, "float64"] }, { args: [{ shape: [3] }, "int32"] }],
    rejects: [{ args: [{ shape: [2] }, "float8"], message: "no dtype float8" }],
    gradient: true,
  },
  (x: Tensor, dtype: DType) => {
    requireTensor("cast", x);
    if (!dtypes.includes(dtype)) {
      throw new DTypeError(`no dtype ${String(dtype)}`, { op: "cast", hint: `There are ${dtypes.join(", ")}.` });
    }
    return castTo(x, dtype);
  },
);
