import { attach } from "../autograd/graph.js";
import { opcodes, scans } from "../backend/commands.js";
import type { DType } from "../dtype.js";
import { ShapeError } from "../errors.js";
import { castTo } from "../layout.js";
import { defineOp, type Op, type OpEntry } from "../op.js";
import { type Floating, floating, isFloat } from "../promotion.js";
import { allocate, dense, finish, open, pushAll, pushOperand, pushOptional } from "../record.js";
import { formatShape, resolveAxis, type Shape, sizeOf } from "../shape.js";
import type { Tensor } from "../tensor.js";
import { along } from "./along.js";
import { add, mul, sub } from "./arithmetic.js";
import { eq, where } from "./compare.js";
import { scatterAdd } from "./gather.js";
import { concat } from "./join.js";
import { onesLike, zerosLike } from "./like.js";
import { exp } from "./math.js";
import { requireTensor } from "./require.js";

/** Running values along an axis, and where extremes came from. Outside the graph of gradients. */
function scanAlong(
  x: Tensor,
  axis: number,
  kind: keyof typeof scans,
  dtype: DType,
  options: { reverse?: boolean; index?: boolean } = {},
): { out: Tensor; index: Tensor | undefined } {
  const { backend } = x.storage;
  const source = dense(x);
  const out = allocate(x.shape, dtype, backend);
  const index = options.index ? allocate(x.shape, "int32", backend) : undefined;
  open(backend, opcodes.scan, 5 + 9);
  pushAll(backend, [scans[kind], options.reverse ? 1 : 0]);
  pushAll(backend, [sizeOf(x.shape.slice(0, axis)), x.shape[axis]!, sizeOf(x.shape.slice(axis + 1))]);
  pushOperand(backend, source);
  pushOperand(backend, out);
  pushOptional(backend, index);
  finish(backend);
  return { out, index };
}

/** The running sum, forwards or backwards, whose derivative is the same in the other direction. */
function runningSum(x: Tensor, axis: number, dtype: DType, reverse = false): Tensor {
  const { out } = scanAlong(x, axis, "sum", dtype, { reverse });
  return attach(out, "cumSum", [x], g => [runningSum(g, axis, x.dtype, !reverse)]);
}

/** x moved towards the start by `distance` along an axis, with zeros behind. */
function advanced(x: Tensor, axis: number, distance: number): Tensor {
  const behind = zerosLike(along(x, axis, 0, distance));
  return concat([along(x, axis, distance, undefined), behind], axis);
}

/**
 * r[k] = g[k] + a[k] * r[k + 1] along an axis, by doubling: every round joins each span with the one behind it. Nothing is
 * divided, so that the derivatives of running products hold beside zeros too.
 */
function backwardRecurrence(a: Tensor, g: Tensor, axis: number): Tensor {
  let [factor, sum] = [a, g];
  for (let distance = 1; distance < g.shape[axis]!; distance *= 2) {
    sum = add(sum, mul(factor, advanced(sum, axis, distance) as never)) as Tensor;
    factor = mul(factor, advanced(factor, axis, distance) as never) as Tensor;
  }
  return sum;
}

function runningProduct(x: Tensor, axis: number, dtype: DType): Tensor {
  const { out } = scanAlong(x, axis, "product", dtype);
  return attach(out, "cumProd", [x], g => {
    const products = runningProduct(x, axis, dtype);
    const before = concat([onesLike(along(products, axis, 0, 1)), along(products, axis, 0, -1)], axis);
    return [mul(before, backwardRecurrence(advanced(x, axis, 1), g, axis) as never) as Tensor];
  });
}

function runningLogSumExp(x: Tensor, axis: number): Tensor {
  const { out } = scanAlong(x, axis, "logSumExp", x.dtype);
  return attach(out, "logCumSumExp", [x], g => {
    // Sums only grow: both exponents are at most 0. Where nothing but -Infinity came so far, their difference says nothing.
    const sums = runningLogSumExp(x, axis);
    const nothing = eq(sums, Number.NEGATIVE_INFINITY) as Tensor;
    const finite = where(nothing, 0, sums) as Tensor;
    const share = where(nothing, 0, exp(sub(x, finite as never) as Tensor)) as Tensor;
    const next = advanced(finite, axis, 1);
    const decay = where(nothing, 0, exp(sub(finite, next as never) as Tensor)) as Tensor;
    // Behind the last element there is nothing to come.
    const last = mul(zerosLike(along(decay, axis, -1, undefined)), 0) as Tensor;
    const factor = concat([along(decay, axis, 0, -1), last], axis);
    return [mul(share, backwardRecurrence(factor, g, axis) as never) as Tensor];
  });
}

