import { attach } from "../autograd/graph.js";
import { opcodes, padModes } from "../backend/commands.js";
import type { DType } from "../dtype.js";
import { ShapeError, ValueError } from "../errors.js";
import { defineOp, type Op } from "../op.js";
import { allocate, compute, dense, finish, open, pushAll, pushOperand, pushOptional } from "../record.js";
import type { Shape } from "../shape.js";
import { formatShape } from "../shape.js";
import type { Tensor } from "../tensor.js";
import { at } from "./at.js";
import { full, tensor } from "./create.js";
import { addedRows } from "./indexing.js";
import { requireTensor } from "./require.js";
import { slice } from "./slice.js";

/** How many elements come before and behind. */
export type PadWidth = readonly [before: number, behind: number];

/** What stands in the padding: a constant, the mirrored inside, its edge, or its other end. */
export type PadMode = "constant" | "reflect" | "replicate" | "circular";

/** What `pad` puts around a tensor. */
export interface PadOptions {
  /**
   * `constant`: a value. `reflect`: mirrored at the edge, which itself is not repeated. `replicate`: the edge repeated.
   * `circular`: the other end.
   */
  mode?: PadMode;
  /** What `constant` puts there (default 0). */
  value?: number;
}

interface Pad extends Op {
  <D extends DType>(x: Tensor<Shape, D>, widths: readonly PadWidth[], options?: PadOptions): Tensor<number[], D>;
  readonly method: <D extends DType>(
    this: Tensor<Shape, D>,
    widths: readonly PadWidth[],
    options?: PadOptions,
  ) => Tensor<number[], D>;
}

/**
 * A tensor with a border: pairs of widths for the last axes, in the order of the axes; axes in front of them stay.
 * @throws ShapeError for too many pairs, or a border that an axis is too short for; ValueError for a width below 0
 * @example images.pad([[1, 1], [2, 2]]); // 1 row above and below, 2 columns left and right
 */
export const pad: Pad = defineOp(
  {
    name: "pad",
    doc: "A tensor with a border.",
    samples: [
      { args: [{ shape: [2, 3] }, [[1, 2]]] },
      {
        args: [
          { shape: [2, 3] },
          [
            [1, 0],
            [0, 2],
          ],
          { value: 1.5 },
        ],
      },
      {
        args: [
          { shape: [2, 3, 4] },
          [
            [2, 1],
            [1, 3],
          ],
          { mode: "reflect" },
        ],
      },
      {
        args: [
          { shape: [2, 3] },
          [
            [3, 1],
            [0, 2],
          ],
          { mode: "replicate" },
        ],
      },
      {
        args: [
          { shape: [2, 3] },
          [
            [1, 2],
            [3, 0],
          ],
          { mode: "circular" },
        ],
      },
    ],
    rejects: [
      {
        args: [
          { shape: [3] },
          [
            [1, 1],
            [1, 1],
          ],
        ],
        message: "2 pairs of widths for the 1 axes of [3]",
      },
      { args: [{ shape: [3] }, [[-1, 0]]], message: "a border of -1, 0" },
      { args: [{ shape: [3] }, [[3, 0]], { mode: "reflect" }], message: "a border of 3 on axis 0 of length 3" },
      { args: [{ shape: [3] }, [[4, 0]], { mode: "circular" }], message: "a border of 4 on axis 0 of length 3" },
      { args: [{ shape: [3] }, [[1, 0]], { mode: "mirror" }], message: "no mode mirror" },
    ],
    gradient: true,
  },
  (x: Tensor, widths: readonly PadWidth[], { mode = "constant", value = 0 }: PadOptions = {}) => {
    requireTensor("pad", x);
    const missing = x.shape.length - widths.length;
    if (missing < 0) {
      throw new ShapeError(
        `${widths.length} pairs of widths for the ${x.shape.length} axes of ${formatShape(x.shape)}`,
        { op: "pad", hint: "Give at most one pair [before, behind] per axis." },
      );
    }
    for (const pair of widths) {
      if (Array.isArray(pair) && pair.length === 2 && pair.every(n => Number.isSafeInteger(n) && n >= 0)) continue;
      throw new ValueError(`a border of ${Array.isArray(pair) ? pair.join(", ") : String(pair)}`, {
        op: "pad",
        hint: "Give pairs of whole numbers of at least 0: [[before, behind], ...].",
      });
    }
    const all = [...Array.from({ length: missing }, (): PadWidth => [0, 0]), ...widths];
    if (mode === "constant") return surrounded(x, all, value);
    const source = sources[mode];
    if (source === undefined) {
      throw new ValueError(`no mode ${String(mode)}`, {
        op: "pad",
        hint: "There are constant, reflect, replicate and circular.",
      });
    }
    all.forEach(([before, behind], axis) => {
      const [wider, length] = [Math.max(before, behind), x.shape[axis]!];
      if (wider === 0 || wider <= source.most(length)) return;
      throw new ShapeError(`a border of ${wider} on axis ${axis} of length ${length}`, {
        op: "pad",
        hint: `Mode ${mode} takes at most ${source.most(length)} here.`,
      });
    });
    return bordered(x, all, mode);
  },
);

