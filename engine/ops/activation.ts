import { elementwise } from "../elementwise.js";
import type { FloatUnary, FloatUnaryWith, Unary, UnaryWith } from "./signatures.js";

/** max(x, 0). Its derivative at 0 is taken as 0. */
export const relu: Unary = elementwise("relu", { doc: "max(x, 0).", formula: "relu(x)", rule: "arithmetic" });

/** 1 / (1 + exp(-x)). */
export const sigmoid: FloatUnary = elementwise("sigmoid", {
  doc: "1 / (1 + exp(-x)).",
  formula: "sigmoid(x)",
  rule: "floating",
});

/** log(1 + exp(x)), computed so that it does not overflow. */
export const softplus: FloatUnary = elementwise("softplus", {
  doc: "log(1 + exp(x)).",
  formula: "max(x, 0) + log1p(exp(-abs(x)))",
  rule: "floating",
  gradient: { x: "g * sigmoid(x)" },
});

/** log(sigmoid(x)), computed so that it does not overflow. */
export const logSigmoid: FloatUnary = elementwise("logSigmoid", {
  doc: "log(sigmoid(x)).",
  formula: "min(x, 0) - log1p(exp(-abs(x)))",
  rule: "floating",
  gradient: { x: "g * sigmoid(-x)" },
});

/** x * sigmoid(x), also called swish (Elfwing et al. 2017). */
export const silu: FloatUnary = elementwise("silu", {
  doc: "x * sigmoid(x).",
  formula: "x * sigmoid(x)",
  rule: "floating",
});

/** x, and slope * x below 0 (default slope 0.01). */
export const leakyRelu: FloatUnaryWith<{ slope?: number }> = elementwise("leakyRelu", {
  doc: "x, and slope * x below 0.",
  formula: "select(x > 0, x, slope * x)",
  options: { slope: 0.01 },
  rule: "floating",
});

/** x, and alpha * (exp(x) - 1) below 0 (Clevert et al. 2015; default alpha 1). */
export const elu: FloatUnaryWith<{ alpha?: number }> = elementwise("elu", {
  doc: "x, and alpha * (exp(x) - 1) below 0.",
  formula: "select(x > 0, x, alpha * expm1(min(x, 0)))",
  options: { alpha: 1 },
  rule: "floating",
  gradient: { x: "select(x > 0, g, g * alpha * exp(min(x, 0)))" },
});

/** x held between min and max (default: no limit). Gradients pass where x lies within, ends included. */
export const clip: UnaryWith<{ min?: number; max?: number }> = elementwise("clip", {
  doc: "x held between min and max.",
  formula: "min(max(x, min), max)",
  options: { min: Number.NEGATIVE_INFINITY, max: Number.POSITIVE_INFINITY },
  rule: "arithmetic",
  gradient: { x: "select((x >= min) and (x <= max), g, 0)" },
  samples: [{ args: [{ shape: [3, 5] }, { min: -0.6, max: 0.8 }] }, { args: [{ shape: [4] }, { max: 0.3 }] }],
});
