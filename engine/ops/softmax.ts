import { attach, gradEnabled } from "../autograd/graph.js";
import { opcodes } from "../backend/commands.js";
import type { DType } from "../dtype.js";
import { castTo } from "../layout.js";
import { defineOp, type Op } from "../op.js";
import { type Floating, floating } from "../promotion.js";
import { allocate, finish, open, prepared, pushOperand } from "../record.js";
import { resolveAxis, type Shape, sizeOf } from "../shape.js";
import type { Tensor } from "../tensor.js";
import { mul, sub } from "./arithmetic.js";
import { exp } from "./math.js";
import { sum } from "./reduce.js";
import { requireTensor } from "./require.js";
import { transpose } from "./view.js";

type Kind = "softmax" | "logSoftmax";

const code = { softmax: 0, logSoftmax: 1 } as const;

/** Rows of the last axis through a kernel of the softmax family. */
function recordRows(opcode: typeof opcodes.softmax | typeof opcodes.softmaxGrad, kind: Kind, tensors: Tensor[]): void {
  const last = tensors[0]!;
  const { backend } = last.storage;
  const columns = last.shape[last.shape.length - 1]!;
  open(backend, opcode, 3 + 3 * tensors.length);
  backend.commands.push(code[kind]);
  backend.commands.push(sizeOf(last.shape.slice(0, -1)));
  backend.commands.push(columns);
  for (const x of tensors) pushOperand(backend, x);
  finish(backend);
}

/** Over the last axis of a float32 or float64 tensor. */
function overRows(x: Tensor, kind: Kind): Tensor {
  const source = prepared(x, x.dtype);
  const y = allocate(x.shape, x.dtype, x.storage.backend);
  recordRows(opcodes.softmax, kind, [source, y]);
  return attach(y, kind, [x], g => [gradientOfRows(y, g, kind)]);
}

/** From the result and its cotangent: in one kernel, or in operations when the derivative itself is to be derived. */
function gradientOfRows(y: Tensor, g: Tensor, kind: Kind): Tensor {
  if (gradEnabled() || !g.isConcrete) {
    if (kind === "logSoftmax") return sub(g, mul(exp(y), sum(g, -1, { keepDims: true })));
    return mul(y, sub(g, sum(mul(g, y), -1, { keepDims: true }))) as Tensor;
  }
  const dx = allocate(y.shape, y.dtype, y.storage.backend);
  recordRows(opcodes.softmaxGrad, kind, [y, prepared(g, y.dtype), dx]);
  return dx;
}

interface Softmax extends Op {
  <S extends Shape, D extends DType>(x: Tensor<S, D>, axis?: number): Tensor<S, Floating<D>>;
  readonly method: <S extends Shape, D extends DType>(this: Tensor<S, D>, axis?: number) => Tensor<S, Floating<D>>;
}

function family(kind: Kind, doc: string): Softmax {
  return defineOp<Softmax>(
    {
      name: kind,
      doc,
      samples: [
        { args: [{ shape: [3, 5] }] },
        { args: [{ shape: [2, 3, 4] }, 1] },
        { args: [{ shape: [6] }] },
        { args: [{ shape: [0, 3] }] },
      ],
      rejects: [
        { args: [{ shape: [2, 3] }, 2], message: "axis 2 does not exist" },
        { args: [{ shape: [] }], message: "axis -1 does not exist" },
      ],
      gradient: true,
    },
    (x: Tensor, axis = -1) => {
      requireTensor(kind, x);
      const at = resolveAxis(kind, axis, x.shape.length);
      const dtype = floating(x.dtype);
      const values = castTo(x, dtype === "float64" ? "float64" : "float32");
      const last = x.shape.length - 1;
      const result =
        at === last ? overRows(values, kind) : transpose(overRows(transpose(values, at, last), kind), at, last);
      return castTo(result, dtype);
    },
  );
}

/** exp(x) divided by its sum over an axis (default: the last), computed so that it does not overflow. */
export const softmax: Softmax = family("softmax", "exp(x) divided by its sum over an axis.");

/** The logarithm of softmax over an axis (default: the last), exact also where softmax rounds to 0. */
export const logSoftmax: Softmax = family("logSoftmax", "The logarithm of softmax over an axis.");
