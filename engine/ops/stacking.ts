import { ShapeError } from "../errors.js";
import { formatShape } from "../shape.js";
import type { Tensor } from "../tensor.js";
import { concat } from "./join.js";
import { pad } from "./pad.js";
import { requireTensor } from "./require.js";
import { reshape } from "./view.js";

/** Tensors with at least so many axes: `place` says where new ones of length 1 come. */
function withAxes(
  op: string,
  tensors: readonly Tensor[],
  place: (shape: readonly number[]) => readonly number[],
): Tensor[] {
  if (!Array.isArray(tensors) || tensors.length === 0) {
    throw new ShapeError("no tensors", { op, hint: "Give an array of at least one tensor." });
  }
  return tensors.map(x => {
    requireTensor(op, x);
    return reshape(x, place(x.shape)) as Tensor;
  });
}

/**
 * Tensors side by side, as `torch.hstack`: along axis 1, vectors and scalars along the only axis they have.
 * @throws ShapeError when they do not join, or there are none
 * @example hstack([tensor([1, 2]), tensor([3])]).toArray(); // [1, 2, 3]
 */
export function hstack(tensors: readonly Tensor[]): Tensor<number[]> {
  const given = withAxes("hstack", tensors, shape => (shape.length === 0 ? [1] : shape));
  return concat(given, given[0]!.shape.length === 1 ? 0 : 1) as Tensor<number[]>;
}

/**
 * Tensors below each other, as `torch.vstack`: along axis 0; vectors are rows.
 * @throws ShapeError when they do not join, or there are none
 * @example vstack([tensor([1, 2]), tensor([3, 4])]).toArray(); // [[1, 2], [3, 4]]
 */
export function vstack(tensors: readonly Tensor[]): Tensor<number[]> {
  const given = withAxes("vstack", tensors, shape => (shape.length < 2 ? [1, shape[0] ?? 1] : shape));
  return concat(given, 0) as Tensor<number[]>;
}

/**
 * Tensors behind each other, as `torch.dstack`: along axis 2; a matrix [N, M] counts as [N, M, 1], a vector [N] as [1, N, 1].
 * @throws ShapeError when they do not join, or there are none
 * @example dstack([tensor([1, 2]), tensor([3, 4])]).toArray(); // [[[1, 3], [2, 4]]]
 */
export function dstack(tensors: readonly Tensor[]): Tensor<number[]> {
  const place = (shape: readonly number[]) => {
    return shape.length >= 3 ? shape : shape.length === 2 ? [...shape, 1] : [1, shape[0] ?? 1, 1];
  };
  return concat(withAxes("dstack", tensors, place), 2) as Tensor<number[]>;
}

/**
 * A matrix with the given ones along its diagonal and 0 elsewhere, as `torch.block_diag`; a vector counts as one row, a scalar as
 * one element. [N1, M1], [N2, M2], ... -> [N1 + N2 + ..., M1 + M2 + ...].
 * @throws ShapeError when one has more than two axes, or there are none
 * @example blockDiag([tensor([[1, 2]]), tensor(3)]).toArray(); // [[1, 2, 0], [0, 0, 3]]
 */
export function blockDiag(tensors: readonly Tensor[]): Tensor<number[]> {
  const blocks = withAxes("blockDiag", tensors, shape => {
    if (shape.length > 2) {
      throw new ShapeError(`${formatShape(shape)} is no matrix`, { op: "blockDiag", expected: "[N, M]" });
    }
    return shape.length === 2 ? shape : [1, shape[0] ?? 1];
  });
  const columns = blocks.reduce((total, block) => total + block.shape[1]!, 0);
  let before = 0;
  const rows = blocks.map(block => {
    const behind = columns - before - block.shape[1]!;
    const row = pad(block, [[before, behind]]) as Tensor;
    before += block.shape[1]!;
    return row;
  });
  return concat(rows, 0) as Tensor<number[]>;
}
