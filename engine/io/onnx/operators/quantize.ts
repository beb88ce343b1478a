import type { DType } from "../../../dtype.js";
import * as ops from "../../../ops/all.js";
import type { Tensor } from "../../../tensor.js";
import { type Node, type Operators, t } from "../node.js";
import { dtypeOf } from "../values.js";
import { centred } from "./matrix.js";

const ranges: Readonly<Partial<Record<DType, [low: number, high: number]>>> = { uint8: [0, 255], int8: [-128, 127] };

/** A scale or zero point in the shape that broadcasts against x: one number, a row along an axis, or blocks of it. */
function spread(node: Node, p: Tensor, x: Tensor): Tensor {
  if (p.size === 1) return t(ops.reshape(p, []));
  const given = node.number("axis", 1);
  const axis = given < 0 ? given + x.rank : given;
  if (p.rank === 1)
    return t(
      ops.reshape(
        p,
        x.shape.map((_, i) => (i === axis ? p.size : 1)),
      ),
    );
  const block = node.number("block_size", 0) || Math.ceil(x.shape[axis]! / p.shape[axis]!);
  const whole = ops.repeatInterleave(p, block, axis);
  return ops.split(whole, [x.shape[axis]!, whole.shape[axis]! - x.shape[axis]!], axis)[0] as Tensor;
}

/** Rounded to even, moved by the zero point and kept within the dtype. */
function saturated(node: Node, scaled: Tensor, zero: Tensor | undefined, dtype: DType): Tensor {
  const [low, high] = ranges[dtype] ?? node.refuse(`quantizing to ${dtype}`);
  const rounded = t(ops.round(scaled));
  const moved = zero ? t(ops.add(rounded, ops.cast(zero, rounded.dtype))) : rounded;
  return t(ops.cast(ops.clip(moved, { min: low, max: high }), dtype));
}

function quantize(node: Node): Tensor {
  const [x, scale, zero] = [node.input(0), node.input(1), node.inputs[2]];
  const code = node.number("output_dtype", 0);
  const dtype = zero?.dtype ?? (code === 0 ? "uint8" : dtypeOf(code));
  const scaled = ops.div(ops.cast(x, "float32"), ops.cast(spread(node, scale, x), "float32"));
  return saturated(node, t(scaled), zero && spread(node, zero, x), dtype);
}

function dequantize(node: Node): Tensor {
  const [x, scale, zero] = [node.input(0), node.input(1), node.inputs[2]];
  const apart = centred(x, zero && spread(node, zero, x), 1);
  const wide = ops.mul(apart, ops.cast(spread(node, scale, x), "float64"));
  return t(ops.cast(wide, node.number("output_dtype", 0) ? dtypeOf(node.number("output_dtype")) : scale.dtype));
}

/** The scale and zero point come from the data. */
function dynamicQuantize(node: Node): Tensor[] {
  const x = node.input(0);
  const [low, high] = [ops.minimum(t(ops.min(x)), 0), ops.maximum(t(ops.max(x)), 0)];
  const scale = t(ops.div(ops.sub(high, t(low)), 255));
  const zero = t(ops.cast(ops.clip(ops.round(ops.div(ops.neg(low), scale as never)), { min: 0, max: 255 }), "uint8"));
  return [saturated(node, t(ops.div(x, scale)), zero, "uint8"), scale, zero];
}

/** Two quantized matrices: whole-number products, exact in float64, then one scale. */
function matmul(node: Node): Tensor {
  const factor = (i: number, axis: number) => {
    const x = node.input(i);
    const scale = t(ops.cast(node.input(i + 1), "float64"));
    const values = centred(x, node.input(i + 2), axis);
    return t(ops.mul(values, t(ops.reshape(scale, []))));
  };
  if (node.input(1).size > 1 || node.input(4).size > 1) node.refuse("scales by row");
  const product = ops.matmul(factor(0, -2), factor(3, -1) as never);
  const out = t(ops.div(product, ops.cast(t(ops.reshape(node.input(6), [])), "float64") as never));
  return saturated(node, out, node.input(7), node.input(7).dtype);
}

export const quantized: Operators = {
  QuantizeLinear: quantize,
  DequantizeLinear: dequantize,
  DynamicQuantizeLinear: dynamicQuantize,
  QLinearMatMul: matmul,
};
