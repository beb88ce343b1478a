import type { DType } from "../../dtype.js";
import { castTo, expandTo, reshapeTo, sumOver } from "../../layout.js";
import { moveAxis, permute, where } from "../../ops/all.js";
import { at, set } from "../../ops/at.js";
import { arange } from "../../ops/create.js";
import { concat } from "../../ops/join.js";
import { type PadOptions, type PadWidth, pad } from "../../ops/pad.js";
import { repeatInterleave } from "../../ops/repeat.js";
import { type Index, type Part, placed, slice } from "../../ops/slice.js";
import { diagonal } from "../../ops/triangle.js";
import { resolveAxis, type Shape } from "../../shape.js";
import { Tensor } from "../../tensor.js";
import { Batched } from "../batched.js";
import type { Rule } from "../samples.js";
import { rowsOf } from "./indexing.js";

/** What arranges elements, and what layout.ts does below the operations. */
export const layoutRules: Record<string, Rule> = {
  reshapeTo: (s, x: Batched, shape: Shape) => reshapeTo(x.value, [s.size, ...shape]),
  expandTo: (s, x: Batched, shape: Shape) => expandTo(s.aligned(x, shape.length), [s.size, ...shape]),
  castTo: (_, x: Batched, dtype: DType) => castTo(x.value, dtype),
  sumOver: (_, x: Batched, axes: readonly number[], dtype: DType) => {
    return sumOver(
      x.value,
      axes.map(axis => axis + 1),
      dtype,
    );
  },
  placed: (s, g: Batched, shape: Shape, { starts, steps, lengths }: Part) => {
    const whole = { starts: [0, ...starts], steps: [1, ...steps], lengths: [s.size, ...lengths] };
    return placed(g.value, [s.size, ...shape], whole);
  },
  permute: (_, x: Batched, axes: readonly number[]) => {
    return permute(x.value, [0, ...axes.map(axis => resolveAxis("permute", axis, x.shape.length) + 1)]);
  },
  diagonal: (_, x: Batched, offset = 0, axis1 = -2, axis2 = -1) => {
    const [a, b] = [axis1, axis2].map(axis => resolveAxis("diagonal", axis, x.shape.length) + 1);
    return diagonal(x.value, offset, a!, b!);
  },
  diag: (_, x: Batched, offset = 0) => (x.shape.length === 1 ? diagonalMatrix(x, offset) : diagonal(x, offset)),
  concat: (s, tensors: readonly Tensor[], axis: number) => {
    return concat(
      tensors.map(x => s.front(x)),
      resolveAxis("concat", axis, tensors[0]!.shape.length) + 1,
    );
  },
  pad: (s, x: Batched, widths: readonly PadWidth[], options: PadOptions = {}) => {
    const missing = Math.max(0, x.shape.length - widths.length);
    const none = Array.from({ length: missing + 1 }, (): PadWidth => [0, 0]);
    return pad(s.front(x), [...none, ...widths], options);
  },
  repeatInterleave: (s, x: Tensor, counts: number | readonly number[], axis?: number) => {
    if (s.has(counts)) s.refuse("the counts differ from sample to sample", "Results would have different shapes.");
    if (axis === undefined) return repeatInterleave(reshapeTo(s.front(x), [s.size, x.size]), counts, 1);
    return repeatInterleave(s.front(x), counts, resolveAxis("repeatInterleave", axis, x.shape.length) + 1);
  },
  at: (s, x: Tensor, ...indices: Index[]) => {
    if (!s.hasAny(indices)) {
      const result = at(s.front(x), slice(), ...indices);
      return picksApart(indices) ? moveAxis(result, pickedRank(indices), 0) : result;
    }
    const [index] = indices;
    if (indices.length === 1 && index instanceof Batched && index.dtype !== "bool") return rowsOf(s, x, index, 0);
    return s.refuse(
      "an index differs from sample to sample",
      "One tensor of integers alone may; else use gather or take, or where with a mask.",
    );
  },
  set: (s, x: Tensor, indices: Index | readonly Index[], value: Tensor | number, options = {}) => {
    const list = (Array.isArray(indices) ? indices : [indices]) as Index[];
    if (s.hasAny(list)) {
      s.refuse("an index differs from sample to sample", "Use scatter, or where with a mask.");
    }
    const rank = (at(x, ...list) as Tensor).shape.length;
    const all = typeof value === "number" ? value : s.aligned(value, rank);
    const moved = typeof all !== "number" && picksApart(list) ? moveAxis(all, 0, pickedRank(list)) : all;
    return set(s.front(x), [slice(), ...list], moved as Tensor, options);
  },
};

function isPick(index: Index): boolean {
  return Array.isArray(index) || index instanceof Tensor;
}

/** Whether ranges lie between the picks of an index list: the axes that they give stand in front then, before the samples. */
function picksApart(indices: readonly Index[]): boolean {
  const picks = indices.flatMap((index, i) => (isPick(index) ? [i] : []));
  return picks.length > 1 && picks.at(-1)! - picks[0]! >= picks.length;
}

/** How many axes the picks of an index list give together. */
function pickedRank(indices: readonly Index[]): number {
  const depth = (pick: unknown): number => (Array.isArray(pick) ? 1 + depth(pick[0]) : 0);
  const rankOf = (pick: Index) => {
    if (!(pick instanceof Tensor)) return typeof [pick].flat(16)[0] === "boolean" ? 1 : depth(pick);
    return pick.dtype === "bool" ? 1 : pick.shape.length;
  };
  return Math.max(...indices.filter(isPick).map(rankOf));
}

/** A diagonal by itself as a matrix: rows of the vector, of which a mask lets the diagonal through. */
function diagonalMatrix(x: Tensor, offset: number): Tensor {
  const side = x.size + Math.abs(offset);
  const rows = arange(side).add(offset).reshape([side, 1]) as Tensor;
  const column = reshapeTo(pad(x, [[Math.max(0, -offset), Math.max(0, offset)]]) as Tensor, [side, 1]);
  return where(rows.eq(arange(side) as never) as Tensor, column, 0) as Tensor;
}
