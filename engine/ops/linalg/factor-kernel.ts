import { factors, opcodes } from "../../backend/commands.js";
import type { DType } from "../../dtype.js";
import { DTypeError, ShapeError, ValueError } from "../../errors.js";
import { castTo } from "../../layout.js";
import type { Sample } from "../../op.js";
import { isFloat } from "../../promotion.js";
import { allocate, dense, finish, finishNow, open, pushAll, pushOperand, pushOptional } from "../../record.js";
import { formatShape, sizeOf } from "../../shape.js";
import type { Tensor } from "../../tensor.js";
import { requireTensor } from "../require.js";

/** The distance from 1 to the next number of a dtype. */
export const epsilon: Partial<Record<DType, number>> = { float32: 2 ** -23, float64: 2 ** -52 };

/** Calls that the registry's test makes of an op that takes square matrices. */
export const squareSamples: readonly Sample[] = [
  [3, 3],
  [2, 2, 2],
  [0, 3, 3],
  [0, 0],
  [1, 1],
].map(shape => ({
  args: [{ shape }],
}));

/** A batch of square matrices in a float dtype with kernels; integers become float32. */
export function squareMatrices(op: string, x: unknown): Tensor {
  requireTensor(op, x);
  const [m, n] = x.shape.slice(-2);
  if (x.shape.length < 2 || m !== n) {
    throw new ShapeError(`expected square matrices, got ${formatShape(x.shape)}`, { op, expected: "[..., N, N]" });
  }
  return matrices(op, x);
}

/** A batch of matrices in a float dtype with kernels; integers become float32. */
export function matrices(op: string, x: unknown): Tensor {
  requireTensor(op, x);
  if (x.shape.length < 2) {
    throw new ShapeError(`a matrix needs two axes, got ${formatShape(x.shape)}`, { op, expected: "[..., N, M]" });
  }
  if (x.dtype === "float16" || x.dtype === "bfloat16") {
    throw new DTypeError(`${x.dtype} is not precise enough`, { op, hint: 'Convert: x.cast("float32").' });
  }
  return isFloat(x.dtype) ? x : castTo(x, "float32");
}

/**
 * Decomposes every matrix, at once, so that a refusal appears at its op. Outside the graph of gradients.
 * @returns the report: two numbers a matrix, as `commands.ts` says
 */
export function recordFactor(
  kind: keyof typeof factors,
  x: Tensor,
  ...[first, second, third]: readonly [Tensor, Tensor?, Tensor?]
): Tensor {
  const { backend } = x.storage;
  const source = dense(x);
  const batch = x.shape.slice(0, -2);
  const info = allocate([...batch, 2], "int32", backend);
  open(backend, opcodes.factor, 4 + 15);
  pushAll(backend, [factors[kind], sizeOf(batch), x.shape.at(-2)!, x.shape.at(-1)!]);
  for (const operand of [source, first]) pushOperand(backend, operand);
  pushOptional(backend, second);
  pushOptional(backend, third);
  pushOperand(backend, info);
  finishNow(backend);
  return info;
}

/** x of a x = b for triangular a: [..., N, N], b: [..., N, K], of one batch and dtype. Outside the graph of gradients. */
export function recordTriangular(a: Tensor, b: Tensor, upper: boolean, unit: boolean): Tensor {
  const { backend } = a.storage;
  const [left, right] = [dense(a), dense(b)];
  const out = allocate(b.shape, b.dtype, backend);
  open(backend, opcodes.triangularSolve, 5 + 9);
  pushAll(backend, [upper ? 1 : 0, unit ? 1 : 0, sizeOf(b.shape.slice(0, -2)), b.shape.at(-2)!, b.shape.at(-1)!]);
  for (const operand of [left, right, out]) pushOperand(backend, operand);
  finish(backend);
  return out;
}

/** @throws ValueError naming the first matrix of which the kernel could not find eigenvalues or singular values */
export function requireConverged(op: string, x: Tensor, info: Tensor): void {
  const report = info.data() as Int32Array;
  for (let i = 0; i < report.length / 2; i++) {
    if (report[2 * i] === 0) continue;
    throw new ValueError(`the matrix${inBatch(x, i)} holds NaN or infinity, or does not converge`, {
      op,
      hint: "Look for the step that made it: x.isFinite().all().",
    });
  }
}

/** "" for one matrix, else which of a batch, e.g. " (batch element 3)". */
export function inBatch(x: Tensor, index: number): string {
  return x.shape.length > 2 ? ` (batch element ${index})` : "";
}
