import * as ops from "../../../ops/all.js";
import { slice } from "../../../ops/slice.js";
import type { Tensor } from "../../../tensor.js";
import { type Node, type Operators, t } from "../node.js";

/** The whole of a transposed convolution, before its edges are cut off. */
function whole(node: Node, x: Tensor, weight: Tensor, bias: Tensor | undefined): Tensor {
  const spatial = x.shape.length - 2;
  const each = (name: string, otherwise: number) => node.numbers(name) ?? new Array<number>(spatial).fill(otherwise);
  const [stride, dilation, outputPadding] = [each("strides", 1), each("dilations", 1), each("output_padding", 0)];
  const options = { stride, dilation, groups: node.number("group", 1), ...(bias ? { bias } : {}) };
  if (spatial === 1) return t(ops.convTranspose1d(x as never, weight as never, { ...options, outputPadding } as never));
  if (spatial === 2) return t(ops.convTranspose2d(x as never, weight as never, { ...options, outputPadding } as never));
  if (spatial !== 3) return node.refuse(`${spatial} spatial axes`);
  return volumes(x, weight, { stride, dilation, outputPadding, groups: options.groups, bias });
}

interface VolumeOptions {
  stride: number[];
  dilation: number[];
  outputPadding: number[];
  groups: number;
  bias: Tensor | undefined;
}

/** In three dimensions: zeros between the elements, then a convolution with the mirrored kernel. */
function volumes(x: Tensor, weight: Tensor, { stride, dilation, outputPadding, groups, bias }: VolumeOptions): Tensor {
  const [inputs, filters, ...kernel] = weight.shape as [number, number, ...number[]];
  let apart = x;
  for (let i = 0; i < 3; i++) {
    const axis = i + 2;
    const widths = [...apart.shape.map(() => [0, 0] as const), [0, stride[i]! - 1] as const];
    const last = ops.pad(t(ops.unsqueeze(t(ops.moveAxis(apart, axis, -1)), -1)), widths);
    const joined = ops.reshape(last, [...last.shape.slice(0, -2), last.shape.at(-2)! * stride[i]!]);
    apart = t(ops.moveAxis(joined, -1, axis));
  }
  // Behind the last element stand stride - 1 zeros already.
  const edges = kernel.map((size, i) => {
    const reach = dilation[i]! * (size - 1);
    return [reach, reach + outputPadding[i]! - (stride[i]! - 1)] as const;
  });
  const padded = ops.pad(apart, [
    [0, 0],
    [0, 0],
    ...edges.map(([before, after]) => [before, Math.max(0, after)] as const),
  ]);
  const cut = t(ops.at(padded, "...", ...edges.map(([, after]) => slice(undefined, after < 0 ? after : undefined))));
  const grouped = ops.reshape(weight, [groups, inputs / groups, filters, ...kernel]);
  const turned = ops.reshape(ops.swapAxes(grouped, 1, 2), [groups * filters, inputs / groups, ...kernel]);
  return t(
    ops.conv3d(cut as never, t(ops.flip(turned, [2, 3, 4])) as never, { dilation, groups, ...(bias ? { bias } : {}) }),
  );
}

/** Cuts off what `pads`, `auto_pad` or `output_shape` take away at the edges. */
function convTranspose(node: Node): Tensor {
  const x = node.input(0);
  const y = whole(node, x, node.input(1), node.inputs[2]);
  const auto = node.text("auto_pad", "NOTSET");
  const spatial = y.shape.slice(2);
  const wanted =
    node.numbers("output_shape")?.slice(-spatial.length) ??
    (auto.startsWith("SAME")
      ? spatial.map((_, i) => x.shape[i + 2]! * (node.numbers("strides")?.[i] ?? 1))
      : undefined);
  const pads = node.numbers("pads") ?? [];
  const edges = spatial.map((length, i): readonly [number, number] => {
    if (!wanted) return [pads[i] ?? 0, pads[i + spatial.length] ?? 0];
    const total = length - wanted[i]!;
    const half = Math.floor(total / 2);
    return auto === "SAME_UPPER" ? [half, total - half] : [total - half, half];
  });
  const missing = edges.map(([before, after]) => [Math.max(0, -before), Math.max(0, -after)] as const);
  const padded = missing.flat().some(n => n > 0) ? t(ops.pad(y, [[0, 0], [0, 0], ...missing])) : y;
  const picks = edges.map(([before, after], i) =>
    slice(Math.max(0, before), padded.shape[i + 2]! - Math.max(0, after)),
  );
  return t(ops.at(padded, "...", ...picks));
}

/** Transposed convolutions. */
export const convTransposeOperators: Operators = { ConvTranspose: convTranspose };
