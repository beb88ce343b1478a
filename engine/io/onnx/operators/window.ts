import * as ops from "../../../ops/all.js";
import { full, tensor } from "../../../ops/create.js";
import { slice } from "../../../ops/slice.js";
import { isFloat } from "../../../promotion.js";
import type { Tensor } from "../../../tensor.js";
import { type Node, type Operators, t } from "../node.js";
import { centred } from "./matrix.js";

/** How windows lie on one spatial axis. */
interface Axis {
  kernel: number;
  stride: number;
  dilation: number;
  before: number;
  after: number;
  output: number;
}

/** Reads strides, pads, dilations, auto_pad and ceil_mode. */
export function axesOf(node: Node, spatial: readonly number[], kernel: readonly number[]): Axis[] {
  const auto = node.text("auto_pad", "NOTSET");
  const pads = node.numbers("pads") ?? [];
  const ceil = node.number("ceil_mode", 0) !== 0;
  return spatial.map((length, i) => {
    const [stride, dilation] = [node.numbers("strides")?.[i] ?? 1, node.numbers("dilations")?.[i] ?? 1];
    const size = kernel[i]!;
    if (!(size >= 1 && stride >= 1 && dilation >= 1)) node.refuse("kernel, strides and dilations are at least 1");
    const reach = dilation * (size - 1) + 1;
    if (auto === "SAME_UPPER" || auto === "SAME_LOWER") {
      const output = Math.ceil(length / stride);
      const total = Math.max(0, (output - 1) * stride + reach - length);
      const less = Math.floor(total / 2);
      const before = auto === "SAME_UPPER" ? less : total - less;
      return { kernel: size, stride, dilation, before, after: total - before, output };
    }
    const [before, after] = auto === "VALID" ? [0, 0] : [pads[i] ?? 0, pads[i + spatial.length] ?? 0];
    const room = (length + before + after - reach) / stride;
    let output = (ceil ? Math.ceil(room) : Math.floor(room)) + 1;
    // A window that would begin in the padding behind is none.
    if (ceil && (output - 1) * stride >= length + before) output--;
    if (output < 1) node.refuse(`the windows do not fit into ${length} places`);
    return { kernel: size, stride, dilation, before, after, output };
  });
}

/** Every tap of the windows, as a strided view of the padded input: one tensor [N, C, ...output] per place in the kernel. */
function* taps(x: Tensor, axes: readonly Axis[], value: number): Generator<Tensor> {
  const widths = axes.map((a, i) => {
    const needed = (a.output - 1) * a.stride + a.dilation * (a.kernel - 1) + 1;
    return [a.before, Math.max(a.after, needed - x.shape[i + 2]! - a.before)] as const;
  });
  const padded = t(ops.pad(x, [[0, 0], [0, 0], ...widths], { value }));
  const count = axes.reduce((n, a) => n * a.kernel, 1);
  for (let tap = 0; tap < count; tap++) {
    let rest = tap;
    const places = axes.map(() => 0);
    for (let i = axes.length - 1; i >= 0; i--) {
      places[i] = rest % axes[i]!.kernel;
      rest = Math.floor(rest / axes[i]!.kernel);
    }
    const picks = axes.map((a, i) => {
      const start = places[i]! * a.dilation;
      return slice(start, start + (a.output - 1) * a.stride + 1, a.stride);
    });
    yield t(ops.at(padded, "...", ...picks));
  }
}

const total = (parts: Iterable<Tensor>) => [...parts].reduce((a, b) => t(ops.add(a, b)));

function averagePool(node: Node): Tensor {
  const x = node.input(0);
  const spatial = x.shape.slice(2);
  const axes = axesOf(node, spatial, node.numbers("kernel_shape") ?? []);
  const inside = full([1, 1, ...spatial], 1, { dtype: x.dtype }) as Tensor;
  // What counts: the image; with count_include_pad also the padding, but never what ceil_mode adds behind it.
  const counted = node.number("count_include_pad", 0)
    ? t(ops.pad(inside, [[0, 0], [0, 0], ...axes.map(a => [a.before, a.after] as const)], { value: 1 }))
    : inside;
  const around = node.number("count_include_pad", 0) ? axes.map(a => ({ ...a, before: 0, after: 0 })) : axes;
  return t(ops.div(total(taps(x, axes, 0)), total(taps(counted, around, 0))));
}

