import type { DType } from "../dtype.js";
import { ShapeError, ValueError } from "../errors.js";
import { castTo } from "../layout.js";
import { defineOp, type Op } from "../op.js";
import { type Floating, floating } from "../promotion.js";
import { formatShape, resolveAxis, type Shape } from "../shape.js";
import type { Tensor } from "../tensor.js";
import { along } from "./along.js";
import { add, mul, sub } from "./arithmetic.js";
import { ne } from "./compare.js";
import { cumSum } from "./cumulative.js";
import { concat } from "./join.js";
import { sum } from "./reduce.js";
import { requireTensor } from "./require.js";
import { reshape } from "./view.js";

/** How differences are taken. */
export interface DiffOptions {
  /** How often (default 1). */
  n?: number;
  /** Along which axis (default the last). */
  axis?: number;
  /** What stands in front of x along the axis. */
  prepend?: Tensor;
  /** What stands behind x along the axis. */
  append?: Tensor;
}

interface Diff extends Op {
  <D extends DType>(x: Tensor<Shape, D>, options?: DiffOptions): Tensor<number[], D>;
  readonly method: <D extends DType>(this: Tensor<Shape, D>, options?: DiffOptions) => Tensor<number[], D>;
}

/**
 * Every element less the one before it along an axis, n times, as `torch.diff`; of truth values whether they differ.
 * x: [..., N] -> [..., N - n].
 * @throws ShapeError for a scalar or parts that do not join; ValueError for a broken n
 * @example diff(tensor([1, 4, 9])).toArray(); // [3, 5]
 */
export const diff: Diff = defineOp(
  {
    name: "diff",
    doc: "Every element less the one before it along an axis.",
    samples: [
      { args: [{ shape: [6] }] },
      { args: [{ shape: [4, 3] }, { axis: 0, n: 2 }] },
      { args: [{ shape: [2, 3] }, { n: 5 }] },
      { args: [{ shape: [6], dtype: "bool" }] },
    ],
    rejects: [
      { args: [{ shape: [] }], message: "axis -1 does not exist" },
      { args: [{ shape: [3] }, { n: -1 }], message: "an order of -1" },
    ],
    gradient: true,
  },
  (x: Tensor, { n = 1, axis = -1, prepend, append }: DiffOptions = {}) => {
    requireTensor("diff", x);
    const on = resolveAxis("diff", axis, x.shape.length);
    if (!Number.isSafeInteger(n) || n < 0) {
      throw new ValueError(`an order of ${String(n)}`, { op: "diff", hint: "Give a whole number of at least 0 as n." });
    }
    let result = x;
    if (prepend || append)
      result = concat([...(prepend ? [prepend] : []), x, ...(append ? [append] : [])], on) as Tensor;
    for (let order = 0; order < n && result.shape[on]! > 0; order++) {
      const [later, earlier] = [along(result, on, 1), along(result, on, 0, -1)];
      result = (result.dtype === "bool" ? ne(later, earlier as never) : sub(later, earlier as never)) as Tensor;
    }
    return result;
  },
);

/** Where the values of an integral lie. */
export interface TrapezoidOptions {
  /** The places of the values: as y, or [N] along the axis. */
  x?: Tensor;
  /** The distance of two values where no places are given (default 1). */
  dx?: number;
  /** Along which axis (default the last). */
  axis?: number;
}

interface Trapezoid extends Op {
  <D extends DType>(y: Tensor<Shape, D>, options?: TrapezoidOptions): Tensor<number[], Floating<D>>;
  readonly method: <D extends DType>(
    this: Tensor<Shape, D>,
    options?: TrapezoidOptions,
  ) => Tensor<number[], Floating<D>>;
}

/** The areas between neighbours along an axis. */
function areas(op: string, given: Tensor, { x, dx = 1, axis = -1 }: TrapezoidOptions): { parts: Tensor; on: number } {
  requireTensor(op, given);
  const y = castTo(given, floating(given.dtype));
  const on = resolveAxis(op, axis, y.shape.length);
  const heights = add(along(y, on, 1), along(y, on, 0, -1) as never) as Tensor;
  if (x === undefined) return { parts: mul(heights, dx / 2) as Tensor, on };
  requireTensor(op, x);
  const isVector = x.shape.length === 1;
  if (x.shape[isVector ? 0 : on] !== y.shape[on]) {
    throw new ShapeError(`places ${formatShape(x.shape)} for values ${formatShape(y.shape)} along axis ${on}`, {
      op,
      hint: "Give one place for each value: a vector, or a tensor of the same shape.",
    });
  }
  const behind = y.shape.length - 1 - on;
  const widths = diff(isVector ? (reshape(x, [x.size, ...new Array<number>(behind).fill(1)]) as Tensor) : x, {
    axis: isVector ? 0 : on,
  });
  return { parts: mul(mul(heights, widths as never) as Tensor, 0.5) as Tensor, on };
}

const samples = [
  { args: [{ shape: [6] }] },
  { args: [{ shape: [4, 3] }, { axis: 0, dx: 0.5 }] },
  { args: [{ shape: [2, 1] }] },
];
const rejects = [{ args: [{ shape: [] }], message: "axis -1 does not exist" }];

/**
 * The integral of values along an axis by the trapezoidal rule, as `torch.trapezoid`. y: [..., N] -> [...].
 * @throws ShapeError when places and values are not equally many
 * @example trapezoid(tensor([1, 2, 3]), { x: tensor([0, 1, 3]) }).item(); // 6.5
 */
export const trapezoid: Trapezoid = defineOp(
  { name: "trapezoid", doc: "The integral of values by the trapezoidal rule.", samples, rejects, gradient: true },
  (y: Tensor, options: TrapezoidOptions = {}) => {
    const { parts, on } = areas("trapezoid", y, options);
    return sum(parts, on);
  },
);

/**
 * The integral up to each value but the first, by the trapezoidal rule, as `torch.cumulative_trapezoid`. y: [..., N] ->
 * [..., N - 1].
 * @throws ShapeError when places and values are not equally many
 * @example cumulativeTrapezoid(tensor([1, 2, 3])).toArray(); // [1.5, 4]
 */
export const cumulativeTrapezoid: Trapezoid = defineOp(
  {
    name: "cumulativeTrapezoid",
    doc: "The integral up to each value, by the trapezoidal rule.",
    samples,
    rejects,
    gradient: true,
  },
  (y: Tensor, options: TrapezoidOptions = {}) => {
    const { parts, on } = areas("cumulativeTrapezoid", y, options);
    return cumSum(parts, on);
  },
);
