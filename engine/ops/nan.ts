import type { DType } from "../dtype.js";
import { Elementwise, elementwise } from "../elementwise.js";
import { type Op, registerOp } from "../op.js";
import type { Shape } from "../shape.js";
import type { Tensor } from "../tensor.js";
import { requireTensor } from "./require.js";
import type { Binary } from "./signatures.js";

const pair = {
  inputs: ["a", "b"],
  rule: "arithmetic",
  samples: [{ args: [{ shape: [4, 1, 3] }, { shape: [5, 1] }] }, { args: [{ shape: [5] }, 0.3] }],
  rejects: [
    { args: [{ shape: [2, 3] }, { shape: [4] }], message: "cannot broadcast [2, 3] with [4]" },
    { args: [{ shape: [2] }, undefined], message: "expected a tensor or a number" },
  ],
} as const;

/**
 * The larger of a and b, broadcast, as `torch.fmax`: where one is NaN, the other. `maximum` keeps NaN.
 * @example fmax(tensor([1, NaN]), 0).toArray(); // [1, 0]
 */
export const fmax: Binary = elementwise("fmax", {
  ...pair,
  doc: "The larger of a and b; a number wins over NaN.",
  formula: "select(isnan(a), b, select(isnan(b), a, max(a, b)))",
  gradient: { a: "select((a >= b) or isnan(b), g, 0)", b: "select((a >= b) or isnan(b), 0, g)" },
});

/**
 * The smaller of a and b, broadcast, as `torch.fmin`: where one is NaN, the other. `minimum` keeps NaN.
 * @example fmin(tensor([1, NaN]), 2).toArray(); // [1, 2]
 */
export const fmin: Binary = elementwise("fmin", {
  ...pair,
  doc: "The smaller of a and b; a number wins over NaN.",
  formula: "select(isnan(a), b, select(isnan(b), a, min(a, b)))",
  gradient: { a: "select((a <= b) or isnan(b), g, 0)", b: "select((a <= b) or isnan(b), 0, g)" },
});

/** What takes the place of values that are no numbers. */
export interface NanToNumOptions {
  /** For NaN (default 0). */
  nan?: number;
  /** For Infinity (default the largest number of the dtype). */
  posinf?: number;
  /** For -Infinity (default the smallest number of the dtype). */
  neginf?: number;
}

interface NanToNum extends Op {
  <S extends Shape, D extends DType>(x: Tensor<S, D>, options?: NanToNumOptions): Tensor<S, D>;
  readonly method: <S extends Shape, D extends DType>(this: Tensor<S, D>, options?: NanToNumOptions) => Tensor<S, D>;
}

/** The largest finite numbers; other dtypes have no infinity. */
const largest: Partial<Record<DType, number>> = {
  float64: Number.MAX_VALUE,
  float32: (2 - 2 ** -23) * 2 ** 127,
  bfloat16: (2 - 2 ** -7) * 2 ** 127,
  float16: 65504,
};

const replaced = new Elementwise(
  "nanToNum",
  ["x", "nan", "posinf", "neginf"],
  "select(isnan(x), nan, select(x == 1 / 0, posinf, select(x == -1 / 0, neginf, x)))",
  "arithmetic",
);

/**
 * x with numbers in place of NaN and the infinities, as `torch.nan_to_num`. The gradient there is 0.
 * @example nanToNum(tensor([NaN, Infinity, 2]), { posinf: 9 }).toArray(); // [0, 9, 2]
 */
export const nanToNum: NanToNum = registerOp(
  {
    name: "nanToNum",
    doc: "Numbers in place of NaN and infinities.",
    samples: [{ args: [{ shape: [3, 4] }] }, { args: [{ shape: [5] }, { nan: 2, posinf: 3, neginf: -3 }] }],
    rejects: [{ args: [2], message: "expected a tensor, got number" }],
    gradient: true,
  },
  (x: Tensor, { nan = 0, posinf, neginf }: NanToNumOptions = {}) => {
    requireTensor("nanToNum", x);
    const limit = largest[x.dtype];
    // Whole numbers and truth values have neither NaN nor infinities.
    return limit === undefined ? x : replaced.apply([x, nan, posinf ?? limit, neginf ?? -limit]);
  },
);
