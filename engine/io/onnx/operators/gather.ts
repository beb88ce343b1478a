import { ValueError } from "../../../errors.js";
import * as ops from "../../../ops/all.js";
import { arange, tensor } from "../../../ops/create.js";
import { sizeOf } from "../../../shape.js";
import type { Tensor } from "../../../tensor.js";
import { type Node, type Operators, positive, t } from "../node.js";

/** Negative indices count from the end. */
function wrap(index: Tensor, length: number): Tensor {
  return t(ops.cast(ops.where(ops.lt(index, 0), ops.add(index, length), index), "int32"));
}

/** Entries of the leading axes by the rows of `index`: flat places in x, and the shape of what lies at each. */
function places(x: Tensor, index: Tensor, batch: number): { flat: Int32Array; inner: number[] } {
  const depth = index.shape.at(-1)!;
  const rows = index.data() as ArrayLike<number | bigint>;
  const lead = x.shape.slice(batch, batch + depth);
  const flat = new Int32Array(depth === 0 ? 0 : index.size / depth);
  const perBatch = flat.length / Math.max(1, sizeOf(x.shape.slice(0, batch)));
  for (let i = 0; i < flat.length; i++) {
    let place = Math.floor(i / perBatch);
    for (let d = 0; d < depth; d++) place = place * lead[d]! + positive(Number(rows[i * depth + d]), lead[d]!);
    flat[i] = place;
  }
  return { flat, inner: x.shape.slice(batch + depth) as number[] };
}

function gatherND(node: Node): Tensor {
  const [x, index, batch] = [node.input(0), node.input(1), node.number("batch_dims", 0)];
  const { flat, inner } = places(x, index, batch);
  const rows = ops.take(ops.reshape(x, [x.size / sizeOf(inner), ...inner]), tensor(flat) as Tensor, 0);
  return t(ops.reshape(rows, [...index.shape.slice(0, -1), ...inner]));
}

/** ONNX's scatter reductions, one occurrence of an index after the other. */
function combine(kind: string, old: number, value: number): number {
  if (kind === "add") return old + value;
  if (kind === "mul") return old * value;
  if (kind === "max") return Math.max(old, value);
  return kind === "min" ? Math.min(old, value) : value;
}

function scatterND(node: Node): Tensor {
  const [x, index, updates] = [node.input(0), node.input(1), node.input(2)];
  const { flat, inner } = places(x, index, 0);
  const n = sizeOf(inner);
  const at = Int32Array.from({ length: flat.length * n }, (_, i) => flat[Math.floor(i / n)]! * n + (i % n));
  return scatterFlat(x, at, updates, node.text("reduction", "none"));
}

function scatterElements(node: Node): Tensor {
  const [x, index, updates] = [node.input(0), node.input(1), node.input(2)];
  const axis = positive(node.number("axis", 0), x.rank);
  const given = index.data() as ArrayLike<number | bigint>;
  const at = Int32Array.from({ length: index.size }, (_, i) => {
    let [rest, place, stride] = [i, 0, 1];
    for (let d = x.rank - 1; d >= 0; d--) {
      const own = rest % index.shape[d]!;
      rest = Math.floor(rest / index.shape[d]!);
      place += stride * (d === axis ? positive(Number(given[i]), x.shape[d]!) : own);
      stride *= x.shape[d]!;
    }
    return place;
  });
  return scatterFlat(x, at, updates, node.text("reduction", "none"));
}

function scatterFlat(x: Tensor, at: Int32Array, updates: Tensor, kind: string): Tensor {
  if (at.some(place => place < 0 || place >= x.size)) return refusePlaces(x);
  const [whole, part] = [t(ops.reshape(x, [x.size])), t(ops.reshape(updates, [updates.size]))];
  if (kind === "none" || kind === "add") {
    const op = kind === "none" ? ops.scatter : ops.scatterAdd;
    return t(ops.reshape(op(whole, tensor(at) as Tensor, part as never, 0), x.shape));
  }
  const data = Float64Array.from(x.data() as ArrayLike<number>, Number);
  const values = updates.data() as ArrayLike<number>;
  at.forEach((place, i) => {
    data[place] = combine(kind, data[place]!, Number(values[i]));
  });
  return tensor(data, { dtype: x.dtype, shape: x.shape }) as Tensor;
}

function refusePlaces(x: Tensor): never {
  throw new ValueError(`a scatter index lies outside the shape [${x.shape.join(", ")}]`, { op: "onnx" });
}

function oneHot(node: Node): Tensor {
  const [index, values] = [node.input(0), node.input(2)];
  const depth = node.values(1)![0]!;
  const axis = positive(node.number("axis", -1), index.rank + 1);
  const places = arange(depth);
  const shape = Array.from({ length: index.rank + 1 }, (_, i) => (i === axis ? depth : 1));
  const wrapped = ops.mod(ops.cast(index, "int32"), depth);
  const within = ops.logicalAnd(ops.ge(index, -depth), ops.lt(index, depth));
  const hit = ops.logicalAnd(
    ops.eq(ops.unsqueeze(wrapped, axis), ops.reshape(places, shape) as never),
    ops.unsqueeze(within, axis) as never,
  );
  const [off, on] = [ops.at(values, 0), ops.at(values, 1)];
  return t(ops.where(hit, on as never, off as never));
}

function compress(node: Node): Tensor {
  const x = node.input(0);
  const keep = node.values(1)!;
  const index = Int32Array.from(keep.flatMap((v, i) => (v ? [i] : [])));
  if (node.has("axis")) return t(ops.take(x, tensor(index) as Tensor, positive(node.number("axis"), x.rank)));
  return t(ops.take(ops.reshape(x, [x.size]), tensor(index) as Tensor, 0));
}

export const gather: Operators = {
  Gather: node => {
    const [x, axis] = [node.input(0), positive(node.number("axis", 0), node.input(0).rank)];
    return t(ops.take(x, wrap(node.input(1), x.shape[axis]!), axis));
  },
  GatherElements: node => {
    const [x, axis] = [node.input(0), positive(node.number("axis", 0), node.input(0).rank)];
    return t(ops.gather(x, wrap(node.input(1), x.shape[axis]!), axis));
  },
  GatherND: gatherND,
  ScatterND: scatterND,
  ScatterElements: scatterElements,
  Scatter: scatterElements,
  OneHot: oneHot,
  Compress: compress,
};
