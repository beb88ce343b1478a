import * as ops from "../../../ops/all.js";
import { arange, eye, full, tensor } from "../../../ops/create.js";
import { concat } from "../../../ops/join.js";
import { slice as part } from "../../../ops/slice.js";
import { broadcastShapes, sizeOf } from "../../../shape.js";
import type { Tensor } from "../../../tensor.js";
import { type Node, type Operators, positive, t } from "../node.js";
import { dtypeOf } from "../values.js";

const int64 = (values: readonly number[], shape: readonly number[] = [values.length]) =>
  tensor(BigInt64Array.from(values, BigInt), { shape }) as Tensor;

function reshape(node: Node): Tensor {
  const x = node.input(0);
  const wanted = node.values(1) ?? node.numbers("shape") ?? node.refuse("the shape is missing");
  const keep = node.number("allowzero", 0) === 0;
  const shape = wanted.map((n, i) => (n === 0 && keep ? x.shape[i]! : n));
  return t(ops.reshape(x, shape));
}

function flatten(node: Node): Tensor {
  const x = node.input(0);
  const axis = positive(node.number("axis", 1), x.rank);
  return t(ops.reshape(x, [sizeOf(x.shape.slice(0, axis)), sizeOf(x.shape.slice(axis))]));
}

function slice(node: Node): Tensor {
  const x = node.input(0);
  const starts = node.values(1) ?? node.numbers("starts") ?? [];
  const ends = node.values(2) ?? node.numbers("ends") ?? [];
  const axes = node.values(3) ?? node.numbers("axes") ?? starts.map((_, i) => i);
  const steps = node.values(4) ?? starts.map(() => 1);
  return axes.reduce((y, given, i) => {
    const [axis, length, step] = [positive(given, x.rank), x.shape[positive(given, x.rank)]!, steps[i]!];
    const clamp = (n: number) => {
      const from = n < 0 ? n + length : n;
      return step < 0 ? Math.min(Math.max(from, -1), length - 1) : Math.min(Math.max(from, 0), length);
    };
    const [start, end] = [clamp(starts[i]!), clamp(ends[i]!)];
    const count = Math.max(0, Math.ceil((end - start) / step));
    if (step < 0) {
      const index = Int32Array.from({ length: count }, (_, k) => start + k * step);
      return t(ops.take(y, tensor(index) as Tensor, axis));
    }
    const pick = x.shape.map((_, j) => (j === axis ? part(start, Math.max(start, end), step) : part()));
    return t(ops.at(y, ...pick));
  }, x);
}

function pad(node: Node): Tensor {
  const x = node.input(0);
  const widths = node.values(1) ?? node.numbers("pads") ?? [];
  const axes = (node.values(3) ?? x.shape.map((_, i) => i)).map(axis => positive(axis, x.rank));
  const pairs = x.shape.map((): [number, number] => [0, 0]);
  axes.forEach((axis, i) => {
    pairs[axis] = [widths[i]!, widths[i + axes.length]!];
  });
  const mode = { constant: "constant", reflect: "reflect", edge: "replicate", wrap: "circular" } as const;
  const name = node.text("mode", "constant");
  if (!(name in mode)) node.refuse(`mode ${JSON.stringify(name)}`);
  const cut = pairs.map(([a, b], i) => part(Math.max(0, -a), x.shape[i]! - Math.max(0, -b)));
  const grown = pairs.map(([a, b]) => [Math.max(0, a), Math.max(0, b)] as const);
  const inner = pairs.some(([a, b]) => a < 0 || b < 0) ? ops.at(x, ...cut) : x;
  const value = node.values(2)?.[0] ?? node.number("value", 0);
  return t(ops.pad(inner, grown, { mode: mode[name as keyof typeof mode], value }));
}

function split(node: Node): Tensor[] {
  const x = node.input(0);
  const axis = positive(node.number("axis", 0), x.rank);
  const parts = node.message.outputs.length;
  const each = Math.ceil(x.shape[axis]! / parts);
  const even = Array.from({ length: parts }, (_, i) => Math.max(0, Math.min(each, x.shape[axis]! - i * each)));
  return ops.split(x, node.values(1) ?? node.numbers("split") ?? even, axis) as Tensor[];
}

function depthToSpace(node: Node): Tensor {
  const x = node.input(0);
  const [n, c, h, w] = x.shape as [number, number, number, number];
  const b = node.number("blocksize");
  const crd = node.text("mode", "DCR") === "CRD";
  const parts = ops.reshape(x, crd ? [n, c / (b * b), b, b, h, w] : [n, b, b, c / (b * b), h, w]);
  return t(
    ops.reshape(ops.permute(parts, crd ? [0, 1, 4, 2, 5, 3] : [0, 3, 4, 1, 5, 2]), [n, c / (b * b), h * b, w * b]),
  );
}

