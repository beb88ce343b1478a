import * as ops from "../../../ops/all.js";
import { eye, ones } from "../../../ops/create.js";
import type { Tensor } from "../../../tensor.js";
import { type Node, type Operator, type Operators, positive, t } from "../node.js";

/** A row of values per channel, so that it broadcasts against [N, C, ...]. */
const perChannel = (row: Tensor, rank: number) => t(ops.reshape(row, [row.size, ...Array(rank - 2).fill(1)]));
const from = (axis: number, rank: number) => Array.from({ length: rank - axis }, (_, i) => axis + i);

/** Until opset 12 softmax ran over all axes from `axis` on, as one. */
function softmaxLike(run: (x: Tensor, axis: number) => Tensor): Operator {
  return node => {
    const x = node.input(0);
    if (node.opset >= 13) return run(x, node.number("axis", -1));
    const axis = positive(node.number("axis", 1), x.rank);
    const rows = x.shape.slice(0, axis).reduce((a, b) => a * b, 1);
    return t(ops.reshape(run(t(ops.reshape(x, [rows, x.size / rows])), 1), x.shape));
  };
}

function hardmax(x: Tensor, axis: number): Tensor {
  const length = x.shape.at(axis)!;
  const hot = ops.take(eye(length, { dtype: x.dtype }), ops.argMax(x, axis) as Tensor, 0);
  return t(ops.moveAxis(hot, -1, axis));
}

/** (x - mean) / sqrt(variance + epsilon) over axes, with the mean and the factor that ONNX also gives out. */
function normalized(x: Tensor, axes: number[], epsilon: number): { y: Tensor; mean: Tensor; factor: Tensor } {
  const mean = t(ops.mean(x, axes, { keepDims: true }));
  const apart = t(ops.sub(x, mean));
  const spread = ops.mean(ops.mul(apart, apart), axes, { keepDims: true });
  const factor = t(ops.rsqrt(ops.add(spread, epsilon)));
  return { y: t(ops.mul(apart, factor)), mean, factor };
}

const wide = (x: Tensor) => (x.dtype === "float64" ? x : t(ops.cast(x, "float32")));

function layerNormalization(node: Node): Tensor[] {
  const x = node.input(0);
  const axes = from(positive(node.number("axis", -1), x.rank), x.rank);
  const { y, mean, factor } = normalized(wide(x), axes, node.number("epsilon", 1e-5));
  const scaled = t(ops.mul(ops.cast(y, x.dtype), node.input(1)));
  return [node.inputs[2] ? t(ops.add(scaled, node.inputs[2])) : scaled, mean, factor];
}

function rmsNormalization(node: Node): Tensor {
  const x = node.input(0);
  const axes = from(positive(node.number("axis", -1), x.rank), x.rank);
  const w = wide(x);
  const square = ops.mean(ops.mul(w, w), axes, { keepDims: true });
  const y = ops.mul(w, ops.rsqrt(ops.add(square, node.number("epsilon", 1e-5))));
  return t(ops.mul(ops.cast(y, x.dtype), node.input(1)));
}

function batchNormalization(node: Node): Tensor[] {
  const [x, scale, bias, mean, variance] = [0, 1, 2, 3, 4].map(i => node.input(i)) as [
    Tensor,
    Tensor,
    Tensor,
    Tensor,
    Tensor,
  ];
  const training = node.number("training_mode", 0) !== 0;
  const axes = x.shape.map((_, i) => i).filter(i => i !== 1);
  const [m, v] = training ? [t(ops.mean(x, axes)), t(ops.variance(x, axes, { correction: 0 }))] : [mean, variance];
  const factor = ops.mul(ops.rsqrt(ops.add(v, node.number("epsilon", 1e-5))), scale);
  const y = ops.add(
    ops.mul(ops.sub(x, perChannel(m, x.rank)), perChannel(t(factor), x.rank)),
    perChannel(bias, x.rank),
  );
  if (!training) return [t(y)];
  const kept = node.number("momentum", 0.9);
  const blend = (old: Tensor, now: Tensor) => t(ops.add(ops.mul(old, kept), ops.mul(now, 1 - kept)));
  return [t(y), blend(mean, m), blend(variance, v)];
}

