import type { DType } from "../dtype.js";
import { ShapeError, ValueError } from "../errors.js";
import { defineOp, type Op } from "../op.js";
import { prepared } from "../record.js";
import { formatShape, type Shape, sameShape } from "../shape.js";
import type { Tensor } from "../tensor.js";
import { arange, linspace, tensor, zeros } from "./create.js";
import { addRows, takeRows } from "./indexing.js";
import { onesLike } from "./like.js";
import { argSort, searchSorted } from "./order.js";
import { max, min } from "./reduce.js";
import { requireIndices, requireTensor } from "./require.js";
import { flatten } from "./view.js";

/** What `uniqueAll` gives. */
export interface Unique<D extends DType> {
  /** The different values in order. */
  values: Tensor<[number], D>;
  /** Where each occurs first in the flat tensor; int32. */
  indices: Tensor<[number], "int32">;
  /** For every element of x the place of its value, in the shape of x; int32. */
  inverse: Tensor<number[], "int32">;
  /** How often each occurs; int32. */
  counts: Tensor<[number], "int32">;
}

/** The order of the flat elements, and where in it a new value begins. */
function runs(x: Tensor): { flat: Tensor; order: Int32Array; starts: number[] } {
  const flat = flatten(x) as Tensor;
  const order = argSort(flat).data() as Int32Array;
  const values = flat.data();
  const starts: number[] = [];
  for (let i = 0; i < order.length; i++) {
    // A NaN equals nothing, not even the NaN before it.
    if (i === 0 || values[order[i]!] !== values[order[i - 1]!]) starts.push(i);
  }
  return { flat, order, starts };
}

interface UniqueOp extends Op {
  <D extends DType>(x: Tensor<Shape, D>): Tensor<[number], D>;
  readonly method: <D extends DType>(this: Tensor<Shape, D>) => Tensor<[number], D>;
}

/**
 * The different values of a tensor in order; every NaN is one of its own. Waits for the device, because the length of the
 * result is in the data.
 * @example tensor([3, 1, 3]).unique().toArray(); // [1, 3]
 */
export const unique: UniqueOp = defineOp(
  {
    name: "unique",
    doc: "The different values of a tensor in order.",
    samples: [{ args: [{ shape: [12], dtype: "int32", range: [0, 5] }] }, { args: [{ shape: [2, 3] }] }],
    rejects: [{ args: ["x"], message: "expected a tensor" }],
    gradient: { none: "which values there are does not change smoothly" },
  },
  (x: Tensor) => {
    requireTensor("unique", x);
    const { flat, order, starts } = runs(x.detach());
    return takeRows(flat, indexTensor(starts.map(i => order[i]!)), 0);
  },
);

interface UniqueAll extends Op {
  <D extends DType>(x: Tensor<Shape, D>): Unique<D>;
  readonly method: <D extends DType>(this: Tensor<Shape, D>) => Unique<D>;
}

/**
 * The different values of a tensor in order, with where and how often they occur, as `unique_all` of the array standard.
 * @example const { values, counts } = labels.uniqueAll();
 */
export const uniqueAll: UniqueAll = defineOp(
  {
    name: "uniqueAll",
    doc: "The different values of a tensor, with where and how often they occur.",
    samples: [],
    rejects: [{ args: [3], message: "expected a tensor" }],
    gradient: { none: "which values there are does not change smoothly" },
  },
  (x: Tensor) => {
    requireTensor("uniqueAll", x);
    const { flat, order, starts } = runs(x.detach());
    const inverse = new Int32Array(order.length);
    const counts = new Int32Array(starts.length);
    starts.forEach((start, run) => {
      const end = starts[run + 1] ?? order.length;
      counts[run] = end - start;
      for (let i = start; i < end; i++) inverse[order[i]!] = run;
    });
    // The order is stable: the first element of a run is the first to occur.
    const indices = indexTensor(starts.map(i => order[i]!));
    return {
      values: takeRows(flat, indices, 0),
      indices,
      inverse: tensor(inverse, { shape: x.shape }),
      counts: tensor(counts),
    };
  },
);

function indexTensor(values: readonly number[]): Tensor {
  return tensor(Int32Array.from(values)) as Tensor;
}

interface Bincount extends Op {
  (x: Tensor): Tensor<[number], "int32">;
  <D extends DType>(x: Tensor, weights: Tensor<Shape, D>, options?: { minLength?: number }): Tensor<[number], D>;
  (x: Tensor, weights: undefined, options?: { minLength?: number }): Tensor<[number], "int32">;
  readonly method: {
    (this: Tensor): Tensor<[number], "int32">;
    <D extends DType>(this: Tensor, weights: Tensor<Shape, D>, options?: { minLength?: number }): Tensor<[number], D>;
    (this: Tensor, weights: undefined, options?: { minLength?: number }): Tensor<[number], "int32">;
  };
}

/**
 * How often each of 0, 1, 2, ... occurs, or the sum of the weights where it does. x: [...] of integers of at least 0 ->
 * [largest + 1], int32 or the dtype of the weights.
 * @param options.minLength the result has at least this length (default 0)
 * @throws ValueError for a number below 0; ShapeError when the weights have another shape
 * @example tensor([0, 2, 2], { dtype: "int32" }).bincount().toArray(); // [1, 0, 2]
 */
