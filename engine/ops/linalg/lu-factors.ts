import { ValueError } from "../../errors.js";
import { expandTo } from "../../layout.js";
import { allocate } from "../../record.js";
import type { Tensor } from "../../tensor.js";
import { gather } from "../gather.js";
import { unsqueeze } from "../view.js";
import { inBatch, recordFactor, recordTriangular } from "./factor-kernel.js";

/** The factors of P x = L U, with partial pivoting. Outside the graph of gradients. */
export interface LuFactors {
  /** Both triangles in one [..., N, N]; the diagonal is U's, L's is 1. */
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

/** y of x y = b, of one batch and dtype. Outside the graph of gradients. */
export function solveByFactors({ packed, places }: LuFactors, b: Tensor): Tensor {
  const rows = expandTo(unsqueeze(places, -1) as Tensor, b.shape);
  const permuted = gather(b, rows as never, -2) as Tensor;
  return recordTriangular(packed, recordTriangular(packed, permuted, false, true), true, false);
}
