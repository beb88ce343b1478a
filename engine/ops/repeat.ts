import type { DType } from "../dtype.js";
import { ShapeError, ValueError } from "../errors.js";
import { expandTo, reshapeTo } from "../layout.js";
import { defineOp, type Op } from "../op.js";
import { formatShape, resolveAxis, type Shape } from "../shape.js";
import type { Tensor } from "../tensor.js";
import type { Plain } from "../types.js";
import { tensor } from "./create.js";
import { takeRows } from "./indexing.js";
import { requireIndices, requireTensor } from "./require.js";
import { expand, flatten } from "./view.js";

function requireCounts(op: string, counts: readonly number[]): void {
  if (!Array.isArray(counts))
    throw new ValueError(`counts ${String(counts)}`, { op, hint: "Give an array of counts." });
  for (const count of counts) {
    if (Number.isSafeInteger(count) && count >= 0) continue;
    throw new ValueError(`a count of ${String(count)}`, { op, hint: "Give whole numbers of at least 0." });
  }
}

interface Repeat extends Op {
  <D extends DType>(x: Tensor<Shape, D>, counts: readonly number[]): Tensor<number[], D>;
  readonly method: <D extends DType>(this: Tensor<Shape, D>, counts: readonly number[]) => Tensor<number[], D>;
}

/** Copies of x side by side: an axis pair [count, length] for every axis, then both as one. */
function tiled(x: Tensor, counts: readonly number[]): Tensor {
  const rank = Math.max(x.shape.length, counts.length);
  const shape = [...new Array<number>(rank - x.shape.length).fill(1), ...x.shape];
  const times = [...new Array<number>(rank - counts.length).fill(1), ...counts];
  const apart = reshapeTo(
    x,
    shape.flatMap(length => [1, length]),
  );
  const repeated = expandTo(
    apart,
    shape.flatMap((length, i) => [times[i]!, length]),
  );
  return reshapeTo(
    repeated,
    shape.map((length, i) => length * times[i]!),
  );
}

/**
 * Copies of x side by side, a count per axis aligned at the last; missing counts are 1 and missing axes come in front, as
 * `numpy.tile`.
 * @example tensor([1, 2]).tile([2, 2]).toArray(); // [[1, 2, 1, 2], [1, 2, 1, 2]]
 */
export const tile: Repeat = defineOp(
  {
    name: "tile",
    doc: "Copies of a tensor side by side.",
    samples: [
      { args: [{ shape: [2, 3] }, [2]] },
      { args: [{ shape: [3] }, [2, 2]] },
      { args: [{ shape: [2, 3] }, [0, 2]] },
    ],
    rejects: [{ args: [{ shape: [2] }, [-1]], message: "a count of -1" }],
    gradient: true,
  },
  (x: Tensor, counts: readonly number[]) => {
    requireTensor("tile", x);
    requireCounts("tile", counts);
    return tiled(x, counts);
  },
);

/**
 * Copies of x side by side, a count for every axis, as `torch.Tensor.repeat`. To repeat each element in place there is
 * `repeatInterleave`.
 * @throws ShapeError when there are fewer counts than axes
 */
export const repeat: Repeat = defineOp(
  {
    name: "repeat",
    doc: "Copies of a tensor side by side, a count for every axis.",
    samples: [{ args: [{ shape: [2, 3] }, [2, 1]] }, { args: [{ shape: [3] }, [2, 2]] }],
    rejects: [{ args: [{ shape: [2, 3] }, [2]], message: "1 counts for the 2 axes of [2, 3]" }],
    gradient: true,
  },
  (x: Tensor, counts: readonly number[]) => {
    requireTensor("repeat", x);
    requireCounts("repeat", counts);
    if (counts.length < x.shape.length) {
      throw new ShapeError(`${counts.length} counts for the ${x.shape.length} axes of ${formatShape(x.shape)}`, {
        op: "repeat",
        hint: "Give a count for every axis, or use tile.",
      });
    }
    return tiled(x, counts);
  },
);