export const bincount: Bincount = defineOp(
  {
    name: "bincount",
    doc: "How often each whole number occurs, or the sum of its weights.",
    samples: [
      { args: [{ shape: [9], dtype: "int32", range: [0, 5] }] },
      { args: [{ shape: [2, 3], dtype: "int32", range: [0, 4] }, { shape: [2, 3] }, { minLength: 6 }] },
    ],
    rejects: [
      { args: [{ shape: [3], dtype: "int32", range: [-2, -1] }], message: "-2 is below 0" },
      { args: [{ shape: [3], dtype: "int32", range: [0, 2] }, { shape: [2] }], message: "weights [2] for numbers [3]" },
      { args: [{ shape: [3] }], message: "the numbers must be integers" },
      {
        args: [{ shape: [3], dtype: "int32", range: [0, 2] }, undefined, { minLength: 0.5 }],
        message: "a length of 0.5",
      },
    ],
    gradient: true,
  },
  (x: Tensor, weights?: Tensor, { minLength = 0 }: { minLength?: number } = {}) => {
    requireIndices("bincount", "the numbers", x);
    if (!Number.isSafeInteger(minLength) || minLength < 0)
      throw new ValueError(`a length of ${minLength}`, { op: "bincount" });
    if (weights !== undefined) {
      requireTensor("bincount", weights);
      if (!sameShape(weights.shape, x.shape)) {
        throw new ShapeError(`weights ${formatShape(weights.shape)} for numbers ${formatShape(x.shape)}`, {
          op: "bincount",
        });
      }
    }
    const lowest = x.size === 0 ? 0 : Number(min(x).item());
    if (lowest < 0)
      throw new ValueError(`${lowest} is below 0`, { op: "bincount", hint: "Only 0, 1, 2, ... are counted." });
    const length = Math.max(minLength, x.size === 0 ? 0 : Number(max(x).item()) + 1);
    const index = prepared(flatten(x) as Tensor, "int32");
    const what = flatten((weights ?? onesLike(x, { dtype: "int32" })) as Tensor) as Tensor;
    return addRows(zeros([length], { dtype: what.dtype, device: what.device }) as Tensor, index, what, 0);
  },
);

export interface HistogramOptions {
  /** How many bins of one width (default 10), or their edges in order. */
  bins?: number | readonly number[];
  /** The ends (default the smallest and the largest element). Elements outside are not counted. */
  range?: readonly [low: number, high: number];
}

/** What `histogram` gives: counts [bins] (int32), and edges [bins + 1] (float64). */
export interface Histogram {
  counts: Tensor<[number], "int32">;
  edges: Tensor<[number], "float64">;
}

interface HistogramOp extends Op {
  (x: Tensor, options?: HistogramOptions): Histogram;
  readonly method: (this: Tensor, options?: HistogramOptions) => Histogram;
}

/**
 * How many elements lie in each bin. A bin holds its lower edge and not its upper one, but for the last, which holds both. NaN
 * is not counted.
 * @throws ValueError for ends that are not finite or not in order
 * @example const { counts, edges } = weights.histogram({ bins: 20 });
 */
export const histogram: HistogramOp = defineOp(
  {
    name: "histogram",
    doc: "How many elements lie in each bin.",
    samples: [],
    rejects: [
      { args: [{ shape: [3] }, { bins: 0 }], message: "0 bins" },
      { args: [{ shape: [3] }, { range: [1, 0] }], message: "a range from 1 to 0" },
      { args: [{ shape: [3] }, { bins: [0, 2, 1] }], message: "the edges 0, 2, 1 are not in order" },
    ],
    gradient: { none: "counts do not change smoothly" },
  },
  (x: Tensor, options: HistogramOptions = {}) => {
    requireTensor("histogram", x);
    const values = flatten(x.detach().cast("float64")) as Tensor;
    const edges = edgesOf(values, options);
    const count = edges.size - 1;
    // Bin 0 takes what lies below the first edge, bin count + 1 what lies above the last (and NaN).
    const places = searchSorted(edges, values, { right: true });
    const last = edges.at(-1).item() as number;
    const inside = places.sub(values.eq(last).cast("int32") as never) as Tensor;
    const counted = bincount(inside, undefined, { minLength: count + 2 });
    return { counts: takeRows(counted, arange(1, count + 1), 0), edges };
  },
);

function edgesOf(values: Tensor, { bins = 10, range }: HistogramOptions): Tensor {
  if (typeof bins !== "number") {
    if (bins.length < 2 || bins.some((edge, i) => !Number.isFinite(edge) || (i > 0 && edge <= bins[i - 1]!))) {
      throw new ValueError(`the edges ${bins.join(", ")} are not in order`, {
        op: "histogram",
        hint: "Give at least two finite numbers, each above the one before.",
      });
    }
    return tensor(Float64Array.from(bins)) as Tensor;
  }
  if (!Number.isSafeInteger(bins) || bins < 1) {
    throw new ValueError(`${bins} bins`, { op: "histogram", hint: "Give a whole number of at least 1." });
  }
  const [low, high] = range ?? (values.size === 0 ? [0, 1] : [Number(min(values).item()), Number(max(values).item())]);
  if (!Number.isFinite(low) || !Number.isFinite(high) || low > high) {
    throw new ValueError(`a range from ${low} to ${high}`, {
      op: "histogram",
      hint: "Give two finite numbers in order as { range: [low, high] }.",
    });
  }
  // All the same: a bin around the value, as NumPy makes one.
  const [first, end] = low === high ? [low - 0.5, high + 0.5] : [low, high];
  return linspace(first, end, bins + 1, { dtype: "float64" }) as Tensor;
}
