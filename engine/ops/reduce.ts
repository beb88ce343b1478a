import { attach } from "../autograd/graph.js";
import { ShapeError, ValueError } from "../errors.js";
import { castTo, expandTo, reshapeTo, sumOver } from "../layout.js";
import { defineOp, type OpEntry } from "../op.js";
import { floating, isFloat } from "../promotion.js";
import { argReduceAxes, type ReductionKind, reduceAxes } from "../reduction.js";
import { formatShape, resolveAxes, type Shape } from "../shape.js";
import type { Tensor } from "../tensor.js";
import { add, div, mul, sub } from "./arithmetic.js";
import { eq, ne, where } from "./compare.js";
import { exp, log, sqrt, square } from "./math.js";
import { requireTensor } from "./require.js";
import type { Axes, DTypeOfReduction, FloatReductionWith, ReduceOptions, Reduction } from "./signatures.js";

/** Takes the axes of length 1 that a reduction left away again, unless they are to stay. */
function withoutOnes(x: Tensor, axes: readonly number[], keep: boolean | undefined): Tensor {
  if (keep || axes.length === 0) return x;
  return reshapeTo(
    x,
    x.shape.filter((_, i) => !axes.includes(i)),
  );
}

const samples: OpEntry["samples"] = [
  { args: [{ shape: [3, 4, 5] }] },
  { args: [{ shape: [3, 4, 5] }, 1] },
  { args: [{ shape: [3, 4, 5] }, [0, -1], { keepDims: true }] },
  { args: [{ shape: [17] }, 0] },
  { args: [{ shape: [] }] },
];
const rejects: OpEntry["rejects"] = [
  { args: [{ shape: [2, 3] }, 2], message: "axis 2 does not exist in a tensor with 2 axes" },
  { args: [{ shape: [2, 3] }, [0, -2]], message: "axis 0 is named twice" },
];

interface ReductionEntry {
  doc: string;
  gradient?: OpEntry["gradient"];
  samples?: OpEntry["samples"];
  /** Computes over resolved axes; the result has them as 1. */
  compute(x: Tensor, axes: readonly number[]): Tensor;
}

/** Defines an operation over axes. */
function reduction<Rule extends DTypeOfReduction>(name: string, entry: ReductionEntry): Reduction<Rule> {
  const run = (x: Tensor, axis?: Axes, options: ReduceOptions = {}): Tensor => {
    requireTensor(name, x);
    const axes = resolveAxes(name, axis, x.shape.length);
    return withoutOnes(entry.compute(x, axes), axes, options.keepDims);
  };
  return defineOp(
    { name, doc: entry.doc, samples: entry.samples ?? samples, rejects, gradient: entry.gradient ?? true },
    run,
  );
}

/** The number of elements that each result is made of. */
function countOf(shape: Shape, axes: readonly number[]): number {
  return axes.reduce((n, axis) => n * shape[axis]!, 1);
}

function requireElements(op: string, x: Tensor, axes: readonly number[]): void {
  if (countOf(x.shape, axes) > 0) return;
  throw new ShapeError(`no elements to choose from in ${formatShape(x.shape)}`, {
    op,
    hint: "The reduced axes are empty.",
  });
}

/** The sum over an axis, several, or all. Integers and bool add up in int64. The sum of nothing is 0. */
export const sum: Reduction<"sum"> = reduction("sum", {
  doc: "The sum over axes.",
  compute(x, axes) {
    return sumOver(x, axes, isFloat(x.dtype) ? x.dtype : "int64");
  },
});

/** The mean over axes; integers become float32. The mean of nothing is NaN. */
export const mean: Reduction<"float"> = reduction("mean", {
  doc: "The mean over axes.",
  compute(x, axes) {
    const count = countOf(x.shape, axes);
    const out = reduceAxes(x, axes, "sum", floating(x.dtype), 1 / count);
    return attach(count === 0 ? mul(out, Number.NaN) : out, "mean", [x], g => [expandTo(mul(g, 1 / count), x.shape)]);
  },
});

/** The product over axes. The product of nothing is 1. */
export const prod: Reduction<"sum"> = reduction("prod", {
  doc: "The product over axes.",
  compute(x, axes) {
    const out = reduceAxes(x, axes, "product", isFloat(x.dtype) ? x.dtype : "int64");
    return attach(out, "prod", [x], g => {
      // Dividing by x fails where x is 0: with one 0 among the factors only its own derivative is not 0.
      const zero = eq(x, 0);
      const zeros = sum(castTo(zero, x.dtype), axes as number[], { keepDims: true });
      const others = prod(where(zero, 1, x), axes as number[], { keepDims: true });
      const atZero = where(eq(zeros, 1), others, 0);
      const elsewhere = div(where(eq(zeros, 0), others, 0), where(zero, 1, x));
      return [mul(g, where(zero, atZero, elsewhere))];
    });
  },
});

