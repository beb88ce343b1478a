import { attach } from "../autograd/graph.js";
import type { Backend } from "../backend/backend.js";
import { activations, opcodes } from "../backend/commands.js";
import type { DType } from "../dtype.js";
import { DTypeError, ShapeError } from "../errors.js";
import { interceptor } from "../intercept.js";
import { castTo, sumTo } from "../layout.js";
import { defineOp, type Op } from "../op.js";
import { isFloat, type Promote, promote } from "../promotion.js";
import { allocate, dense, finish, open, pushOperand, pushOptional } from "../record.js";
import { broadcastShapes, formatShape, isDense, type Shape, sizeOf } from "../shape.js";
import { Tensor } from "../tensor.js";
import type { Multiplies, Product } from "../types.js";
import { gt, where } from "./compare.js";
import { sum } from "./reduce.js";
import { requireTensor } from "./require.js";
import { reshape, transpose } from "./view.js";

/** Records C = act(A x B + bias) over the last two axes; C is dense, the axes before them broadcast. */
function recordGemm(
  a: Tensor,
  b: Tensor,
  out: Tensor,
  bias?: Tensor,
  activation: keyof typeof activations = "none",
): void {
  const { backend } = out.storage;
  a.storage.requireLive("matmul");
  b.storage.requireLive("matmul");
  bias?.storage.requireLive("matmul");
  const rank = out.shape.length - 2;
  open(backend, opcodes.gemm, 4 + rank + 3 * (5 + rank) + 3 + 2);
  const { commands } = backend;
  commands.push(rank);
  commands.push(out.shape[rank]!);
  commands.push(out.shape[rank + 1]!);
  commands.push(a.shape[a.shape.length - 1]!);
  for (let d = 0; d < rank; d++) commands.push(out.shape[d]!);
  pushMatrices(backend, a, out);
  pushMatrices(backend, b, out);
  pushMatrices(backend, out, out);
  pushOptional(backend, bias);
  commands.push(activations[activation]);
  commands.push(0);
  finish(backend);
}

/** An operand of a product, with the strides of its matrices and then those of its batch, broadcast to that of `out`. */
function pushMatrices(backend: Backend, x: Tensor, out: Tensor): void {
  const { commands } = backend;
  const own = x.shape.length - 2;
  pushOperand(backend, x);
  commands.push(x.strides[own]!);
  commands.push(x.strides[own + 1]!);
  const batch = out.shape.length - 2;
  for (let d = own - batch; d < own; d++) commands.push(d < 0 || x.shape[d] === 1 ? 0 : x.strides[d]!);
}

/** The product of matrices (at least 2 axes each) of one float32 or float64 dtype. */
function product(a: Tensor, b: Tensor): Tensor {
  if (interceptor !== undefined) return interceptor.call("product", productNow, [a, b], "layout") as Tensor;
  return productNow(a, b);
}

function productNow(a: Tensor, b: Tensor): Tensor {
  const rank = a.shape.length;
  const m = a.shape[rank - 2]!;
  const k = a.shape[rank - 1]!;
  const n = b.shape[b.shape.length - 1]!;
  const flat = rank === 2 && b.shape.length === 2;
  // A batch against one matrix is one larger matrix.
  if (b.shape.length === 2 && a.shape.length > 2 && isDense(a.shape, a.strides)) {
    const rows = a.shape.slice(0, -1);
    return reshape(product(reshape(a, [sizeOf(rows), k]), b), [...rows, n]);
  }
  const batch = flat ? [] : broadcastShapes("matmul", a.shape.slice(0, -2), b.shape.slice(0, -2));
  const out = allocate(flat ? [m, n] : [...batch, m, n], a.dtype, a.storage.backend);
  recordGemm(a, b, out);
  if (!a.requiresGrad && !b.requiresGrad) return out;
  return attach(out, "matmul", [a, b], (g, needs) => [
    needs(0) ? sumTo(product(g, transpose(b)), a.shape, a.dtype) : undefined,
    needs(1) ? sumTo(product(transpose(a), g), b.shape, b.dtype) : undefined,
  ]);
}

/** The dtype in which a product is computed: what the kernels have. */
function computing(dtype: DType): "float32" | "float64" {
  return dtype === "float64" || !isFloat(dtype) ? "float64" : "float32";
}

