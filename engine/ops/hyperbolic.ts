import { elementwise } from "../elementwise.js";
import type { FloatUnary } from "./signatures.js";

const inverse = (
  name: string,
  doc: string,
  range: readonly [number, number],
  formula: string,
  slope: string,
): FloatUnary =>
  elementwise<FloatUnary>(name, {
    doc,
    formula,
    rule: "floating",
    gradient: { x: slope },
    samples: [{ args: [{ shape: [3, 5], range }] }, { args: [{ shape: [], range }] }],
  });

/** The number whose hyperbolic sine is x, exact also near 0. */
export const asinh: FloatUnary = inverse(
  "asinh",
  "The number whose hyperbolic sine is x.",
  [-3, 3],
  "sign(x) * log1p(abs(x) + square(x) / (1 + sqrt(1 + square(x))))",
  "g * rsqrt(1 + square(x))",
);

/** The number of at least 0 whose hyperbolic cosine is x; NaN below 1. */
export const acosh: FloatUnary = inverse(
  "acosh",
  "The number of at least 0 whose hyperbolic cosine is x.",
  [1.2, 4],
  "log1p((x - 1) + sqrt((x - 1) * (x + 1)))",
  "g * rsqrt((x - 1) * (x + 1))",
);

/** The number whose hyperbolic tangent is x; NaN beyond -1 and 1. */
export const atanh: FloatUnary = inverse(
  "atanh",
  "The number whose hyperbolic tangent is x.",
  [-0.9, 0.9],
  "0.5 * (log1p(x) - log1p(-x))",
  "g / (1 - square(x))",
);
