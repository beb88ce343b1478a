import { elementwise } from "../elementwise.js";
import type { FloatBinary, FloatUnary, FloatUnaryWith } from "./signatures.js";

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

/** log2(2^a + 2^b), broadcast, computed so that it does not overflow, as `torch.logaddexp2`. */
export const logAddExp2: FloatBinary = elementwise("logAddExp2", {
  ...pair,
  doc: "The logarithm to base 2 of 2^a + 2^b.",
  formula: `select(a == b, a + 1, max(a, b) + log1p(pow(2, -abs(a - b))) / ${Math.LN2})`,
  gradient: {
    a: `g * select(a == b, 0.5, sigmoid(${Math.LN2} * (a - b)))`,
    b: `g * select(a == b, 0.5, sigmoid(${Math.LN2} * (b - a)))`,
  },
});

const weighted = {
  ...pair,
  samples: [
    { args: [{ shape: [2, 3] }, { shape: [3], range: [0.3, 3] }] },
    { args: [{ shape: [5] }, 1.5] },
    { args: [-2.5, { shape: [5], range: [0.3, 3] }] },
  ],
} as const;

/**
 * a log(b), broadcast, and 0 where a is 0, also for log(0), as `torch.xlogy`: what entropies are sums of. A NaN in b stays.
 * @example xlogy(tensor([0, 2]), tensor([0, 1])).toArray(); // [0, 0]
 */
export const xlogy: FloatBinary = elementwise("xlogy", {
  ...weighted,
  doc: "a log(b), and 0 where a is 0.",
  formula: "select(isnan(b), b, select(a == 0, 0, a * log(b)))",
  gradient: { a: "select((a == 0) and (b <= 0), 0, g * log(b))", b: "g * a / b" },
});

/** a log(1 + b), exact for small b, broadcast, and 0 where a is 0, as `torch.special.xlog1py`. A NaN in b stays. */
export const xlog1py: FloatBinary = elementwise("xlog1py", {
  ...weighted,
  doc: "a log(1 + b), and 0 where a is 0.",
  formula: "select(isnan(b), b, select(a == 0, 0, a * log1p(b)))",
  gradient: { a: "select((a == 0) and (b <= -1), 0, g * log1p(b))", b: "g * a / (1 + b)" },
});

/**
 * log(x / (1 - x)), the inverse of `sigmoid`, as `torch.logit`: NaN beside 0 to 1. With `eps` x is held between eps and 1 - eps
 * first, and the gradient beyond is 0.
 * @example logit(tensor([0.5, 1])).toArray(); // [0, Infinity]
 */
export const logit: FloatUnaryWith<{ eps?: number }> = elementwise("logit", {
  doc: "The inverse of sigmoid.",
  options: { eps: 0 },
  formula: "log(select(eps > 0, min(max(x, eps), 1 - eps), x) / (1 - select(eps > 0, min(max(x, eps), 1 - eps), x)))",
  rule: "floating",
  gradient: {
    x: "select((x < eps) or (x > 1 - eps), select(eps > 0, 0, 0 / 0), g / (x * (1 - x)))",
  },
  samples: [
    { args: [{ shape: [3, 5], range: [0.05, 0.95] }] },
    { args: [{ shape: [4], range: [-0.5, 1.5] }, { eps: 0.01 }] },
  ],
});

/** The length of the hypotenuse: sqrt(a² + b²), broadcast, without overflow of the squares. The gradient at 0, 0 is 0. */
export const hypot: FloatBinary = elementwise("hypot", {
  ...pair,
  doc: "The square root of a² + b².",
  formula:
    "select(max(abs(a), abs(b)) == 0, 0, max(abs(a), abs(b)) * sqrt(1 + square(min(abs(a), abs(b)) / max(abs(a), abs(b)))))",
  gradient: { a: "select(y == 0, 0, g * a / y)", b: "select(y == 0, 0, g * b / y)" },
});
