import { attach, gradEnabled } from "../autograd/graph.js";
import type { DType } from "../dtype.js";
import { Elementwise } from "../elementwise.js";
import { ValueError } from "../errors.js";
import { castTo } from "../layout.js";
import { defineOp, type Op } from "../op.js";
import { type Floating, floating } from "../promotion.js";
import type { Shape } from "../shape.js";
import type { Tensor } from "../tensor.js";
import { mul } from "./arithmetic.js";
import { polygammaFormula } from "./polygamma-formula.js";
import { requireTensor } from "./require.js";
import { digamma } from "./special.js";

/** Higher orders have factors that float32 does not hold. */
const highest = 30;

const orders = new Map<number, Elementwise>();

function ofOrder(n: number, x: Tensor): Tensor {
  let operation = orders.get(n);
  if (operation === undefined) {
    operation = new Elementwise("polygamma", ["x"], polygammaFormula(n), "floating");
    orders.set(n, operation);
  }
  // The derivative is the next order, exactly, and not what follows from the formula.
  const out = operation.apply([gradEnabled() ? (x.detach() as Tensor) : x]);
  return attach(out, "polygamma", [x], g => [mul(g, ofOrder(n + 1, x) as never) as Tensor]);
}

interface Polygamma extends Op {
  <S extends Shape, D extends DType>(x: Tensor<S, D>, order: number): Tensor<S, Floating<D>>;
  readonly method: <S extends Shape, D extends DType>(this: Tensor<S, D>, order: number) => Tensor<S, Floating<D>>;
}

/**
 * The derivative of `digamma` of an order, as `torch.polygamma`: 0 is `digamma` itself, 1 the trigamma function. An infinity at 0,
 * -1, -2, ...
 * @throws ValueError unless the order is a whole number from 0 to 30
 * @example polygamma(tensor([1]), 1).mul(6).sqrt().item().toFixed(4); // "3.1416"
 */
export const polygamma: Polygamma = defineOp(
  {
    name: "polygamma",
    doc: "The derivative of digamma of an order.",
    samples: [
      { args: [{ shape: [3, 4], range: [0.2, 12] }, 0] },
      { args: [{ shape: [7], range: [0.3, 9] }, 1] },
      { args: [{ shape: [5], range: [0.6, 9] }, 3] },
      { args: [{ shape: [5], range: [-1.8, -1.2] }, 2] },
    ],
    rejects: [
      { args: [{ shape: [2] }, 1.5], message: "an order of 1.5" },
      { args: [{ shape: [2] }, 31], message: "an order of 31" },
      { args: [1, { shape: [2] }], message: "expected a tensor, got number" },
    ],
    gradient: true,
  },
  (x: Tensor, order: number) => {
    requireTensor("polygamma", x);
    if (!Number.isInteger(order) || order < 0 || order > highest) {
      throw new ValueError(`an order of ${String(order)}`, {
        op: "polygamma",
        expected: `a whole number from 0 to ${highest}`,
        hint: "The tensor comes first, then the order: polygamma(x, 1).",
      });
    }
    return order === 0 ? digamma(x) : ofOrder(order, castTo(x, floating(x.dtype)));
  },
);
