import type { Device } from "../../backend/backend.js";
import { reshapeTo } from "../../layout.js";
import * as ops from "../../ops/all.js";
import type { DropoutOptions } from "../../ops/dropout.js";
import { onesLike } from "../../ops/like.js";
import type { CrossEntropyOptions } from "../../ops/losses/cross-entropy.js";
import type { RecurrenceOptions } from "../../ops/recurrence.js";
import { type RecurrenceKind, recurrenceBySteps } from "../../ops/recurrence-steps.js";
import { isFloat } from "../../promotion.js";
import { sizeOf } from "../../shape.js";
import type { Tensor } from "../../tensor.js";
import type { Batched } from "../batched.js";
import type { Rule, Samples } from "../samples.js";

// biome-ignore lint/suspicious/noExplicitAny: operations of many signatures
type AnyOp = (...args: any[]) => Tensor;

const all = ops as unknown as Record<string, AnyOp>;

/** How much each label counts in a mean of losses; undefined when all count the same. */
function weightsOf(labels: Tensor, { weight, ignoreIndex }: CrossEntropyOptions): Tensor | undefined {
  if (isFloat(labels.dtype) || (weight === undefined && ignoreIndex === undefined)) return undefined;
  const counts = ignoreIndex === undefined ? undefined : (ops.ne(labels, ignoreIndex) as Tensor);
  const known = counts ? (ops.where(counts, labels as never, 0) as Tensor) : labels;
  const weights = weight ? (ops.take(weight, known) as Tensor) : onesLike(labels, { dtype: "float32" });
  return counts ? (ops.where(counts, weights as never, 0) as Tensor) : (weights as Tensor);
}

interface Affine {
  weight?: Tensor;
  bias?: Tensor;
}

/** A convolution with weights of each sample is one with a group for each. */
function convolution(name: string): Rule {
  return (s, x: Tensor, weight: Tensor, options: Affine & { groups?: number } = {}) => {
    const { bias, ...rest } = options;
    if (bias && (s.has(bias) || s.has(weight))) {
      return scaled(all[name]!(x, weight, rest), { bias });
    }
    if (!s.has(weight)) return s.parted(all[name]!(s.merged(x), weight, options));
    const [n, channels, ...space] = x.shape as readonly [number, number, ...number[]];
    const images = reshapeTo(ops.swapAxes(s.front(x), 0, 1) as Tensor, [n, s.size * channels, ...space]);
    const y = all[name]!(images, s.merged(weight), { ...rest, groups: s.size * (rest.groups ?? 1) });
    const split = reshapeTo(y, [n, s.size, y.shape[1]! / s.size, ...y.shape.slice(2)]);
    return ops.swapAxes(split, 0, 1);
  };
}

/** x of [N, C, ...] times a weight and plus a bias per channel. */
function scaled(x: Tensor, { weight, bias }: Affine): Tensor {
  const perChannel = (p: Tensor) => reshapeTo(p, [p.size, ...x.shape.slice(2).map(() => 1)]);
  const product = weight ? (ops.mul(x, perChannel(weight) as never) as Tensor) : x;
  return bias ? (ops.add(product, perChannel(bias) as never) as Tensor) : product;
}

/** op(x of [N, ...], ...): samples are more of N. */
function merging(name: string): Rule {
  return (s, x: Batched, ...rest: unknown[]) => s.parted(all[name]!(s.merged(x), ...rest));
}

/** Normalises over axes at the end. */
function overLast(name: string): Rule {
  return (s, x: Tensor, options: Affine & { axes?: number } = {}) => {
    const { weight, bias, ...rest } = options;
    if (!s.has(weight) && !s.has(bias)) return all[name]!(s.front(x), options);
    const axes = rest.axes ?? weight?.shape.length ?? 1;
    const plain = all[name]!(x, { ...rest, axes });
    const product = weight ? (ops.mul(plain, weight as never) as Tensor) : plain;
    return bias ? ops.add(product, bias as never) : product;
  };
}