function spaceToDepth(node: Node): Tensor {
  const x = node.input(0);
  const [n, c, h, w] = x.shape as [number, number, number, number];
  const b = node.number("blocksize");
  const crd = node.text("mode", "DCR") === "CRD";
  const parts = ops.reshape(x, [n, c, h / b, b, w / b, b]);
  return t(
    ops.reshape(ops.permute(parts, crd ? [0, 1, 3, 5, 2, 4] : [0, 3, 5, 1, 2, 4]), [n, c * b * b, h / b, w / b]),
  );
}

function range(node: Node): Tensor {
  const [start, limit, step] = [0, 1, 2].map(i => node.values(i)![0]!) as [number, number, number];
  const count = Math.max(0, Math.ceil((limit - start) / step));
  const places = ops.cast(arange(count), node.input(0).dtype);
  return t(ops.cast(ops.add(ops.mul(places, step), start), node.input(0).dtype));
}

function constant(node: Node): Tensor {
  const value = node.attribute("value");
  if (value !== undefined) return value as Tensor;
  if (node.has("value_int")) return int64([node.number("value_int")], []);
  if (node.has("value_ints")) return int64(node.numbers("value_ints")!);
  if (node.has("value_float")) return full([], node.number("value_float")) as Tensor;
  const floats = node.numbers("value_floats") ?? node.refuse("no value that is a tensor of numbers");
  return tensor(Float32Array.from(floats)) as Tensor;
}

function squeeze(node: Node): Tensor {
  const x = node.input(0);
  const given = node.values(1) ?? node.numbers("axes");
  const axes = given?.map(axis => positive(axis, x.rank));
  return t(
    ops.reshape(
      x,
      x.shape.filter((n, i) => (axes ? !axes.includes(i) : n !== 1)),
    ),
  );
}

function unsqueeze(node: Node): Tensor {
  const x = node.input(0);
  const given = node.values(1) ?? node.numbers("axes") ?? [];
  const axes = given.map(axis => positive(axis, x.rank + given.length));
  const rest = [...x.shape];
  const shape = Array.from({ length: x.rank + axes.length }, (_, i) => (axes.includes(i) ? 1 : rest.shift()!));
  return t(ops.reshape(x, shape));
}

function expand(node: Node): Tensor {
  const x = node.input(0);
  return t(ops.expand(x, broadcastShapes("onnx", x.shape, node.values(1)!)));
}

function reverseSequence(node: Node): Tensor {
  const [x, lengths] = [node.input(0), node.values(1)!];
  const [time, batch] = [node.number("time_axis", 0), node.number("batch_axis", 1)];
  const steps = x.shape[time]!;
  const rows = lengths.map((length, b) => {
    const order = Int32Array.from({ length: steps }, (_, i) => (i < length ? length - 1 - i : i));
    const one = x.shape.map((_, axis) => (axis === batch ? part(b, b + 1) : part()));
    return t(ops.take(t(ops.at(x, ...one)), tensor(order) as Tensor, time));
  });
  return concat(rows, batch) as Tensor;
}

export const shape: Operators = {
  Reshape: reshape,
  Flatten: flatten,
  Transpose: node =>
    t(
      ops.permute(
        node.input(0),
        node.numbers("perm") ??
          node
            .input(0)
            .shape.map((_, i) => i)
            .reverse(),
      ),
    ),
  Squeeze: squeeze,
  Unsqueeze: unsqueeze,
  Expand: expand,
  Tile: node => t(ops.tile(node.input(0), node.values(1)!)),
  Concat: node =>
    concat(
      node.inputs.map((_, i) => node.input(i)),
      node.number("axis", 1),
    ) as Tensor,
  Split: split,
  Slice: slice,
  Pad: pad,
  DepthToSpace: depthToSpace,
  SpaceToDepth: spaceToDepth,
  Range: range,
  Constant: constant,
  ConstantOfShape: node => {
    const value = node.attribute("value") as Tensor | undefined;
    return t(ops.expand(value ? ops.reshape(value, []) : full([], 0), node.values(0)!));
  },
  Shape: node => {
    const { shape, rank } = node.input(0);
    const edge = (n: number) => Math.min(rank, Math.max(0, positive(n, rank)));
    return int64(shape.slice(edge(node.number("start", 0)), edge(node.number("end", rank))));
  },
  Size: node => int64([node.input(0).size], []),
  NonZero: node => t(ops.cast(ops.transpose(ops.nonzero(node.input(0)), 0, 1), "int64")),
  Trilu: node => {
    const k = node.values(1)?.[0] ?? 0;
    return t(node.number("upper", 1) !== 0 ? ops.triu(node.input(0), k) : ops.tril(node.input(0), k));
  },
  EyeLike: node => {
    const x = node.input(0);
    const [rows, columns] = x.shape as [number, number];
    const size = Math.max(rows, columns) + Math.abs(node.number("k", 0));
    const k = node.number("k", 0);
    const square = eye(size, { dtype: node.has("dtype") ? dtypeOf(node.number("dtype")) : x.dtype });
    return t(
      ops.at(square, part(Math.max(0, k), Math.max(0, k) + rows), part(Math.max(0, -k), Math.max(0, -k) + columns)),
    );
  },
  ReverseSequence: reverseSequence,
};