interface RepeatInterleave extends Op {
  <D extends DType>(
    x: Tensor<Shape, D>,
    counts: number | readonly number[] | Tensor,
    axis?: number,
  ): Tensor<number[], D>;
  readonly method: <D extends DType>(
    this: Tensor<Shape, D>,
    counts: number | readonly number[] | Tensor,
    axis?: number,
  ) => Tensor<number[], D>;
}

/**
 * Every slice along an axis several times in a row, all as often or each by its own count; without an axis, every element of
 * the flat tensor. As `numpy.repeat`.
 * @throws ShapeError when the counts are not one per slice
 * @example tensor([1, 2]).repeatInterleave([2, 3]).toArray(); // [1, 1, 2, 2, 2]
 */
export const repeatInterleave: RepeatInterleave = defineOp(
  {
    name: "repeatInterleave",
    doc: "Every slice along an axis several times in a row.",
    samples: [
      { args: [{ shape: [2, 3] }, 2] },
      { args: [{ shape: [2, 3] }, [2, 0, 1], 1] },
      { args: [{ shape: [2, 3] }, { shape: [2], dtype: "int32", range: [0, 3] }, 0] },
    ],
    rejects: [
      { args: [{ shape: [2, 3] }, [1, 2], 1], message: "2 counts for an axis of length 3" },
      { args: [{ shape: [2] }, -1], message: "a count of -1" },
      { args: [{ shape: [2] }, 2 ** 40], message: "an axis of 2199023255552 has more places than int32 counts" },
    ],
    gradient: true,
  },
  (x: Tensor, counts: number | readonly number[] | Tensor, axis?: number) => {
    requireTensor("repeatInterleave", x);
    const source = axis === undefined ? (flatten(x) as Tensor) : x;
    const at = resolveAxis("repeatInterleave", axis ?? 0, source.shape.length);
    const length = source.shape[at]!;
    const list = countList(counts, length);
    requireCounts("repeatInterleave", list);
    if (list.length !== length) {
      throw new ShapeError(`${list.length} counts for an axis of length ${length}`, { op: "repeatInterleave" });
    }
    const total = list.reduce((sum, count) => sum + count, 0);
    if (total > 2 ** 31 - 1) {
      throw new ShapeError(`an axis of ${total} has more places than int32 counts`, { op: "repeatInterleave" });
    }
    const places = new Int32Array(total);
    let next = 0;
    list.forEach((count, i) => {
      places.fill(i, next, next + count);
      next += count;
    });
    return takeRows(source, tensor(places, { device: x.device }) as Tensor, at);
  },
);

function countList(counts: number | readonly number[] | Tensor, length: number): readonly number[] {
  if (typeof counts === "number") return new Array<number>(length).fill(counts);
  if (Array.isArray(counts)) return counts;
  requireIndices("repeatInterleave", "the counts", counts);
  return Array.from(counts.data() as ArrayLike<number | bigint>, Number);
}

interface BroadcastTo extends Op {
  <D extends DType, const T extends Shape>(x: Tensor<Shape, D>, shape: T): Tensor<Plain<T>, D>;
  readonly method: <D extends DType, const T extends Shape>(this: Tensor<Shape, D>, shape: T) => Tensor<Plain<T>, D>;
}

/** Repeats axes of length 1, and new ones in front, without copying: NumPy's name for `expand`. A view. */
export const broadcastTo: BroadcastTo = defineOp(
  {
    name: "broadcastTo",
    doc: "Repeats axes of length 1 without copying.",
    samples: [{ args: [{ shape: [3, 1] }, [2, 3, 4]] }],
    rejects: [{ args: [{ shape: [3] }, [4]], message: "cannot repeat [3] to [4]" }],
    gradient: true,
  },
  (x: Tensor, shape: Shape) => expand(x, shape),
);