/** Normalises the channels of each picture by themselves; `before` are arguments between x and the options. */
function overPictures(name: string, before: number): Rule {
  return (s, x: Tensor, ...args: unknown[]) => {
    const { weight, bias, ...rest } = (args[before] ?? {}) as Affine;
    const between = args.slice(0, before);
    if (s.has(weight) || s.has(bias)) {
      return scaled(all[name]!(x, ...between, rest), { ...(weight && { weight }), ...(bias && { bias }) });
    }
    return s.parted(all[name]!(s.merged(x), ...args));
  };
}

function batchNorm(s: Samples, x: Tensor, options: Affine & { running?: unknown; training?: boolean } = {}): unknown {
  const { weight, bias, ...rest } = options;
  const training = rest.training ?? rest.running === undefined;
  if (training && rest.running !== undefined) {
    s.refuse("running means cannot follow many samples at once", "Call eval() on the model, or use groupNorm.");
  }
  if (weight || bias) {
    const plain = ops.batchNorm(x, rest as never) as Tensor;
    return scaled(plain, { ...(weight && { weight }), ...(bias && { bias }) });
  }
  if (!training) return s.parted(ops.batchNorm(s.merged(x), rest as never) as Tensor);
  // Means of its own for each sample: channels of its own.
  const [n, channels, ...space] = x.shape as readonly [number, number, ...number[]];
  const wide = reshapeTo(ops.swapAxes(s.front(x), 0, 1) as Tensor, [n, s.size * channels, ...space]);
  const y = ops.batchNorm(wide, rest as never) as Tensor;
  return ops.swapAxes(reshapeTo(y, [n, s.size, channels, ...space]), 0, 1);
}

/** What layers and losses are made of. */
export const layerRules: Record<string, Rule> = {
  ...Object.fromEntries(
    ["conv1d", "conv2d", "conv3d", "convTranspose1d", "convTranspose2d", "convTranspose3d"].map(name => [
      name,
      convolution(name),
    ]),
  ),
  ...Object.fromEntries(
    [
      ...["1d", "2d", "3d"].flatMap(axes =>
        ["maxPool", "avgPool", "adaptiveAvgPool", "adaptiveMaxPool"].map(name => name + axes),
      ),
      "interpolate",
      "fold",
      "unfold",
    ].map(name => [name, merging(name)]),
  ),
  layerNorm: overLast("layerNorm"),
  rmsNorm: overLast("rmsNorm"),
  groupNorm: overPictures("groupNorm", 1),
  instanceNorm: overPictures("instanceNorm", 0),
  batchNorm,
  recurrence: (_, gates: Tensor, weight: Tensor, kind: RecurrenceKind, options: RecurrenceOptions = {}) => {
    const { bias, hidden, cell, reverse = false } = options;
    return recurrenceBySteps(kind, reverse, { gates, weight, bias, hidden, cell });
  },
  to: (_, x: Batched, device: Device) => ops.to(x.value, device),
  // Every sample has a mask of its own.
  dropout: (_, x: Batched, rate?: number, options?: DropoutOptions) => ops.dropout(x.value, rate, options),
  crossEntropy: (s, logits: Tensor, target: Tensor, options: CrossEntropyOptions = {}) => {
    const { reduction = "mean" } = options;
    const labels = s.front(target);
    const losses = ops.crossEntropy(s.front(logits), labels, { ...options, reduction: "none" }) as Tensor;
    if (reduction === "none") return losses;
    const flat = (x: Tensor) => reshapeTo(x, [s.size, sizeOf(x.shape.slice(1))]);
    const sums = ops.sum(flat(losses), 1) as Tensor;
    if (reduction === "sum") return sums;
    const weights = weightsOf(labels, options);
    return weights ? ops.div(sums, ops.sum(flat(weights), 1) as never) : ops.mean(flat(losses), 1);
  },
};