function instanceNormalization(node: Node): Tensor {
  const x = node.input(0);
  const { y } = normalized(x, from(2, x.rank), node.number("epsilon", 1e-5));
  return t(ops.add(ops.mul(y, perChannel(node.input(1), x.rank)), perChannel(node.input(2), x.rank)));
}

/** Scale and bias belong to the channels since opset 21, to the groups before. */
function groupNormalization(node: Node): Tensor {
  const x = node.input(0);
  const groups = node.number("num_groups");
  const [batch, channels, ...spatial] = x.shape as [number, number, ...number[]];
  const rows = t(ops.reshape(x, [batch, groups, channels / groups, ...spatial]));
  const { y } = normalized(wide(rows), from(2, rows.rank), node.number("epsilon", 1e-5));
  const affine = (row: Tensor) =>
    perChannel(row.size === channels ? row : t(ops.repeatInterleave(row, channels / groups, 0)), x.rank);
  const back = ops.cast(ops.reshape(y, x.shape), x.dtype);
  return t(ops.add(ops.mul(back, affine(node.input(1))), affine(node.input(2))));
}

/** Local response normalization: over `size` neighbouring channels. */
function lrn(node: Node): Tensor {
  const x = node.input(0);
  const size = node.number("size");
  const before = Math.floor((size - 1) / 2);
  const squares = ops.pad(
    ops.mul(x, x),
    x.shape.map((_, i): [number, number] => (i === 1 ? [before, size - 1 - before] : [0, 0])),
  );
  let total: Tensor | undefined;
  for (let i = 0; i < size; i++) {
    const part = ops.split(squares, [i, x.shape[1]!, size - 1 - i], 1)[1] as Tensor;
    total = total ? t(ops.add(total, part)) : part;
  }
  const base = ops.add(ops.mul(total!, node.number("alpha", 1e-4) / size), node.number("bias", 1));
  return t(ops.div(x, ops.pow(base, node.number("beta", 0.75))));
}

function lpNormalization(node: Node): Tensor {
  const x = node.input(0);
  const axis = node.number("axis", -1);
  const length =
    node.number("p", 2) === 1
      ? ops.sum(ops.abs(x), axis, { keepDims: true })
      : ops.sqrt(ops.sum(ops.mul(x, x), axis, { keepDims: true }));
  return t(ops.where(ops.eq(length, 0), 0, ops.div(x, ops.where(ops.eq(length, 0), 1, length))));
}

function meanVarianceNormalization(node: Node): Tensor {
  const x = node.input(0);
  const axes = node.numbers("axes") ?? [0, 2, 3];
  const apart = t(ops.sub(x, ops.mean(x, axes, { keepDims: true })));
  return t(ops.div(apart, ops.add(ops.sqrt(ops.mean(ops.mul(apart, apart), axes, { keepDims: true })), 1e-9)));
}

/** Kept elements grow by 1 / (1 - ratio); which ones, gradbook's generator says. */
function dropout(node: Node): Tensor[] {
  const x = node.input(0);
  const ratio = node.values(1)?.[0] ?? node.number("ratio", 0.5);
  const mask = ones(x.shape, { dtype: "bool" }) as Tensor;
  if (!node.values(2)?.[0] || ratio === 0) return [x, mask];
  const scaled = t(ops.dropout(ones(x.shape, { dtype: x.dtype }), ratio));
  return [t(ops.mul(x, scaled)), t(ops.ne(scaled, 0))];
}

export const norm: Operators = {
  Softmax: softmaxLike((x, axis) => t(ops.softmax(x, axis))),
  LogSoftmax: softmaxLike((x, axis) => t(ops.logSoftmax(x, axis))),
  Hardmax: softmaxLike(hardmax),
  LayerNormalization: layerNormalization,
  RMSNormalization: rmsNormalization,
  BatchNormalization: batchNormalization,
  InstanceNormalization: instanceNormalization,
  GroupNormalization: groupNormalization,
  LRN: lrn,
  LpNormalization: lpNormalization,
  MeanVarianceNormalization: meanVarianceNormalization,
  Dropout: dropout,
};