interface MatMul extends Op {
  <A extends Shape, D extends DType, B extends Shape, E extends DType>(
    a: Tensor<A, D>,
    b: Tensor<B, E> & Multiplies<A, B>,
  ): Tensor<Product<A, B>, Promote<D, E>>;
  readonly method: <A extends Shape, D extends DType, B extends Shape, E extends DType>(
    this: Tensor<A, D>,
    b: Tensor<B, E> & Multiplies<A, B>,
  ) => Tensor<Product<A, B>, Promote<D, E>>;
}

/**
 * The matrix product. a: [..., M, K], b: [..., K, N] -> [..., M, N]; the axes before them broadcast. A vector counts as a row
 * on the left and as a column on the right, and its axis is left away in the result, as in NumPy.
 * @throws ShapeError when the inner sizes differ or an argument is a scalar
 */
export const matmul: MatMul = defineOp(
  {
    name: "matmul",
    doc: "The matrix product.",
    samples: [
      { args: [{ shape: [3, 4] }, { shape: [4, 5] }] },
      { args: [{ shape: [2, 3, 4] }, { shape: [4, 5] }] },
      { args: [{ shape: [2, 3, 4] }, { shape: [2, 4, 5] }] },
      { args: [{ shape: [2, 1, 3, 4] }, { shape: [3, 4, 2] }] },
      { args: [{ shape: [4] }, { shape: [4] }] },
      { args: [{ shape: [3, 4] }, { shape: [4] }] },
      { args: [{ shape: [4] }, { shape: [2, 4, 3] }] },
      { args: [{ shape: [0, 4] }, { shape: [4, 3] }] },
      { args: [{ shape: [2, 0] }, { shape: [0, 3] }] },
    ],
    rejects: [
      {
        args: [{ shape: [2, 3] }, { shape: [4, 5] }],
        message: "matmul: inner sizes differ: [2, 3] x [4, 5] (3 and 4). Transpose the second, or reshape.",
      },
      { args: [{ shape: [] }, { shape: [3] }], message: "a scalar has no matrix product" },
      { args: [{ shape: [2, 3, 4] }, { shape: [3, 4, 5] }], message: "cannot broadcast [2] with [3]" },
    ],
    gradient: true,
  },
  (a: Tensor, b: Tensor) => {
    requireTensor("matmul", a);
    requireTensor("matmul", b);
    if (a.shape.length === 0 || b.shape.length === 0) {
      throw new ShapeError("a scalar has no matrix product", { op: "matmul", hint: "Multiply with mul instead." });
    }
    const inner = a.shape[a.shape.length - 1]!;
    const other = b.shape[Math.max(0, b.shape.length - 2)]!;
    if (inner !== other) {
      throw new ShapeError(
        `inner sizes differ: ${formatShape(a.shape)} x ${formatShape(b.shape)} (${inner} and ${other})`,
        {
          op: "matmul",
          expected: `${inner} on axis ${b.shape.length === 1 ? -1 : -2} of the second`,
          got: String(other),
          hint: "Transpose the second, or reshape.",
        },
      );
    }
    const dtype = promote(a.dtype, b.dtype);
    if (a.shape.length === 2 && b.shape.length === 2 && a.dtype === b.dtype && computing(dtype) === dtype) {
      return product(a, b);
    }
    const left = castTo(a.shape.length === 1 ? reshape(a, [1, inner]) : a, computing(dtype));
    const right = castTo(b.shape.length === 1 ? reshape(b, [inner, 1]) : b, computing(dtype));
    let result = product(left, right);
    if (a.shape.length === 1 || b.shape.length === 1) {
      const shape = [...result.shape];
      if (b.shape.length === 1) shape.pop();
      if (a.shape.length === 1) shape.splice(b.shape.length === 1 ? -1 : -2, 1);
      result = reshape(result, shape);
    }
    return castTo(result, dtype === "bool" ? "int32" : dtype);
  },
);

export interface LinearOptions {
  bias?: Tensor;
  activation?: keyof typeof activations;
}

