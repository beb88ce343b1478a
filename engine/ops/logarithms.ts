import { elementwise } from "../elementwise.js";
import type { FloatBinary, FloatUnary } from "./signatures.js";

const toBase = (name: string, base: number): FloatUnary =>
  elementwise<FloatUnary>(name, {
    doc: `The logarithm to base ${base}.`,
    formula: `log(x) / ${Math.log(base)}`,
    rule: "floating",
    samples: [{ args: [{ shape: [3, 5], range: [0.1, 5] }] }, { args: [{ shape: [], range: [0.1, 5] }] }],
  });

/** The logarithm to base 2. */
export const log2: FloatUnary = toBase("log2", 2);
/** The logarithm to base 10. */
export const log10: FloatUnary = toBase("log10", 10);

/** 2 to the power x. */
export const exp2: FloatUnary = elementwise("exp2", {
  doc: "2 to the power x.",
  formula: "pow(2, x)",
  rule: "floating",
  gradient: { x: `g * y * ${Math.LN2}` },
});

const pair = {
  inputs: ["a", "b"],
  rule: "floating",
  samples: [
    { args: [{ shape: [2, 3] }, { shape: [2, 3] }] },
    { args: [{ shape: [4, 1, 3] }, { shape: [5, 1] }] },
    { args: [{ shape: [5] }, 1.5] },
    { args: [-2.5, { shape: [5] }] },
  ],
  rejects: [{ args: [{ shape: [2, 3] }, { shape: [4] }], message: "cannot broadcast [2, 3] with [4]" }],
} as const;

/** log(exp(a) + exp(b)), broadcast, computed so that it does not overflow. */
export const logAddExp: FloatBinary = elementwise("logAddExp", {
  ...pair,
  doc: "log(exp(a) + exp(b)).",
  formula: "select(a == b, a + log(2), max(a, b) + log1p(exp(-abs(a - b))))",
  gradient: { a: "g * select(a == b, 0.5, sigmoid(a - b))", b: "g * select(a == b, 0.5, sigmoid(b - a))" },
});

/** The length of the hypotenuse: sqrt(a² + b²), broadcast, without overflow of the squares. The gradient at 0, 0 is 0. */
export const hypot: FloatBinary = elementwise("hypot", {
  ...pair,
  doc: "The square root of a² + b².",
  formula:
    "select(max(abs(a), abs(b)) == 0, 0, max(abs(a), abs(b)) * sqrt(1 + square(min(abs(a), abs(b)) / max(abs(a), abs(b)))))",
  gradient: { a: "select(y == 0, 0, g * a / y)", b: "select(y == 0, 0, g * b / y)" },
});
