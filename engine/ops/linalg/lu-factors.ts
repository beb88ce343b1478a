import { attach } from "../../autograd/graph.js";
import { ValueError } from "../../errors.js";
import { expandTo } from "../../layout.js";
import { allocate } from "../../record.js";
import type { Tensor } from "../../tensor.js";
import { eq, where } from "../compare.js";
import { tensor } from "../create.js";
import { gather } from "../gather.js";
import { neg } from "../math.js";
import { argSort } from "../order.js";
import { diagonal } from "../triangle.js";
import { reshape, unsqueeze } from "../view.js";
import { epsilon, inBatch, recordFactor, recordTriangular } from "./factor-kernel.js";
import { identity, plus, scaleRows, times, turned } from "./matrix-algebra.js";

/** The factors of P x = L U, with partial pivoting. Outside the graph of gradients. */
export interface LuFactors {
  /** Both triangles in one [..., N, M]; the diagonal is U's, L's is 1. */
  packed: Tensor;
  /** The row of x that each row came from: [..., N] int32. */
  places: Tensor;
  /** By matrix: the first pivot that is 0 (counted from 1; 0 for none), and 1 where the permutation is odd, else 0. */
  report: Int32Array;
}

export function luFactors(x: Tensor): LuFactors {
  const { backend } = x.storage;
  const packed = allocate(x.shape, x.dtype, backend);
  const places = allocate(x.shape.slice(0, -1), "int32", backend);
  return { packed, places, report: recordFactor("lu", x, packed, places).data() as Int32Array };
}

/** @throws ValueError naming the first matrix that has no inverse */
export function requireRegular(op: string, x: Tensor, { report }: LuFactors): void {
  for (let i = 0; i < report.length / 2; i++) {
    if (report[2 * i] === 0) continue;
    throw new ValueError(`the matrix${inBatch(x, i)} is singular: pivot ${report[2 * i]} is 0`, { op });
  }
}

/** The determinant of the permutation, 1 or -1, by matrix: [...], in the dtype of the factors. */
export function permutationSign({ packed, report }: LuFactors): Tensor {
  const signs = Array.from({ length: report.length / 2 }, (_, i) => 1 - 2 * report[2 * i + 1]!);
  return reshape(
    tensor(signs, { dtype: packed.dtype as "float32", device: packed.device }),
    packed.shape.slice(0, -2),
  ) as Tensor;
}

/** The factors with a small number for every pivot of 0: what a derivative of a determinant needs, which is there also where it is 0. */
export function nearbyFactors(factors: LuFactors): LuFactors {
  const { packed, places, report } = factors;
  if (report.every((value, i) => i % 2 === 1 || value === 0)) return factors;
  const shift = where(eq(diagonal(packed) as Tensor, 0), epsilon[packed.dtype]!, 0) as Tensor;
  const moved = plus(packed, scaleRows(identity(packed.shape.at(-1)!, packed), shift));
  return { packed: moved, places, report: report.map((value, i) => (i % 2 === 1 ? value : 0)) };
}

/** The rows of a tensor [..., M, K] in the order in which the factors have them. */
export function permuteRows(x: Tensor, places: Tensor): Tensor {
  return gather(x, expandTo(unsqueeze(places, -1) as Tensor, x.shape) as never, -2) as Tensor;
}

/** y of x y = b, or of xᵀ y = b, of one batch and dtype. Outside the graph of gradients. */
function solveByFactors({ packed, places }: LuFactors, b: Tensor, transposed: boolean): Tensor {
  if (!transposed)
    return recordTriangular(packed, recordTriangular(packed, permuteRows(b, places), false, true), true, false);
  const flipped = turned(packed);
  const permuted = recordTriangular(flipped, recordTriangular(flipped, b, false, false), true, true);
  return permuteRows(permuted, argSort(places) as Tensor);
}

/** y of x y = b, or of xᵀ y = b, of one batch and dtype, with gradients that use the factors again. */
export function solvedByFactors(op: string, x: Tensor, b: Tensor, factors: LuFactors, transposed = false): Tensor {
  const out = solveByFactors(factors, b.detach(), transposed);
  return attach(out, op, [x, b], (g, needs) => {
    const ofRight = solvedByFactors(op, x, g, factors, !transposed);
    if (!needs(0)) return [undefined, ofRight];
    return [neg(transposed ? times(out, turned(ofRight)) : times(ofRight, turned(out))) as Tensor, ofRight];
  });
}

/** The inverse of x, with gradients that use the factors again. */
export function inverseByFactors(op: string, x: Tensor, factors: LuFactors): Tensor {
  requireRegular(op, x, factors);
  const unit = expandTo(identity(x.shape.at(-1)!, x), x.shape);
  const out = solveByFactors(factors, unit, false);
  return attach(out, op, [x], g => [neg(times(times(turned(out), g), turned(out))) as Tensor]);
}
