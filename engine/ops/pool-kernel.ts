import { attach, gradEnabled } from "../autograd/graph.js";
import { opcodes } from "../backend/commands.js";
import { finish, open, pushAll, pushOperand, pushOptional } from "../record.js";
import type { Shape } from "../shape.js";
import type { Tensor } from "../tensor.js";
import { allocateImages, channelsLast } from "./conv-layout.js";

// Pooling over float32 or float64 images [N, C, H, W], with derivatives of every order.

/** Where the windows lie: start and end of each, flat, by axis; a sum is divided by `divisor`, or by the window's size at 0. */
export interface PoolWindows {
  readonly rows: readonly number[];
  readonly columns: readonly number[];
  readonly divisor: number;
}

type PoolOpcode = typeof opcodes.maxPool | typeof opcodes.avgPool | typeof opcodes.avgPoolGrad;

function record(opcode: PoolOpcode, x: Tensor, y: Tensor, windows: PoolWindows, index?: Tensor): void {
  const { backend } = x.storage;
  const { rows, columns, divisor } = windows;
  const withIndex = opcode === opcodes.maxPool;
  open(backend, opcode, 7 + rows.length + columns.length + (withIndex ? 9 : 6));
  const [images, channels, height, width] = x.shape as Shape;
  pushAll(backend, [images!, height!, width!, channels!, rows.length / 2, columns.length / 2, divisor]);
  pushAll(backend, rows);
  pushAll(backend, columns);
  pushOperand(backend, x);
  pushOperand(backend, y);
  if (withIndex) pushOptional(backend, index);
  finish(backend);
}

function shapeOf(x: Tensor, { rows, columns }: PoolWindows): number[] {
  return [x.shape[0]!, x.shape[1]!, rows.length / 2, columns.length / 2];
}

/** The largest of each window. */
export function maxOfWindows(x: Tensor, windows: PoolWindows): Tensor {
  const source = channelsLast(x);
  const { backend } = x.storage;
  const shape = shapeOf(x, windows);
  const y = allocateImages(shape, x.dtype, backend);
  const index = gradEnabled() && x.requiresGrad ? allocateImages(shape, "int32", backend) : undefined;
  record(opcodes.maxPool, source, y, windows, index);
  return attach(y, "maxPool", [x], g => [scatter(g, index!, x.shape)]);
}

/** The mean of each window. */
export function meanOfWindows(x: Tensor, windows: PoolWindows): Tensor {
  const source = channelsLast(x);
  const y = allocateImages(shapeOf(x, windows), x.dtype, x.storage.backend);
  record(opcodes.avgPool, source, y, windows);
  return attach(y, "avgPool", [x], g => [shareOut(g, windows, x.shape)]);
}

/** Every element in equal shares over its window: the derivative of the means. */
function shareOut(y: Tensor, windows: PoolWindows, shape: Shape): Tensor {
  const source = channelsLast(y);
  const x = allocateImages(shape, y.dtype, y.storage.backend);
  record(opcodes.avgPoolGrad, x, source, windows);
  return attach(x, "avgPool.gradient", [y], g => [meanOfWindows(g, windows)]);
}

function recordIndexed(
  opcode: typeof opcodes.poolGather | typeof opcodes.poolScatter,
  x: Tensor,
  index: Tensor,
  y: Tensor,
) {
  const { backend } = x.storage;
  open(backend, opcode, 4 + 9);
  const [images, channels, height, width] = x.shape as Shape;
  pushAll(backend, [images!, height! * width!, channels!, y.shape[2]! * y.shape[3]!]);
  for (const operand of [x, index, y]) pushOperand(backend, operand);
  finish(backend);
}

/** Every element at the place its window's maximum came from: the derivative of the maxima. */
function scatter(y: Tensor, index: Tensor, shape: Shape): Tensor {
  const source = channelsLast(y);
  const x = allocateImages(shape, y.dtype, y.storage.backend);
  recordIndexed(opcodes.poolScatter, x, index, source);
  return attach(x, "maxPool.gradient", [y], g => [gather(g, index)]);
}

function gather(x: Tensor, index: Tensor): Tensor {
  const source = channelsLast(x);
  const y = allocateImages(index.shape, x.dtype, x.storage.backend);
  recordIndexed(opcodes.poolGather, source, index, y);
  return attach(y, "maxPool.at", [x], g => [scatter(g, index, x.shape)]);
}
