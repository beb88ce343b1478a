import { elementwise } from "../elementwise.js";
import type { FloatUnary, Unary } from "./signatures.js";

const same = (name: string, doc: string, formula = `${name}(x)`): Unary =>
  elementwise<Unary>(name, { doc, formula, rule: "arithmetic" });

const float = (name: string, doc: string, range?: readonly [number, number], formula = `${name}(x)`): FloatUnary =>
  elementwise<FloatUnary>(name, {
    doc,
    formula,
    rule: "floating",
    ...(range ? { samples: [{ args: [{ shape: [3, 5], range }] }, { args: [{ shape: [], range }] }] } : {}),
  });

/** -x. */
export const neg: Unary = same("neg", "-x.");
/** The absolute value. Its derivative at 0 is taken as 0. */
export const abs: Unary = same("abs", "The absolute value.");
/** -1, 0 or 1. */
export const sign: Unary = same("sign", "-1, 0 or 1.");
/** The largest whole number that is not greater. */
export const floor: Unary = same("floor", "Rounded down.");
/** The smallest whole number that is not less. */
export const ceil: Unary = same("ceil", "Rounded up.");
/** The nearest whole number; ties go to the even one. */
export const round: Unary = same("round", "Rounded to the nearest, ties to even.");
/** The whole part, towards 0. */
export const trunc: Unary = same("trunc", "Rounded towards 0.");
/**
 * What stands behind the point, with the sign of x, as `torch.frac`.
 * @example frac(tensor([1.5, -2.25])).toArray(); // [0.5, -0.25]
 */
export const frac: Unary = same("frac", "What stands behind the point, with the sign of x.", "x - trunc(x)");
/** Degrees in radians. @example deg2rad(tensor([180])).div(Math.PI).toArray(); // [1] */
export const deg2rad: FloatUnary = float("deg2rad", "Degrees in radians.", undefined, `x * ${Math.PI / 180}`);
/** Radians in degrees. @example rad2deg(tensor([Math.PI])).toArray(); // [180] */
export const rad2deg: FloatUnary = float("rad2deg", "Radians in degrees.", undefined, `x * ${180 / Math.PI}`);
/** x * x. */
export const square: Unary = same("square", "x * x.");

/** The square root; NaN for negative x. */
export const sqrt: FloatUnary = float("sqrt", "The square root.", [0.1, 4]);
/** 1 / sqrt(x). */
export const rsqrt: FloatUnary = float("rsqrt", "1 / sqrt(x).", [0.1, 4]);
/** 1 / x. */
export const reciprocal: FloatUnary = float("reciprocal", "1 / x.", [0.3, 4]);
/** e to the power x. */
export const exp: FloatUnary = float("exp", "e to the power x.");
/** exp(x) - 1, exact for small x. */
export const expm1: FloatUnary = float("expm1", "exp(x) - 1, exact for small x.");
/** The natural logarithm: -Infinity at 0, NaN below. */
export const log: FloatUnary = float("log", "The natural logarithm.", [0.1, 5]);
/** log(1 + x), exact for small x. */
export const log1p: FloatUnary = float("log1p", "log(1 + x), exact for small x.", [-0.8, 3]);
/** The sine of x in radians. */
export const sin: FloatUnary = float("sin", "The sine of x in radians.");
/** The cosine of x in radians. */
export const cos: FloatUnary = float("cos", "The cosine of x in radians.");
/** The tangent of x in radians. */
export const tan: FloatUnary = float("tan", "The tangent of x in radians.", [-1.2, 1.2]);
/** The angle in radians whose sine is x. */
export const asin: FloatUnary = float("asin", "The angle whose sine is x.", [-0.9, 0.9]);
/** The angle in radians whose cosine is x. */
export const acos: FloatUnary = float("acos", "The angle whose cosine is x.", [-0.9, 0.9]);
/** The angle in radians whose tangent is x. */
export const atan: FloatUnary = float("atan", "The angle whose tangent is x.");
/** The hyperbolic sine. */
export const sinh: FloatUnary = float("sinh", "The hyperbolic sine.");
/** The hyperbolic cosine. */
export const cosh: FloatUnary = float("cosh", "The hyperbolic cosine.");
/** The hyperbolic tangent. */
export const tanh: FloatUnary = float("tanh", "The hyperbolic tangent.");
/** The error function. */
export const erf: FloatUnary = float("erf", "The error function.");
