import { attach } from "../autograd/graph.js";
import { activations, type Opcode, opcodes } from "../backend/commands.js";
import { allocate, dense, finish, open, pushAll, pushOperand, pushOptional } from "../record.js";
import type { Shape } from "../shape.js";
import type { Tensor } from "../tensor.js";
import { gt, where } from "./compare.js";
import { allocateImages, channelsLast } from "./conv-layout.js";
import { sum } from "./reduce.js";

// The three products that a convolution and its derivatives of every order are made of. Each is linear in its two operands, and
// the derivatives of each are the other two. All tensors are float32 or all are float64; images are [N, C, H, W], weights
// [out, in / groups, kernel height, kernel width].

/** What the three products share; pairs are [vertical, horizontal]. */
export interface ConvGeometry {
  readonly stride: readonly [number, number];
  /** Zeros above and to the left; below and to the right follows from the sizes. */
  readonly padding: readonly [number, number];
  readonly dilation: readonly [number, number];
  readonly groups: number;
}

type Size = readonly [height: number, width: number];

const sizeOfImages = (x: Tensor): Size => [x.shape[2]!, x.shape[3]!];

function record(
  opcode: Opcode,
  geometry: ConvGeometry,
  { x, weight, bias, y }: { x: Tensor; weight: Tensor; bias?: Tensor | undefined; y: Tensor },
  activation: keyof typeof activations = "none",
): void {
  const { backend } = x.storage;
  open(backend, opcode, 2 + 17 + 12 - 2);
  const [images, channels, height, width] = x.shape as Shape;
  const [, filters, outHeight, outWidth] = y.shape as Shape;
  pushAll(backend, [images!, height!, width!, channels!, outHeight!, outWidth!, filters!]);
  pushAll(backend, weight.shape.slice(2));
  pushAll(backend, geometry.stride);
  pushAll(backend, geometry.padding);
  pushAll(backend, geometry.dilation);
  pushAll(backend, [geometry.groups, activations[activation]]);
  pushOperand(backend, x);
  pushOperand(backend, weight);
  pushOptional(backend, bias);
  pushOperand(backend, y);
  finish(backend);
}

/** Images through windows: act(x * w + bias), of the given size. */
export function convolve(
  x: Tensor,
  weight: Tensor,
  geometry: ConvGeometry,
  size: Size,
  bias?: Tensor,
  activation: keyof typeof activations = "none",
): Tensor {
  const source = channelsLast(x);
  const [filters, offsets] = [dense(weight), bias && dense(bias)];
  const y = allocateImages([x.shape[0]!, weight.shape[0]!, ...size], x.dtype, x.storage.backend);
  record(opcodes.conv, geometry, { x: source, weight: filters, bias: offsets, y }, activation);
  return attach(y, "conv", bias ? [x, weight, bias] : [x, weight], (g, needs) => {
    const before = activation === "relu" ? (where(gt(y, 0), g, 0) as Tensor) : g;
    return [
      needs(0) ? spread(before, weight, geometry, sizeOfImages(x)) : undefined,
      needs(1) ? correlate(x, before, geometry, sizeOfImages(weight)) : undefined,
      bias && needs(2) ? (sum(before, [0, 2, 3]) as Tensor) : undefined,
    ];
  });
}

/** Every element of y spread over its window: the derivative by the images, and a transposed convolution. */
export function spread(y: Tensor, weight: Tensor, geometry: ConvGeometry, size: Size, bias?: Tensor): Tensor {
  const source = channelsLast(y);
  const [filters, offsets] = [dense(weight), bias && dense(bias)];
  const x = allocateImages([y.shape[0]!, weight.shape[1]! * geometry.groups, ...size], y.dtype, y.storage.backend);
  record(opcodes.convInputGrad, geometry, { x, weight: filters, bias: offsets, y: source });
  return attach(x, "convTranspose", bias ? [y, weight, bias] : [y, weight], (g, needs) => [
    needs(0) ? convolve(g, weight, geometry, sizeOfImages(y)) : undefined,
    needs(1) ? correlate(g, y, geometry, sizeOfImages(weight)) : undefined,
    bias && needs(2) ? (sum(g, [0, 2, 3]) as Tensor) : undefined,
  ]);
}

/** Windows of x against elements of y, summed over all images: the derivative by the weights. */
export function correlate(x: Tensor, y: Tensor, geometry: ConvGeometry, size: Size): Tensor {
  const [images, windows] = [channelsLast(x), channelsLast(y)];
  const weight = allocate([y.shape[1]!, x.shape[1]! / geometry.groups, ...size], x.dtype, x.storage.backend);
  record(opcodes.convWeightGrad, geometry, { x: images, weight, y: windows });
  return attach(weight, "conv.gradient", [x, y], (g, needs) => [
    needs(0) ? spread(y, g, geometry, sizeOfImages(x)) : undefined,
    needs(1) ? convolve(x, g, geometry, sizeOfImages(y)) : undefined,
  ]);
}
