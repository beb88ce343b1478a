import type { DType } from "../../../dtype.js";
import * as ops from "../../../ops/all.js";
import { full } from "../../../ops/create.js";
import { isFloat } from "../../../promotion.js";
import type { Tensor } from "../../../tensor.js";
import { type Node, type Operator, type Operators, t } from "../node.js";
import { dtypeOf } from "../values.js";

const unary =
  (run: (x: Tensor, node: Node) => Tensor): Operator =>
  node => {
    const x = node.input(0);
    const y = run(x, node);
    return y.dtype === x.dtype ? y : ops.cast(y, x.dtype);
  };
const predicate =
  (run: (x: Tensor) => Tensor): Operator =>
  node =>
    run(node.input(0));
const binary =
  (run: (a: Tensor, b: Tensor, node: Node) => Tensor): Operator =>
  node =>
    run(node.input(0), node.input(1), node);
/** The result, as the first input's dtype. */
const like =
  (run: (a: Tensor, b: Tensor, node: Node) => Tensor): Operator =>
  node =>
    ops.cast(run(node.input(0), node.input(1), node), node.input(0).dtype);
const many =
  (run: (a: Tensor, b: Tensor) => Tensor): Operator =>
  node =>
    node.inputs.map((_, i) => node.input(i)).reduce((a, b) => run(a, b));
const number = (like: Tensor, value: number) => full([], value, { dtype: like.dtype as DType });

/** The C remainder: the sign of a. */
function fmod(a: Tensor, b: Tensor): Tensor {
  const r = ops.mod(ops.abs(a), ops.abs(b)) as Tensor;
  return ops.where(ops.lt(a, 0), ops.neg(r), r) as Tensor;
}

/** Integers divide towards 0; through float64, exact to 2^53. */
function divide(a: Tensor, b: Tensor): Tensor {
  if (isFloat(a.dtype)) return ops.div(a, b) as Tensor;
  return ops.cast(ops.trunc(ops.div(ops.cast(a, "float64"), ops.cast(b, "float64"))), a.dtype) as Tensor;
}

function clip(node: Node): Tensor {
  let x = node.input(0);
  const [low, high] = node.opset >= 11 ? [node.inputs[1], node.inputs[2]] : [bound(node, "min"), bound(node, "max")];
  if (low) x = ops.maximum(x, low) as Tensor;
  return high ? (ops.minimum(x, high) as Tensor) : x;
}
const bound = (node: Node, name: string) => (node.has(name) ? number(node.input(0), node.number(name)) : undefined);

const cast = (x: Tensor, dtype: DType) => (x.dtype === dtype ? x : (ops.cast(x, dtype) as Tensor));
const log1pexp = (x: Tensor) => ops.softplus(x) as Tensor;

