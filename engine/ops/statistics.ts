import type { DType } from "../dtype.js";
import { ShapeError, ValueError } from "../errors.js";
import { castTo, reshapeTo } from "../layout.js";
import { defineOp, type Op, type OpEntry } from "../op.js";
import { type Floating, floating } from "../promotion.js";
import { formatShape, resolveAxes, type Shape, sizeOf } from "../shape.js";
import type { Tensor } from "../tensor.js";
import type { Reduced } from "../types.js";
import { add, mul, sub } from "./arithmetic.js";
import { at } from "./at.js";
import { isNaN as isNotANumber, where } from "./compare.js";
import { gather } from "./gather.js";
import { stack } from "./join.js";
import { searchSorted, sort } from "./order.js";
import { argMax } from "./reduce.js";
import { requireTensor } from "./require.js";
import type { Axes, ReduceOptions, Reduction } from "./signatures.js";
import { permute } from "./view.js";

/** The elements over axes as sorted rows, [..., n], and the shape that one value per row belongs in. */
function sortedRows(op: string, x: unknown, axis: Axes, keepDims = false): { rows: Tensor; shape: number[] } {
  requireTensor(op, x);
  const axes = resolveAxes(op, axis, x.shape.length);
  const kept = x.shape.map((_, i) => i).filter(i => !axes.includes(i));
  const length = sizeOf(axes.map(i => x.shape[i]!));
  if (length === 0) {
    throw new ShapeError(`no elements to choose from in ${formatShape(x.shape)}`, {
      op,
      hint: "The reduced axes are empty.",
    });
  }
  const together = reshapeTo(permute(x, [...kept, ...axes]) as Tensor, [...kept.map(i => x.shape[i]!), length]);
  const shape = keepDims ? x.shape.map((n, i) => (axes.includes(i) ? 1 : n)) : kept.map(i => x.shape[i]!);
  return { rows: sort(together) as Tensor, shape };
}

/** NaN where a row holds one: it was sorted to the end. */
function orNaN(rows: Tensor, value: Tensor): Tensor {
  const last = at(rows, "...", -1);
  return where(isNotANumber(last), last, value) as Tensor;
}

const samples: OpEntry["samples"] = [
  { args: [{ shape: [3, 4, 5] }] },
  { args: [{ shape: [3, 4, 5] }, 1] },
  { args: [{ shape: [3, 4, 5] }, [0, -1], { keepDims: true }] },
  { args: [{ shape: [] }] },
];
const rejects: OpEntry["rejects"] = [
  { args: [{ shape: [2, 3] }, 2], message: "axis 2 does not exist" },
  { args: [{ shape: [0, 3] }, 0], message: "no elements to choose from in [0, 3]" },
];

/**
 * The middle element over axes; of an even number the lower of the two, as in `torch.median` (`quantile(x, 0.5)` takes their
 * mean). NaN wins.
 */
export const median: Reduction<"same"> = defineOp(
  { name: "median", doc: "The middle element over axes.", samples, rejects, gradient: true },
  (x: Tensor, axis?: Axes, { keepDims }: ReduceOptions = {}) => {
    const { rows, shape } = sortedRows("median", x, axis, keepDims);
    return reshapeTo(orNaN(rows, at(rows, "...", (rows.shape.at(-1)! - 1) >> 1)), shape);
  },
);

/** The value that occurs most often over axes, of several the smallest, as in `torch.mode`. */
export const mode: Reduction<"same"> = defineOp(
  {
    name: "mode",
    doc: "The value that occurs most often over axes.",
    samples: [...samples, { args: [{ shape: [3, 9], dtype: "int32", range: [0, 3] }, 1] }],
    rejects,
    gradient: true,
  },
  (x: Tensor, axis?: Axes, { keepDims }: ReduceOptions = {}) => {
    const { rows, shape } = sortedRows("mode", x, axis, keepDims);
    const values = rows.detach();
    const ends = searchSorted(values, values, { right: true });
    const often = sub(ends, searchSorted(values, values) as never) as Tensor;
    return reshapeTo(gather(rows, argMax(often, -1, { keepDims: true }) as Tensor, -1) as Tensor, shape);
  },
);

