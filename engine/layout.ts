import { attach } from "./autograd/graph.js";
import type { DType } from "./dtype.js";
import { interceptor } from "./intercept.js";
import { isFloat } from "./promotion.js";
import { castCopy, dense } from "./record.js";
import { reduceAxes } from "./reduction.js";
import { broadcastStrides, isDense, rowMajorStrides, type Shape, sameShape } from "./shape.js";
import { Tensor } from "./tensor.js";

// What every operation needs to bring tensors into form, with gradients. These stand below the operations, because the
// derivative of anything that broadcasts needs them.

/** The same elements in a shape of the same size: a view where the layout allows it. */
export function reshapeTo(x: Tensor, shape: Shape): Tensor {
  if (sameShape(x.shape, shape)) return x;
  if (interceptor !== undefined) return interceptor.call("reshapeTo", reshapeNow, [x, shape], "layout") as Tensor;
  return reshapeNow(x, shape);
}

function reshapeNow(x: Tensor, shape: Shape): Tensor {
  const source = isDense(x.shape, x.strides) ? x : dense(x);
  const out = new Tensor(source.storage, shape, x.dtype, rowMajorStrides(shape), source.offset);
  return attach(out, "reshape", [x], g => [reshapeTo(g, x.shape)]);
}

/** Repeats axes of length 1, and new ones in front, as a view. */
export function expandTo(x: Tensor, shape: Shape): Tensor {
  if (sameShape(x.shape, shape)) return x;
  if (interceptor !== undefined) return interceptor.call("expandTo", expandNow, [x, shape], "layout") as Tensor;
  return expandNow(x, shape);
}

function expandNow(x: Tensor, shape: Shape): Tensor {
  const out = new Tensor(x.storage, shape, x.dtype, broadcastStrides(x.shape, x.strides, shape), x.offset);
  return attach(out, "expand", [x], g => [sumTo(g, x.shape, x.dtype)]);
}

/** Undoes broadcasting for a cotangent: adds up what was repeated, and converts to the dtype of the input. */
export function sumTo(g: Tensor, shape: Shape, dtype: DType): Tensor {
  let result = g;
  if (!sameShape(g.shape, shape)) {
    const missing = g.shape.length - shape.length;
    const axes: number[] = [];
    for (let i = 0; i < g.shape.length; i++) {
      if (i < missing || (shape[i - missing] === 1 && g.shape[i] !== 1)) axes.push(i);
    }
    if (axes.length > 0) result = sumOver(result, axes, g.dtype);
    if (missing > 0) result = reshapeTo(result, shape);
  }
  return castTo(result, dtype);
}

/** The sum over axes, which stay with length 1. */
export function sumOver(x: Tensor, axes: readonly number[], dtype: DType): Tensor {
  if (interceptor !== undefined) return interceptor.call("sumOver", sumNow, [x, axes, dtype], "layout") as Tensor;
  return sumNow(x, axes, dtype);
}

function sumNow(x: Tensor, axes: readonly number[], dtype: DType): Tensor {
  return attach(reduceAxes(x, axes, "sum", dtype), "sum", [x], g => [castTo(expandTo(g, x.shape), x.dtype)]);
}

/** The values in another dtype. Gradients pass between floats. */
export function castTo<E extends DType>(x: Tensor, dtype: E): Tensor<Shape, E> {
  if (x.dtype === dtype) return x as Tensor<Shape, E>;
  if (interceptor !== undefined) return interceptor.call("castTo", castNow, [x, dtype], "layout") as Tensor<Shape, E>;
  return castNow(x, dtype);
}

function castNow<E extends DType>(x: Tensor, dtype: E): Tensor<Shape, E> {
  const out = castCopy(x, dtype);
  return isFloat(dtype) && isFloat(x.dtype) ? attach(out, "cast", [x], g => [castTo(g, x.dtype)]) : out;
}
