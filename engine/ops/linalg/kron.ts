import type { DType } from "../../dtype.js";
import { defineOp, type Op } from "../../op.js";
import type { Promote } from "../../promotion.js";
import type { Shape } from "../../shape.js";
import type { Tensor } from "../../tensor.js";
import { mul } from "../arithmetic.js";
import { requireTensor } from "../require.js";
import { reshape } from "../view.js";

interface Kron extends Op {
  <D extends DType, E extends DType>(a: Tensor<Shape, D>, b: Tensor<Shape, E>): Tensor<number[], Promote<D, E>>;
  readonly method: <D extends DType, E extends DType>(
    this: Tensor<Shape, D>,
    b: Tensor<Shape, E>,
  ) => Tensor<number[], Promote<D, E>>;
}

/**
 * The Kronecker product, as `torch.kron`: b once for every element of a, times it. a: [A, B], b: [C, D] -> [A C, B D], and so for
 * any number of axes; a tensor with fewer gets axes of length 1 in front.
 * @example tensor([1, 2]).kron(tensor([1, 10])).toArray(); // [1, 10, 2, 20]
 */
export const kron: Kron = defineOp(
  {
    name: "kron",
    doc: "The Kronecker product.",
    samples: [
      { args: [{ shape: [2, 3] }, { shape: [3, 2] }] },
      { args: [{ shape: [2] }, { shape: [2, 3] }] },
      { args: [{ shape: [2, 1, 2] }, { shape: [3] }] },
      { args: [{ shape: [] }, { shape: [2] }] },
    ],
    rejects: [{ args: [{ shape: [2] }, 2], message: "expected a tensor, got number" }],
    gradient: true,
  },
  (a: Tensor, b: Tensor) => {
    requireTensor("kron", a);
    requireTensor("kron", b);
    const rank = Math.max(a.shape.length, b.shape.length);
    const [left, right] = [a, b].map(x => [...new Array(rank - x.shape.length).fill(1), ...x.shape] as number[]);
    const product = mul(
      reshape(
        a,
        left!.flatMap(n => [n, 1]),
      ) as Tensor,
      reshape(
        b,
        right!.flatMap(n => [1, n]),
      ) as never,
    ) as Tensor;
    return reshape(
      product,
      left!.map((n, i) => n * right![i]!),
    );
  },
);
