import { attach } from "../autograd/graph.js";
import type { DType } from "../dtype.js";
import { ShapeError } from "../errors.js";
import { interceptor } from "../intercept.js";
import { castTo } from "../layout.js";
import { promote } from "../promotion.js";
import { allocate, recordCopy } from "../record.js";
import { formatShape, resolveAxis } from "../shape.js";
import { Tensor } from "../tensor.js";
import type { AreTensors, CommonDType, Concatenated, Joins, Stacked } from "../types/joined.js";
import { requireTensor } from "./require.js";
import { slice } from "./slice.js";
import { unsqueeze } from "./view.js";

/**
 * Tensors one behind the other along an axis (default the first); the other axes must be equal.
 * @throws ShapeError when they differ, or there are no tensors
 * @example concat([ones([2, 3]), zeros([1, 3])]).shape; // [3, 3]
 */
export function concat<const T extends readonly unknown[], const A extends number = 0>(
  tensors: T & Joins<T, A>,
  axis?: A,
): Tensor<Concatenated<T, A>, CommonDType<T>>;
export function concat(tensors: readonly Tensor[], axis = 0): Tensor {
  if (!Array.isArray(tensors) || tensors.length === 0) {
    throw new ShapeError("no tensors", { op: "concat", hint: "Give an array of at least one tensor." });
  }
  for (const x of tensors) requireTensor("concat", x);
  if (interceptor === undefined) return joined(tensors, axis);
  return interceptor.call("concat", joined, [tensors, axis], "operation") as Tensor;
}

function joined(tensors: readonly Tensor[], axis: number): Tensor {
  const first = tensors[0]!;
  const at = resolveAxis("concat", axis, first.shape.length);
  for (const x of tensors) {
    if (
      x.shape.length === first.shape.length &&
      x.shape.every((n: number, i: number) => i === at || n === first.shape[i])
    )
      continue;
    throw new ShapeError(`${formatShape(first.shape)} and ${formatShape(x.shape)} do not join on axis ${axis}`, {
      op: "concat",
      hint: "All axes but the joined one must have the same lengths.",
    });
  }
  const dtype = tensors.map(x => x.dtype as DType).reduce(promote);
  const parts = tensors.map(x => castTo(x, dtype));
  const starts: number[] = [];
  let length = 0;
  for (const x of parts) {
    starts.push(length);
    length += x.shape[at]!;
  }
  const out = allocate([...first.shape].with(at, length), dtype, first.storage.backend);
  parts.forEach((x, i) => {
    recordCopy(x, new Tensor(out.storage, x.shape, dtype, out.strides, starts[i]! * out.strides[at]!));
  });
  return attach(out, "concat", parts, (g, needs) =>
    parts.map((x, i) => {
      const before = Array.from({ length: at }, () => slice());
      return needs(i) ? g.at(...before, slice(starts[i]!, starts[i]! + x.shape[at]!)) : undefined;
    }),
  );
}

/**
 * Tensors of one shape side by side on a new axis (default the first).
 * @throws ShapeError when shapes differ, or there are no tensors
 * @example stack([zeros([3]), ones([3])]).shape; // [2, 3]
 */
export function stack<const T extends readonly unknown[], const A extends number = 0>(
  tensors: T & AreTensors<T>,
  axis?: A,
): Tensor<Stacked<T, A>, CommonDType<T>>;
export function stack(tensors: readonly Tensor[], axis = 0): Tensor {
  if (!Array.isArray(tensors) || tensors.length === 0) {
    throw new ShapeError("no tensors", { op: "stack", hint: "Give an array of at least one tensor." });
  }
  return concat(
    tensors.map(x => unsqueeze(x, axis)),
    axis,
  );
}
