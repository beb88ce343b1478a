import type { DType } from "../dtype.js";
import { castTo } from "../layout.js";
import { defineOp, type Op } from "../op.js";
import { prepared } from "../record.js";
import type { Shape } from "../shape.js";
import type { Tensor } from "../tensor.js";
import type { Indexed } from "../types/indexed.js";
import { full } from "./create.js";
import { addRows, putRows, takeRows } from "./indexing.js";
import { choose, fitValue, isPlain, mergePicked, resolvePicks, splitPicked, valueShape } from "./picks.js";
import { requireTensor } from "./require.js";
import { type Index, type Resolved, regionOf, replaceRegion, viewRegion } from "./slice.js";

interface At extends Op {
  <S extends Shape, D extends DType, const I extends readonly Index[]>(
    x: Tensor<S, D>,
    ...indices: I
  ): Tensor<Indexed<S, I>, D>;
  readonly method: <S extends Shape, D extends DType, const I extends readonly Index[]>(
    this: Tensor<S, D>,
    ...indices: I
  ) => Tensor<Indexed<S, I>, D>;
}

/**
 * A part of a tensor, one index per axis from the first: a number picks and drops the axis, `slice` takes a range, `"..."`
 * stands for the axes between, `null` adds an axis. These give a view.
 *
 * A tensor or array of integers picks several, its shape standing in the place of the axis; several of them broadcast and pick
 * together, and come to the front when their axes are no neighbours. A mask picks where it is true, over as many axes as it
 * has. These copy. Numbers and ranges count first, as in PyTorch.
 * @throws ShapeError for too many indices, or a mask of another shape; ValueError for an index out of range
 * @example x.at(0); x.at("...", -1); x.at(slice(0, 2), null, 1); x.at([2, 0]); x.at(x.gt(0));
 */
export const at: At = defineOp(
  {
    name: "at",
    doc: "A part of a tensor, by indices, ranges, index tensors and masks.",
    samples: [
      { args: [{ shape: [4, 3] }, 1] },
      { args: [{ shape: [4, 3, 2] }, "...", -1] },
      { args: [{ shape: [3] }, null] },
      { args: [{ shape: [4, 3] }, [2, 0, 2]] },
      { args: [{ shape: [4, 3, 2] }, [1, -1], "...", [0, 1]] },
      {
        args: [
          { shape: [2, 4, 3] },
          1,
          [
            [0, 3],
            [3, 1],
          ],
          null,
        ],
      },
      { args: [{ shape: [4, 3] }, { shape: [2, 2], dtype: "int32", range: [-4, 4] }] },
      { args: [{ shape: [4, 3] }, { shape: [4], dtype: "bool" }] },
      {
        args: [
          { shape: [4, 3, 2] },
          [
            [true, false, true],
            [false, false, false],
            [true, true, true],
            [false, true, false],
          ],
        ],
      },
    ],
    rejects: [
      { args: [{ shape: [4, 3] }, 4], message: "index 4 is out of range on axis 0 of length 4" },
      { args: [{ shape: [4] }, 0, 0], message: "2 indices for a tensor with 1 axes" },
      { args: [{ shape: [4, 3] }, [0, 1], [3, 0]], message: "index 3 is out of range on axis 1 of length 3" },
      { args: [{ shape: [4, 3] }, [4]], message: "index 4 at position 0" },
      { args: [{ shape: [4] }, { shape: [3], dtype: "bool" }], message: "a mask of shape [3] for axes of shape [4]" },
      { args: [{ shape: [4] }, { shape: [2] }], message: "an index tensor must be integers" },
      { args: [{ shape: [4, 3] }, [0, 1], [0, 1, 2]], message: "cannot broadcast [2] with [3]" },
    ],
    gradient: true,
  },
  (x: Tensor, ...indices: Index[]) => {
    requireTensor("at", x);
    if (isPlain(indices)) return viewRegion(x, regionOf("at", x, indices as Resolved[]));
    const region = regionOf("at", x, resolvePicks("at", indices, x.device));
    const view = viewRegion(x, region);
    const [pick, ...others] = region.picks;
    if (pick !== undefined && others.length === 0 && pick.index.dtype !== "bool") {
      return takeRows(view, prepared(pick.index, "int32"), pick.axis);
    }
    const choice = choose("at", view, region.picks);
    return takeRows(mergePicked(view, choice), choice.flat, choice.axis);
  },
);

interface SetOptions {
  /** True: the value is added, also several times where an index repeats (default false). */
  accumulate?: boolean;
}

interface SetAt extends Op {
  <S extends Shape, D extends DType>(
    x: Tensor<S, D>,
    indices: Index | readonly Index[],
    value: Tensor | number,
    options?: SetOptions,
  ): Tensor<S, D>;
  readonly method: <S extends Shape, D extends DType>(
    this: Tensor<S, D>,
    indices: Index | readonly Index[],
    value: Tensor | number,
    options?: SetOptions,
  ) => Tensor<S, D>;
}

/**
 * A new tensor with a part replaced; x stays as it is. The indices are those of `at`, in an array; the value broadcasts to the
 * part and takes the dtype of x. Where an index repeats, the last value stays. As `x[i] = v` and `index_put`.
 * @throws ShapeError when the value does not fit; otherwise as `at`
 * @example x.set([0, slice(1, 3)], 5); x.set([x.isNaN()], 0);
 */
export const set: SetAt = defineOp(
  {
    name: "set",
    doc: "A new tensor with a part replaced.",
    samples: [
      { args: [{ shape: [4, 3] }, [1], { shape: [3] }] },
      { args: [{ shape: [4, 3] }, ["...", 0], 2.5] },
      { args: [{ shape: [4, 3] }, [[2, 0]], { shape: [2, 3] }] },
      { args: [{ shape: [4, 3, 2] }, [[1, -1], "...", [0, 1]], { shape: [2, 3] }] },
      { args: [{ shape: [4, 3] }, [[2, 0, 2]], { shape: [3, 1] }, { accumulate: true }] },
      {
        args: [
          { shape: [2, 3] },
          [
            [
              [true, false, true],
              [false, true, false],
            ],
          ],
          { shape: [3] },
        ],
      },
    ],
    rejects: [
      { args: [{ shape: [4, 3] }, [0], { shape: [2] }], message: "a value of shape [2] for a part of shape [3]" },
      { args: [{ shape: [4, 3] }, [4], 0], message: "index 4 is out of range" },
    ],
    gradient: true,
  },
  (x: Tensor, indices: Index | readonly Index[], value: Tensor | number, options: SetOptions = {}) => {
    requireTensor("set", x);
    if (typeof value !== "number") requireTensor("set", value);
    const { accumulate = false } = options;
    const list = Array.isArray(indices) ? (indices as readonly Index[]) : [indices as Index];
    const region = regionOf("set", x, resolvePicks("set", list, x.device));
    const view = viewRegion(x, region);
    const given =
      typeof value === "number" ? full([], value, { dtype: x.dtype, device: x.device }) : castTo(value, x.dtype);
    if (region.picks.length === 0) {
      const fitted = fitValue("set", given as Tensor, region.shape);
      return replaceRegion(x, region, accumulate ? (view.add(fitted as never) as Tensor) : fitted);
    }
    const choice = choose("set", view, region.picks);
    const merged = mergePicked(view, choice);
    const fitted = fitValue("set", given as Tensor, valueShape(merged, choice));
    const changed = (accumulate ? addRows : putRows)(merged, choice.flat, fitted, choice.axis);
    return replaceRegion(x, region, splitPicked(changed, choice));
  },
);
