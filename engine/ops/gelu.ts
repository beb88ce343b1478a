import type { DType } from "../dtype.js";
import { Elementwise, elementwise } from "../elementwise.js";
import { ValueError } from "../errors.js";
import { type Op, registerOp } from "../op.js";
import type { Floating } from "../promotion.js";
import type { Shape } from "../shape.js";
import type { Tensor } from "../tensor.js";
import type { FloatUnary } from "./signatures.js";

/** In which form GELU is computed. */
export interface GeluOptions {
  /** `"tanh"`: by the approximation with tanh, as GPT-2 has it (default `"none"`: exactly). */
  approximate?: "none" | "tanh";
}

/** GELU, exactly or by tanh. */
export interface Gelu extends Op {
  <S extends Shape, D extends DType>(x: Tensor<S, D>, options?: GeluOptions): Tensor<S, Floating<D>>;
  readonly method: <S extends Shape, D extends DType>(
    this: Tensor<S, D>,
    options?: GeluOptions,
  ) => Tensor<S, Floating<D>>;
}

/**
 * GELU by its approximation with tanh (Hendrycks and Gimpel 2016), as GPT-2 has it: `gelu` with `{ approximate: "tanh" }`.
 * @example geluTanh(tensor([0, 100])).toArray(); // [0, 100]
 */
export const geluTanh: FloatUnary = elementwise("geluTanh", {
  doc: "GELU by its approximation with tanh.",
  formula: `0.5 * x * (1 + tanh(${Math.sqrt(2 / Math.PI)} * x * fma(0.044715, x * x, 1)))`,
  rule: "floating",
});

const exact = new Elementwise("gelu", ["x"], `x * fma(0.5, erf(x * ${Math.SQRT1_2}), 0.5)`, "floating", {
  // With the density of the normal distribution.
  x: `g * fma(x * ${1 / Math.sqrt(2 * Math.PI)}, exp(-0.5 * x * x), fma(0.5, erf(x * ${Math.SQRT1_2}), 0.5))`,
});

/**
 * x times the share of a normal distribution below x (Hendrycks and Gimpel 2016), as `torch.nn.functional.gelu`.
 * @throws ValueError for another form
 * @example gelu(tensor([0, 100]), { approximate: "tanh" }).toArray(); // [0, 100]
 */
export const gelu: Gelu = registerOp(
  {
    name: "gelu",
    doc: "x times the share of a normal distribution below x.",
    samples: [
      { args: [{ shape: [] }] },
      { args: [{ shape: [3, 1, 5] }] },
      { args: [{ shape: [7] }, { approximate: "tanh" }] },
      { args: [{ shape: [0, 2] }] },
    ],
    rejects: [{ args: [{ shape: [2] }, { approximate: "erf" }], message: "no approximation erf" }],
    gradient: true,
  },
  (x: Tensor, options?: GeluOptions) => {
    const approximate = options?.approximate ?? "none";
    if (approximate === "none") return exact.apply([x]);
    if (approximate === "tanh") return geluTanh(x);
    throw new ValueError(`no approximation ${String(approximate)}`, {
      op: "gelu",
      hint: 'There are "none" and "tanh".',
    });
  },
);
