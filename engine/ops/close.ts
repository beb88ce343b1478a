import { Elementwise } from "../elementwise.js";
import { defineOp, type Op, registerOp } from "../op.js";
import type { Shape } from "../shape.js";
import type { Tensor } from "../tensor.js";
import type { Broadcast, Fits, Operand, ShapeOf } from "../types.js";
import { all } from "./reduce.js";
import { requireTensor } from "./require.js";

/** How far apart numbers may be that count as equal: |a - b| <= atol + rtol |b|. */
export interface CloseOptions {
  /** The share of |b| (default 1e-5). */
  rtol?: number;
  /** The distance that is always allowed (default 1e-8). */
  atol?: number;
  /** True: NaN is close to NaN (default false). */
  equalNan?: boolean;
}

interface IsClose extends Op {
  <S extends Shape, T extends Operand>(
    a: Tensor<S>,
    b: T & Fits<S, T>,
    options?: CloseOptions,
  ): Tensor<Broadcast<S, ShapeOf<T>>, "bool">;
  readonly method: <S extends Shape, T extends Operand>(
    this: Tensor<S>,
    b: T & Fits<S, T>,
    options?: CloseOptions,
  ) => Tensor<Broadcast<S, ShapeOf<T>>, "bool">;
}

// An infinite difference is never small, even where the share of an infinite b is infinite, too.
const closeness = new Elementwise(
  "isClose",
  ["a", "b", "rtol", "atol", "nan"],
  "(a == b) or ((abs(a - b) <= atol + rtol * abs(b)) and (abs(a - b) < 1 / 0)) or (nan and isnan(a) and isnan(b))",
  "bool",
);

function close(a: Tensor, b: Tensor | number, options: CloseOptions): Tensor {
  const { rtol = 1e-5, atol = 1e-8, equalNan = false } = options;
  return closeness.apply([a, b, rtol, atol, equalNan ? 1 : 0]);
}

/**
 * True where |a - b| <= atol + rtol |b|, broadcast, as `torch.isclose`. Infinities are close to themselves only.
 * @example isClose(tensor([1, 2]), tensor([1.000001, 2.1])).toArray(); // [true, false]
 */
export const isClose: IsClose = registerOp(
  {
    name: "isClose",
    doc: "True where two numbers are almost equal.",
    samples: [
      { args: [{ shape: [4, 3] }, { shape: [3] }, { atol: 0.7 }] },
      { args: [{ shape: [6] }, 0.5, { rtol: 1 }] },
    ],
    rejects: [
      { args: [{ shape: [2, 3] }, { shape: [4] }], message: "cannot broadcast [2, 3] with [4]" },
      { args: [{ shape: [2] }, undefined], message: "expected a tensor or a number" },
    ],
    gradient: { none: "truth values do not change smoothly" },
  },
  (a: Tensor, b: Tensor, options: CloseOptions = {}) => close(a, b, options),
);

interface AllClose extends Op {
  <S extends Shape, T extends Operand>(a: Tensor<S>, b: T & Fits<S, T>, options?: CloseOptions): boolean;
  readonly method: <S extends Shape, T extends Operand>(
    this: Tensor<S>,
    b: T & Fits<S, T>,
    options?: CloseOptions,
  ) => boolean;
}

/**
 * Whether all of a are close to b, broadcast, as `torch.allclose`: `isClose` everywhere. It waits for the values.
 * @example allClose(tensor([1, 2]), tensor([1, 2.1]), { atol: 0.2 }); // true
 */
export const allClose: AllClose = defineOp(
  {
    name: "allClose",
    doc: "Whether two tensors are almost equal everywhere.",
    samples: [],
    rejects: [{ args: [{ shape: [2, 3] }, { shape: [4] }], message: "cannot broadcast [2, 3] with [4]" }],
    gradient: { none: "truth values do not change smoothly" },
  },
  (a: Tensor, b: Tensor, options: CloseOptions = {}) => {
    requireTensor("allClose", a);
    return Boolean(all(close(a, b, options)).item());
  },
);
