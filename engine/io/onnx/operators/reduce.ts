import * as ops from "../../../ops/all.js";
import type { Tensor } from "../../../tensor.js";
import { type Node, type Operator, type Operators, t } from "../node.js";

type Options = { keepDims: boolean };

/** Axes came as an attribute until opset 12 (sum) or 17 (others), and come as an input since. */
function reduction(run: (x: Tensor, axes: number[], options: Options) => Tensor): Operator {
  return node => {
    const x = node.input(0);
    const given = node.numbers("axes") ?? node.values(1) ?? [];
    if (given.length === 0 && node.number("noop_with_empty_axes", 0) !== 0) return run(x, [], { keepDims: true });
    const axes = given.length === 0 ? x.shape.map((_, i) => i) : given;
    const y = run(x, axes, { keepDims: node.number("keepdims", 1) !== 0 });
    return y.dtype === x.dtype ? y : t(ops.cast(y, x.dtype));
  };
}

/** The position of the extreme, the first or the last of equals. */
function position(run: typeof ops.argMax): Operator {
  return node => {
    const axis = node.number("axis", 0);
    const options = { keepDims: node.number("keepdims", 1) !== 0 };
    const x = node.input(0);
    const last = node.number("select_last_index", 0) !== 0;
    const found = t(run(last ? t(ops.flip(x, axis)) : x, axis, options));
    const length = x.shape.at(axis) ?? 1;
    return t(ops.cast(last ? ops.sub(length - 1, found as never) : found, "int64"));
  };
}

/** A running sum or product, perhaps from the end, perhaps without the element itself. */
function running(run: typeof ops.cumSum, neutral: number): Operator {
  return node => {
    let x = node.input(0);
    const axis = (node.values(1)?.[0] ?? 0) + ((node.values(1)?.[0] ?? 0) < 0 ? x.rank : 0);
    const reverse = node.number("reverse", 0) !== 0;
    if (reverse) x = t(ops.flip(x, axis));
    if (node.number("exclusive", 0) !== 0) {
      x = shifted(x, axis, neutral);
    }
    const y = t(ops.cast(run(x, axis), x.dtype));
    return reverse ? t(ops.flip(y, axis)) : y;
  };
}

/** Every element moves one place on, the last falls out. */
function shifted(x: Tensor, axis: number, first: number): Tensor {
  const widths = x.shape.map((_, i) => [i === axis ? 1 : 0, 0] as const);
  return ops.split(ops.pad(x, widths, { value: first }), [x.shape[axis]!, 1], axis)[0] as Tensor;
}

function topK(node: Node): Tensor[] {
  const count = node.values(1)?.[0] ?? node.number("k");
  const options = { largest: node.number("largest", 1) !== 0 };
  const { values, indices } = ops.topK(node.input(0), count, node.number("axis", -1), options);
  return [values as Tensor, t(ops.cast(indices, "int64"))];
}

export const reduce: Operators = {
  ReduceSum: reduction((x, axes, o) => t(ops.sum(x, axes, o))),
  ReduceMean: reduction((x, axes, o) => t(ops.mean(x, axes, o))),
  ReduceProd: reduction((x, axes, o) => t(ops.prod(x, axes, o))),
  ReduceMax: reduction((x, axes, o) => extreme("max", x, axes, o)),
  ReduceMin: reduction((x, axes, o) => extreme("min", x, axes, o)),
  ReduceL1: reduction((x, axes, o) => t(ops.sum(ops.abs(x), axes, o))),
  ReduceL2: reduction((x, axes, o) => t(ops.sqrt(ops.sum(ops.mul(x, x), axes, o)))),
  ReduceSumSquare: reduction((x, axes, o) => t(ops.sum(ops.mul(x, x), axes, o))),
  ReduceLogSum: reduction((x, axes, o) => t(ops.log(ops.sum(x, axes, o)))),
  ReduceLogSumExp: reduction((x, axes, o) =>
    x.size === 0 ? t(ops.log(ops.sum(ops.exp(x), axes, o))) : t(ops.logSumExp(x, axes, o)),
  ),
  ArgMax: position(ops.argMax),
  ArgMin: position(ops.argMin),
  CumSum: running(ops.cumSum, 0),
  CumProd: running(ops.cumProd, 1),
  TopK: topK,
};

/** Over nothing, ONNX answers the least (or largest) value there is. */
function extreme(kind: "max" | "min", x: Tensor, axes: number[], options: Options): Tensor {
  if (x.size > 0) return t(kind === "max" ? ops.max(x, axes, options) : ops.min(x, axes, options));
  if (x.dtype === "bool") return t(kind === "max" ? ops.any(x, axes, options) : ops.all(x, axes, options));
  const empty = kind === "max" ? Number.NEGATIVE_INFINITY : Number.POSITIVE_INFINITY;
  return t(ops.add(ops.sum(x, axes, options), empty));
}