function maxPool(node: Node): Tensor[] {
  const x = node.input(0);
  const spatial = x.shape.slice(2);
  const axes = axesOf(node, spatial, node.numbers("kernel_shape") ?? []);
  const integer = x.dtype === "int8" ? -128 : 0;
  const least = isFloat(x.dtype) ? Number.NEGATIVE_INFINITY : integer;
  const values = [...taps(x, axes, least)];
  const best = values.reduce((a, b) => t(ops.maximum(a, b)));
  if (node.message.outputs.length < 2) return [best];
  const places = Int32Array.from({ length: x.size }, (_, i) =>
    placeOf(i, x.shape, node.number("storage_order", 0) !== 0),
  );
  const indices = [...taps(tensor(places, { shape: x.shape }) as Tensor, axes, 0)];
  let found = indices.at(-1)!;
  for (let i = indices.length - 2; i >= 0; i--) found = t(ops.where(ops.eq(values[i]!, best), indices[i]!, found));
  return [best, t(ops.cast(found, "int64"))];
}

/** The flat place of element `i`, with the spatial axes in column-major order if asked. */
function placeOf(i: number, shape: readonly number[], columns: boolean): number {
  if (!columns) return i;
  const spatial = shape.slice(2);
  const size = spatial.reduce((a, b) => a * b, 1);
  let rest = i % size;
  const place: number[] = [];
  for (const n of [...spatial].reverse()) {
    place.unshift(rest % n);
    rest = Math.floor(rest / n);
  }
  return i - (i % size) + place.reduceRight((sum, p, d) => sum * spatial[d]! + p, 0);
}

function lpPool(node: Node): Tensor {
  const x = node.input(0);
  const axes = axesOf(node, x.shape.slice(2), node.numbers("kernel_shape") ?? []);
  const p = node.number("p", 2);
  return t(ops.pow(total(taps(t(ops.pow(ops.abs(x), p)), axes, 0)), 1 / p));
}

/** x padded by hand, then our convolution; so that padding may differ before and behind. */
function convolve(node: Node, x: Tensor, weight: Tensor, bias?: Tensor): Tensor {
  const axes = axesOf(node, x.shape.slice(2), weight.shape.slice(2));
  const even = axes.every(a => a.before === a.after);
  const padded = even ? x : t(ops.pad(x, [[0, 0], [0, 0], ...axes.map(a => [a.before, a.after] as const)]));
  const options = {
    stride: axes.map(a => a.stride),
    dilation: axes.map(a => a.dilation),
    padding: axes.map(a => (even ? a.before : 0)),
    groups: node.number("group", 1),
    ...(bias ? { bias } : {}),
  };
  const run = [ops.conv1d, ops.conv2d, ops.conv3d][axes.length - 1] ?? node.refuse(`${axes.length} spatial axes`);
  return (run as unknown as (x: Tensor, w: Tensor, o: typeof options) => Tensor)(padded, weight, options);
}

/** Bytes with their zero points; exact in float64. */
function convInteger(node: Node): Tensor {
  const x = centred(node.input(0), node.inputs[2], -1);
  return t(ops.cast(convolve(node, x, centred(node.input(1), node.inputs[3], 0)), "int32"));
}

const globally = (run: (x: Tensor, axes: number[]) => Tensor) => (node: Node) =>
  run(
    node.input(0),
    node
      .input(0)
      .shape.map((_, i) => i)
      .slice(2),
  );

export const window: Operators = {
  Conv: node => convolve(node, node.input(0), node.input(1), node.inputs[2]),
  ConvInteger: convInteger,
  AveragePool: averagePool,
  MaxPool: maxPool,
  LpPool: lpPool,
  GlobalAveragePool: globally((x, axes) => t(ops.mean(x, axes, { keepDims: true }))),
  GlobalMaxPool: globally((x, axes) => t(ops.max(x, axes, { keepDims: true }))),
};
