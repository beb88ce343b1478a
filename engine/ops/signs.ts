import { elementwise } from "../elementwise.js";
import type { Binary, FloatBinary, Predicate } from "./signatures.js";

/** True for what is negative, the negative 0 among them. */
const negative = (x: string) => `((${x} < 0) or ((${x} == 0) and (1 / ${x} < 0)))`;

const rejects = [
  { args: [{ shape: [2, 3] }, { shape: [4] }], message: "cannot broadcast [2, 3] with [4]" },
  { args: [{ shape: [2] }, undefined], message: "expected a tensor or a number" },
];

/**
 * True where x is negative, -0 among them, as `torch.signbit`. The sign of a NaN is not told.
 * @example signBit(tensor([-1, -0, 0])).toArray(); // [true, true, false]
 */
export const signBit: Predicate = elementwise("signBit", {
  doc: "True where x is negative, -0 among them.",
  formula: negative("x"),
  rule: "bool",
});

/**
 * The size of a with the sign of b, broadcast, as `torch.copysign`; also -0 is negative.
 * @example copySign(tensor([1, -2]), -0).toArray(); // [-1, -2]
 */
export const copySign: FloatBinary = elementwise("copySign", {
  doc: "The size of a with the sign of b.",
  inputs: ["a", "b"],
  formula: `select(${negative("b")}, -abs(a), abs(a))`,
  rule: "floating",
  samples: [{ args: [{ shape: [4, 3] }, { shape: [3] }] }, { args: [{ shape: [6] }, -1] }],
  rejects,
});

/**
 * 0 where x is negative, 1 where it is positive, and `values` where it is 0, broadcast, as `torch.heaviside`; NaN stays.
 * @example heaviside(tensor([-2, 0, 3]), 0.5).toArray(); // [0, 0.5, 1]
 */
export const heaviside: Binary = elementwise("heaviside", {
  doc: "0 below 0, 1 above, and the values given at 0.",
  inputs: ["x", "values"],
  formula: "select(isnan(x), x, select(x == 0, values, x > 0))",
  rule: "arithmetic",
  samples: [{ args: [{ shape: [4, 3] }, { shape: [3] }] }, { args: [{ shape: [6], dtype: "int32" }, { shape: [6] }] }],
  rejects,
});
