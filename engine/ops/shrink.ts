import { elementwise } from "../elementwise.js";
import type { FloatUnaryWith } from "./signatures.js";

/**
 * x brought nearer to 0 by lambda (default 0.5), and 0 where it is within, as `torch.nn.functional.softshrink`.
 * @example softShrink(tensor([-2, 0.2, 1])).toArray(); // [-1.5, 0, 0.5]
 */
export const softShrink: FloatUnaryWith<{ lambda?: number }> = elementwise("softShrink", {
  doc: "x brought nearer to 0 by lambda.",
  formula: "max(x - lambda, 0) + min(x + lambda, 0)",
  options: { lambda: 0.5 },
  rule: "floating",
  gradient: { x: "select((x > lambda) or (x < -lambda), g, 0)" },
});

/**
 * x, and 0 where its size is at most lambda (default 0.5), as `torch.nn.functional.hardshrink`.
 * @example hardShrink(tensor([-2, 0.2, 1])).toArray(); // [-2, 0, 1]
 */
export const hardShrink: FloatUnaryWith<{ lambda?: number }> = elementwise("hardShrink", {
  doc: "x, and 0 where its size is at most lambda.",
  formula: "select((x > lambda) or (x < -lambda), x, 0)",
  options: { lambda: 0.5 },
  rule: "floating",
});

/**
 * x where it is above the threshold (default 0), and a value (default 0) elsewhere, as `torch.nn.functional.threshold`.
 * @example threshold(tensor([-1, 0.5, 2]), { threshold: 1, value: 7 }).toArray(); // [7, 7, 2]
 */
export const threshold: FloatUnaryWith<{ threshold?: number; value?: number }> = elementwise("threshold", {
  doc: "x where it is above the threshold, and a value elsewhere.",
  formula: "select(x > threshold, x, value)",
  options: { threshold: 0, value: 0 },
  rule: "floating",
});