/** How `quantile` reads between two elements. */
export interface QuantileOptions<Keep extends boolean = boolean> extends ReduceOptions<Keep> {
  /** Between two elements: on the line through them (default), the lower, the higher, the nearer, or their mean. */
  interpolation?: "linear" | "lower" | "higher" | "nearest" | "midpoint";
}

interface Quantile extends Op {
  <S extends Shape, D extends DType, const A extends Axes = undefined, Keep extends boolean = false>(
    x: Tensor<S, D>,
    q: number,
    axis?: A,
    options?: QuantileOptions<Keep>,
  ): Tensor<Reduced<S, A, Keep>, Floating<D>>;
  <D extends DType>(
    x: Tensor<Shape, D>,
    q: readonly number[],
    axis?: Axes,
    options?: QuantileOptions,
  ): Tensor<number[], Floating<D>>;
  readonly method: {
    <S extends Shape, D extends DType, const A extends Axes = undefined, Keep extends boolean = false>(
      this: Tensor<S, D>,
      q: number,
      axis?: A,
      options?: QuantileOptions<Keep>,
    ): Tensor<Reduced<S, A, Keep>, Floating<D>>;
    <D extends DType>(
      this: Tensor<Shape, D>,
      q: readonly number[],
      axis?: Axes,
      options?: QuantileOptions,
    ): Tensor<number[], Floating<D>>;
  };
}

/** How far from the lower of two neighbours to the higher one. */
const weights = {
  linear: (part: number) => part,
  lower: () => 0,
  higher: (part: number) => (part > 0 ? 1 : 0),
  // Ties go to the even place, as the rounding of PyTorch does.
  nearest: (part: number, below: number) => (part === 0.5 ? below % 2 : Math.round(part)),
  midpoint: (part: number) => (part > 0 ? 0.5 : 0),
} as const;

/**
 * The value below which a share q of the elements over axes lies, 0 to 1; several shares give a first axis. Integers become
 * float32; NaN wins. As `torch.quantile`.
 * @throws ValueError when q is not from 0 to 1
 * @example x.quantile(0.5); x.quantile([0.25, 0.75], 0);
 */
export const quantile: Quantile = defineOp(
  {
    name: "quantile",
    doc: "The value below which a share of the elements lies.",
    samples: [
      { args: [{ shape: [3, 4] }, 0.3] },
      { args: [{ shape: [3, 5] }, 0.5, 1, { keepDims: true }] },
      { args: [{ shape: [3, 5] }, [0, 0.9, 1], 0] },
      { args: [{ shape: [6] }, 0.7, 0, { interpolation: "nearest" }] },
      { args: [{ shape: [6] }, 0.7, 0, { interpolation: "midpoint" }] },
    ],
    rejects: [
      { args: [{ shape: [3] }, 1.5], message: "a share of 1.5" },
      { args: [{ shape: [3] }, 0.5, 0, { interpolation: "cubic" }], message: "no interpolation cubic" },
      { args: [{ shape: [0] }, 0.5], message: "no elements to choose from" },
    ],
    gradient: true,
  },
  (x: Tensor, q: number | readonly number[], axis?: Axes, options: QuantileOptions = {}) => {
    requireTensor("quantile", x);
    const { keepDims, interpolation = "linear" } = options;
    const weight = weights[interpolation];
    if (weight === undefined) {
      throw new ValueError(`no interpolation ${String(interpolation)}`, {
        op: "quantile",
        hint: `There are ${Object.keys(weights).join(", ")}.`,
      });
    }
    const { rows, shape } = sortedRows("quantile", castTo(x, floating(x.dtype)), axis, keepDims);
    const valueAt = (share: number) => {
      if (!(share >= 0 && share <= 1)) {
        throw new ValueError(`a share of ${String(share)}`, { op: "quantile", hint: "Give numbers from 0 to 1." });
      }
      const place = share * (rows.shape.at(-1)! - 1);
      const below = Math.floor(place);
      const part = weight(place - below, below);
      const low = at(rows, "...", below);
      if (part === 0) return reshapeTo(orNaN(rows, low), shape);
      const high = at(rows, "...", below + 1);
      const value = part === 1 ? high : (add(low, mul(sub(high, low as never) as Tensor, part) as never) as Tensor);
      return reshapeTo(orNaN(rows, value), shape);
    };
    return typeof q === "number" ? valueAt(q) : stack(q.map(valueAt));
  },
);
