import { castTo } from "../layout.js";
import { defineOp, type Op } from "../op.js";
import { promote } from "../promotion.js";
import type { Shape } from "../shape.js";
import { Tensor } from "../tensor.js";
import { minimum } from "./arithmetic.js";
import { eq, logicalAnd } from "./compare.js";
import { tensor } from "./create.js";
import { take } from "./indexing.js";
import { searchSorted, sort } from "./order.js";
import { requireTensor } from "./require.js";
import { flatten } from "./view.js";

interface IsIn extends Op {
  <S extends Shape>(x: Tensor<S>, values: Tensor | readonly number[]): Tensor<S, "bool">;
  readonly method: <S extends Shape>(this: Tensor<S>, values: Tensor | readonly number[]) => Tensor<S, "bool">;
}

/**
 * True where an element of x is among the values, as `torch.isin`. NaN is among nothing.
 * @example isIn(tensor([1, 2, 3]), [3, 1]).toArray(); // [true, false, true]
 */
export const isIn: IsIn = defineOp(
  {
    name: "isIn",
    doc: "True where an element is among the values.",
    samples: [
      {
        args: [
          { shape: [3, 4], dtype: "int32", range: [0, 9] },
          { shape: [5], dtype: "int32", range: [0, 9] },
        ],
      },
      { args: [{ shape: [4] }, [0.5]] },
      { args: [{ shape: [4] }, []] },
    ],
    rejects: [{ args: [2, [1]], message: "expected a tensor, got number" }],
    gradient: { none: "truth values do not change smoothly" },
  },
  (x: Tensor, values: Tensor | readonly number[]) => {
    requireTensor("isIn", x);
    const given = values instanceof Tensor ? values : (tensor(values as number[], { device: x.device }) as Tensor);
    if (given.size === 0) return logicalAnd(x, 0);
    const dtype = promote(x.dtype, given.dtype);
    const [own, sorted] = [castTo(x, dtype), sort(castTo(flatten(given) as Tensor, dtype), -1)];
    const place = minimum(searchSorted(sorted as Tensor, own), given.size - 1) as Tensor;
    return eq(take(sorted as Tensor, place, 0) as Tensor, own as never);
  },
);