export const elementwise: Operators = {
  Abs: unary(x => t(ops.abs(x))),
  Neg: unary(x => t(ops.neg(x))),
  Sign: unary(x => t(ops.sign(x))),
  Floor: unary(x => t(ops.floor(x))),
  Ceil: unary(x => t(ops.ceil(x))),
  Round: unary(x => t(ops.round(x))),
  Sqrt: unary(x => t(ops.sqrt(x))),
  Reciprocal: unary(x => t(ops.reciprocal(x))),
  Exp: unary(x => t(ops.exp(x))),
  Log: unary(x => t(ops.log(x))),
  Sin: unary(x => t(ops.sin(x))),
  Cos: unary(x => t(ops.cos(x))),
  Tan: unary(x => t(ops.tan(x))),
  Asin: unary(x => t(ops.asin(x))),
  Acos: unary(x => t(ops.acos(x))),
  Atan: unary(x => t(ops.atan(x))),
  Sinh: unary(x => t(ops.sinh(x))),
  Cosh: unary(x => t(ops.cosh(x))),
  Tanh: unary(x => t(ops.tanh(x))),
  Asinh: unary(x => t(ops.mul(ops.sign(x), ops.log(ops.add(ops.abs(x), ops.sqrt(ops.add(ops.mul(x, x), 1))))))),
  Acosh: unary(x => t(ops.log(ops.add(x, ops.sqrt(ops.sub(ops.mul(x, x), 1)))))),
  Atanh: unary(x => t(ops.mul(ops.sub(ops.log1p(x), ops.log1p(ops.neg(x))), 0.5))),
  Erf: unary(x => t(ops.erf(x))),
  Relu: unary(x => t(ops.relu(x))),
  Sigmoid: unary(x => t(ops.sigmoid(x))),
  Softplus: unary(log1pexp),
  Softsign: unary(x => t(ops.div(x, ops.add(ops.abs(x), 1)))),
  Gelu: unary((x, node) => t(ops.gelu(x, { approximate: node.text("approximate", "none") as "none" | "tanh" }))),
  Mish: unary(x => t(ops.mul(x, ops.tanh(log1pexp(x))))),
  Swish: unary((x, node) => t(ops.mul(x, ops.sigmoid(ops.mul(x, node.number("alpha", 1)))))),
  SwiGLU: binary((a, b, node) => t(ops.mul(ops.mul(a, ops.sigmoid(ops.mul(a, node.number("alpha", 1)))), b))),
  HardSwish: unary(x => t(ops.mul(x, ops.clip(ops.add(ops.div(x, 6), 0.5), { min: 0, max: 1 })))),
  HardSigmoid: unary((x, n) =>
    t(ops.clip(ops.add(ops.mul(x, n.number("alpha", 0.2)), n.number("beta", 0.5)), { min: 0, max: 1 })),
  ),
  LeakyRelu: unary((x, n) => t(ops.leakyRelu(x, { slope: n.number("alpha", 0.01) }))),
  Elu: unary((x, n) => t(ops.elu(x, { alpha: n.number("alpha", 1) }))),
  Celu: unary((x, n) => {
    const alpha = n.number("alpha", 1);
    return t(ops.mul(ops.elu(ops.div(x, alpha)), alpha));
  }),
  Selu: unary((x, n) =>
    t(ops.mul(ops.elu(x, { alpha: n.number("alpha", 1.6732632423543772) }), n.number("gamma", 1.0507009873554805))),
  ),
  ThresholdedRelu: unary((x, n) => t(ops.where(ops.gt(x, n.number("alpha", 1)), x, 0))),
  Shrink: unary((x, n) => {
    const [lambd, bias] = [n.number("lambd", 0.5), n.number("bias", 0)];
    return t(ops.where(ops.lt(x, -lambd), ops.add(x, bias), ops.where(ops.gt(x, lambd), ops.sub(x, bias), 0)));
  }),
  PRelu: like((x, slope) => t(ops.where(ops.lt(x, 0), ops.mul(x, slope), x))),
  Identity: node => node.input(0),
  Not: predicate(x => t(ops.logicalNot(x))),
  IsNaN: predicate(x => t(ops.isNaN(x))),
  IsInf: node => {
    const x = node.input(0);
    const high = ops.logicalAnd(ops.eq(x, Number.POSITIVE_INFINITY), node.number("detect_positive", 1) !== 0 ? 1 : 0);
    const low = ops.logicalAnd(ops.eq(x, Number.NEGATIVE_INFINITY), node.number("detect_negative", 1) !== 0 ? 1 : 0);
    return t(ops.logicalOr(high, low));
  },
  Add: binary((a, b) => t(ops.add(a, b))),
  Sub: binary((a, b) => t(ops.sub(a, b))),
  Mul: binary((a, b) => t(ops.mul(a, b))),
  Div: binary(divide),
  Pow: like((a, b) =>
    t(
      ops.pow(
        isFloat(b.dtype) || a.dtype === b.dtype ? promoteTo(a, b) : a,
        cast(b, isFloat(b.dtype) ? b.dtype : a.dtype),
      ),
    ),
  ),
  Mod: like((a, b, node) => (node.number("fmod", 0) ? fmod(a, b) : t(ops.mod(a, b)))),
  And: binary((a, b) => t(ops.logicalAnd(a, b))),
  Or: binary((a, b) => t(ops.logicalOr(a, b))),
  Xor: binary((a, b) => t(ops.logicalXor(a, b))),
  Equal: binary((a, b) => t(ops.eq(a, b))),
  Less: binary((a, b) => t(ops.lt(a, b))),
  LessOrEqual: binary((a, b) => t(ops.le(a, b))),
  Greater: binary((a, b) => t(ops.gt(a, b))),
  GreaterOrEqual: binary((a, b) => t(ops.ge(a, b))),
  BitwiseAnd: binary((a, b) => t(ops.bitwiseAnd(a, b))),
  BitwiseOr: binary((a, b) => t(ops.bitwiseOr(a, b))),
  BitwiseXor: binary((a, b) => t(ops.bitwiseXor(a, b))),
  BitwiseNot: predicate(x => t(ops.bitwiseNot(x))),
  BitShift: like((a, b, n) => t(n.text("direction", "LEFT") === "LEFT" ? ops.leftShift(a, b) : ops.rightShift(a, b))),
  Max: many((a, b) => t(ops.maximum(a, b))),
  Min: many((a, b) => t(ops.minimum(a, b))),
  Sum: many((a, b) => t(ops.add(a, b))),
  Mean: node => t(ops.div(many((a, b) => t(ops.add(a, b)))(node) as Tensor, node.inputs.length)),
  Where: node => t(ops.where(node.input(0), node.input(1), node.input(2))),
  Clip: clip,
  Cast: node => cast(node.input(0), dtypeOf(node.number("to"))),
  CastLike: node => cast(node.input(0), node.input(1).dtype),
};

/** The base in the exponent's dtype when that is a float, so that a broken exponent is kept. */
function promoteTo(a: Tensor, b: Tensor): Tensor {
  return isFloat(a.dtype) || !isFloat(b.dtype) ? a : cast(a, b.dtype);
}
