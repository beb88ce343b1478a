import * as ops from "../../../ops/all.js";
import { arange } from "../../../ops/create.js";
import { concat } from "../../../ops/join.js";
import type { Tensor } from "../../../tensor.js";
import { type Node, type Operators, t } from "../node.js";
import { dtypeOf } from "../values.js";

/** [N, S, heads * D] -> [N, heads, S, D]; what has four axes stays. */
function byHeads(node: Node, x: Tensor, attribute: string): Tensor {
  if (x.rank === 4) return x;
  const heads = node.number(attribute);
  const [batch, length, width] = x.shape as [number, number, number];
  return t(ops.permute(ops.reshape(x, [batch, length, heads, width / heads]), [0, 2, 1, 3]));
}

/** What is added to the scores: the mask, and -infinity wherever a query must not look. Broadcasts to [N, heads, queries, keys]. */
function biasOf(node: Node, query: Tensor, keys: number, past: number): Tensor {
  const queries = query.shape[2]!;
  const [mask, filled] = [node.inputs[3], node.inputs[6]];
  const column = t(ops.reshape(arange(keys), [1, keys]));
  const lengths = filled && t(ops.reshape(ops.cast(filled, "int32"), [filled.size, 1, 1, 1]));
  const place = t(
    ops.add(t(ops.reshape(arange(queries), [queries, 1])), lengths ? t(ops.sub(lengths, queries)) : past),
  );
  // How far before the query the key lies.
  const distance = t(ops.sub(place, column));
  let allowed = t(ops.ge(distance, node.number("is_causal", 0) !== 0 ? 0 : -(2 ** 30)));
  const [left, right] = [node.number("left_window_size", -1), node.number("right_window_size", -1)];
  if (left >= 0) allowed = t(ops.logicalAnd(allowed, ops.le(distance, left)));
  if (right >= 0) allowed = t(ops.logicalAnd(allowed, ops.ge(distance, -right)));
  if (lengths) allowed = t(ops.logicalAnd(allowed, ops.lt(column, lengths)));
  let added: Tensor | 0 = 0;
  if (mask) {
    const widths = mask.shape.map((n, i): [number, number] => [0, i === mask.rank - 1 ? keys - n : 0]);
    const whole = t(ops.pad(mask, widths, { value: mask.dtype === "bool" ? 0 : Number.NEGATIVE_INFINITY }));
    if (whole.dtype === "bool") allowed = t(ops.logicalAnd(allowed, whole));
    else added = whole;
  }
  return t(ops.cast(ops.where(allowed, t(added), Number.NEGATIVE_INFINITY), query.dtype));
}

/** Scaled dot-product attention with caches, grouped heads, caps and windows (ONNX opset 23 to 25). */
function attention(node: Node): (Tensor | undefined)[] {
  const flat = node.input(0).rank === 3;
  const query = byHeads(node, node.input(0), "q_num_heads");
  let key = byHeads(node, node.input(1), "kv_num_heads");
  let value = byHeads(node, node.input(2), "kv_num_heads");
  const [pastKey, pastValue] = [node.inputs[4], node.inputs[5]];
  if (pastKey) key = concat([pastKey, key], 2) as Tensor;
  if (pastValue) value = concat([pastValue, value], 2) as Tensor;
  const present = [key, value];
  const bias = biasOf(node, query, key.shape[2]!, pastKey?.shape[2] ?? 0);
  const group = query.shape[1]! / key.shape[1]!;
  if (group > 1) [key, value] = [key, value].map(x => t(ops.repeatInterleave(x, group, 1))) as [Tensor, Tensor];
  const scale = Math.sqrt(node.number("scale", 1 / Math.sqrt(query.shape[3]!)));
  const raw = ops.matmul(t(ops.mul(query, scale)), t(ops.mul(ops.transpose(key, 2, 3), scale)) as never);
  const cap = node.number("softcap", 0);
  const scores = cap > 0 ? t(ops.mul(ops.tanh(ops.div(raw, cap)), cap)) : t(raw);
  const biased = t(ops.add(scores, bias));
  // A query that may look nowhere answers 0.
  const blind = t(ops.eq(ops.max(bias, -1, { keepDims: true }), Number.NEGATIVE_INFINITY));
  const precise = node.has("softmax_precision")
    ? t(ops.cast(biased, dtypeOf(node.number("softmax_precision"))))
    : biased;
  const shares = t(ops.where(blind, 0, ops.softmax(t(ops.where(blind, 0, precise)), -1)));
  const weights = t(ops.cast(shares, query.dtype));
  const y = ops.matmul(weights, value as never);
  const shown = [scores, scores, biased, weights][node.number("qk_matmul_output_mode", 0)];
  const [batch, , length] = query.shape as [number, number, number];
  const joined = flat
    ? ops.reshape(ops.permute(y, [0, 2, 1, 3]), [batch, length, query.shape[1]! * value.shape[3]!])
    : y;
  return [t(joined), ...present, shown];
}

export const attentions: Operators = { Attention: node => attention(node) as Tensor[] };
