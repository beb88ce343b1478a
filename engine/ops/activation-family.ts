import type { DType } from "../dtype.js";
import { elementwise } from "../elementwise.js";
import { ShapeError } from "../errors.js";
import { defineOp, type Op } from "../op.js";
import type { Floating } from "../promotion.js";
import { formatShape, resolveAxis, type Shape } from "../shape.js";
import type { Tensor } from "../tensor.js";
import { sigmoid } from "./activation.js";
import { mul } from "./arithmetic.js";
import { requireTensor } from "./require.js";
import type { FloatUnary, FloatUnaryWith, Unary } from "./signatures.js";
import { chunk } from "./split.js";

/** x held between 0 and 6. */
export const relu6: Unary = elementwise("relu6", {
  doc: "x held between 0 and 6.",
  formula: "min(max(x, 0), 6)",
  rule: "arithmetic",
  gradient: { x: "select((x > 0) and (x < 6), g, 0)" },
  samples: [{ args: [{ shape: [3, 5] }] }, { args: [{ shape: [4], range: [3, 9] }] }],
});

/** x * tanh(softplus(x)) (Misra 2019). */
export const mish: FloatUnary = elementwise("mish", {
  doc: "x * tanh(softplus(x)).",
  formula: "x * tanh(max(x, 0) + log1p(exp(-abs(x))))",
  rule: "floating",
  gradient: {
    x: "g * (tanh(max(x, 0) + log1p(exp(-abs(x)))) + x * sigmoid(x) * (1 - square(tanh(max(x, 0) + log1p(exp(-abs(x)))))))",
  },
});

/** x / (1 + |x|). */
export const softsign: FloatUnary = elementwise("softsign", {
  doc: "x / (1 + |x|).",
  formula: "x / (1 + abs(x))",
  rule: "floating",
  gradient: { x: "g / square(1 + abs(x))" },
});

/** A sigmoid of three straight lines: x / 6 + 1 / 2 held between 0 and 1. */
export const hardSigmoid: FloatUnary = elementwise("hardSigmoid", {
  doc: "x / 6 + 1 / 2 held between 0 and 1.",
  formula: "min(max(x / 6 + 0.5, 0), 1)",
  rule: "floating",
  gradient: { x: "select((x > -3) and (x < 3), g / 6, 0)" },
});

/** x * hardSigmoid(x) (Howard et al. 2019). */
export const hardSwish: FloatUnary = elementwise("hardSwish", {
  doc: "x times a sigmoid of three straight lines.",
  formula: "x * min(max(x / 6 + 0.5, 0), 1)",
  rule: "floating",
  gradient: { x: "select(x <= -3, 0, select(x < 3, g * (x / 3 + 0.5), g))" },
});

/** The exponential unit whose parameters keep mean 0 and variance 1 through layers (Klambauer et al. 2017). */
export const selu: FloatUnary = elementwise("selu", {
  doc: "The self-normalising exponential unit.",
  formula: "1.0507009873554805 * select(x > 0, x, 1.6732632423543772 * expm1(min(x, 0)))",
  rule: "floating",
  gradient: { x: "1.0507009873554805 * select(x > 0, g, g * 1.6732632423543772 * exp(min(x, 0)))" },
});

/** x, and alpha * (exp(x / alpha) - 1) below 0 (Barron 2017; default alpha 1). */
export const celu: FloatUnaryWith<{ alpha?: number }> = elementwise("celu", {
  doc: "x, and alpha * (exp(x / alpha) - 1) below 0.",
  formula: "select(x > 0, x, alpha * expm1(min(x, 0) / alpha))",
  options: { alpha: 1 },
  rule: "floating",
  gradient: { x: "select(x > 0, g, g * exp(min(x, 0) / alpha))" },
});

interface Glu extends Op {
  <D extends DType>(x: Tensor<Shape, D>, axis?: number): Tensor<number[], Floating<D>>;
  readonly method: <D extends DType>(this: Tensor<Shape, D>, axis?: number) => Tensor<number[], Floating<D>>;
}

/**
 * The first half of an axis (default the last) times the sigmoid of the second (Dauphin et al. 2016), as
 * `torch.nn.functional.glu`. x: [..., 2 N] -> [..., N].
 * @throws ShapeError when the axis has an odd length
 */
export const glu: Glu = defineOp(
  {
    name: "glu",
    doc: "The first half of an axis times the sigmoid of the second.",
    samples: [{ args: [{ shape: [3, 4] }] }, { args: [{ shape: [2, 4, 3] }, 1] }],
    rejects: [
      { args: [{ shape: [2, 3] }], message: "axis 1 of [2, 3] has no halves" },
      { args: [{ shape: [] }], message: "axis -1 does not exist" },
    ],
    gradient: true,
  },
  (x: Tensor, axis = -1) => {
    requireTensor("glu", x);
    const along = resolveAxis("glu", axis, x.shape.length);
    if (x.shape[along]! % 2 !== 0) {
      throw new ShapeError(`axis ${along} of ${formatShape(x.shape)} has no halves`, {
        op: "glu",
        hint: "Its length must be even.",
      });
    }
    const [value, gate] = chunk(x, 2, along);
    return mul(value!, sigmoid(gate!) as never);
  },
);