function runningExtreme(x: Tensor, axis: number, kind: "max" | "min"): Tensor {
  const { out, index } = scanAlong(x, axis, kind, x.dtype, { index: isFloat(x.dtype) });
  return attach(out, kind === "max" ? "cumMax" : "cumMin", [x], g => [
    scatterAdd(zerosLike(g), index as Tensor, g, axis) as Tensor,
  ]);
}

interface Cumulative<Rule extends "sum" | "same" | "float"> extends Op {
  <S extends Shape, D extends DType>(x: Tensor<S, D>, axis: number): Tensor<S, CumulativeDType<Rule, D>>;
  readonly method: <S extends Shape, D extends DType>(
    this: Tensor<S, D>,
    axis: number,
  ) => Tensor<S, CumulativeDType<Rule, D>>;
}

type CumulativeDType<Rule, D extends DType> = Rule extends "sum"
  ? D extends "float32" | "float64" | "float16" | "bfloat16"
    ? D
    : "int64"
  : Rule extends "same"
    ? D
    : Floating<D>;

const samples: OpEntry["samples"] = [
  { args: [{ shape: [5] }, 0] },
  { args: [{ shape: [2, 4, 3] }, 1] },
  { args: [{ shape: [3, 4] }, -1] },
  { args: [{ shape: [0, 3] }, 0] },
];

function cumulative<O extends Op>(name: string, doc: string, run: (x: Tensor, axis: number) => Tensor): O {
  return defineOp<O>(
    {
      name,
      doc,
      samples,
      rejects: [
        { args: [{ shape: [2, 3] }, 2], message: "axis 2 does not exist" },
        { args: [{ shape: [2, 3] }, undefined], message: "no axis" },
      ],
      gradient: true,
    },
    (x: Tensor, axis: number) => {
      requireTensor(name, x);
      if (typeof axis !== "number") {
        throw new ShapeError(`no axis for a tensor of shape ${formatShape(x.shape)}`, {
          op: name,
          hint: "Say along which axis; flatten() first to run over all elements.",
        });
      }
      return run(x, resolveAxis(name, axis, x.shape.length));
    },
  );
}

/** The running sum along an axis. Integers and bool add up in int64. @example tensor([1, 2, 3]).cumSum(0); // [1, 3, 6] */
export const cumSum: Cumulative<"sum"> = cumulative("cumSum", "The running sum along an axis.", (x, axis) =>
  runningSum(x, axis, isFloat(x.dtype) ? x.dtype : "int64"),
);

/** The running product along an axis. Integers and bool multiply in int64. */
export const cumProd: Cumulative<"sum"> = cumulative("cumProd", "The running product along an axis.", (x, axis) =>
  runningProduct(x, axis, isFloat(x.dtype) ? x.dtype : "int64"),
);

/** The largest element so far along an axis; NaN stays. Of equal ones the gradient goes to the last, as in PyTorch. */
export const cumMax: Cumulative<"same"> = cumulative("cumMax", "The largest element so far along an axis.", (x, axis) =>
  runningExtreme(x, axis, "max"),
);

/** The smallest element so far along an axis; NaN stays. Of equal ones the gradient goes to the last, as in PyTorch. */
export const cumMin: Cumulative<"same"> = cumulative(
  "cumMin",
  "The smallest element so far along an axis.",
  (x, axis) => runningExtreme(x, axis, "min"),
);

/** log(cumSum(exp(x))) along an axis, computed so that it does not overflow. */
export const logCumSumExp: Cumulative<"float"> = cumulative(
  "logCumSumExp",
  "The logarithm of the running sum of exponentials along an axis.",
  (x, axis) => runningLogSumExp(castTo(x, floating(x.dtype)), axis),
);
