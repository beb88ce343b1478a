import { elementwise } from "../elementwise.js";
import type { Ternary, TernaryWith } from "./signatures.js";

const rejects = [
  { args: [{ shape: [2, 3] }, { shape: [4] }, 0.5], message: "cannot broadcast [2, 3] with [4]" },
  { args: [{ shape: [2] }, { shape: [2] }, undefined], message: "expected a tensor or a number" },
];

/**
 * On the way from a to b by weight: a + weight (b - a), broadcast, as `torch.lerp`. Exact at both ends.
 * @example lerp(tensor([0, 10]), tensor([10, 20]), 0.25).toArray(); // [2.5, 12.5]
 */
export const lerp: Ternary = elementwise("lerp", {
  doc: "On the way from a to b by weight.",
  inputs: ["a", "b", "weight"],
  formula: "select(abs(weight) < 0.5, fma(weight, b - a, a), b - (b - a) * (1 - weight))",
  rule: "floating",
  samples: [
    { args: [{ shape: [2, 3] }, { shape: [3] }, 0.3] },
    { args: [{ shape: [2, 3] }, { shape: [2, 1] }, { shape: [3], range: [-1, 2] }] },
  ],
  rejects,
  gradient: { a: "g * (1 - weight)", b: "g * weight", weight: "g * (b - a)" },
});

const scaled = (name: string, doc: string, formula: string): TernaryWith<{ value?: number }> =>
  elementwise<TernaryWith<{ value?: number }>>(name, {
    doc,
    inputs: ["x", "a", "b"],
    formula,
    options: { value: 1 },
    rule: "floating",
    samples: [
      { args: [{ shape: [2, 3] }, { shape: [3] }, { shape: [2, 1], range: [0.5, 2] }] },
      { args: [{ shape: [4] }, { shape: [4] }, { shape: [4], range: [-2, -0.5] }, { value: -0.7 }] },
    ],
    rejects,
  });

/**
 * x + value * a * b (default value 1), broadcast, as `torch.addcmul`.
 * @example addcmul(tensor([1, 1]), tensor([2, 3]), tensor([4, 5]), { value: 0.5 }).toArray(); // [5, 8.5]
 */
export const addcmul: TernaryWith<{ value?: number }> = scaled("addcmul", "x + value * a * b.", "x + value * a * b");

/**
 * x + value * a / b (default value 1), broadcast, as `torch.addcdiv`.
 * @example addcdiv(tensor([1, 1]), tensor([2, 3]), tensor([4, 6])).toArray(); // [1.5, 1.5]
 */
export const addcdiv: TernaryWith<{ value?: number }> = scaled("addcdiv", "x + value * a / b.", "x + value * a / b");