/** Writes the checks of linear's arguments in one place. */
function requireLinear(x: Tensor, weight: Tensor, bias: Tensor | undefined): void {
  requireTensor("linear", x);
  requireTensor("linear", weight);
  const features = x.shape[x.shape.length - 1];
  if (weight.shape.length !== 2 || features !== weight.shape[1]) {
    throw new ShapeError(`input ${formatShape(x.shape)} does not fit weight ${formatShape(weight.shape)}`, {
      op: "linear",
      expected: `[..., ${weight.shape[1] ?? "in"}]`,
      got: formatShape(x.shape),
      hint: `The last axis of the input must be the ${weight.shape[1] ?? "number of"} input features.`,
    });
  }
  if (bias && (bias.shape.length !== 1 || bias.shape[0] !== weight.shape[0])) {
    throw new ShapeError(`bias ${formatShape(bias.shape)} does not fit weight ${formatShape(weight.shape)}`, {
      op: "linear",
      expected: `[${weight.shape[0]}]`,
      got: formatShape(bias.shape),
    });
  }
  for (const other of bias ? [weight, bias] : [weight]) {
    if (other.dtype === x.dtype && isFloat(x.dtype)) continue;
    throw new DTypeError(`input ${x.dtype}, parameters ${other.dtype}`, {
      op: "linear",
      hint: "Cast the input first.",
    });
  }
}

interface Linear extends Op {
  <S extends Shape, D extends DType, Out extends number>(
    x: Tensor<S, D>,
    weight: Tensor<readonly [Out, number], D>,
    options?: LinearOptions,
  ): Tensor<LastReplaced<S, Out>, D>;
  readonly method: <S extends Shape, D extends DType, Out extends number>(
    this: Tensor<S, D>,
    weight: Tensor<readonly [Out, number], D>,
    options?: LinearOptions,
  ) => Tensor<LastReplaced<S, Out>, D>;
}

/** A shape with another length on its last axis. */
export type LastReplaced<S extends Shape, Out extends number> = S extends readonly [
  ...infer Batch extends Shape,
  number,
]
  ? [...Batch, Out]
  : number[];

/**
 * x times the transposed weight, plus bias, through an activation, in one kernel.
 * x: [..., in], weight: [out, in], bias: [out] -> [..., out] (the layout of `torch.nn.functional.linear`).
 * @throws ShapeError, DTypeError when they do not fit
 */
export const linear: Linear = defineOp(
  {
    name: "linear",
    doc: "x times the transposed weight, plus bias, through an activation.",
    samples: [
      { args: [{ shape: [5, 4] }, { shape: [3, 4] }] },
      { args: [{ shape: [2, 3, 4] }, { shape: [5, 4] }] },
      { args: [{ shape: [4] }, { shape: [3, 4] }] },
    ],
    rejects: [
      { args: [{ shape: [5, 3] }, { shape: [3, 4] }], message: "input [5, 3] does not fit weight [3, 4]" },
      { args: [{ shape: [] }, { shape: [3, 4] }], message: "does not fit weight" },
      { args: [{ shape: [4] }, { shape: [3, 4] }, { shape: [3] }], message: "linear(x, weight, { bias })" },
    ],
    gradient: true,
  },
  (x: Tensor, weight: Tensor, options: LinearOptions = {}) => {
    if (options instanceof Tensor) {
      throw new DTypeError("the third argument is a tensor", {
        op: "linear",
        hint: "Give the bias by name: linear(x, weight, { bias }).",
      });
    }
    const { bias, activation = "none" } = options;
    requireLinear(x, weight, bias);
    const dtype = computing(x.dtype);
    const [outputs, features] = weight.shape as readonly [number, number];
    const rows = castTo(reshape(x, [sizeOf(x.shape.slice(0, -1)), features]), dtype);
    const result = affine(rows, castTo(weight, dtype), bias && castTo(bias, dtype), activation);
    return castTo(reshape(result, [...x.shape.slice(0, -1), outputs]), x.dtype);
  },
);

/** linear on a matrix, all of one dtype. */
function affine(x: Tensor, weight: Tensor, bias: Tensor | undefined, activation: keyof typeof activations): Tensor {
  const out = allocate([x.shape[0]!, weight.shape[0]!], x.dtype, x.storage.backend);
  recordGemm(x, transpose(weight.detach()), out, bias && dense(bias), activation);
  return attach(out, "linear", bias ? [x, weight, bias] : [x, weight], (g, needs) => {
    const before = activation === "relu" ? (where(gt(out, 0), g, 0) as Tensor) : g;
    return [
      needs(0) ? product(before, weight) : undefined,
      needs(1) ? product(transpose(before), x) : undefined,
      bias && needs(2) ? sum(before, 0) : undefined,
    ];
  });
}
