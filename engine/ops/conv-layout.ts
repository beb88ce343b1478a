import { attach } from "../autograd/graph.js";
import type { Backend } from "../backend/backend.js";
import type { DType } from "../dtype.js";
import { allocate, compute, recordCopy } from "../record.js";
import { channelsLastStrides, type Shape } from "../shape.js";
import { Tensor } from "../tensor.js";

/** Images [N, C, H, W] with memory of their own, in which the channels run fastest: how the kernels want them. */
export function allocateImages(shape: Shape, dtype: DType, backend: Backend): Tensor {
  const { storage } = allocate(shape, dtype, backend);
  return new Tensor(storage, shape, dtype, channelsLastStrides(shape));
}

/** The images themselves when their channels run fastest, else a copy in which they do. Outside the graph of gradients. */
export function channelsLast(x: Tensor): Tensor {
  x.storage.requireLive("the operation");
  const strides = channelsLastStrides(x.shape);
  if (x.strides.every((stride, i) => x.shape[i] === 1 || stride === strides[i])) {
    compute(x);
    return x;
  }
  const out = allocateImages(x.shape, x.dtype, x.storage.backend);
  recordCopy(x, out);
  return out;
}

/** With a new axis of length 1, whatever the layout: `reshape` would copy what does not lie row by row. */
export function insertAxis(x: Tensor, axis: number): Tensor {
  const shape = [...x.shape.slice(0, axis), 1, ...x.shape.slice(axis)];
  const strides = [...x.strides.slice(0, axis), 0, ...x.strides.slice(axis)];
  const out = new Tensor(x.storage, shape, x.dtype, strides, x.offset);
  return attach(out, "unsqueeze", [x], g => [removeAxis(g, axis)]);
}

/** Without an axis of length 1, whatever the layout. */
export function removeAxis(x: Tensor, axis: number): Tensor {
  const without = (list: readonly number[]) => [...list.slice(0, axis), ...list.slice(axis + 1)];
  const out = new Tensor(x.storage, without(x.shape), x.dtype, without(x.strides), x.offset);
  return attach(out, "squeeze", [x], g => [insertAxis(g, axis)]);
}
