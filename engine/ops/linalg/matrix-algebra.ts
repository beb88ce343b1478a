import type { Tensor } from "../../tensor.js";
import { add, mul, sub } from "../arithmetic.js";
import { at } from "../at.js";
import { eye } from "../create.js";
import { matmul } from "../matmul.js";
import { slice } from "../slice.js";
import { transpose, unsqueeze } from "../view.js";

// The words of formulas over batches of matrices, for tensors whose shapes the types do not know.

export const times = (a: Tensor, b: Tensor): Tensor => matmul(a, b as never) as Tensor;
export const plus = (a: Tensor, b: Tensor): Tensor => add(a, b as never) as Tensor;
export const minus = (a: Tensor, b: Tensor): Tensor => sub(a, b as never) as Tensor;

/** Transposed: [..., N, M] -> [..., M, N]. A view. */
export const turned = (x: Tensor): Tensor => transpose(x, -1, -2) as Tensor;

/** x - xᵀ. */
export const skew = (x: Tensor): Tensor => minus(x, turned(x));

/** Every column times the number of its place: x: [..., N, M], scales: [..., M]. */
export const scaleColumns = (x: Tensor, scales: Tensor): Tensor => mul(x, unsqueeze(scales, -2) as never) as Tensor;

/** Every row times the number of its place: x: [..., N, M], scales: [..., N]. */
export const scaleRows = (x: Tensor, scales: Tensor): Tensor => mul(x, unsqueeze(scales, -1) as never) as Tensor;

/** The identity, in the dtype of x. */
export const identity = (size: number, x: Tensor): Tensor => eye(size, { dtype: x.dtype, device: x.device }) as Tensor;

/** Rows from `from` to before `to`. A view. */
export const rows = (x: Tensor, from: number, to: number): Tensor => at(x, "...", slice(from, to), slice()) as Tensor;

/** Columns from `from` to before `to`. A view. */
export const columns = (x: Tensor, from: number, to: number): Tensor => at(x, "...", slice(from, to)) as Tensor;

/** By row i and column j the number `values[j] - values[i]`, and 1 on the diagonal: values: [..., N] -> [..., N, N]. */
export function gaps(values: Tensor): Tensor {
  const difference = minus(unsqueeze(values, -2) as Tensor, unsqueeze(values, -1) as Tensor);
  return plus(difference, identity(values.shape.at(-1)!, values));
}
