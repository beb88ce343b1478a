import { attach } from "../../autograd/graph.js";
import type { DType } from "../../dtype.js";
import { ValueError } from "../../errors.js";
import { defineOp, type Op } from "../../op.js";
import type { Floating } from "../../promotion.js";
import { allocate } from "../../record.js";
import type { Shape } from "../../shape.js";
import type { Tensor } from "../../tensor.js";
import { mul } from "../arithmetic.js";
import { concat } from "../join.js";
import { neg } from "../math.js";
import { triu } from "../triangle.js";
import { matrices, recordFactor } from "./factor-kernel.js";
import { columns, identity, minus, plus, times, turned } from "./matrix-algebra.js";
import { solvedTriangular } from "./triangular-solve.js";

/** The factors of x = Q R: Q has orthonormal columns, R is upper triangular. */
export interface QR<D extends DType = DType> {
  Q: Tensor<number[], D>;
  R: Tensor<number[], D>;
}

/** Q with as many columns as R has rows, or square. */
export type QRMode = "reduced" | "complete";

/** Without gradients. */
export function factorsQR(x: Tensor, mode: QRMode): { Q: Tensor; R: Tensor } {
  const { backend } = x.storage;
  const [m, n] = x.shape.slice(-2) as [number, number];
  const size = mode === "complete" ? m : Math.min(m, n);
  const batch = x.shape.slice(0, -2);
  const Q = allocate([...batch, m, size], x.dtype, backend);
  const R = allocate([...batch, size, n], x.dtype, backend);
  recordFactor(mode === "complete" ? "qrComplete" : "qr", x, Q, R);
  return { Q, R };
}

/** The cotangent of x, of at least as many rows as columns, from m = gR Rᵀ - Qᵀ gQ, as in PyTorch (Walter and Lehmann 2010). */
function slope(Q: Tensor, R: Tensor, m: Tensor, gQ?: Tensor): Tensor {
  const upper = triu(m) as Tensor;
  const once = mul(identity(m.shape.at(-1)!, m), 0.5) as Tensor;
  const both = plus(upper, turned(upper));
  const inner = times(Q, minus(both, mul(both, once as never) as Tensor));
  const whole = gQ === undefined ? inner : plus(inner, gQ);
  return turned(solvedTriangular(R, turned(whole), true, false));
}

function decompose(x: Tensor, mode: QRMode): { Q: Tensor; R: Tensor } {
  const [m, n] = x.shape.slice(-2) as [number, number];
  if (m < n) {
    // Q depends on the square part alone, and R = Qᵀ x.
    const { Q, R } = decompose(columns(x, 0, m), mode);
    return { Q, R: concat([R, times(turned(Q), columns(x, m, n))], -1) as Tensor };
  }
  const { Q, R } = factorsQR(x, mode);
  const refuse = () => {
    if (mode === "reduced" || m === n) return;
    throw new ValueError(`there is no gradient of the complete factors of ${m} x ${n} matrices`, {
      op: "qr",
      hint: 'The last columns of Q are not determined. Use { mode: "reduced" }.',
    });
  };
  attach(Q, "qr", [x], g => {
    refuse();
    return [slope(Q, R, neg(times(turned(Q), g)) as Tensor, g)];
  });
  attach(R, "qr", [x], g => {
    refuse();
    return [slope(Q, R, times(g, turned(R)))];
  });
  return { Q, R };
}

interface QROp extends Op {
  <D extends DType>(x: Tensor<Shape, D>, options?: { mode?: QRMode }): QR<Floating<D>>;
  readonly method: <D extends DType>(this: Tensor<Shape, D>, options?: { mode?: QRMode }) => QR<Floating<D>>;
}

/**
 * The QR decomposition of matrices, as `torch.linalg.qr`, with LAPACK's signs. x: [..., N, M] -> Q: [..., N, K],
 * R: [..., K, M], K the smaller of N and M; of mode "complete" K is N. Gradients need the first K columns to be independent.
 * @throws ShapeError when x is no matrix; ValueError for another mode, or by `backward` of the complete factors of a tall matrix
 * @example
 * const { Q, R } = randn([4, 2]).qr();
 * Q.matmul(R); // the matrix again
 */
export const qr: QROp = defineOp(
  {
    name: "qr",
    doc: "The orthogonal and the triangular factor of matrices.",
    samples: [],
    rejects: [
      { args: [{ shape: [3] }], message: "a matrix needs two axes, got [3]" },
      { args: [{ shape: [2, 2] }, { mode: "full" }], message: "no mode full" },
    ],
    gradient: { none: "two tensors; their gradients are checked beside PyTorch's" },
  },
  (x: Tensor, { mode = "reduced" }: { mode?: QRMode } = {}) => {
    const given = matrices("qr", x);
    if (mode !== "reduced" && mode !== "complete") {
      throw new ValueError(`no mode ${String(mode)}`, { op: "qr", hint: "There are reduced and complete." });
    }
    return decompose(given, mode);
  },
);