function extreme(name: "max" | "min"): Reduction<"same"> {
  return reduction(name, {
    doc: `The ${name === "max" ? "largest" : "smallest"} element over axes.`,
    compute(x, axes) {
      requireElements(name, x, axes);
      const out = reduceAxes(x, axes, name, x.dtype);
      return attach(out, name, [x], g => {
        const chosen = eq(x, out);
        const ties = sum(castTo(chosen, g.dtype), axes as number[], { keepDims: true });
        return [where(chosen, div(g, ties), 0)];
      });
    },
  });
}

/** The largest element over axes; NaN wins. Gradients are shared equally among ties. */
export const max: Reduction<"same"> = extreme("max");
/** The smallest element over axes; NaN wins. Gradients are shared equally among ties. */
export const min: Reduction<"same"> = extreme("min");

function indexOf(name: "argMax" | "argMin", kind: "max" | "min"): Reduction<"index"> {
  return reduction(name, {
    doc: `The index of the first ${kind === "max" ? "largest" : "smallest"} element over axes.`,
    gradient: { none: "an index does not change smoothly" },
    compute(x, axes) {
      requireElements(name, x, axes);
      return argReduceAxes(x, axes, kind);
    },
  });
}

/** The index of the first largest element; over several axes it counts in row-major order. NaN wins. */
export const argMax: Reduction<"index"> = indexOf("argMax", "max");
/** The index of the first smallest element; over several axes it counts in row-major order. NaN wins. */
export const argMin: Reduction<"index"> = indexOf("argMin", "min");

const truth = { none: "truth values do not change smoothly" };
const truthSamples: OpEntry["samples"] = [
  { args: [{ shape: [3, 4], dtype: "bool" }, 1] },
  { args: [{ shape: [5], dtype: "bool" }] },
];

/** True where any element over the axes is not 0. */
export const any: Reduction<"bool"> = reduction("any", {
  doc: "True where any element is not 0.",
  gradient: truth,
  samples: truthSamples,
  compute: (x, axes) => reduceTruth(x, axes, "max", false),
});

/** True where every element over the axes is not 0. */
export const all: Reduction<"bool"> = reduction("all", {
  doc: "True where every element is not 0.",
  gradient: truth,
  samples: truthSamples,
  compute: (x, axes) => reduceTruth(x, axes, "min", true),
});

function reduceTruth(x: Tensor, axes: readonly number[], kind: ReductionKind, ofNothing: boolean): Tensor {
  if (countOf(x.shape, axes) === 0) {
    const none = reduceAxes(x, axes, "sum", "float32");
    return ofNothing ? eq(none, 0) : ne(none, 0);
  }
  return reduceAxes(ne(x, 0), axes, kind, "bool");
}

export interface SpreadOptions extends ReduceOptions {
  /** What is taken off the number of elements that it is divided by: 1 (default) for a sample, 0 for a whole set. */
  correction?: number;
}

function spread(name: string, doc: string, finish: (variance: Tensor) => Tensor): FloatReductionWith<SpreadOptions> {
  return defineOp(
    {
      name,
      doc,
      samples: [...samples.slice(0, 4), { args: [{ shape: [3, 4] }, 1, { correction: 0 }] }],
      rejects: [...rejects, { args: [{ shape: [3] }, 0, { correction: "0" }], message: "a correction of 0" }],
      gradient: true,
    },
    (x: Tensor, axis?: Axes, { keepDims, correction = 1 }: SpreadOptions = {}) => {
      requireTensor(name, x);
      if (!Number.isFinite(correction)) throw new ValueError(`a correction of ${correction}`, { op: name });
      const axes = resolveAxes(name, axis, x.shape.length);
      const centred = sub(x, mean(x, axes as number[], { keepDims: true }) as never) as Tensor;
      const total = sum(square(centred), axes as number[], { keepDims: true });
      const variance = div(total, Math.max(0, countOf(x.shape, axes) - correction)) as Tensor;
      return withoutOnes(finish(variance), axes, keepDims);
    },
  );
}

/**
 * The mean of the squared distances from the mean, over axes: divided by n - 1 as in `torch.var`, or by n with
 * `{ correction: 0 }`. Of a single element it is NaN.
 */
export const variance: FloatReductionWith<SpreadOptions> = spread("variance", "The variance over axes.", x => x);

/** The square root of the variance: divided by n - 1 as in `torch.std`, or by n with `{ correction: 0 }`. */
export const std: FloatReductionWith<SpreadOptions> = spread(
  "std",
  "The standard deviation over axes.",
  x => sqrt(x) as Tensor,
);

/** log(sum(exp(x))) over axes, computed so that it does not overflow. */
export const logSumExp: Reduction<"float"> = reduction("logSumExp", {
  doc: "log(sum(exp(x))) over axes.",
  compute(x, axes) {
    requireElements("logSumExp", x, axes);
    const most = max(x.detach(), axes as number[], { keepDims: true });
    // An infinite maximum would give Inf - Inf below.
    const shift = where(eq(mul(most, 0), 0), most, 0);
    const total = sum(exp(add(x, mul(shift, -1)) as Tensor), axes as number[], { keepDims: true });
    return add(log(total), shift) as Tensor;
  },
});