/** Outside the graph of gradients. */
function recordPad(x: Tensor, widths: readonly PadWidth[], mode: PadMode, value: number): Tensor {
  const { backend } = x.storage;
  const shape = x.shape.map((length, i) => length + widths[i]![0] + widths[i]![1]);
  const fill = mode === "constant" ? (full([1], value, { dtype: x.dtype, device: x.device }) as Tensor) : undefined;
  const out = allocate(shape, x.dtype, backend);
  const source = dense(x);
  if (fill !== undefined) compute(fill);
  // Neighbours without a border are one axis.
  const axes: { border: PadWidth; length: number }[] = [];
  x.shape.forEach((length, i) => {
    const [border, last] = [widths[i]!, axes.at(-1)];
    const whole = (pair: PadWidth) => pair[0] === 0 && pair[1] === 0;
    if (last !== undefined && whole(border) && whole(last.border)) last.length *= length;
    else axes.push({ border, length });
  });
  if (axes.length === 0) axes.push({ border: [0, 0], length: 1 });
  open(backend, opcodes.pad, 2 + 3 * axes.length + 9);
  pushAll(backend, [padModes[mode], axes.length]);
  for (const { border, length } of axes) pushAll(backend, [border[0], length, border[1]]);
  pushOperand(backend, source);
  pushOptional(backend, fill);
  pushOperand(backend, out);
  finish(backend);
  return out;
}

function surrounded(x: Tensor, widths: readonly PadWidth[], value: number): Tensor {
  const inside = x.shape.map((length, i) => slice(widths[i]![0], widths[i]![0] + length));
  return attach(recordPad(x, widths, "constant", value), "pad", [x], g => [at(g, ...inside)]);
}

/** For a place outside [0, length) the place inside that it shows; how wide a border may be. */
const sources = {
  reflect: {
    from: (i: number, length: number) => (i < 0 ? -i : 2 * (length - 1) - i),
    most: (length: number) => length - 1,
  },
  replicate: {
    from: (i: number, length: number) => (i < 0 ? 0 : length - 1),
    most: (length: number) => (length > 0 ? Number.POSITIVE_INFINITY : 0),
  },
  circular: {
    from: (i: number, length: number) => (i < 0 ? i + length : i - length),
    most: (length: number) => length,
  },
} as const;

function bordered(x: Tensor, widths: readonly PadWidth[], mode: keyof typeof sources): Tensor {
  return attach(recordPad(x, widths, mode, 0), "pad", [x], g => [folded(g, x.shape, widths, mode)]);
}

/** What a border shows adds to the places that it shows: the derivative of `bordered`, one axis after the other. */
function folded(g: Tensor, shape: Shape, widths: readonly PadWidth[], mode: keyof typeof sources): Tensor {
  return widths.reduce((result, [before, behind], axis) => {
    if (before === 0 && behind === 0) return result;
    const length = shape[axis]!;
    const places = Int32Array.from({ length: before + length + behind }, (_, k) => {
      const i = k - before;
      return i >= 0 && i < length ? i : sources[mode].from(i, length);
    });
    return addedRows(result, tensor(places, { device: g.device }) as Tensor, length, axis);
  }, g);
}
